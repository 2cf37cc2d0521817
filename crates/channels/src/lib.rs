#![doc = include_str!("../README.md")]

mod client;
mod kinds;
mod log;
mod params;
mod retry_after;
mod settings;
mod slack;
mod value;
mod webhook;

pub use allclear_core::proxy::ProxySettings;
pub use client::ClientError;
pub use kinds::Channels;
pub use settings::ChannelSettings;
