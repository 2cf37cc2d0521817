//! The facts of a summary: stored records, and decisions that are not stored yet.

use std::collections::BTreeMap;

use super::Covered;
use crate::latest::{Latest, LatestValues};
use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::event::{AlertRecord, Transition};
use allclear_core::id::MonitorId;
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::run::Run;
use allclear_core::state::{Decision, MonitorState};

/// The facts of a summary in addition to the state.
#[derive(Debug, Default)]
pub struct History {
    rollups: BTreeMap<(Period, MonitorId, Timestamp), Rollup>,
    transitions: Vec<Transition>,
    alerts: BTreeMap<String, AlertRecord>,
    latest: BTreeMap<MonitorId, LatestValues>,
}

impl History {
    /// Collects the stored records: the hours that begin at [`Covered::from`] or later, rounded down, the
    /// days that begin at [`Covered::month`] or later, rounded down, the transitions and alerts since
    /// [`Covered::from`], and the runs of [`LATEST`](super::LATEST).
    #[must_use]
    pub fn new(
        rollups: impl IntoIterator<Item = RollupRecord>,
        transitions: Vec<Transition>,
        alerts: Vec<AlertRecord>,
        runs: &[Run],
    ) -> Self {
        let mut history = Self { transitions, ..Self::default() };
        history.add_rollups(rollups);
        history.add_alerts(alerts);
        let mut latest: BTreeMap<&MonitorId, Latest> = BTreeMap::new();
        for run in runs {
            for outcome in &run.outcomes {
                let values = latest.entry(&outcome.monitor).or_default();
                values.record(outcome, run.time_of(outcome));
            }
        }
        let values = latest.into_iter().map(|(monitor, latest)| (monitor.clone(), latest.values()));
        history.latest = values.collect();
        history
    }

    /// Adds decisions that are not stored yet.
    #[must_use]
    pub fn with(mut self, decision: &Decision) -> Self {
        self.add_rollups(decision.rollups.iter().cloned());
        self.add_alerts(decision.alerts.iter().cloned());
        for transition in &decision.transitions {
            if !self.transitions.contains(transition) {
                self.transitions.push(transition.clone());
            }
        }
        self
    }

    fn add_rollups(&mut self, records: impl IntoIterator<Item = RollupRecord>) {
        for RollupRecord { monitor, period, start, rollup } in records {
            self.rollups.insert((period, monitor, start), rollup);
        }
    }

    fn add_alerts(&mut self, alerts: impl IntoIterator<Item = AlertRecord>) {
        for alert in alerts {
            self.alerts.insert(alert.id.as_str().to_owned(), alert);
        }
    }

    /// Returns the time in each status in the period, in whole hours.
    pub(super) fn tally(&self, id: &MonitorId, state: &MonitorState, covered: &Covered) -> Tally {
        let mut tally = Tally::default();
        let hours = self.rollups(Period::Hour, id);
        for (start, rollup) in hours.chain(&state.open.hours) {
            if within(*start, covered) {
                tally.merge(&rollup.tally);
            }
        }
        tally
    }

    /// Returns the cost of the checks of the monitor in the period, and since the beginning of the month.
    pub(super) fn costs(
        &self,
        id: &MonitorId,
        state: &MonitorState,
        covered: &Covered,
    ) -> (Cost, Cost) {
        let hours = || self.rollups(Period::Hour, id).chain(&state.open.hours);
        let days = self.rollups(Period::Day, id).chain(&state.open.days);
        let month = Period::Hour.start_of(covered.month);
        let cost = |(_, rollup): (&Timestamp, &Rollup)| rollup.cost;
        let period = hours().filter(|(start, _)| within(**start, covered)).map(cost).sum();
        let this_month = days.chain(&state.open.hours);
        let this_month = this_month.filter(|(start, _)| **start >= month).map(cost).sum();
        (period, this_month)
    }

    fn rollups(
        &self,
        period: Period,
        id: &MonitorId,
    ) -> impl Iterator<Item = (&Timestamp, &Rollup)> {
        let from = (period, id.clone(), Timestamp::MIN);
        let to = (period, id.clone(), Timestamp::MAX);
        self.rollups.range(from..=to).map(|((.., start), rollup)| (start, rollup))
    }

    /// Returns the changes of the monitor's status in the period, by time.
    pub(super) fn transitions(&self, id: &MonitorId, covered: &Covered) -> Vec<&Transition> {
        let is_in_it = |one: &&Transition| one.at < covered.until;
        let mut transitions: Vec<_> = self.since(id, covered).filter(is_in_it).collect();
        transitions.sort_by_key(|one| one.at);
        transitions
    }

    /// Returns the first change at or after the start of the period.
    pub(super) fn next_transition(&self, id: &MonitorId, covered: &Covered) -> Option<&Transition> {
        self.since(id, covered).min_by_key(|one| one.at)
    }

    fn since(&self, id: &MonitorId, covered: &Covered) -> impl Iterator<Item = &Transition> {
        self.transitions.iter().filter(move |one| one.monitor == *id && one.at >= covered.from)
    }

    /// Returns the alerts that fired in the period.
    pub(super) fn alerts(&self, covered: &Covered) -> impl Iterator<Item = &AlertRecord> {
        let is_in_it = |at: Timestamp| covered.from <= at && at < covered.until;
        self.alerts.values().filter(move |alert| is_in_it(alert.fired_at))
    }

    /// Returns the latest values of the monitor.
    pub(super) fn latest(&self, id: &MonitorId) -> Option<&LatestValues> {
        self.latest.get(id)
    }
}

fn within(hour: Timestamp, covered: &Covered) -> bool {
    Period::Hour.start_of(covered.from) <= hour && hour < covered.until
}
