#![doc = include_str!("../README.md")]

mod answers;
mod client;
mod facts;
mod incoming_webhook;
mod json_post;
mod kinds;
mod markup;
mod params;
mod retry_after;
mod secret_url;
mod service_url;
mod settings;
mod signing;
mod value;
mod watchdog;

pub use allclear_core::proxy::ProxySettings;
pub use client::ClientError;
pub use kinds::Channels;
pub use settings::ChannelSettings;
