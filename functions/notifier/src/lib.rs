#![doc = include_str!("../README.md")]

mod clock;
mod handler;
mod notifier;
mod queue;
mod report;

pub use handler::Handler;
pub use notifier::{Limits, Notifier, Unlisted};
pub use report::SweepReport;
