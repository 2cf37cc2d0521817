#![doc = include_str!("../README.md")]

pub mod account;
pub mod account_spec;
pub mod call;
pub mod classify;
mod completion;
pub mod data;
pub mod error;
pub mod headroom;
pub mod key;
mod lenient;
pub mod listing;
mod merge;
pub mod metrics;
pub mod model;
pub mod price;
pub mod provider;
pub mod providers;
pub mod question;
pub mod retry;
pub mod status_page;
pub mod stream;
pub mod task;
mod template;
pub mod usage;
mod usage_request;
