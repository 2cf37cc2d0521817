#![doc = include_str!("../README.md")]

mod attempt;
mod comparison;
mod decided;
mod explanation;
mod rehearsal;
pub mod rule_test;
pub mod story;

pub use comparison::{Comparison, Difference, DifferenceKind, compare};
pub use decided::Decided;
pub use explanation::Explainer;
pub use rehearsal::{
    Assumption, ComparedPeriod, Rehearsal, RehearseStore, ReplayProgress, Replayed, rehearse,
    replay_until,
};
