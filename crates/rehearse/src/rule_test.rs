//! Tests of rules: a series of outcomes in a compact notation, and the notifications that it must lead to.

mod file;
mod notation;
mod outcome_series;
mod result;
mod runner;
mod tested_decision;

pub use file::{FileProblem, RuleTestFile};
pub use notation::{NotatedOutcome, NotationError, parse as parse_notation};
pub use result::{RuleTestResult, TestProblem, TestedWay};
pub use runner::{ConfigSource, RuleTestRunner};
