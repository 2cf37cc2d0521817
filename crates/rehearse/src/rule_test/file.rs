//! The form of a file of rule tests.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::status::Severity;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::{Spanned, Table, Value};

/// The monitor of a test with one series.
pub(super) const ONLY_MONITOR: &str = "api";

/// A file of rule tests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTestFile {
    /// The rule that the tests are about. Without `config`, all other rules are off.
    #[serde(default)]
    pub(super) rule: Option<Spanned<RuleId>>,
    /// The time of the first outcome.
    #[serde(default)]
    pub(super) start: Option<Spanned<String>>,
    /// The path of a config relative to the file, or a config as a table. Without it, the tests use the defaults.
    #[serde(default)]
    pub(super) config: Option<Spanned<Value>>,
    /// Keys of the monitors of the tests, such as `critical`, for tests without `config`.
    #[serde(default)]
    pub(super) monitors: BTreeMap<Spanned<MonitorId>, Table>,
    /// The tests.
    #[serde(default)]
    pub(super) test: Vec<Spanned<RawTest>>,
}

/// A test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    pub(super) name: Spanned<String>,
    /// The rule that the test is about, in place of that of the file.
    #[serde(default)]
    pub(super) rule: Option<Spanned<RuleId>>,
    pub(super) outcomes: Spanned<RawSeries>,
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

/// The series of a test.
#[derive(Debug, Clone)]
pub(super) enum RawSeries {
    /// One for the only monitor.
    Only(String),
    /// One for each monitor.
    Each(BTreeMap<Spanned<MonitorId>, Spanned<String>>),
}

impl<'de> Deserialize<'de> for RawSeries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An untagged enum would lose the places.
        struct SeriesVisitor;

        impl<'de> Visitor<'de> for SeriesVisitor {
            type Value = RawSeries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a series such as `\"H*3 U*2\"`, or one for each monitor: `{ api = \"H U\" }`",
                )
            }

            fn visit_str<E>(self, text: &str) -> Result<RawSeries, E> {
                Ok(RawSeries::Only(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawSeries, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((monitor, series)) = map.next_entry()? {
                    all.insert(monitor, series);
                }
                Ok(RawSeries::Each(all))
            }
        }

        deserializer.deserialize_any(SeriesVisitor)
    }
}

/// A silence. Times are those after the start of the test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSilence {
    pub(super) from: Spanned<String>,
    pub(super) until: Spanned<String>,
    pub(super) matchers: Spanned<Vec<Spanned<String>>>,
}

/// A maintenance window of monitors, of all if none is named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMaintenance {
    pub(super) from: Spanned<String>,
    pub(super) until: Spanned<String>,
    #[serde(default)]
    pub(super) monitors: Vec<Spanned<MonitorId>>,
}

/// An acknowledgement of the alerts of a monitor that fire at its time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAcknowledgement {
    pub(super) at: Spanned<String>,
    pub(super) monitor: Spanned<MonitorId>,
}

/// An expected notification, or an expected suppression.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpectation {
    pub(super) at: Spanned<String>,
    #[serde(default)]
    pub(super) rule: Option<Spanned<RuleId>>,
    #[serde(default)]
    pub(super) monitor: Option<Spanned<MonitorId>>,
    #[serde(default)]
    pub(super) kind: Option<ExpectedKind>,
    #[serde(default)]
    pub(super) severity: Option<Spanned<Severity>>,
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
#[error("{line}:{column}: {message}")]
pub struct FileProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The problem and its remedy.
    pub message: String,
}

impl FileProblem {
    /// Returns a problem at the start of `span`.
    pub(super) fn at(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, message: message.into() }
    }
}

impl RuleTestFile {
    /// Parses a file.
    ///
    /// # Errors
    ///
    /// Fails if the text is not TOML, has unknown or missing keys, or has no test.
    pub fn parse(text: &str) -> Result<Self, FileProblem> {
        let file: Self = toml::from_str(text).map_err(|error| {
            let message = error.message().trim().replace('\n', ": ");
            FileProblem::at(text, error.span().unwrap_or_default(), message)
        })?;
        if file.test.is_empty() {
            return Err(FileProblem::at(text, 0..0, "the file has no test: add a `[[test]]`"));
        }
        file.refuse_unused(text)?;
        Ok(file)
    }

    /// Refuses keys that no test uses.
    fn refuse_unused(&self, text: &str) -> Result<(), FileProblem> {
        let Some(monitor) = self.monitors.keys().find(|id| !self.is_used(id.get_ref())) else {
            return Ok(());
        };
        let id = monitor.get_ref();
        let message = match &self.config {
            Some(_) => format!(
                "the keys of `{id}` have no effect beside `config`: set them there, and remove them here"
            ),
            None => format!(
                "no test has outcomes of the monitor `{id}`: add them to a test, or remove its keys"
            ),
        };
        Err(FileProblem::at(text, monitor.span(), message))
    }

    /// Returns true if a test uses the keys of a monitor.
    fn is_used(&self, monitor: &MonitorId) -> bool {
        let has_outcomes = |test: &Spanned<RawTest>| match test.get_ref().outcomes.get_ref() {
            RawSeries::Only(_) => monitor.as_str() == ONLY_MONITOR,
            RawSeries::Each(all) => all.keys().any(|id| id.get_ref() == monitor),
        };
        self.config.is_none() && self.test.iter().any(has_outcomes)
    }

    /// Returns the number of tests.
    #[must_use]
    pub fn n_tests(&self) -> usize {
        self.test.len()
    }
}
