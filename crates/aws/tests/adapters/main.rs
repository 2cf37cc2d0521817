//! The adapters, on a local AWS and against servers that simulate failures of AWS.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what these stop at is a failed test"
)]

mod actions;
mod cloud;
mod dead_letter;
mod functions;
#[path = "../support/ministack.rs"]
mod ministack;
mod refusals;
mod secrets;
#[path = "../support/server.rs"]
mod server;
mod ses;
mod signer;
mod signing;
mod site;
mod sns;
mod stub;

/// Returns a name that no other test and no earlier run of this test uses.
fn unique(name: &str) -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};

    format!("{name}-{:016x}", RandomState::new().build_hasher().finish())
}
