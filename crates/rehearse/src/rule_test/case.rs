//! A rule test with its place, and its times.

use std::ops::Range;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::id::RuleId;
use allclear_core::kind::KindSet;
use toml::Spanned;

use super::file::{FileProblem, RawTest, RuleTestFile};
use crate::disabled_rules::DisabledRules;

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

/// A valid config of tests.
#[derive(Debug, Clone)]
pub struct TestedConfig {
    /// The config.
    pub config: Config,
    /// The rules that it has disabled.
    pub disabled: DisabledRules,
}

/// Runs rule tests with the kinds of check of a program.
pub struct RuleTestRunner<'a> {
    /// The declarations of the kinds of check.
    pub kinds: KindSet,
    /// Reads and validates a config. The error lists its problems.
    pub load: &'a dyn Fn(&ConfigSource) -> Result<TestedConfig, String>,
}

/// A test with its place.
pub(super) struct Case<'a> {
    pub(super) runner: &'a RuleTestRunner<'a>,
    pub(super) text: &'a str,
    pub(super) file: &'a RuleTestFile,
    pub(super) test: &'a RawTest,
    /// The place of the test.
    pub(super) span: Range<usize>,
}

impl Case<'_> {
    /// Returns the rule that the test is about; `None` if it is about all.
    pub(super) fn rule(&self) -> Option<&RuleId> {
        self.spanned_rule().map(Spanned::get_ref)
    }

    /// Returns the rule that the test is about, with its place.
    pub(super) fn spanned_rule(&self) -> Option<&Spanned<RuleId>> {
        self.test.rule.as_ref().or(self.file.rule.as_ref())
    }

    /// Returns a problem at the start of `span`.
    pub(super) fn problem(&self, span: Range<usize>, message: impl Into<String>) -> FileProblem {
        FileProblem::at(self.text, span, message)
    }

    /// Returns a problem at the start of the test.
    pub(super) fn here(&self, message: impl Into<String>) -> FileProblem {
        self.problem(self.span.clone(), message)
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

    /// Returns a time within the test: so long after the start, or absolute and not before it.
    pub(super) fn at(
        &self,
        text: &Spanned<String>,
        start: Timestamp,
    ) -> Result<Timestamp, FileProblem> {
        let at = self.any_time(text, start)?;
        if at < start {
            let what = format!("`{}` is before the start of the test, {start}", text.get_ref());
            return Err(self.problem(text.span(), format!("{what}: write a later time")));
        }
        Ok(at)
    }

    /// Returns a time: so long after the start, or absolute.
    pub(super) fn any_time(
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
