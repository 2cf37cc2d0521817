#![doc = include_str!("../README.md")]

mod alerts;
pub mod backlog;
pub mod config_index;
mod confirm;
mod entry_index;
mod failure_share;
pub mod fold;
mod impairment;
pub mod latest;
pub mod ledger;
pub mod matchers;
mod observation;
mod provider_status;
mod rollups;
pub mod rule_variables;
pub mod summary;

pub use config_index::{ActiveSilence, ConditionError, ConfigIndex};
pub use entry_index::EntryError;
