#![doc = include_str!("probe/README.md")]

mod answer;
mod attempt;
pub mod beat;
mod budget;
mod event;
mod handler;
mod inline;
mod lanes;
mod memory;
mod prober;
mod round;
mod witness;

pub use answer::Checked;
pub use event::Request;
pub use handler::{Handler, WINDOW};
pub use prober::{
    BuildError, CheckStore, DuePeriod, Invocation, ProbeError, ProbeReport, ProbeStore, Prober,
};
