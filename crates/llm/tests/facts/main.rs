//! The information that providers send in addition to completions, read from original bodies and
//! headers.

#![cfg(test)]

mod data;
mod headroom;
mod key;
mod listing;
mod never_panics;
mod price;
mod simulator;
mod status_page;
mod status_phase;
mod usage;

use allclear_llm::provider::Provider;
use allclear_llm::providers;
use jiff::Timestamp;

/// Returns the provider of this name.
pub(crate) fn provider(name: &str) -> &'static Provider {
    providers::find(name).unwrap()
}

/// Returns 2026-11-22, 10:00 UTC.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}
