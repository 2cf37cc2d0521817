//! The monitor's own trouble: one notice "monitoring impaired" in place of one for each monitor.

use super::Watchlist;
use super::notices::{Audience, Story, deliveries};
use crate::delivery::{NamedAlert, NoticeKind};
use crate::event::{AlertId, AlertRecord};
use crate::id::{MonitorId, RuleId};
use crate::outcome::Cause;
use crate::reason::Reason;
use crate::rule::MONITORING_IMPAIRED;
use crate::run::Run;
use crate::state::{Decision, Firing, ShardState};
use crate::status::{Fault, Severity, Status};

/// How many runs in a row confirm that the monitor cannot measure, or can again.
const CONFIRMING_RUNS: u32 = 2;

const SEVERITY: Severity = Severity::Error;

/// Takes into account whether `run`, the newest, could measure.
pub(super) fn fold(
    state: &mut ShardState,
    run: &Run,
    watchlist: &Watchlist,
    decision: &mut Decision,
) {
    let impaired_by = run.outcomes.iter().find_map(|outcome| {
        outcome.verdict.cause().filter(|cause| cause.reason == Reason::MonitoringImpaired)
    });
    let measured = run.outcomes.iter().any(|outcome| outcome.status() != Status::Unknown);
    let impairment = &mut state.impairment;
    if let Some(cause) = impaired_by {
        let since = *impairment.since.get_or_insert(run.key.scheduled_at);
        impairment.n_bad_runs = impairment.n_bad_runs.saturating_add(1);
        impairment.n_good_runs = 0;
        if impairment.n_bad_runs >= CONFIRMING_RUNS && impairment.alert.is_none() {
            fire(state, run, since, cause, watchlist, decision);
        }
    } else if measured && impairment.since.is_some() {
        impairment.n_bad_runs = 0;
        impairment.n_good_runs = impairment.n_good_runs.saturating_add(1);
        if impairment.n_good_runs >= CONFIRMING_RUNS {
            resolve(state, run, watchlist, decision);
        }
    }
}

fn fire(
    state: &mut ShardState,
    run: &Run,
    since: jiff::Timestamp,
    cause: &Cause,
    watchlist: &Watchlist,
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
    let audience: Audience = watchlist
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
        cause: Some(cause),
        message: cause.message.clone(),
        still_firing: Vec::new(),
        since,
        at,
    };
    for delivery in deliveries(&story, audience, watchlist) {
        firing.told.insert(delivery.channel.clone(), delivery.id.clone());
        decision.deliveries.push(delivery);
    }
    decision.alerts.push(record(&firing, rule, since, None));
    state.impairment.alert = Some(firing);
}

fn resolve(state: &mut ShardState, run: &Run, watchlist: &Watchlist, decision: &mut Decision) {
    let impairment = std::mem::take(&mut state.impairment);
    let (Some(firing), Some(since), Ok(rule)) =
        (impairment.alert, impairment.since, RuleId::new(MONITORING_IMPAIRED))
    else {
        return;
    };
    let at = run.key.scheduled_at;
    let monitor = MonitorId::itself();
    let story = Story {
        kind: NoticeKind::Resolved,
        monitor: &monitor,
        status: Status::Healthy,
        cause: None,
        message: firing.message.clone(),
        still_firing: Vec::new(),
        since,
        at,
    };
    let audience: Audience = firing
        .told
        .iter()
        .map(|(channel, delivery)| {
            (channel.clone(), (vec![named(&firing, rule.clone())], vec![delivery.clone()]))
        })
        .collect();
    decision.deliveries.extend(deliveries(&story, audience, watchlist));
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
