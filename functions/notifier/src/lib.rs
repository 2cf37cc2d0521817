#![doc = include_str!("../README.md")]

mod clock;
mod notifier;
mod queue;
mod report;

pub use notifier::{Limits, Notifier};
pub use report::SweepReport;
