//! The form of a file of rule tests.

use std::collections::BTreeMap;
use std::ops::Range;

use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::status::Severity;
use serde::Deserialize;
use toml::{Spanned, Table, Value};

/// A file of rule tests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTestFile {
    /// The rule that the tests are about. Without `config`, all other rules are off.
    #[serde(default)]
    pub(super) rule: Option<RuleId>,
    /// The time of the first outcome.
    #[serde(default)]
    pub(super) start: Option<Spanned<String>>,
    /// The path of a config relative to the file, or a config as a table. Without it, the tests use the defaults.
    #[serde(default)]
    pub(super) config: Option<Value>,
    /// Keys of the monitors of the tests, such as `critical`, for tests without `config`.
    #[serde(default)]
    pub(super) monitors: BTreeMap<MonitorId, Table>,
    /// The tests.
    #[serde(default)]
    pub(super) test: Vec<Spanned<RawTest>>,
}

/// A test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    pub(super) name: String,
    /// The rule that the test is about, in place of that of the file.
    #[serde(default)]
    pub(super) rule: Option<RuleId>,
    /// A series for the monitor `api`, or one for each monitor.
    pub(super) outcomes: Spanned<Value>,
    /// The interval of the monitors without `config`; one minute if omitted.
    #[serde(default)]
    pub(super) every: Option<Spanned<String>>,
    /// The end of the test after its start; ten minutes after the last outcome if omitted.
    #[serde(default)]
    pub(super) until: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) silence: Vec<RawSilence>,
    #[serde(default)]
    pub(super) maintenance: Vec<RawMaintenance>,
    #[serde(default)]
    pub(super) acknowledge: Vec<RawAcknowledgement>,
    pub(super) expect: Vec<Spanned<RawExpectation>>,
}

/// A silence. Times are those after the start of the test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSilence {
    pub(super) from: Spanned<String>,
    pub(super) until: Spanned<String>,
    pub(super) matchers: Spanned<Vec<String>>,
}

/// A maintenance window of monitors, of all if none is named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMaintenance {
    pub(super) from: Spanned<String>,
    pub(super) until: Spanned<String>,
    #[serde(default)]
    pub(super) monitors: Vec<MonitorId>,
}

/// An acknowledgement of the alerts of a monitor that fire at its time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAcknowledgement {
    pub(super) at: Spanned<String>,
    pub(super) monitor: MonitorId,
}

/// An expected notification, or an expected suppression.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpectation {
    pub(super) at: Spanned<String>,
    #[serde(default)]
    pub(super) rule: Option<RuleId>,
    #[serde(default)]
    pub(super) monitor: Option<MonitorId>,
    #[serde(default)]
    pub(super) kind: Option<ExpectedKind>,
    #[serde(default)]
    pub(super) severity: Option<Severity>,
    #[serde(default)]
    pub(super) suppressed: Option<SuppressedBy>,
}

/// The kind of an expected notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpectedKind {
    Firing,
    Updated,
    Reminder,
    Resolved,
    Momentary,
}

impl ExpectedKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Updated => "updated",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
            Self::Momentary => "momentary",
        }
    }
}

/// A problem of a file or of a test in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FileProblem {
    /// The line, from 1.
    pub line: usize,
    /// The problem.
    pub message: String,
}

impl RuleTestFile {
    /// Parses a file.
    ///
    /// # Errors
    ///
    /// Fails if the text is not TOML, has unknown or missing keys, or has no test.
    pub fn parse(text: &str) -> Result<Self, FileProblem> {
        let file: Self = toml::from_str(text).map_err(|error| FileProblem {
            line: line_of(text, error.span().unwrap_or_default()),
            message: error.message().to_owned(),
        })?;
        if file.test.is_empty() {
            let message = "the file has no test: add a `[[test]]`".to_owned();
            return Err(FileProblem { line: 1, message });
        }
        Ok(file)
    }

    /// Returns the number of tests.
    #[must_use]
    pub fn n_tests(&self) -> usize {
        self.test.len()
    }
}

/// Returns the line, from 1, of the start of a span.
pub(super) fn line_of(text: &str, span: Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or_default();
    before.matches('\n').count() + 1
}
