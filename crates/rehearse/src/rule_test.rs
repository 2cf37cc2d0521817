//! Tests of rules: a series of outcomes in a compact notation, and the notifications that it must lead to.

mod case;
mod file;
mod notation;
mod outcome_series;
mod result;
mod runner;
mod tested_decision;
mod vacuous;

pub use case::{ConfigSource, RuleTestRunner};
pub use file::{FileProblem, RuleTestFile};
pub use notation::{NotatedOutcome, NotationError, parse as parse_notation};
pub use result::{RuleTestResult, TestProblem, TestedWay};
