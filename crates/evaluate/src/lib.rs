#![doc = include_str!("../README.md")]

mod alerts;
pub mod backlog;
pub mod config_index;
mod confirm;
pub mod fold;
mod impairment;
pub mod latest;
pub mod ledger;
mod observation;
mod provider_status;
mod rollups;
pub mod rule_variables;
pub mod summary;

pub use config_index::{ConditionError, ConfigIndex};
