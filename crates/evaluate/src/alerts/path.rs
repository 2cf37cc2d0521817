//! The evidence that a notification carries: why its alerts fire, and the stages that they passed.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::event::SuppressedBy;
use allclear_core::evidence::{ConditionEvidence, CountedOutcome};
use allclear_core::id::MonitorId;
use allclear_core::notice_path::{AlertEvidence, GroupStep, NoticePath};
use allclear_core::notice_path::{PastSuppression, SuppressionPeriod};
use allclear_core::route::RouteId;
use allclear_core::state::{Alert, EndedAlert, Firing, MonitorState};

use super::Context;
use super::firing_alert::FiringAlert;
use super::notice::{Notice, NoticeContent};

/// Returns the way of the alerts of a notice.
pub(super) fn of(context: &Context<'_>, notice: &Notice<'_>) -> NoticePath {
    let mut outcomes = Outcomes { context, monitors: BTreeSet::new() };
    let at = context.at;
    let (alerts, n_alerts): (Vec<AlertEvidence>, usize) = match &notice.content {
        NoticeContent::Firing { alerts, .. }
        | NoticeContent::Momentary { alerts }
        | NoticeContent::Reminder { alerts } => {
            let listed = alerts.iter().take(NoticePath::MAX_ALERTS);
            (listed.map(|one| firing(one, at, &mut outcomes)).collect(), alerts.len())
        }
        // Those that have joined are the news.
        NoticeContent::Updated { alerts, update } => {
            let has_joined =
                |one: &&FiringAlert<'_>| update.joining.iter().any(|it| it.is_same(one));
            let others = alerts.iter().filter(|one| !has_joined(one));
            let listed = update.joining.iter().chain(others).take(NoticePath::MAX_ALERTS);
            (listed.map(|one| firing(one, at, &mut outcomes)).collect(), alerts.len())
        }
        NoticeContent::Resolved { ended: alerts, .. } => {
            let listed = alerts.iter().take(NoticePath::MAX_ALERTS);
            (listed.map(|one| ended(one, &mut outcomes)).collect(), alerts.len())
        }
    };
    NoticePath {
        route: route(notice),
        step: step(notice),
        waiting_since: waiting_since(context, notice),
        n_unlisted: n_alerts.saturating_sub(alerts.len()),
        alerts,
    }
}

fn route(notice: &Notice<'_>) -> Option<RouteId> {
    match &notice.content {
        NoticeContent::Firing { route, .. } => Some((*route).clone()),
        NoticeContent::Momentary { .. }
        | NoticeContent::Updated { .. }
        | NoticeContent::Reminder { .. }
        | NoticeContent::Resolved { .. } => notice.state.map(|group| group.route.clone()),
    }
}

fn step(notice: &Notice<'_>) -> GroupStep {
    match &notice.content {
        NoticeContent::Firing { escalates: Some(_), .. } => GroupStep::Escalated,
        NoticeContent::Firing { .. } | NoticeContent::Momentary { .. } => GroupStep::Opened,
        NoticeContent::Updated { update, .. } if !update.joining.is_empty() => GroupStep::Joined,
        NoticeContent::Updated { .. } | NoticeContent::Reminder { .. } => GroupStep::Continued,
        NoticeContent::Resolved { .. } => GroupStep::Ended,
    }
}

/// Returns the time since which the alerts of a firing notice have waited for others.
fn waiting_since(context: &Context<'_>, notice: &Notice<'_>) -> Option<Timestamp> {
    let NoticeContent::Firing { batch, .. } = &notice.content else { return None };
    context.state.batches.get(batch)?.waiting_since
}

/// Gives each of the first monitors its outcomes once.
struct Outcomes<'a> {
    context: &'a Context<'a>,
    monitors: BTreeSet<MonitorId>,
}

impl Outcomes<'_> {
    fn take(&mut self, id: &MonitorId) -> Vec<CountedOutcome> {
        let is_full = self.monitors.len() >= NoticePath::MAX_WITH_OUTCOMES;
        if is_full || !self.monitors.insert(id.clone()) {
            return Vec::new();
        }
        let monitor = self.context.state.monitors.get(id);
        monitor.map(|one| one.counted.iter().cloned().collect()).unwrap_or_default()
    }
}

fn firing(one: &FiringAlert<'_>, at: Timestamp, outcomes: &mut Outcomes<'_>) -> AlertEvidence {
    AlertEvidence {
        alert: one.firing.id.clone(),
        condition: ConditionEvidence {
            pending_since: one.alert.since,
            values: one.firing.values.clone(),
            outcomes: outcomes.take(one.monitor),
        },
        suppressed: past(one.firing, at),
    }
}

fn ended(one: &EndedAlert, outcomes: &mut Outcomes<'_>) -> AlertEvidence {
    AlertEvidence {
        alert: one.id.clone(),
        condition: ConditionEvidence {
            pending_since: one.since,
            values: String::new(),
            outcomes: outcomes.take(&one.monitor),
        },
        suppressed: Vec::new(),
    }
}

/// Returns the suppressions of an alert with their ends. The notification of the pass at `at` ends one that still applies.
fn past(firing: &Firing, at: Timestamp) -> Vec<PastSuppression> {
    let end = |one: &SuppressionPeriod| one.until.or_else(|| (!lasts(one, firing)).then_some(at));
    let past = |one: &SuppressionPeriod| PastSuppression {
        by: one.by,
        since: one.at,
        until: end(one).map(|until| until.max(one.at)),
    };
    firing.suppressions.iter().map(past).collect()
}

/// Returns the evidence for an alert of a monitor.
pub(super) fn evidence(monitor: &MonitorState, alert: &Alert) -> ConditionEvidence {
    ConditionEvidence {
        pending_since: alert.since,
        values: alert.firing.as_ref().map(|firing| firing.values.clone()).unwrap_or_default(),
        outcomes: monitor.counted.iter().cloned().collect(),
    }
}

/// Returns true if a suppression lasts as long as its alert, because the alert has joined all its groups without a message.
pub(super) fn lasts(suppression: &SuppressionPeriod, firing: &Firing) -> bool {
    suppression.by == SuppressedBy::AlreadyNotified && firing.has_only_joined()
}

/// Records the beginning of a suppression, which ends the one before, and drops the oldest one beyond the limit.
pub(super) fn begin_suppression(
    periods: &mut Vec<SuppressionPeriod>,
    by: SuppressedBy,
    at: Timestamp,
) {
    end_suppression(periods, at);
    periods.push(SuppressionPeriod { by, at, until: None });
    if periods.len() > SuppressionPeriod::MAX {
        periods.remove(0);
    }
}

/// Records the end of the latest suppression, if it applies.
pub(super) fn end_suppression(periods: &mut [SuppressionPeriod], at: Timestamp) {
    if let Some(last) = periods.last_mut() {
        last.until.get_or_insert(at);
    }
}
