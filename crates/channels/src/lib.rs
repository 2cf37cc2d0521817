#![doc = include_str!("../README.md")]

mod client;
pub mod document;
mod kinds;
mod log;
pub mod message;
pub mod params;
mod retry_after;
mod settings;
mod slack;
mod text;
mod value;
mod webhook;

pub use allclear_core::proxy::ProxySettings;
pub use client::ClientError;
pub use kinds::Channels;
pub use settings::Settings;
