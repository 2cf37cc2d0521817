#![doc = include_str!("../README.md")]

mod client;
mod kinds;
mod params;
mod retry_after;
mod service_url;
mod settings;
mod value;

pub use allclear_core::proxy::ProxySettings;
pub use client::ClientError;
pub use kinds::Channels;
pub use settings::ChannelSettings;
