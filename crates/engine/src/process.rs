#![doc = include_str!("process/README.md")]

mod cycle;
mod error_log;
mod loops;
mod ports;
mod runner;
mod scheduler;
mod tasks;
mod watchdog;

pub use ports::{Observe, ProcessPorts};
pub use runner::{PublicationError, Runner, Services};
pub use tasks::Tasks;
pub use watchdog::BeatPace;
