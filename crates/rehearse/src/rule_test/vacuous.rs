//! Tests that would pass without a decision to compare: the names and the times that cause this are refused.

use std::ops::Range;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, RuleId};
use allclear_evaluate::ConfigIndex;
use toml::Spanned;

use super::case::Case;
use super::file::{FileProblem, RawExpectation};
use super::known_names::{it_has, quoted};
use super::test_config::TestedIndex;
use super::tested_decision::exact;
use crate::disabled_rules;

/// The times of a test.
#[derive(Debug, Clone, Copy)]
pub(super) struct TestTimes {
    /// The first outcome.
    pub(super) start: Timestamp,
    /// The last outcome.
    pub(super) last: Timestamp,
    /// The end of the test.
    pub(super) end: Timestamp,
}

impl Case<'_> {
    /// Refuses an empty name, and the name of an earlier test of the file.
    pub(super) fn refuse_name(&self) -> Result<(), FileProblem> {
        let name = &self.test.name;
        if name.get_ref().trim().is_empty() {
            return Err(self.problem(name.span(), "the name is empty: write what the test shows"));
        }
        let before = self.file.test.iter().take_while(|test| test.span() != self.span);
        let mut same = before.filter(|test| test.get_ref().name.get_ref() == name.get_ref());
        let Some(first) = same.next() else { return Ok(()) };
        let line = self.problem(first.span(), "").line;
        let message = format!("the test at line {line} has the same name: rename one of them");
        Err(self.problem(name.span(), message))
    }

    /// Refuses names that the config does not have, and expectations that nothing can contradict.
    pub(super) fn refuse_vacuous(
        &self,
        tested: &TestedIndex,
        monitors: &[MonitorId],
    ) -> Result<(), FileProblem> {
        let index = &tested.index;
        if let Some(rule) = self.spanned_rule() {
            self.refuse_rule(rule, tested)?;
            self.refuse_rule_of_others(rule, index, monitors)?;
        }
        let windows = self.test.maintenance.iter().flat_map(|one| &one.monitors);
        let unknown = |one: &&Spanned<MonitorId>| index.monitor(one.get_ref()).is_none();
        if let Some(monitor) = windows.clone().find(unknown) {
            return Err(self.problem(monitor.span(), no_monitor(monitor.get_ref(), index)));
        }
        for one in &self.test.acknowledge {
            self.refuse_monitor(&one.monitor, index, monitors)?;
        }
        for silence in &self.test.silence {
            self.refuse_silence(silence, tested)?;
        }
        for expected in &self.test.expect {
            self.refuse_expectation(expected, tested, monitors)?;
        }
        let mut expected = self.test.expect.iter().map(Spanned::get_ref);
        if index.config().channels.is_empty() && !expected.any(|one| one.suppressed.is_some()) {
            let message = "the config of the test has no channel, so that nothing can be sent: add a `[[channel]]` with \
                           `send.log = {}` to it";
            return Err(self.here(message));
        }
        Ok(())
    }

    fn refuse_expectation(
        &self,
        spanned: &Spanned<RawExpectation>,
        tested: &TestedIndex,
        monitors: &[MonitorId],
    ) -> Result<(), FileProblem> {
        let expected = spanned.get_ref();
        if expected.kind.is_some() && expected.suppressed.is_some() {
            let message = "an expectation has either `kind` or `suppressed`: remove one of them";
            return Err(self.problem(spanned.span(), message));
        }
        if let (Some(severity), Some(_)) = (&expected.severity, &expected.suppressed) {
            let message = "the severity of a suppressed alert is not compared: remove it";
            return Err(self.problem(severity.span(), message));
        }
        if let Some(rule) = &expected.rule {
            self.refuse_rule(rule, tested)?;
            if let Some(of_test) = self.rule().filter(|of_test| *of_test != rule.get_ref()) {
                let message = format!(
                    "the test is about the rule `{of_test}` alone: remove this expectation, or the `rule` of the test"
                );
                return Err(self.problem(rule.span(), message));
            }
        }
        match &expected.monitor {
            Some(monitor) => self.refuse_monitor(monitor, &tested.index, monitors),
            None => Ok(()),
        }
    }

    /// Refuses a monitor that the config does not have, or without outcomes in the test.
    fn refuse_monitor(
        &self,
        monitor: &Spanned<MonitorId>,
        index: &ConfigIndex,
        monitors: &[MonitorId],
    ) -> Result<(), FileProblem> {
        let id = monitor.get_ref();
        if index.monitor(id).is_none() {
            return Err(self.problem(monitor.span(), no_monitor(id, index)));
        }
        if !monitors.contains(id) {
            let message = format!("the test has no outcomes of `{id}`: add them to `outcomes`");
            return Err(self.problem(monitor.span(), message));
        }
        Ok(())
    }

    /// Refuses a rule that the config does not have or has disabled.
    fn refuse_rule(&self, rule: &Spanned<RuleId>, tested: &TestedIndex) -> Result<(), FileProblem> {
        let id = rule.get_ref();
        let rules = &tested.index.config().rules;
        if rules.iter().any(|one| one.id == *id) {
            return Ok(());
        }
        let message = match disabled_rules::sentence(id, &tested.disabled) {
            // Beside a rule that the tests are about, all others are off.
            Some(_) if self.file.config.is_none() => {
                format!(
                    "the rule `{id}` is off, because the test is about another one: name it as `rule`"
                )
            }
            Some(disabled) => format!("{disabled}: enable it there"),
            None => {
                let known = rules
                    .iter()
                    .map(|one| one.id.as_str())
                    .chain(tested.disabled.keys().map(RuleId::as_str));
                format!("the config has no rule `{id}`: {}", it_has(id.as_str(), known.collect()))
            }
        };
        Err(self.problem(rule.span(), message))
    }

    /// Refuses a rule without a monitor of the test on which it can fire, if that is expected.
    fn refuse_rule_of_others(
        &self,
        rule: &Spanned<RuleId>,
        index: &ConfigIndex,
        monitors: &[MonitorId],
    ) -> Result<(), FileProblem> {
        let id = rule.get_ref();
        let can_fire = |on: &MonitorId| index.rules_that_can_fire(on).any(|one| one.id == *id);
        if !self.test.expect.is_empty() || monitors.iter().any(can_fire) {
            return Ok(());
        }
        let of: Vec<&str> = monitors.iter().map(MonitorId::as_str).collect();
        let message = format!(
            "the rule `{id}` cannot fire on {}, whatever the outcomes: choose monitors that it is about and whose check \
             measures what its condition reads",
            quoted(&of)
        );
        Err(self.here(message))
    }

    /// Refuses times that leave nothing to observe.
    pub(super) fn refuse_times(&self, times: TestTimes) -> Result<(), FileProblem> {
        if let Some(until) = &self.test.until
            && times.end <= times.last
        {
            let last = times.after_start(times.last);
            let message =
                format!("`until` is not later than the last outcome, at {last}: set a later time");
            return Err(self.problem(until.span(), message));
        }
        let silences = self.test.silence.iter().map(|one| (&one.from, &one.until));
        let windows = self.test.maintenance.iter().map(|one| (&one.from, &one.until));
        for (from, until) in silences.chain(windows) {
            self.refuse_without_effect(from, until, times)?;
        }
        for one in &self.test.acknowledge {
            self.refuse_after_end(self.at(&one.at, times.start)?, one.at.span(), times)?;
        }
        for one in self.test.expect.iter().map(Spanned::get_ref) {
            self.refuse_after_end(self.at(&one.at, times.start)?, one.at.span(), times)?;
        }
        Ok(())
    }

    /// Refuses a silence or a window that applies at no time of the test.
    fn refuse_without_effect(
        &self,
        from: &Spanned<String>,
        until: &Spanned<String>,
        times: TestTimes,
    ) -> Result<(), FileProblem> {
        let begin = self.any_time(from, times.start)?;
        let end = self.any_time(until, times.start)?;
        if end <= begin {
            let message = "`until` is not later than `from`: set a later time";
            return Err(self.problem(until.span(), message));
        }
        if end <= times.start {
            let message =
                format!("it ends before the test begins, at {}: set a later time", times.start);
            return Err(self.problem(until.span(), message));
        }
        self.refuse_after_end(begin, from.span(), times)
    }

    fn refuse_after_end(
        &self,
        at: Timestamp,
        span: Range<usize>,
        times: TestTimes,
    ) -> Result<(), FileProblem> {
        if at < times.end {
            return Ok(());
        }
        let end = times.after_start(times.end);
        let message = format!(
            "the test ends at {end}: set an earlier time here, or a later `until` of the test"
        );
        Err(self.problem(span, message))
    }
}

impl TestTimes {
    /// Returns a time of the test, as it can stand in the file.
    fn after_start(self, at: Timestamp) -> String {
        exact(Duration::try_from(at.duration_since(self.start)).unwrap_or_default())
    }
}

/// Returns the message about a monitor that the config of a test does not have.
pub(super) fn no_monitor(monitor: &MonitorId, index: &ConfigIndex) -> String {
    let known = index.config().monitors.iter().map(|one| one.id.as_str());
    format!("the config has no monitor `{monitor}`: {}", it_has(monitor.as_str(), known.collect()))
}
