#![doc = include_str!("../README.md")]

pub mod active_config;
mod beat;
pub mod evaluate;
pub mod failure;
pub mod notify;
pub mod probe;
pub mod process;
pub mod publish;
pub mod stream_batch;
pub mod wake;

pub use active_config::{ActiveConfig, ConfigAge, ConfigRefresh, Current, Staleness};
pub use beat::BeatError;
pub use failure::{Code, InvocationFailure};
pub use stream_batch::{BatchItemFailures, RecordKind, StoredRecord, StreamRecord, Trigger};
pub use wake::{Event, Service, Wakers};
