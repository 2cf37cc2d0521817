//! The monitor's own trouble: one notice "monitoring impaired" in place of one for each monitor.

use super::News;
use super::notices::{About, Audience, Story, deliveries};
use crate::ConfigIndex;
use allclear_core::delivery::{NamedAlert, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_core::run::Run;
use allclear_core::state::{Decision, Firing, ShardState};
use allclear_core::status::{Fault, Severity, Status};

/// How many runs in a row confirm that the monitor cannot measure, or can again.
const CONFIRMING_RUNS: u32 = 2;

const SEVERITY: Severity = Severity::Error;

/// Takes into account whether `run` could measure.
///
/// That a monitor answers says nothing about the network if it answered all the time, as one on
/// this machine does. What counts is that one sees again that could not.
pub(super) fn fold(
    state: &mut ShardState,
    run: &Run,
    news: &[News<'_>],
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let cause = news
        .iter()
        .find_map(|one| one.outcome.verdict.cause().filter(|cause| is_impairment(cause)));
    if let Some(cause) = cause {
        let impairment = &mut state.impairment;
        let since = *impairment.since.get_or_insert(run.key.scheduled_at);
        impairment.n_bad_runs = impairment.n_bad_runs.saturating_add(1);
        impairment.n_good_runs = 0;
        if impairment.n_bad_runs >= CONFIRMING_RUNS && impairment.alert.is_none() {
            fire(state, run, since, cause, index, decision);
        }
    } else if state.impairment.since.is_some() {
        let all_see = !state.monitors.iter().any(|(id, known)| {
            let last = known.last.as_ref().and_then(|last| last.cause.as_ref());
            last.is_some_and(is_impairment) && index.monitor(id).is_some()
        });
        let sees_again = |one: &News<'_>| {
            let was_blind = one.last_cause.as_ref().is_some_and(is_impairment);
            one.outcome.status() != Status::Unknown && (was_blind || all_see)
        };
        if !news.iter().any(sees_again) {
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

fn fire(
    state: &mut ShardState,
    run: &Run,
    since: jiff::Timestamp,
    cause: &Cause,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let Ok(rule) = RuleId::new(MONITORING_IMPAIRED) else { return };
    let at = run.key.scheduled_at;
    let monitor = MonitorId::itself();
    let mut firing = Firing {
        id: AlertId::new(&monitor, &rule, at),
        at,
        message: cause.message.clone(),
        told: std::collections::BTreeMap::new(),
        held_by: None,
    };
    let audience: Audience = index
        .config()
        .channels
        .iter()
        .filter(|channel| channel.filter.accepts(SEVERITY, Some(Fault::Monitor), None))
        .map(|channel| (channel.id.clone(), (vec![named(&firing, rule.clone())], Vec::new())))
        .collect();
    let story = Story {
        kind: NoticeKind::Firing,
        monitor: &monitor,
        status: Status::Unknown,
        about: About::outcome(Some(cause)),
        message: cause.message.clone(),
        word: None,
        still_firing: Vec::new(),
        since,
        at,
        ended_at: None,
    };
    for delivery in deliveries(&story, audience, index) {
        firing.told.insert(delivery.channel.clone(), delivery.id.clone());
        decision.deliveries.push(delivery);
    }
    decision.alerts.push(record(&firing, rule, since, None));
    state.impairment.alert = Some(firing);
}

fn resolve(state: &mut ShardState, run: &Run, index: &ConfigIndex, decision: &mut Decision) {
    let impairment = std::mem::take(&mut state.impairment);
    let (Some(firing), Some(since), Ok(rule)) =
        (impairment.alert, impairment.since, RuleId::new(MONITORING_IMPAIRED))
    else {
        return;
    };
    // The run that ends it may have been due before the one that confirmed it.
    let at = run.key.scheduled_at.max(firing.at);
    let monitor = MonitorId::itself();
    let story = Story {
        kind: NoticeKind::Resolved,
        monitor: &monitor,
        status: Status::Healthy,
        about: About::outcome(None),
        message: firing.message.clone(),
        word: None,
        still_firing: Vec::new(),
        since,
        at,
        ended_at: None,
    };
    let audience: Audience = firing
        .told
        .iter()
        .map(|(channel, delivery)| {
            (channel.clone(), (vec![named(&firing, rule.clone())], vec![delivery.clone()]))
        })
        .collect();
    decision.deliveries.extend(deliveries(&story, audience, index));
    decision.alerts.push(record(&firing, rule, since, Some(at)));
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
    since: jiff::Timestamp,
    resolved_at: Option<jiff::Timestamp>,
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
