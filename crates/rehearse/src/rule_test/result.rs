//! The result of a rule test.

use allclear_core::id::RuleId;
use serde::Serialize;

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTestResult {
    /// Its name.
    pub name: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The rule that it is about; `None` if it is about all.
    pub rule: Option<RuleId>,
    /// The ways of its rule that it covers.
    pub covers: Vec<TestedWay>,
    /// The problems; empty if it passed.
    pub problems: Vec<TestProblem>,
}

/// A way in which a rule can be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TestedWay {
    /// It fires.
    Firing,
    /// It does not fire.
    NotFiring,
    /// Its alert is suppressed.
    Suppressed,
    /// Its alert is resolved.
    Resolved,
}

/// A difference between the expectation and the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestProblem {
    /// The line of the key or the expectation, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The problem and its remedy.
    pub message: String,
}
