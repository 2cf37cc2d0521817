//! Impaired monitoring: one notice "monitoring impaired" in place of one for each monitor.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::delivery::{Delivery, DeliveryId, NamedAlert, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_core::run::Run;
use allclear_core::state::{Decision, Firing, ShardState};
use allclear_core::status::{Fault, Severity, Status};

use crate::ConfigIndex;
use crate::alerts::{Draft, Subject, owe};
use crate::observation::Observation;
use crate::routing::{Receiver, Receivers};

/// The number of runs in a row that confirm that Allclear cannot measure, or can again.
const CONFIRMING_RUNS: u32 = 2;

const SEVERITY: Severity = Severity::Error;

/// Records whether `run` could measure.
///
/// A target that always answers, such as one on this machine, proves nothing about the network. The proof is
/// a target that answers again after the network could not be reached.
pub(crate) fn observe(
    state: &mut ShardState,
    run: &Run,
    observations: &[Observation<'_>],
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let cause = observations
        .iter()
        .find_map(|one| one.outcome.verdict.cause().filter(|cause| is_impairment(cause)));
    if let Some(cause) = cause {
        let impairment = &mut state.impairment;
        impairment.since.get_or_insert(run.key.scheduled_at);
        impairment.n_bad_runs = impairment.n_bad_runs.saturating_add(1);
        impairment.n_good_runs = 0;
        if impairment.n_bad_runs >= CONFIRMING_RUNS {
            fire(state, run, cause, index, decision);
        }
    } else if state.impairment.since.is_some() {
        let all_recovered = !state.monitors.iter().any(|(id, monitor_state)| {
            let last = monitor_state.last.as_ref().and_then(|last| last.cause.as_ref());
            last.is_some_and(is_impairment) && index.monitor(id).is_some()
        });
        let has_recovered = |one: &Observation<'_>| {
            let was_impaired = one.last_cause.as_ref().is_some_and(is_impairment);
            one.outcome.status() != Status::Unknown && (was_impaired || all_recovered)
        };
        if !observations.iter().any(has_recovered) {
            return;
        }
        let impairment = &mut state.impairment;
        impairment.n_bad_runs = 0;
        impairment.n_good_runs = impairment.n_good_runs.saturating_add(1);
        if impairment.n_good_runs >= CONFIRMING_RUNS {
            resolve(state, run, index, decision);
        }
    }
}

fn is_impairment(cause: &Cause) -> bool {
    cause.reason == Reason::MonitoringImpaired
}

/// Raises the alert if it does not fire, and notifies the channels that were not notified: all, or those whose route
/// was not active before.
fn fire(
    state: &mut ShardState,
    run: &Run,
    cause: &Cause,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let Ok(rule) = RuleId::new(MONITORING_IMPAIRED) else { return };
    let at = run.key.scheduled_at;
    let since = state.impairment.since.unwrap_or(at);
    let firing = state.impairment.alert.get_or_insert_with(|| {
        let firing = new_alert(&rule, at, cause);
        decision.alerts.push(record(&firing, rule.clone(), since, None));
        firing
    });
    let (due, awaiting) = channels(firing, &rule, at, index);
    let drafts = due.into_iter().map(|channel| Draft {
        kind: NoticeKind::Firing,
        status: Status::Unknown,
        subject: Subject::outcome(Some(cause)),
        at,
        decided_at: at,
        ..draft(channel, firing, &rule, since)
    });
    let deliveries = owe(drafts.collect(), index);
    let notified = |delivery: &Delivery| {
        let channel = delivery.channel.clone();
        (channel.clone(), AlertGroupId::new(&channel, &firing.id))
    };
    let notified: Vec<(ChannelId, AlertGroupId)> = deliveries.iter().map(notified).collect();
    firing.notified.extend(notified);
    firing.awaiting = awaiting;
    decision.deliveries.extend(deliveries);
}

fn new_alert(rule: &RuleId, at: Timestamp, cause: &Cause) -> Firing {
    Firing {
        id: AlertId::new(&MonitorId::itself(), rule, at),
        at,
        message: cause.message.clone(),
        notified: BTreeMap::new(),
        awaiting: BTreeSet::new(),
        fault: Some(Fault::Monitor),
        properties: Vec::new(),
        suppressed_by: None,
    }
}

/// Returns the channels to notify now, and those that wait for the active time of their route.
fn channels(
    firing: &Firing,
    rule: &RuleId,
    at: Timestamp,
    index: &ConfigIndex,
) -> (Vec<ChannelId>, BTreeSet<ChannelId>) {
    let itself = MonitorId::itself();
    let Receivers { active, held } = index.receivers(labels(&itself, rule), at);
    let is_new = firing.notified.is_empty();
    let is_due = |one: &Receiver<'_>| {
        !firing.notified.contains_key(one.channel)
            && (is_new || firing.awaiting.contains(one.channel))
    };
    let due = active.into_iter().filter(is_due).map(|one| one.channel.clone());
    (due.collect(), held.into_iter().filter(is_due).map(|one| one.channel.clone()).collect())
}

/// Returns the labels of the alert of Allclear about itself.
fn labels<'a>(itself: &'a MonitorId, rule: &'a RuleId) -> AlertLabels<'a> {
    AlertLabels {
        monitor: MonitorLabels::of_unknown(itself),
        rule,
        severity: SEVERITY,
        fault: Some(Fault::Monitor),
    }
}

fn resolve(state: &mut ShardState, run: &Run, index: &ConfigIndex, decision: &mut Decision) {
    let impairment = std::mem::take(&mut state.impairment);
    let (Some(firing), Some(since), Ok(rule)) =
        (impairment.alert, impairment.since, RuleId::new(MONITORING_IMPAIRED))
    else {
        return;
    };
    // The run that ends the impairment may have been due before the one that confirmed it.
    let at = run.key.scheduled_at.max(firing.at);
    let drafts = firing.notified.iter().map(|(channel, group)| {
        let over = draft(channel.clone(), &firing, &rule, since);
        Draft {
            after: vec![DeliveryId::of_group(group, NoticeKind::Firing, 0)],
            group: (group.clone(), 1),
            details: NoticeDetails { ends_group: true, ..over.details },
            at,
            decided_at: at,
            ..over
        }
    });
    decision.deliveries.extend(owe(drafts.collect(), index));
    decision.alerts.push(record(&firing, rule, since, Some(at)));
}

/// Returns the notification to a channel that Allclear can measure again.
fn draft(channel: ChannelId, firing: &Firing, rule: &RuleId, since: Timestamp) -> Draft {
    let group = AlertGroupId::new(&channel, &firing.id);
    let details = NoticeDetails { alert_group: Some(group.clone()), ..NoticeDetails::default() };
    Draft {
        group: (group, 0),
        details,
        channel,
        kind: NoticeKind::Resolved,
        monitor: MonitorId::itself(),
        status: Status::Healthy,
        subject: Subject::outcome(None),
        message: firing.message.clone(),
        provider_status: None,
        alerts: vec![named(firing, rule.clone())],
        still_firing: Vec::new(),
        after: Vec::new(),
        since,
        at: firing.at,
        decided_at: firing.at,
    }
}

fn named(firing: &Firing, rule: RuleId) -> NamedAlert {
    NamedAlert {
        id: firing.id.clone(),
        rule,
        severity: SEVERITY,
        condition: "most unrelated targets cannot be reached".to_owned(),
    }
}

fn record(
    firing: &Firing,
    rule: RuleId,
    since: Timestamp,
    resolved_at: Option<Timestamp>,
) -> AlertRecord {
    AlertRecord {
        id: firing.id.clone(),
        monitor: MonitorId::itself(),
        rule,
        severity: SEVERITY,
        message: firing.message.clone(),
        pending_since: since,
        fired_at: firing.at,
        resolved_at,
    }
}
