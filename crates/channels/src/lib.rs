#![doc = include_str!("../README.md")]

mod client;
mod kinds;
mod log;
pub mod message;
mod params;
mod retry_after;
mod slack;
mod text;
mod value;
mod webhook;

pub use client::ClientError;
pub use kinds::{Channels, Settings};
