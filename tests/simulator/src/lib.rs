#![doc = include_str!("../README.md")]

mod behavior;
mod certificates;
mod clock;
mod dns;
mod endpoint;
mod error;
mod http;
mod listener;
pub mod llm;
mod lock;
mod scenario;
mod script;
mod simulator;
mod tcp;
mod tls;
mod world;
mod zone;

pub use behavior::Behavior;
pub use certificates::TlsFault;
pub use endpoint::Received;
pub use error::SimulatorError;
pub use scenario::Scenario;
pub use script::{Script, Step, StepEnd};
pub use simulator::{Config, Simulator};
pub use tcp::TcpBehavior;
pub use zone::DnsAnswer;
