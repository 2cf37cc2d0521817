#![doc = include_str!("../README.md")]

mod client;
pub mod document;
mod kinds;
mod log;
pub mod message;
pub mod params;
mod proxy;
mod retry_after;
mod slack;
mod text;
mod value;
mod webhook;

pub use client::ClientError;
pub use kinds::{Channels, Settings};
pub use proxy::ProxySettings;
