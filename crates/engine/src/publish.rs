#![doc = include_str!("publish/README.md")]

mod facts;
mod generator;
mod groups;
mod handler;
mod incidents;
mod public;
mod reduce;

pub use allclear_status_site::snapshot::Href;
pub use facts::{DayTallies, MemoryFacts, PageFacts, PageStore, facts};
pub use generator::{GenerateError, Generator, Published};
pub use handler::PublishHandler;
pub use incidents::public_incident;
pub use reduce::{PublishOptions, is_fresh, reduce, reduce_next, stale_after};
