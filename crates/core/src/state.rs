//! The state of a shard after the runs that the evaluator has folded.
//!
//! It is derived from the log of runs and can be derived again. The decisions of the fold are a [`Decision`],
//! which is committed together with the state.

mod action;
mod alert;
mod alert_group;
mod known_window;
mod last_day;
mod monitor_states;
mod recent_outcomes;
mod usual_latency;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert_group::AlertGroupId;
use crate::delivery::Delivery;
use crate::event::{AlertRecord, Suppression, Transition};
use crate::evidence::CountedOutcome;
use crate::id::{MaintenanceId, RegionId, RuleId, SummaryId};
use crate::incident::{AutomaticIncident, IncidentId};
use crate::outcome::Cause;
use crate::provider_status::ProviderStatus;
pub use crate::region_state::{LastOutcome, MeasuredOutcome, Unmeasured};
use crate::region_state::{PartialFailure, RegionState};
use crate::rollup::{Rollup, RollupRecord, Tally};
use crate::run::RunKey;
use crate::serde_time;
use crate::status::Status;

pub use action::{ActionKey, ActionState, ActionStop, DecidedAttempt};
pub use alert::{Alert, ConditionSample, Firing, PastTrouble, UnreportedAlert};
pub use alert_group::{AlertBatch, AlertGroup, BatchKey, EndedAlert};
pub use known_window::{KnownWindow, WindowAnnouncement};
pub use last_day::LastDayTallies;
pub use monitor_states::MonitorStates;
pub use recent_outcomes::{RecentOutcome, RecentOutcomes};
pub use usual_latency::UsualLatency;

/// The greatest delay, relative to the newest folded run, with which a run is still folded. After this time
/// an hour is written and never changed again. A run that arrives later is not folded.
pub const LATE_LIMIT: Duration = Duration::from_hours(1);

/// The period that a recent uptime covers.
pub const LAST_DAY: Duration = Duration::from_hours(24);

/// The evaluator's knowledge of a shard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ShardState {
    /// The folded part of the log.
    pub folded: Folded,
    /// The state of each monitor.
    pub monitors: MonitorStates,
    /// The inability of Allclear itself to measure.
    pub impairment: Impairment,
    /// The regions that report.
    pub reporting: Reporting,
    /// The end of the latest period of each summary that was sent.
    pub summaries: BTreeMap<SummaryId, Summarized>,
    /// The open groups of alerts, each of one channel.
    pub alert_groups: BTreeMap<AlertGroupId, AlertGroup>,
    /// The batches of alerts that wait, or were notified within the last minute.
    pub batches: BTreeMap<BatchKey, AlertBatch>,
    /// The open incidents.
    pub incidents: BTreeMap<IncidentId, AutomaticIncident>,
    /// The attempts of the actions that mend alerts.
    pub actions: BTreeMap<ActionKey, ActionState>,
    /// The maintenance windows, for the revisions of calendars.
    pub windows: BTreeMap<MaintenanceId, KnownWindow>,
}

/// The progress of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summarized {
    /// The end of the latest period that was sent. Before the first one was sent, the end of the period
    /// before it.
    #[serde(with = "serde_time::at")]
    pub until: Timestamp,
}

/// The folded runs of the log: all up to the horizon, and the listed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Folded {
    /// The newest time that was folded.
    #[serde(with = "serde_time::option_at")]
    pub newest: Option<Timestamp>,
    /// A time before which no run is folded, if the clock was set back.
    #[serde(with = "serde_time::option_at")]
    pub floor: Option<Timestamp>,
    /// The runs folded since the horizon.
    pub recent: BTreeSet<RunKey>,
}

impl Folded {
    /// Returns the time before which no run is folded any more.
    #[must_use]
    pub fn horizon(&self) -> Option<Timestamp> {
        self.newest.and_then(|newest| newest.checked_sub(LATE_LIMIT).ok()).max(self.floor)
    }

    /// Checks whether the run was folded.
    #[must_use]
    pub fn contains(&self, key: &RunKey) -> bool {
        self.recent.contains(key)
    }

    /// Checks whether the run is too late to be folded.
    #[must_use]
    pub fn is_too_late(&self, key: &RunKey) -> bool {
        self.horizon().is_some_and(|horizon| key.scheduled_at < horizon)
    }

    /// Marks the run as folded, and drops the entries beyond the horizon.
    pub fn insert(&mut self, key: RunKey) {
        self.newest = Some(self.newest.map_or(key.scheduled_at, |at| at.max(key.scheduled_at)));
        self.recent.insert(key);
        if let Some(horizon) = self.horizon() {
            while self.recent.first().is_some_and(|oldest| oldest.scheduled_at < horizon) {
                self.recent.pop_first();
            }
        }
    }
}

/// The state of a monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorState {
    /// The confirmed status.
    pub status: Status,
    /// The time since which it has this status.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The cause; `None` if healthy.
    pub cause: Option<Cause>,
    /// The time at which the effect on the public changed with the cause, while the status stayed; `None` if the effect
    /// is as old as the status.
    #[serde(with = "serde_time::option_at")]
    pub effect_changed_at: Option<Timestamp>,
    /// The last confirmed status that was measured; `None` before the first one.
    pub measured: Option<Status>,
    /// The outcomes in each region.
    pub regions: BTreeMap<RegionId, RegionState>,
    /// The failure that a minority of the regions sees.
    pub partial: Option<PartialFailure>,
    /// The latest outcome; of several regions, their latest outcomes combined by the quorum.
    pub last: Option<LastOutcome>,
    /// The time at which it was last healthy.
    #[serde(with = "serde_time::option_at")]
    pub last_healthy: Option<Timestamp>,
    /// The latest outcome of an outage about which an alert fired, notified or suppressed.
    #[serde(with = "serde_time::option_at")]
    pub last_outage: Option<Timestamp>,
    /// Unhealthy outcomes in a row; with several regions, rounds of outcomes.
    pub consecutive_failures: u32,
    /// Healthy or degraded outcomes in a row; with several regions, rounds of outcomes.
    pub consecutive_successes: u32,
    /// Its alerts that are pending or firing.
    pub alerts: BTreeMap<RuleId, Alert>,
    /// Its alerts that have ended and whose end no channel was notified of, in the order of their ends.
    pub unreported: Vec<UnreportedAlert>,
    /// The time of the last notification of each rule, for the cooldown.
    pub last_notified_at: BTreeMap<RuleId, Timestamp>,
    /// The status that its provider reports, if the check reads it.
    pub provider_status: Option<ProviderStatus>,
    /// The outcomes of the last minutes, except those of maintenance windows and the first one after a pause.
    pub outcomes: RecentOutcomes,
    /// The latest outcomes that its alerts rest on, oldest first; empty while it is healthy and has no alert, and
    /// none whose end is not reported.
    pub counted: VecDeque<CountedOutcome>,
    /// The usual response times, if a rule reads them.
    pub usual_latency: UsualLatency,
    /// The counts that are not yet in a written rollup.
    pub open: OpenRollups,
}

impl MonitorState {
    /// Creates the state of a monitor without any outcome, since `at`.
    #[must_use]
    pub fn unmeasured(at: Timestamp) -> Self {
        Self {
            status: Status::Unknown,
            since: at,
            cause: None,
            effect_changed_at: None,
            measured: None,
            regions: BTreeMap::new(),
            partial: None,
            last: None,
            last_healthy: None,
            last_outage: None,
            consecutive_failures: 0,
            consecutive_successes: 0,
            alerts: BTreeMap::new(),
            unreported: Vec::new(),
            last_notified_at: BTreeMap::new(),
            provider_status: None,
            outcomes: RecentOutcomes::default(),
            counted: VecDeque::new(),
            usual_latency: UsualLatency::default(),
            open: OpenRollups::default(),
        }
    }

    /// Forgets the status and the latest outcomes at `at`, because the monitor is no longer checked. A monitor that
    /// returns is measured anew; outcomes that are older than the known ones stay too late. Returns the status before;
    /// `None` if nothing was known.
    pub fn forget_status(&mut self, at: Timestamp) -> Option<Status> {
        if self.measured.is_none() && self.last.is_none() {
            return None;
        }
        let before = self.status;
        (self.status, self.since, self.cause) = (Status::Unknown, at, None);
        (self.effect_changed_at, self.measured, self.partial) = (None, None, None);
        (self.last, self.provider_status) = (None, None);
        (self.consecutive_failures, self.consecutive_successes) = (0, 0);
        self.outcomes.clear();
        self.counted.clear();
        self.regions.values_mut().for_each(|region| region.forget_status(at));
        Some(before)
    }

    /// Returns the time since which the status has its present effect on the public.
    #[must_use]
    pub fn effect_since(&self) -> Timestamp {
        self.effect_changed_at.map_or(self.since, |at| at.max(self.since))
    }

    /// Returns true once a status was confirmed. Before that, a failure may be a mistake of the first check,
    /// so the status is unknown and no uptime is stated.
    #[must_use]
    pub fn has_been_confirmed(&self) -> bool {
        self.measured.is_some()
    }

    /// Returns the start of the oldest hour of the last day with an outcome.
    #[must_use]
    pub fn oldest_hour(&self) -> Option<Timestamp> {
        let open = self.open.hours.first_key_value().map(|(start, _)| *start);
        self.open.last_day.oldest().into_iter().chain(open).min()
    }

    /// Returns the tally of the 24 hours before `at`, in whole hours.
    #[must_use]
    pub fn last_day(&self, at: Timestamp) -> Tally {
        let from = at.checked_sub(LAST_DAY).unwrap_or(Timestamp::MIN);
        let within = (Bound::Excluded(from), Bound::Unbounded);
        let mut total = self.open.last_day.after(from);
        for (_, rollup) in self.open.hours.range(within) {
            total.merge(&rollup.tally);
        }
        total
    }
}

/// The counts of a monitor that are not yet in a written rollup.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenRollups {
    /// Hours that may still change, by their start.
    #[serde(with = "serde_time::by_time")]
    pub hours: BTreeMap<Timestamp, Rollup>,
    /// The closed hours of days that may still change, by the day's start.
    #[serde(with = "serde_time::by_time")]
    pub days: BTreeMap<Timestamp, Rollup>,
    /// The seconds in each status in each of the last 24 closed hours, by their start.
    pub last_day: LastDayTallies,
}

impl OpenRollups {
    /// Returns true if no rollup remains to be written. A day that is dropped before its end would be
    /// overwritten by the counts of the monitor after its return.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.days.is_empty()
    }
}

/// The inability of Allclear itself to measure, in all regions that report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Impairment {
    /// The time since which Allclear cannot measure; `None` while it can.
    #[serde(with = "serde_time::option_at")]
    pub since: Option<Timestamp>,
    /// Its alert; `None` before it is confirmed.
    pub alert: Option<Firing>,
}

/// The regions whose probers report to a shard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reporting {
    /// The start of the time in which regions have reported without a pause.
    #[serde(with = "serde_time::option_at")]
    pub since: Option<Timestamp>,
    /// The regions that have reported in the last day.
    pub regions: BTreeMap<RegionId, ReportingRegion>,
}

/// A region whose prober reports to a shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportingRegion {
    /// The time of its newest run.
    #[serde(with = "serde_time::at")]
    pub last: Timestamp,
    /// The time since which the region cannot measure; `None` while it can.
    #[serde(with = "serde_time::option_at")]
    pub impaired_since: Option<Timestamp>,
    /// Runs in a row that could not measure.
    pub n_bad_runs: u32,
    /// Runs in a row that could measure again.
    pub n_good_runs: u32,
    /// The alert that the region takes no part in the decisions.
    pub alert: Option<RegionAlert>,
}

/// The alert that a region takes no part in the decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionAlert {
    /// The time since which the region measures nothing.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The alert.
    pub firing: Firing,
}

impl Reporting {
    /// Bounds all times by `now`, after the clock was set back.
    pub fn set_back(&mut self, now: Timestamp) {
        self.since = self.since.map(|at| at.min(now));
        for region in self.regions.values_mut() {
            region.last = region.last.min(now);
            region.impaired_since = region.impaired_since.map(|at| at.min(now));
        }
    }

    /// Returns the time of the newest run.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.regions.values().map(|region| region.last).max()
    }
}

impl ReportingRegion {
    /// Creates a region whose first run is of `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self { last: at, impaired_since: None, n_bad_runs: 0, n_good_runs: 0, alert: None }
    }

    /// Returns true if the region is known to be silent: an alert about it fires, and the reason is not that it
    /// cannot measure.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.alert.is_some() && self.impaired_since.is_none()
    }
}

/// The result of a fold, committed together with the state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// Changes of status.
    pub transitions: Vec<Transition>,
    /// Alerts that fired or were resolved, in their new form.
    pub alerts: Vec<AlertRecord>,
    /// Alerts that are not notified, each with the reason.
    pub suppressions: Vec<Suppression>,
    /// The deliveries that are owed to channels.
    pub deliveries: Vec<Delivery>,
    /// Incidents that were opened, changed or closed, in their new form.
    pub incidents: Vec<AutomaticIncident>,
    /// Rollups that are closed.
    pub rollups: Vec<RollupRecord>,
    /// Runs that arrived too late to be counted.
    pub too_late: Vec<RunKey>,
}

impl Decision {
    /// Returns true if there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { transitions, alerts, suppressions, deliveries, incidents, rollups, too_late } =
            self;
        transitions.is_empty()
            && alerts.is_empty()
            && suppressions.is_empty()
            && deliveries.is_empty()
            && incidents.is_empty()
            && rollups.is_empty()
            && too_late.is_empty()
    }

    /// Appends the decisions of a later fold.
    pub fn append(&mut self, mut later: Self) {
        self.transitions.append(&mut later.transitions);
        self.alerts.append(&mut later.alerts);
        self.suppressions.append(&mut later.suppressions);
        self.deliveries.append(&mut later.deliveries);
        // Only the latest form of an incident counts.
        if !later.incidents.is_empty() {
            self.incidents.retain(|one| later.incidents.iter().all(|newer| newer.id != one.id));
        }
        self.incidents.append(&mut later.incidents);
        self.rollups.append(&mut later.rollups);
        self.too_late.append(&mut later.too_late);
    }
}
