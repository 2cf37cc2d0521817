#![doc = include_str!("../README.md")]

mod attempt;
mod compared_alert;
mod comparison;
mod config_changes;
mod decided;
mod difference;
mod disabled_rules;
mod evidence_index;
mod explanation;
mod key_values;
mod notice_text;
mod pairing;
mod rehearsal;
pub mod rule_test;
pub mod story;
mod summary_replay;

pub use comparison::compare;
pub use decided::Decided;
pub use difference::{Comparison, Difference, DifferenceCause, DifferenceKind, PairedIds};
pub use disabled_rules::DisabledRules;
pub use explanation::Explainer;
pub use rehearsal::{
    Assumption, ComparedPeriod, Rehearsal, RehearseStore, ReplayProgress, Replayed, rehearse,
    replay_until,
};
