//! A rule test with its place, and its times.

use std::ops::Range;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::id::RuleId;
use allclear_core::kind::KindSet;
use toml::Spanned;

use super::file::{FileProblem, RawTest, RuleTestFile, line_of};

/// The start of a test that names none: a Monday, at midnight.
const START: &str = "2026-01-05T00:00:00Z";

/// The config of tests.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigSource {
    /// A file, by its path relative to that of the tests.
    File(String),
    /// The text of a config.
    Text(String),
}

/// Runs rule tests with the kinds of check of a program.
pub struct RuleTestRunner<'a> {
    /// The declarations of the kinds of check.
    pub kinds: KindSet,
    /// Reads and validates a config. The error lists its problems.
    pub load: &'a dyn Fn(&ConfigSource) -> Result<Config, String>,
}

/// A test with its place.
pub(super) struct Case<'a> {
    pub(super) runner: &'a RuleTestRunner<'a>,
    pub(super) text: &'a str,
    pub(super) file: &'a RuleTestFile,
    pub(super) test: &'a RawTest,
    pub(super) line: usize,
}

impl Case<'_> {
    /// Returns the rule that the test is about; `None` if it is about all.
    pub(super) fn rule(&self) -> Option<&RuleId> {
        self.test.rule.as_ref().or(self.file.rule.as_ref())
    }

    /// Returns a problem at the line of `span`.
    pub(super) fn problem(&self, span: Range<usize>, message: String) -> FileProblem {
        FileProblem { line: line_of(self.text, span), message }
    }

    pub(super) fn start(&self) -> Result<Timestamp, FileProblem> {
        let (text, span) = match &self.file.start {
            Some(start) => (start.get_ref().as_str(), start.span()),
            None => (START, 0..0),
        };
        text.parse().map_err(|_| {
            self.problem(span, format!("`{text}` is not a time: write `2026-01-05T00:00:00Z`"))
        })
    }

    /// Returns a time: so long after the start, or absolute.
    pub(super) fn at(
        &self,
        text: &Spanned<String>,
        start: Timestamp,
    ) -> Result<Timestamp, FileProblem> {
        if let Ok(at) = text.get_ref().parse() {
            return Ok(at);
        }
        let after = self.duration(text)?;
        start.checked_add(after).map_err(|error| self.problem(text.span(), error.to_string()))
    }

    pub(super) fn duration(&self, text: &Spanned<String>) -> Result<Duration, FileProblem> {
        duration::parse(text.get_ref()).map_err(|error| {
            self.problem(text.span(), format!("{error}: {}", duration::DURATION_HINT))
        })
    }
}
