#![doc = include_str!("notify/README.md")]

mod channel;
mod clock;
mod handler;
mod notifier;
mod queue;
mod report;

pub use handler::Handler;
pub use notifier::{Limits, Notifier, UnknownChannel};
pub use report::SweepReport;
