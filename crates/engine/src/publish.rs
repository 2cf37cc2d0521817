#![doc = include_str!("publish/README.md")]

mod facts;
mod generator;
mod handler;
mod outages;
mod public;
mod reduce;

pub use facts::{Days, Facts, Present, facts};
pub use generator::{GenerateError, Generator, Published};
pub use handler::Handler;
pub use reduce::{is_fresh, reduce, stale_after};
