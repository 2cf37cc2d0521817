//! Running rule tests: the outcomes are folded like those of a real time, and the decisions are compared.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::duration;
use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, MonitorId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::state::{Decision, ShardState};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::replay::Replay;
use toml::{Spanned, Table, Value};

use super::case::{Case, ConfigSource, RuleTestRunner};
use super::file::{ExpectedKind, FileProblem, RawTest, RuleTestFile, line_of};
use super::notation;
use super::outcome_series::{OutcomeSeries, runs};
use super::result::{RuleTestResult, TestProblem, TestedWay};
use super::tested_decision::{
    TestedDecision, described, exact, is_expected, listed, observations, sentence,
};
use super::vacuous::{TestTimes, no_monitor};
use crate::rehearsal::later;

/// The time after the last outcome for which decisions are awaited.
const AFTER: Duration = Duration::from_mins(10);

/// The interval of monitors without `config`.
const EVERY: Duration = Duration::from_mins(1);

/// The monitor of a test with one series.
const ONLY_MONITOR: &str = "api";

impl RuleTestRunner<'_> {
    /// Runs the tests of a file.
    #[must_use]
    pub fn run(&self, text: &str, file: &RuleTestFile) -> Vec<RuleTestResult> {
        let one = |test: &Spanned<RawTest>| {
            let line = line_of(text, test.span());
            let case = Case { runner: self, text, file, test: test.get_ref(), line };
            case.run()
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
        let problems =
            problems.into_iter().map(|FileProblem { line, message }| TestProblem { line, message });
        RuleTestResult {
            name: self.test.name.clone(),
            line: self.line,
            rule,
            covers,
            problems: problems.collect(),
        }
    }

    /// Returns the ways of the rule that the expectations of a passed test cover.
    fn covers(&self) -> Vec<TestedWay> {
        let mut ways = BTreeSet::new();
        for expected in self.test.expect.iter().map(Spanned::get_ref) {
            let is_about = expected.rule.is_none() || expected.rule.as_ref() == self.rule();
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
        let start = self.start()?;
        let series = self.series()?;
        let monitors: Vec<MonitorId> = series.iter().map(|(one, _)| one.clone()).collect();
        let index = self.index(&monitors)?;
        let mut all = Vec::new();
        for (monitor, outcomes) in series {
            let Some(known) = index.monitor(&monitor) else {
                let span = self.test.outcomes.span();
                return Err(self.problem(span, no_monitor(&monitor)));
            };
            all.push(OutcomeSeries { every: known.interval, monitor, outcomes });
        }
        let runs = runs(all, start);
        let last = runs.last().map_or(start, |run| run.key.scheduled_at);
        let end = match &self.test.until {
            Some(until) => self.at(until, start)?,
            None => later(last, AFTER),
        };
        self.refuse_vacuous(&index, TestTimes { start, last, end })?;
        let mut replay = Replay::new(index).with_entries(self.entries(start)?);
        let mut observed = Vec::new();
        let mut decided = |at: Timestamp, decision: Decision| {
            observed.extend(observations(&decision, elapsed(start, at)));
        };
        let mut acknowledgements = Vec::new();
        for one in &self.test.acknowledge {
            acknowledgements.push((self.at(&one.at, start)?, &one.monitor));
        }
        acknowledgements.sort();
        let mut runs = Some(runs);
        for (at, monitor) in acknowledgements {
            replay.play(runs.take().unwrap_or_default(), at, &mut decided);
            if let Some(entry) = acknowledgement(replay.state(), monitor, at) {
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
        let mut problems = Vec::new();
        for spanned in &self.test.expect {
            let expected = spanned.get_ref();
            let after = elapsed(start, self.at(&expected.at, start)?);
            let found =
                rest.iter().position(|one| one.after == after && is_expected(one, expected));
            if let Some(position) = found {
                rest.remove(position);
                continue;
            }
            let nearest = rest
                .iter()
                .filter(|one| is_expected(one, expected))
                .min_by_key(|one| one.after.abs_diff(after));
            let wanted = described(expected);
            let message = match nearest {
                Some(one) => format!(
                    "expected {wanted} at {}, it came at {}",
                    exact(after),
                    exact(one.after)
                ),
                None => format!("expected {wanted} at {}; {}", exact(after), listed(&observed)),
            };
            problems.push(self.problem(spanned.span(), message));
        }
        let has_problem = !problems.is_empty();
        for one in rest.iter().filter(|one| one.suppressed.is_none()) {
            // A notification at another time was reported with its expectation.
            let is_reported = has_problem
                && self.test.expect.iter().any(|expected| is_expected(one, expected.get_ref()));
            if !is_reported {
                problems.push(FileProblem {
                    line: self.line,
                    message: format!("not expected: {}", sentence(one)),
                });
            }
        }
        Ok(problems)
    }

    fn series(&self) -> Result<Vec<(MonitorId, Vec<notation::NotatedOutcome>)>, FileProblem> {
        let outcomes = &self.test.outcomes;
        let parse = |text: &str| {
            notation::parse(text).map_err(|error| self.problem(outcomes.span(), error.to_string()))
        };
        let id = |text: &str| {
            MonitorId::new(text).map_err(|error| self.problem(outcomes.span(), error.to_string()))
        };
        match outcomes.get_ref() {
            Value::String(text) => Ok(vec![(id(ONLY_MONITOR)?, parse(text)?)]),
            Value::Table(table) => {
                let mut all = Vec::new();
                for (monitor, value) in table {
                    let Some(text) = value.as_str() else { return Err(self.no_series()) };
                    all.push((id(monitor)?, parse(text)?));
                }
                Ok(all)
            }
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => Err(self.no_series()),
        }
    }

    fn no_series(&self) -> FileProblem {
        let message =
            "write a series such as `\"H*3 U*2\"`, or one for each monitor: `{ api = \"H U\" }`";
        self.problem(self.test.outcomes.span(), message.to_owned())
    }

    fn index(&self, monitors: &[MonitorId]) -> Result<ConfigIndex, FileProblem> {
        let source = match &self.file.config {
            Some(Value::String(path)) => ConfigSource::File(path.clone()),
            Some(Value::Table(table)) => ConfigSource::Text(table.to_string()),
            Some(_) => {
                let message = "`config` is the path of a config, or a table".to_owned();
                return Err(FileProblem { line: 1, message });
            }
            None => ConfigSource::Text(self.default_config(monitors)?),
        };
        let config = (self.runner.load)(&source).map_err(|message| FileProblem {
            line: self.line,
            message: format!("the config of the test: {message}"),
        })?;
        let index = ConfigIndex::new(config.into())
            .map_err(|error| FileProblem { line: self.line, message: error.to_string() })?;
        Ok(index.with_kinds(self.runner.kinds))
    }

    /// Returns the text of a config with the defaults for `monitors`, and one channel.
    fn default_config(&self, monitors: &[MonitorId]) -> Result<String, FileProblem> {
        let every = self.test.every.as_ref().map(|every| self.duration(every)).transpose()?;
        let every = duration::format(every.unwrap_or(EVERY));
        let monitor = |id: &MonitorId| {
            let mut table = Table::new();
            table.insert("id".to_owned(), Value::from(id.as_str()));
            table.insert("interval".to_owned(), Value::from(every.clone()));
            let url = Value::from("https://www.example.com/");
            let http = Table::from_iter([("url".to_owned(), url)]);
            let check = Table::from_iter([("http".to_owned(), Value::Table(http))]);
            table.insert("check".to_owned(), Value::Table(check));
            table.extend(self.file.monitors.get(id).cloned().unwrap_or_default());
            Value::Table(table)
        };
        let mut config = Table::new();
        config.insert("monitor".to_owned(), Value::Array(monitors.iter().map(monitor).collect()));
        let log = Table::from_iter([("log".to_owned(), Value::Table(Table::new()))]);
        let channel = Table::from_iter([
            ("id".to_owned(), Value::from("team")),
            ("send".to_owned(), Value::Table(log)),
        ]);
        config.insert("channel".to_owned(), Value::Array(vec![Value::Table(channel)]));
        if let Some(tested) = self.rule() {
            let rule = |id: &str, enabled: bool| {
                Value::Table(Table::from_iter([
                    ("id".to_owned(), Value::from(id)),
                    ("enabled".to_owned(), Value::from(enabled)),
                ]))
            };
            let rules = self.runner.kinds.rules();
            let rules = rules.map(|one| rule(one.id, one.id == tested.as_str()));
            config.insert("rule".to_owned(), Value::Array(rules.collect()));
        }
        Ok(config.to_string())
    }

    fn entries(&self, start: Timestamp) -> Result<Vec<OperatorEntry>, FileProblem> {
        let mut entries = Vec::new();
        for (n, silence) in self.test.silence.iter().enumerate() {
            let (from, until) = (self.at(&silence.from, start)?, self.at(&silence.until, start)?);
            let mut matchers = Vec::new();
            for matcher in silence.matchers.get_ref() {
                let parsed = matcher.parse().map_err(|error| {
                    self.problem(silence.matchers.span(), format!("`{matcher}`: {error}"))
                })?;
                matchers.push(parsed);
            }
            let content = EntryContent::Silence { matchers, starts_at: from };
            entries.extend(entry(&format!("silence-{n}"), from, Some(until), content));
        }
        for (n, window) in self.test.maintenance.iter().enumerate() {
            let (from, until) = (self.at(&window.from, start)?, self.at(&window.until, start)?);
            let Ok(id) = MaintenanceId::new(format!("maintenance-{n}")) else { continue };
            let content = EntryContent::Maintenance(Box::new(Maintenance {
                id,
                title: "maintenance".to_owned(),
                description: None,
                scope: RuleScope { monitors: window.monitors.clone(), ..RuleScope::default() },
                schedule: WindowSchedule::Once { start: from, end: until },
                ended_at: None,
            }));
            entries.extend(entry(&format!("maintenance-{n}"), from, Some(until), content));
        }
        Ok(entries)
    }
}

fn entry(
    id: &str,
    at: Timestamp,
    expires_at: Option<Timestamp>,
    content: EntryContent,
) -> Option<OperatorEntry> {
    let (author, comment) = ("the test".to_owned(), String::new());
    Some(OperatorEntry {
        id: EntryId::new(id).ok()?,
        created_at: at,
        author,
        comment,
        expires_at,
        content,
    })
}

/// Returns the acknowledgement of the alerts of a monitor that fire now.
fn acknowledgement(
    state: &ShardState,
    monitor: &MonitorId,
    at: Timestamp,
) -> Option<OperatorEntry> {
    let known = state.monitors.get(monitor);
    let alerts = known.into_iter().flat_map(|known| known.alerts.values());
    let firing: Vec<AlertId> =
        alerts.filter_map(|alert| Some(alert.firing.as_ref()?.id.clone())).collect();
    let id = format!("ack-{}", at.as_second());
    entry(&id, at, None, EntryContent::Acknowledgement { alerts: firing })
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
