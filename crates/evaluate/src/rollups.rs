//! Counting outcomes into rollups, and closing the hours that can no longer change.

use std::time::Duration;

use allclear_core::Timestamp;

use crate::ConfigIndex;
use allclear_core::id::MonitorId;
use allclear_core::kind::SpeedMetrics;
use allclear_core::outcome::{Outcome, Verdict};
use allclear_core::rollup::{Period, Rollup, RollupRecord, ServiceOperation};
use allclear_core::state::{Decision, LAST_DAY, MonitorState, ShardState, UsualLatency};

/// Counts an outcome of a monitor with one region in its hour.
pub(crate) fn count(
    monitor_state: &mut MonitorState,
    outcome: &Outcome,
    at: Timestamp,
    (interval, operation): (Duration, ServiceOperation),
) {
    hour(monitor_state, at).count(outcome, interval, operation);
}

/// Counts the cost and the latency of an outcome in its hour. With several regions, the time in a status is
/// counted for each round of outcomes, so that it is not counted once for each region.
pub(crate) fn count_check(
    monitor_state: &mut MonitorState,
    outcome: &Outcome,
    at: Timestamp,
    operation: ServiceOperation,
) {
    hour(monitor_state, at).count_check(outcome, operation);
}

/// Counts the speed of the model that an outcome has measured in its hour.
pub(crate) fn count_speed(
    monitor_state: &mut MonitorState,
    outcome: &Outcome,
    at: Timestamp,
    (metrics, operation): (SpeedMetrics, ServiceOperation),
) {
    hour(monitor_state, at).count_speed(outcome, metrics, operation);
}

/// Counts the time of a round in its hour.
pub(crate) fn count_time(
    monitor_state: &mut MonitorState,
    verdict: &Verdict,
    at: Timestamp,
    (length, operation): (Duration, ServiceOperation),
) {
    hour(monitor_state, at).count_time(verdict, length, operation);
}

fn hour(monitor_state: &mut MonitorState, at: Timestamp) -> &mut Rollup {
    monitor_state.open.hours.entry(Period::Hour.start_of(at)).or_default()
}

/// Closes the hours and days that lie completely beyond the horizon and adds their records. A monitor that is
/// no longer in the config is dropped from the state when its last day is closed.
pub(crate) fn close(state: &mut ShardState, index: &ConfigIndex, decision: &mut Decision) {
    let Some(horizon) = state.folded.horizon() else { return };
    for (id, monitor_state) in &mut state.monitors {
        if !index.reads_usual_latency(id) {
            monitor_state.usual_latency = UsualLatency::default();
        }
        close_monitor(id, monitor_state, horizon, index, decision);
    }
    state.monitors.retain(|id, monitor_state| {
        index.monitor(id).is_some()
            || !monitor_state.open.is_empty()
            || !monitor_state.alerts.is_empty()
            || !monitor_state.unreported.is_empty()
    });
}

fn close_monitor(
    id: &MonitorId,
    monitor_state: &mut MonitorState,
    horizon: Timestamp,
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let MonitorState { open, usual_latency, .. } = monitor_state;
    let learns = index.reads_usual_latency(id);
    let mut record = |period: Period, start: Timestamp, rollup: &Rollup| {
        let rollup = rollup.clone();
        decision.rollups.push(RollupRecord { monitor: id.clone(), period, start, rollup });
    };
    while let Some(hour) = open.hours.first_entry() {
        if Period::Hour.end_of(*hour.key()) > horizon {
            break;
        }
        let (start, rollup) = hour.remove_entry();
        record(Period::Hour, start, &rollup);
        let is_typical = rollup.latency.n_counted() >= UsualLatency::MIN_SAMPLES;
        if let Some(median) = rollup.latency.quantile(0.5).filter(|_| learns && is_typical) {
            usual_latency.learn(start, median);
        }
        open.last_day.insert(start, rollup.tally);
        open.days.entry(Period::Day.start_of(start)).or_default().merge(&rollup);
    }
    // Until a day is over it is read from the state. Writing it with each of its hours would cost more than
    // all other writes.
    while let Some(day) = open.days.first_entry() {
        if Period::Day.end_of(*day.key()) > horizon {
            break;
        }
        let (start, rollup) = day.remove_entry();
        record(Period::Day, start, &rollup);
    }
    let oldest = horizon - LAST_DAY;
    open.last_day.drop_before(oldest);
}
