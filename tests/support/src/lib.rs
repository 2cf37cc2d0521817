#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "an invalid sample is a failed test"
)]

pub mod samples;
mod secrets;
mod site;
mod store;

pub use secrets::MemorySecrets;
pub use site::MemorySite;
pub use store::{Call, CallOutcome, Hook, Hooked, MemoryStore, Operation, PlannedFault, Write};
