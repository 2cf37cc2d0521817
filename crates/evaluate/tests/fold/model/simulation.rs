//! A simulation: the steps of a plan on a clock that jumps from event to event.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, RegionId, ShardId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::Outcome;
use allclear_core::rule::RuleScope;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Decision, ShardState};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::{fold, tick};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::invariants::{Invariants, Moment};
use super::plan::{Arrival, Plan, Setup, Step, Timer, Weather};
use crate::scenario::{finding, id, start};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// A call of the evaluator.
#[derive(Clone)]
enum Call {
    Fold(Run),
    Tick(Timestamp),
    Entries(Arc<[OperatorEntry]>),
}

/// An evaluator: the part of the process that a restart replaces.
#[derive(Clone)]
struct Evaluator {
    state: ShardState,
    index: ConfigIndex,
}

impl Evaluator {
    fn call(&mut self, call: &Call) -> (Decision, Option<Timestamp>) {
        match call {
            Call::Fold(run) => (fold(&mut self.state, run, &self.index), None),
            Call::Tick(now) => tick(&mut self.state, &self.index, *now),
            Call::Entries(entries) => {
                self.index = self.index.with_entries(entries.clone());
                (Decision::default(), None)
            }
        }
    }

    /// Returns the evaluator with its state as a store returns it.
    fn reloaded(&self) -> Self {
        let stored = postcard::to_stdvec(&self.state).unwrap();
        Self { state: postcard::from_bytes(&stored).unwrap(), index: self.index.clone() }
    }
}

pub(super) struct Simulation<'a> {
    setup: &'a Setup,
    now: Timestamp,
    evaluator: Evaluator,
    entries: Vec<OperatorEntry>,
    n_entries: usize,
    /// Runs that arrive after the next pause.
    late: Vec<Run>,
    /// The evaluator as stored at the last restart, and the calls since then.
    stored: Evaluator,
    calls: Vec<(Call, Decision)>,
    invariants: Invariants<'a>,
}

/// Runs a plan to the end of all trouble, and checks the invariants after each call.
pub(super) fn run(plan: &Plan) -> Result<(), TestCaseError> {
    let mut simulation = Simulation::new(&plan.setup);
    simulation.run(plan).map_err(|error| {
        let latest = simulation.invariants.latest_deliveries();
        TestCaseError::fail(format!("{error}\nthe latest deliveries:\n{latest}"))
    })
}

impl<'a> Simulation<'a> {
    fn new(setup: &'a Setup) -> Self {
        let index = ConfigIndex::new(Arc::new(setup.config())).unwrap();
        let index = index.with_kinds(allclear_probes::kinds());
        let evaluator = Evaluator { state: ShardState::default(), index };
        Self {
            setup,
            now: start(),
            stored: evaluator.clone(),
            evaluator,
            entries: Vec::new(),
            n_entries: 0,
            late: Vec::new(),
            calls: Vec::new(),
            invariants: Invariants::new(setup),
        }
    }

    fn run(&mut self, plan: &Plan) -> Result<(), TestCaseError> {
        plan.steps.iter().try_for_each(|step| self.step(step))?;
        self.end_all_entries()?;
        self.settle(&plan.last_weather)?;
        self.invariants.check_that_all_is_notified(&self.evaluator.state, self.now)?;
        self.settle(&vec!["H"; plan.last_weather.len()])?;
        self.restart()?;
        self.invariants.check_the_end(&self.evaluator.state)
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Checks { n_runs, weather, arrival } => self.checks(*n_runs, weather, *arrival),
            Step::Pause { minutes } => {
                self.wait_until(self.now + MINUTE * u32::try_from(*minutes).unwrap())?;
                for run in std::mem::take(&mut self.late) {
                    self.fold(run)?;
                }
                Ok(())
            }
            Step::Silence { monitor, severity, delay, minutes } => {
                let starts_at = self.after(*delay);
                let monitor = monitor % self.setup.sites.len();
                let of_severity =
                    severity.map(|severity| format!("severity={}", severity.as_str()));
                let texts = std::iter::once(format!("monitor=m{monitor}")).chain(of_severity);
                let matchers = texts.map(|text| text.parse().unwrap()).collect();
                let content = EntryContent::Silence { matchers, starts_at };
                self.enter(content, Some(self.after(delay + minutes)))
            }
            Step::Window { monitor, delay, minutes } => {
                let (start, end) = (self.after(*delay), self.after(delay + minutes));
                let monitor = monitor.map(|n| id(&format!("m{}", n % self.setup.sites.len())));
                let monitors = monitor.into_iter().collect();
                let window = Maintenance {
                    id: MaintenanceId::new("window").unwrap(),
                    title: "Upgrade".to_owned(),
                    description: None,
                    scope: RuleScope { monitors, ..RuleScope::default() },
                    schedule: WindowSchedule::Once { start, end },
                    ended_at: None,
                };
                self.enter(EntryContent::Maintenance(Box::new(window)), Some(end))
            }
            Step::Acknowledge { nth } => self.acknowledge(*nth),
            Step::EndEntry => {
                let now = self.now;
                let last = self.entries.iter_mut().rev().find(|entry| !entry.has_expired(now));
                if let Some(entry) = last {
                    *entry = entry.clone().ended(now);
                }
                self.call(Call::Entries(self.entries.clone().into())).map(drop)
            }
            Step::Restart => self.restart(),
        }
    }

    fn after(&self, minutes: u64) -> Timestamp {
        self.now + MINUTE * u32::try_from(minutes).unwrap()
    }

    fn enter(
        &mut self,
        content: EntryContent,
        expires_at: Option<Timestamp>,
    ) -> Result<(), TestCaseError> {
        self.n_entries += 1;
        self.entries.push(OperatorEntry {
            id: EntryId::new(format!("entry-{}", self.n_entries)).unwrap(),
            created_at: self.now,
            author: "ann".to_owned(),
            comment: String::new(),
            expires_at,
            content,
        });
        self.call(Call::Entries(self.entries.clone().into())).map(drop)
    }

    fn acknowledge(&mut self, nth: usize) -> Result<(), TestCaseError> {
        let groups: Vec<_> = self.evaluator.state.alert_groups.keys().cloned().collect();
        let Some(group) = groups.get(nth % groups.len().max(1)) else { return Ok(()) };
        let monitors = self.evaluator.state.monitors.values();
        let firing =
            monitors.flat_map(|one| one.alerts.values()).filter_map(|one| one.firing.as_ref());
        let of_group = firing.filter(|one| one.notified.values().any(|one| one == group));
        let alerts: Vec<AlertId> = of_group.map(|one| one.id.clone()).collect();
        self.enter(EntryContent::Acknowledgement { alerts }, None)
    }

    /// Ends the silences and the windows.
    fn end_all_entries(&mut self) -> Result<(), TestCaseError> {
        let now = self.now;
        for entry in &mut self.entries {
            if !matches!(entry.content, EntryContent::Acknowledgement { .. }) {
                *entry = entry.clone().ended(now);
            }
        }
        self.call(Call::Entries(self.entries.clone().into()))?;
        self.wait_until(now + HOUR)
    }

    /// Checks with this weather until all waits and cooldowns have passed.
    fn settle(&mut self, weather: &[Weather]) -> Result<(), TestCaseError> {
        self.late.clear();
        for minutes in [17, 17, 1, 1, 1] {
            self.checks(12, weather, Arrival::InOrder)?;
            self.wait_until(self.after(minutes))?;
        }
        Ok(())
    }

    fn checks(
        &mut self,
        n_runs: usize,
        weather: &[Weather],
        arrival: Arrival,
    ) -> Result<(), TestCaseError> {
        let times: Vec<Timestamp> = (1..=n_runs)
            .map(|n| self.now + self.setup.interval * u32::try_from(n).unwrap())
            .collect();
        let end = *times.last().unwrap();
        let runs: Vec<Run> =
            times.iter().enumerate().map(|(n, at)| self.run_of(n, *at, weather)).collect();
        match arrival {
            Arrival::InOrder => self.fold_in_time(&runs),
            Arrival::Twice => {
                self.fold_in_time(&runs)?;
                for run in runs {
                    let decided = self.fold(run)?;
                    prop_assert!(decided.is_empty(), "(h) a run that arrived twice counts twice");
                }
                Ok(())
            }
            Arrival::Reversed => {
                self.wait_until(end)?;
                runs.into_iter().rev().try_for_each(|run| self.fold(run).map(drop))
            }
            Arrival::LastIsLate => {
                let (last, others) = runs.split_last().unwrap();
                self.fold_in_time(others)?;
                self.wait_until(end)?;
                self.late.push(last.clone());
                Ok(())
            }
            Arrival::TwoLanes => {
                let (fast, slow): (Vec<Run>, Vec<Run>) = runs.into_iter().map(in_two_lanes).unzip();
                self.fold_in_time(&fast)?;
                slow.into_iter().try_for_each(|run| self.fold(run).map(drop))
            }
        }
    }

    fn fold_in_time(&mut self, runs: &[Run]) -> Result<(), TestCaseError> {
        for run in runs {
            self.wait_until(run.key.scheduled_at)?;
            self.fold(run.clone())?;
        }
        Ok(())
    }

    fn run_of(&self, n: usize, at: Timestamp, weather: &[Weather]) -> Run {
        let outcome = |(name, weather): (String, &Weather)| {
            let letter = weather.chars().nth(n % weather.len()).unwrap();
            let (letter, credit) = match letter {
                'L' => ('H', 3.0),
                'E' => ('H', 1.0),
                other => (other, 10.0),
            };
            let mut outcome = Outcome::new(id(&name), Duration::ZERO, finding(letter), 1);
            outcome.metrics.insert("credit".to_owned(), credit);
            outcome
        };
        Run {
            shard: ShardId::main(),
            key: RunKey { scheduled_at: at, region: RegionId::local(), lane: Lane::Main },
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: self.setup.names().into_iter().zip(weather).map(outcome).collect(),
        }
    }

    fn fold(&mut self, run: Run) -> Result<Decision, TestCaseError> {
        let (decided, _) = self.call(Call::Fold(run))?;
        if self.setup.timer == Timer::Exact {
            self.call(Call::Tick(self.now))?;
        }
        Ok(decided)
    }

    /// Moves the clock, and calls `tick` at the times that it asks for, at least once in six hours.
    fn wait_until(&mut self, end: Timestamp) -> Result<(), TestCaseError> {
        let mut n_calls = 0;
        while self.now < end {
            let (_, next_at) = match self.setup.timer {
                Timer::Exact => self.call(Call::Tick(self.now))?,
                Timer::WithRuns => (Decision::default(), None),
            };
            prop_assert!(next_at.is_none_or(|at| at > self.now), "it asks for a time in the past");
            let latest = end.min(self.now + HOUR * 6);
            self.now = next_at.map_or(latest, |at| at.min(latest));
            n_calls += 1;
            prop_assert!(n_calls < 2_000, "it asks for one time after the other");
        }
        self.call(Call::Tick(self.now)).map(drop)
    }

    fn call(&mut self, call: Call) -> Result<(Decision, Option<Timestamp>), TestCaseError> {
        let (decided, next_at) = self.evaluator.call(&call);
        let (now, state) = (self.now, &self.evaluator.state);
        let moment = Moment { now, state, entries: &self.entries };
        self.invariants.check(&decided, &moment)?;
        self.calls.push((call, decided.clone()));
        Ok((decided, next_at))
    }

    /// Continues with the stored state, and makes the calls since then again.
    fn restart(&mut self) -> Result<(), TestCaseError> {
        let mut restarted = self.stored.reloaded();
        for (call, decided) in self.calls.drain(..) {
            let (again, _) = restarted.call(&call);
            prop_assert_eq!(decided, again, "(h) other decisions after a restart");
        }
        prop_assert_eq!(
            &self.evaluator.state,
            &restarted.state,
            "(h) another state after a restart"
        );
        self.evaluator = restarted.reloaded();
        self.stored = restarted;
        Ok(())
    }
}

/// Divides the outcomes of a run into one of each lane.
fn in_two_lanes(run: Run) -> (Run, Run) {
    let (mut fast, mut slow) = (run.clone(), run);
    let half = fast.outcomes.len() / 2;
    fast.outcomes.truncate(half);
    slow.outcomes.drain(..half);
    slow.key.lane = Lane::Slow;
    (fast, slow)
}
