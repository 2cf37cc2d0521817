//! A simulation: the steps of a plan on a clock that jumps from event to event.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, RegionId, ShardId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::Outcome;
use allclear_core::rule::RuleScope;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Decision, ShardState};
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::{fold, retire, tick};
use jiff::SignedDuration;
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::invariants::{Invariants, Moment};
use super::plan::{Arrival, Plan, Spread, Step, Weather};
use super::setup::{ConfigChange, Setup, Timer};
use crate::scenario::{finding, id, start};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// A call of the evaluator.
#[derive(Clone)]
enum Call {
    Fold(Run),
    Tick(Timestamp),
    Entries(Arc<[OperatorEntry]>),
    /// Loads the state under this config.
    Load(Arc<Config>, Timestamp),
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
            Call::Load(config, now) => {
                let entries = Arc::clone(self.index.entries());
                self.index = index_of(Arc::clone(config)).with_entries(entries);
                (retire(&mut self.state, &self.index, *now), None)
            }
        }
    }

    /// Returns the evaluator with its state as a store returns it.
    fn reloaded(&self) -> Self {
        let stored = postcard::to_stdvec(&self.state).unwrap();
        Self { state: postcard::from_bytes(&stored).unwrap(), index: self.index.clone() }
    }
}

fn index_of(config: Arc<Config>) -> ConfigIndex {
    ConfigIndex::new(config).unwrap().with_kinds(allclear_probes::kinds())
}

pub(super) struct Simulation {
    setup: Setup,
    config: Arc<Config>,
    now: Timestamp,
    evaluator: Evaluator,
    entries: Vec<OperatorEntry>,
    n_entries: usize,
    /// Runs that arrive after the next pause.
    late: Vec<Run>,
    /// The evaluator as stored at the last restart, and the calls since then.
    stored: Evaluator,
    calls: Vec<(Call, Decision)>,
    invariants: Invariants,
}

/// Runs a plan to the end of all trouble, and checks the invariants after each call.
pub(super) fn run(plan: &Plan) -> Result<(), TestCaseError> {
    let mut simulation = Simulation::new(plan.setup.clone());
    simulation.run(plan).map_err(|error| {
        let latest = simulation.invariants.latest_deliveries();
        TestCaseError::fail(format!("{error}\nthe latest deliveries:\n{latest}"))
    })
}

impl Simulation {
    fn new(setup: Setup) -> Self {
        let config = Arc::new(setup.config());
        let index = index_of(Arc::clone(&config));
        let evaluator = Evaluator { state: ShardState::default(), index };
        Self {
            setup,
            config,
            now: start(),
            stored: evaluator.clone(),
            evaluator,
            entries: Vec::new(),
            n_entries: 0,
            late: Vec::new(),
            calls: Vec::new(),
            invariants: Invariants::default(),
        }
    }

    fn run(&mut self, plan: &Plan) -> Result<(), TestCaseError> {
        plan.steps.iter().try_for_each(|step| self.step(step))?;
        self.end_all_entries()?;
        self.settle(&plan.last_weather)?;
        let Self { invariants, evaluator, setup, config, now, .. } = self;
        let (now, state, entries) = (*now, &evaluator.state, &[][..]);
        invariants.check_that_all_is_notified(&Moment { now, state, entries, setup, config })?;
        self.settle(&vec!["H"; plan.last_weather.len()])?;
        self.restart()?;
        self.invariants.check_the_end(&self.evaluator.state)
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Checks { n_runs, weather, arrival, spread } => {
                let runs = self.runs(*n_runs, weather, *spread);
                self.checks(runs, *arrival)
            }
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
            Step::Acknowledge { nth, minutes_ahead } => self.acknowledge(*nth, *minutes_ahead),
            Step::EndEntry => {
                let now = self.now;
                let last = self.entries.iter_mut().rev().find(|entry| !entry.has_expired(now));
                if let Some(entry) = last {
                    *entry = entry.clone().ended(now);
                }
                self.call(Call::Entries(self.entries.clone().into())).map(drop)
            }
            Step::ChangeConfig(change) => self.change_config(*change),
            Step::Restart => {
                self.restart()?;
                self.call(Call::Load(Arc::clone(&self.config), self.now)).map(drop)
            }
        }
    }

    /// Continues under another config, as an evaluator does that loads the state.
    fn change_config(&mut self, change: ConfigChange) -> Result<(), TestCaseError> {
        self.setup.apply(change);
        self.config = Arc::new(self.setup.config());
        self.call(Call::Load(Arc::clone(&self.config), self.now))?;
        self.call(Call::Tick(self.now)).map(drop)
    }

    fn after(&self, minutes: u64) -> Timestamp {
        self.now + MINUTE * u32::try_from(minutes).unwrap()
    }

    fn enter(
        &mut self,
        content: EntryContent,
        expires_at: Option<Timestamp>,
    ) -> Result<(), TestCaseError> {
        self.enter_by_clock(self.now, content, expires_at)
    }

    fn enter_by_clock(
        &mut self,
        created_at: Timestamp,
        content: EntryContent,
        expires_at: Option<Timestamp>,
    ) -> Result<(), TestCaseError> {
        self.n_entries += 1;
        self.entries.push(OperatorEntry {
            id: EntryId::new(format!("entry-{}", self.n_entries)).unwrap(),
            created_at,
            author: "ann".to_owned(),
            comment: String::new(),
            expires_at,
            content,
        });
        self.call(Call::Entries(self.entries.clone().into())).map(drop)
    }

    fn acknowledge(&mut self, nth: usize, minutes_ahead: i64) -> Result<(), TestCaseError> {
        let groups: Vec<_> = self.evaluator.state.alert_groups.keys().cloned().collect();
        let Some(group) = groups.get(nth % groups.len().max(1)) else { return Ok(()) };
        let monitors = self.evaluator.state.monitors.values();
        let firing =
            monitors.flat_map(|one| one.alerts.values()).filter_map(|one| one.firing.as_ref());
        let of_group = firing.filter(|one| one.notified.values().any(|one| one == group));
        let alerts: Vec<AlertId> = of_group.map(|one| one.id.clone()).collect();
        let created_at = self.now + SignedDuration::from_mins(minutes_ahead);
        self.enter_by_clock(created_at, EntryContent::Acknowledgement { alerts }, None)
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
            let runs = self.runs(12, weather, Spread::Everywhere);
            self.checks(runs, Arrival::InOrder)?;
            self.wait_until(self.after(minutes))?;
        }
        Ok(())
    }

    /// Returns the next runs of all regions, in the order of their times.
    fn runs(&self, n_runs: usize, weather: &[Weather], spread: Spread) -> Vec<Run> {
        let n_regions = self.setup.regions.count;
        let regions: Vec<(usize, String)> = self.setup.region_names().enumerate().collect();
        let mut runs = Vec::new();
        for n in 0..n_runs {
            let at = self.now + self.setup.interval * u32::try_from(n + 1).unwrap();
            for (position, region) in &regions {
                let is = |other: usize| n_regions > 1 && other % n_regions == *position;
                let is_fine =
                    matches!(spread, Spread::OnlyIn(other) if n_regions > 1 && !is(other));
                let seen = |weather: &Weather| if is_fine { "H" } else { *weather };
                let seen: Vec<Weather> = weather.iter().map(seen).collect();
                if !matches!(spread, Spread::Without(other) if is(other)) {
                    let scheduled_at = at;
                    let region = RegionId::new(region.as_str()).unwrap();
                    let key = RunKey { scheduled_at, region, lane: Lane::Main };
                    runs.push(self.run_of(n, key, &seen));
                }
            }
        }
        runs
    }

    fn checks(&mut self, runs: Vec<Run>, arrival: Arrival) -> Result<(), TestCaseError> {
        let end = runs.last().unwrap().key.scheduled_at;
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

    fn run_of(&self, n: usize, key: RunKey, weather: &[Weather]) -> Run {
        let outcome = |(position, name): (usize, String)| {
            let weather = weather[position];
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
            key,
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: self.setup.names().map(outcome).collect(),
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
        let Self { invariants, now, evaluator, entries, setup, config, .. } = self;
        let moment = Moment { now: *now, state: &evaluator.state, entries, setup, config };
        invariants.check(&decided, &moment)?;
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
