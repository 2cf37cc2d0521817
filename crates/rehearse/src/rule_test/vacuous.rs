//! Tests that would pass without a decision to compare: the names and the times that cause this are refused.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::duration;
use allclear_core::id::MonitorId;
use allclear_evaluate::ConfigIndex;
use toml::Spanned;

use super::case::Case;
use super::file::FileProblem;

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
    /// Refuses a rule or a monitor that the config does not have, and times that leave nothing to observe.
    pub(super) fn refuse_vacuous(
        &self,
        index: &ConfigIndex,
        times: TestTimes,
    ) -> Result<(), FileProblem> {
        if let Some(rule) = self.rule()
            && !index.config().rules.iter().any(|one| one.id == *rule)
        {
            return Err(
                self.here(format!("the config has no rule `{rule}`, or it is switched off"))
            );
        }
        let windows = self.test.maintenance.iter();
        let acknowledged = self.test.acknowledge.iter().map(|one| &one.monitor);
        let mut named = windows.clone().flat_map(|one| &one.monitors).chain(acknowledged);
        if let Some(monitor) = named.find(|monitor| index.monitor(monitor).is_none()) {
            return Err(self.here(no_monitor(monitor)));
        }
        let silences = self.test.silence.iter().map(|one| (&one.from, &one.until));
        for (from, until) in silences.chain(windows.map(|one| (&one.from, &one.until))) {
            self.refuse_empty(from, until, times.start)?;
        }
        for expected in &self.test.expect {
            let one = expected.get_ref();
            if one.kind.is_some() && one.suppressed.is_some() {
                let message =
                    "an expectation has either `kind` or `suppressed`: remove one of them";
                return Err(self.problem(expected.span(), message.to_owned()));
            }
        }
        match &self.test.until {
            Some(until) if times.end < times.last => {
                let last =
                    Duration::try_from(times.last.duration_since(times.start)).unwrap_or_default();
                let message =
                    format!("the test ends before its last outcome at {}", duration::format(last));
                Err(self.problem(until.span(), message))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn refuse_empty(
        &self,
        from: &Spanned<String>,
        until: &Spanned<String>,
        start: Timestamp,
    ) -> Result<(), FileProblem> {
        if self.at(from, start)? < self.at(until, start)? {
            return Ok(());
        }
        Err(self.problem(until.span(), "`until` is not later than `from`".to_owned()))
    }

    /// Returns a problem at the first line of the test.
    fn here(&self, message: String) -> FileProblem {
        FileProblem { line: self.line, message }
    }
}

/// Returns the message about a monitor that the config of a test does not have.
pub(super) fn no_monitor(monitor: &MonitorId) -> String {
    format!("the config has no monitor `{monitor}`")
}
