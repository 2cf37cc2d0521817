#![doc = include_str!("process/README.md")]

mod beat_pace;
mod cycle;
mod error_log;
mod loops;
mod ports;
mod runner;
mod scheduler;
mod tasks;
mod watchdog;

pub use beat_pace::BeatPace;
pub use ports::{Observe, ProcessPorts};
pub use runner::{PublicationError, Runner, Services};
pub use tasks::Tasks;
