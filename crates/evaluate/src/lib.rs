#![doc = include_str!("../README.md")]

pub mod backlog;
pub mod config_index;
pub mod fold;
pub mod summary;

pub use config_index::{ConditionError, ConfigIndex};
