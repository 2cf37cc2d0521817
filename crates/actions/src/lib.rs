#![doc = include_str!("../README.md")]

#[cfg(unix)]
mod kinds;
#[cfg(unix)]
mod program;
mod webhook;

#[cfg(unix)]
pub use kinds::LocalActions;
pub use webhook::WebhookActions;

// A system without process groups and Unix sockets has no local kinds.
#[cfg(not(unix))]
pub use allclear_core::action::NoActions as LocalActions;
