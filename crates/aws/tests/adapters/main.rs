//! The adapters, on a local AWS and against servers that answer as AWS does on a bad day.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what these stop at is a failed test"
)]

mod aside;
mod cloud;
mod functions;
#[path = "../support/ministack.rs"]
mod ministack;
mod refusals;
mod secrets;
#[path = "../support/server.rs"]
mod server;
mod signer;
mod signing;
mod site;
mod sns;
mod stub;

/// A name that no other test uses, nor a run of this one before.
fn unique(name: &str) -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};

    format!("{name}-{:016x}", RandomState::new().build_hasher().finish())
}
