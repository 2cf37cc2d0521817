#![doc = include_str!("probe/README.md")]

mod answer;
mod attempt;
pub mod beat;
mod budget;
mod event;
mod handler;
mod invocation;
mod lanes;
mod memory;
mod note_cache;
mod prober;
mod round;
mod store_call;
mod witness;

pub use answer::Checked;
pub use event::Request;
pub use handler::{Handler, WINDOW};
pub use invocation::{DuePeriod, Invocation, ProbeError, ProbeReport};
pub use prober::{BuildError, CheckStore, ProbeStore, Prober};
