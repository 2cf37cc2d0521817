#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "what these stop at is a failed test"
)]

pub mod beats;
pub mod budgets;
pub mod catalogs;
pub mod claims;
pub mod history;
pub mod incidents;
mod macros;
pub mod next_notices;
pub mod notes;
pub mod operator_entries;
pub mod outbox;
pub mod past;
pub mod prune;
pub mod runs;
pub mod samples;
pub mod secrets;
pub mod site;
pub mod state;

/// A fresh adapter, and a guard that must live as long as it, such as its folder.
#[derive(Debug)]
pub struct Fresh<A, G = ()> {
    /// The adapter.
    pub adapter: A,
    /// Dropped after the adapter.
    pub guard: G,
}
