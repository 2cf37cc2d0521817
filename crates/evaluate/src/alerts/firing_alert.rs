//! A firing alert with its rule and its monitor, as it passes through the stages.

use allclear_core::Timestamp;
use allclear_core::delivery::NamedAlert;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::outcome::Cause;
use allclear_core::state::{Alert, Firing, MonitorState, ShardState};
use allclear_core::status::{Fault, Severity, Status};

use crate::ConfigIndex;
use crate::config_index::CompiledRule;

/// A firing alert with its rule and the state of its monitor.
#[derive(Clone, Copy)]
pub(super) struct FiringAlert<'a> {
    pub(super) monitor: &'a MonitorId,
    pub(super) state: &'a MonitorState,
    /// The id of its rule.
    pub(super) id: &'a RuleId,
    /// Its rule; `None` if the config no longer has it.
    pub(super) rule: Option<&'a CompiledRule>,
    pub(super) alert: &'a Alert,
    pub(super) firing: &'a Firing,
}

impl<'a> FiringAlert<'a> {
    /// Returns the firing alerts of all monitors, in the order of the monitors' ids.
    pub(super) fn all(
        state: &'a ShardState,
        index: &'a ConfigIndex,
    ) -> impl Iterator<Item = Self> + 'a {
        let monitors = state.monitors.iter().filter(|(_, monitor)| !monitor.alerts.is_empty());
        monitors.flat_map(move |(id, monitor)| Self::of_monitor(id, monitor, index))
    }

    /// Returns the firing alerts of a monitor, in the order of their rules' ids.
    pub(super) fn of_monitor(
        monitor: &'a MonitorId,
        state: &'a MonitorState,
        index: &'a ConfigIndex,
    ) -> impl Iterator<Item = Self> + 'a {
        state.alerts.iter().filter_map(move |(id, alert)| {
            let firing = alert.firing.as_ref()?;
            let rule = index.compiled_rule(monitor, id);
            Some(Self { monitor, state, id, rule, alert, firing })
        })
    }

    /// Returns the party that owns the subject of the alert, if the subject is an account rather
    /// than the outcome: the credit of a key, its expiry.
    pub(super) fn owner(&self) -> Option<Fault> {
        self.rule?.rule.fault
    }

    /// Returns true if the rule marks a moment and its alerts have no end to notify.
    pub(super) fn is_momentary(&self) -> bool {
        self.rule.is_some_and(|one| one.rule.momentary)
    }

    /// Returns true if the rule is about failures that come and go.
    pub(super) fn is_about_intermittent_failures(&self) -> bool {
        self.rule.is_some_and(CompiledRule::is_about_intermittent_failures)
    }

    pub(super) fn severity(&self) -> Severity {
        self.alert.severity
    }

    /// Returns the cause of the latest outcome, or the cause of the confirmed status.
    pub(super) fn cause(&self) -> Option<&'a Cause> {
        latest_cause(self.state).or(self.state.cause.as_ref())
    }

    /// Returns the party at fault, or the owner of the account.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.owner().or_else(|| self.cause().map(|cause| cause.fault))
    }

    /// Returns true if the other alert has the same rule and monitor.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.monitor == other.monitor && self.id == other.id
    }

    /// Returns true if the latest outcome shows the trouble of the alert. Otherwise its end may only await its
    /// confirmation. Between failures that come and go, a good outcome shows none.
    pub(super) fn shows_trouble(&self) -> bool {
        let Some(last) = &self.state.last else { return false };
        last.status != Status::Unknown
            && !is_recovering(self.state)
            && last.at <= self.alert.true_at
            && (last.status.rank() > Some(0) || !self.is_about_intermittent_failures())
    }

    /// Returns the start of the trouble that the alert is about: that of the present status, or of the trouble before that
    /// the alert has outlasted. An account, and a service without trouble, have the start of the alert.
    pub(super) fn trouble_since(&self) -> Timestamp {
        if self.owner().is_some() {
            return self.alert.since;
        }
        let past = self.firing.past.as_ref().map(|past| past.since);
        let has_trouble = self.state.status.rank() > Some(0);
        let present = if has_trouble { self.state.since } else { self.alert.since };
        past.map_or(present, |past| past.min(present))
    }

    /// Returns the alert as a notification names it.
    pub(super) fn named(&self) -> NamedAlert {
        NamedAlert {
            id: self.firing.id.clone(),
            rule: self.id.clone(),
            severity: self.alert.severity,
            condition: self.rule.map(|one| one.rule.condition.clone()).unwrap_or_default(),
        }
    }
}

/// Returns the cause of the latest outcome; `None` if it is healthy.
pub(super) fn latest_cause(state: &MonitorState) -> Option<&Cause> {
    state.last.as_ref().and_then(|last| last.cause.as_ref())
}

/// Returns true if the last two outcomes of a monitor had the same fault, so that the fault does not rest on a single
/// outcome.
pub(super) fn has_repeated_fault(state: &MonitorState) -> bool {
    state.last.as_ref().is_some_and(|last| last.status != Status::Unknown && last.repeats_fault)
}

/// Returns the status of a monitor as a notification shows it: the confirmed one, or that of the latest outcome if it is
/// better.
pub(super) fn shown_status(state: &MonitorState) -> Status {
    let latest = state.last.as_ref().filter(|_| is_recovering(state));
    latest.map_or(state.status, |last| last.status)
}

/// Returns true while the latest outcome is better than the confirmed status: a recovery that awaits its confirmation.
pub(super) fn is_recovering(state: &MonitorState) -> bool {
    let latest = state.last.as_ref().and_then(|last| last.status.rank());
    latest.zip(state.status.rank()).is_some_and(|(latest, confirmed)| latest < confirmed)
}
