//! Running rule tests: the outcomes are folded like those of a real time, and the decisions are compared.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::state::Decision;
use allclear_evaluate::replay::Replay;
use toml::Spanned;

use super::case::{Case, RuleTestRunner};
use super::file::{ExpectedKind, FileProblem, ONLY_MONITOR, RawSeries, RawTest, RuleTestFile};
use super::notation::{self, NotatedOutcome};
use super::outcome_series::{OutcomeSeries, runs};
use super::result::{RuleTestResult, TestProblem, TestedWay};
use super::tested_decision::{
    TestedDecision, described, exact, is_expected, listed, observations, sentence,
};
use super::vacuous::{TestTimes, no_monitor};
use crate::rehearsal::later;

/// The time after the last outcome for which decisions are awaited.
const AFTER: Duration = Duration::from_mins(10);

impl RuleTestRunner<'_> {
    /// Runs the tests of a file.
    #[must_use]
    pub fn run(&self, text: &str, file: &RuleTestFile) -> Vec<RuleTestResult> {
        let one = |test: &Spanned<RawTest>| {
            let span = test.span();
            Case { runner: self, text, file, test: test.get_ref(), span }.run()
        };
        file.test.iter().map(one).collect()
    }
}

impl Case<'_> {
    fn run(&self) -> RuleTestResult {
        let rule = self.rule().cloned();
        let (covers, problems) = match self.observe() {
            Ok((observed, start)) => match self.compare(observed, start) {
                Ok(problems) => (self.covers(), problems),
                Err(problem) => (Vec::new(), vec![problem]),
            },
            Err(problem) => (Vec::new(), vec![problem]),
        };
        let problems = problems.into_iter().map(|one| {
            let FileProblem { line, column, message } = one;
            TestProblem { line, column, message }
        });
        RuleTestResult {
            name: self.test.name.get_ref().clone(),
            line: self.here("").line,
            rule,
            covers,
            problems: problems.collect(),
        }
    }

    /// Returns the ways of the rule that the expectations of a passed test cover.
    fn covers(&self) -> Vec<TestedWay> {
        let mut ways = BTreeSet::new();
        for expected in self.test.expect.iter().map(Spanned::get_ref) {
            let about = expected.rule.as_ref().map(Spanned::get_ref);
            let is_about = about.is_none() || about == self.rule();
            match (expected.suppressed, expected.kind) {
                (Some(_), _) if is_about => ways.insert(TestedWay::Suppressed),
                (None, Some(ExpectedKind::Resolved)) if is_about => {
                    ways.insert(TestedWay::Resolved)
                }
                (None, _) if is_about => ways.insert(TestedWay::Firing),
                _ => false,
            };
        }
        if self.test.expect.is_empty() {
            ways.insert(TestedWay::NotFiring);
        }
        ways.into_iter().collect()
    }

    /// Folds the outcomes and returns what was sent and suppressed, with the start of the test.
    fn observe(&self) -> Result<(Vec<TestedDecision>, Timestamp), FileProblem> {
        self.refuse_name()?;
        let start = self.start()?;
        let series = self.series()?;
        let monitors: Vec<MonitorId> = series.iter().map(|one| one.monitor.clone()).collect();
        let tested = self.config(&monitors)?;
        let mut all = Vec::new();
        for MonitorSeries { monitor, span, outcomes } in series {
            let Some(known) = tested.index.monitor(&monitor) else {
                return Err(self.problem(span, no_monitor(&monitor, &tested.index)));
            };
            all.push(OutcomeSeries { every: known.interval, monitor, outcomes });
        }
        let runs = runs(all, start);
        let last = runs.last().map_or(start, |run| run.key.scheduled_at);
        let end = match &self.test.until {
            Some(until) => self.at(until, start)?,
            None => later(last, AFTER),
        };
        self.refuse_vacuous(&tested, &monitors)?;
        self.refuse_times(TestTimes { start, last, end })?;
        let mut replay = Replay::new(tested.index).with_entries(self.entries(start)?);
        let mut observed = Vec::new();
        let mut decided = |at: Timestamp, decision: Decision| {
            observed.extend(observations(&decision, elapsed(start, at)));
        };
        let mut acknowledgements = Vec::new();
        for (n, one) in self.test.acknowledge.iter().enumerate() {
            acknowledgements.push((self.at(&one.at, start)?, n, one));
        }
        acknowledgements.sort_by_key(|(at, n, _)| (*at, *n));
        let mut runs = Some(runs);
        for (at, n, one) in acknowledgements {
            replay.play(runs.take().unwrap_or_default(), at, &mut decided);
            if let Some(entry) = self.acknowledgement((n, one), replay.state(), at)? {
                replay.add_entry(entry);
            }
            let decision = replay.step(at, &[]);
            decided(at, decision);
        }
        replay.play(runs.take().unwrap_or_default(), end, &mut decided);
        observed.sort();
        // Each of several channels gets the same notification.
        observed.dedup();
        Ok((observed, start))
    }

    fn compare(
        &self,
        mut observed: Vec<TestedDecision>,
        start: Timestamp,
    ) -> Result<Vec<FileProblem>, FileProblem> {
        if let Some(rule) = self.rule() {
            observed.retain(|one| one.rule == *rule);
        }
        let mut rest = observed.clone();
        let mut unmet = Vec::new();
        for spanned in &self.test.expect {
            let expected = spanned.get_ref();
            let after = elapsed(start, self.at(&expected.at, start)?);
            let found =
                rest.iter().position(|one| one.after == after && is_expected(one, expected));
            match found {
                Some(position) => {
                    rest.remove(position);
                }
                None => unmet.push((spanned, after)),
            }
        }
        let mut problems = Vec::new();
        for (spanned, after) in unmet {
            let expected = spanned.get_ref();
            let near = rest.iter().enumerate().filter(|(_, one)| is_expected(one, expected));
            let nearest = near.min_by_key(|(_, one)| one.after.abs_diff(after));
            let wanted = described(expected);
            let message = match nearest.map(|(position, _)| position) {
                // Each decision is that of one expectation at most, so that no other one is hidden.
                Some(position) => format!(
                    "expected {wanted} at {}, but it was decided at {}",
                    exact(after),
                    exact(rest.remove(position).after)
                ),
                None => format!("expected {wanted} at {}; {}", exact(after), listed(&observed)),
            };
            problems.push(self.problem(spanned.span(), message));
        }
        let unexpected = rest.iter().filter(|one| one.suppressed.is_none());
        problems
            .extend(unexpected.map(|one| self.here(format!("not expected: {}", sentence(one)))));
        Ok(problems)
    }

    fn series(&self) -> Result<Vec<MonitorSeries>, FileProblem> {
        let outcomes = &self.test.outcomes;
        let parse = |text: &str, span: Range<usize>| {
            let series = notation::parse(text)
                .map_err(|error| self.problem(span.clone(), error.to_string()))?;
            if series.iter().all(|one| one.0.is_none()) {
                let message = "the series has no outcome: write at least one, such as `H*5`";
                return Err(self.problem(span, message));
            }
            Ok(series)
        };
        match outcomes.get_ref() {
            RawSeries::Only(text) => {
                let monitor = MonitorId::new(ONLY_MONITOR)
                    .map_err(|error| self.problem(outcomes.span(), error.to_string()))?;
                let span = outcomes.span();
                Ok(vec![MonitorSeries {
                    monitor,
                    span: span.clone(),
                    outcomes: parse(text, span)?,
                }])
            }
            RawSeries::Each(all) if all.is_empty() => {
                let message = "no monitor has outcomes: write `{ api = \"H*5\" }`";
                Err(self.problem(outcomes.span(), message))
            }
            RawSeries::Each(all) => {
                let one = |(monitor, text): (&Spanned<MonitorId>, &Spanned<String>)| {
                    Ok(MonitorSeries {
                        monitor: monitor.get_ref().clone(),
                        span: monitor.span(),
                        outcomes: parse(text.get_ref(), text.span())?,
                    })
                };
                all.iter().map(one).collect()
            }
        }
    }
}

/// The series of a monitor, with the place of its id.
struct MonitorSeries {
    monitor: MonitorId,
    span: Range<usize>,
    outcomes: Vec<NotatedOutcome>,
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
