//! Tests of rules: a series of outcomes in a compact notation, and the notifications that it must lead to.

mod case;
mod entries;
mod file;
mod known_names;
mod notation;
mod outcome_series;
mod result;
mod runner;
mod silence;
mod test_config;
mod tested_decision;
mod vacuous;

pub use case::{ConfigSource, RuleTestRunner, TestedConfig};
pub use file::{FileProblem, RuleTestFile};
pub use notation::{NotatedOutcome, NotationError, parse as parse_notation};
pub use result::{RuleTestResult, TestProblem, TestedWay};
