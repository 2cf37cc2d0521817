#![doc = include_str!("notify/README.md")]

mod channel;
mod claims;
mod clock;
mod executor;
mod function_watchdog;
mod handler;
mod notifier;
mod pace;
mod ports;
mod queue;
mod report;
mod under_way;
mod work;

pub use claims::Notifiers;
pub use handler::NotifyHandler;
pub use notifier::{Notifier, NotifierSignals, SweepTerms, UnknownChannel};
pub use ports::Limits;
pub use report::SweepReport;
pub use under_way::{AttemptUnderWay, AttemptsUnderWay};
