//! What providers tell beside a completion, read from bodies and headers as they send them.

#![cfg(test)]

mod data;
mod headroom;
mod key;
mod listing;
mod never_panics;
mod price;
mod simulator;
mod status_page;
mod usage;

use allclear_llm::provider::Provider;
use allclear_llm::providers;
use jiff::Timestamp;

/// The provider of this name.
pub(crate) fn provider(name: &str) -> &'static Provider {
    providers::find(name).unwrap()
}

/// 2026-11-22, 10:00 UTC.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}
