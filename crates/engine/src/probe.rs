#![doc = include_str!("probe/README.md")]

mod attempt;
mod batch;
pub mod beat;
mod budget;
mod check_response;
mod checker_state;
mod concurrency;
mod connectivity;
mod event;
mod handler;
mod invocation;
mod prober;
mod state_cache;
mod store_call;

pub use check_response::CheckResponse;
pub use event::ProbeRequest;
pub use handler::{ProbeHandler, WINDOW};
pub use invocation::{DuePeriod, Invocation, ProbeError, ProbeReport};
pub use prober::{BuildError, CheckStore, ProbeStore, Prober};
