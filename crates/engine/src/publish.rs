#![doc = include_str!("publish/README.md")]

mod days;
mod facts;
mod generator;
mod groups;
mod handler;
mod history;
mod incidents;
mod known_incidents;
mod look;
mod months;
mod provider_facts;
mod providers;
mod public;
mod reduce;
mod service_history;
mod speeds;

pub use allclear_status_site::snapshot::Href;
pub use facts::{EnteredMaintenance, MemoryFacts, PageFacts, PageStore, facts};
pub use generator::{GenerateError, Generator, Published};
pub use handler::PublishHandler;
pub use history::{MonitorHistory, PageHistory, PeriodFacts, Periods};
pub use incidents::public_incident;
pub use provider_facts::ProviderFacts;
pub use reduce::{PublishOptions, is_fresh, reduce, reduce_next, stale_after};
pub use speeds::SpeedHistory;
