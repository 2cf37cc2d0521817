#![doc = include_str!("../README.md")]

mod alerts;
pub mod attempts;
pub mod backlog;
mod calm;
pub mod config_index;
mod confirm;
mod counted;
mod entry_index;
mod failure_share;
pub mod fold;
mod impairment;
mod incidents;
pub mod latest;
pub mod ledger;
pub mod matchers;
mod observation;
mod own_alert;
pub mod possible;
mod provider_status;
pub mod replay;
mod reporting;
mod rollups;
mod rounds;
pub mod routing;
pub mod rule_variables;
pub mod summary;
mod vote;
pub mod window_revisions;

pub use alerts::standing;
pub use config_index::{ConditionError, ConfigIndex, RuleEvaluation};
pub use entry_index::{ActiveSilence, EntryError};
pub use incidents::is_published;
