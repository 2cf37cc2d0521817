//! The public history of a service, from its stored periods and the open ones.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::rollup::{Period, Tally};
use allclear_core::state::MonitorState;
use allclear_status_site::snapshot::{
    LatencyPoint, N_DAYS, PeriodUptimes, ServiceHistory, Uptime, history_until,
};

use crate::publish::history::{HOURS_READ, MonitorHistory, PeriodFacts, Periods};

const DAY: Duration = Duration::from_hours(24);

/// Returns the history at `now`. `days` are the tallies of all days, including the open one.
pub(crate) fn service_history(
    state: Option<&MonitorState>,
    stored: Option<&MonitorHistory>,
    days: &BTreeMap<Timestamp, Tally>,
    now: Timestamp,
) -> ServiceHistory {
    let today = Period::Day.start_of(now);
    let over = |n: u32| uptime(days.range(today - DAY * (n - 1)..=today).map(|(_, tally)| tally));
    let hour = history_until(now);
    let hours = hours(state, stored, hour);
    let n_days = u32::try_from(N_DAYS).unwrap_or(u32::MAX);
    ServiceHistory {
        uptimes: PeriodUptimes {
            hours_24: uptime(hours.range(hour - DAY..).map(|(_, facts)| &facts.tally)),
            days_7: over(7),
            days_30: over(30),
            days_90: over(n_days),
            days_365: over(365),
        },
        hours: points(&hours, hour - HOURS_READ),
        days: stored
            .map(|stored| points(&before(&stored.days, today), today - DAY * n_days))
            .unwrap_or_default(),
    }
}

fn uptime<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Uptime {
    let each = tallies.map(|tally| Uptime::new(tally.good_s(), tally.measured_s()));
    each.fold(Uptime::NONE, Uptime::plus)
}

/// Returns the hours before `hour`. An hour that late runs may still change is in the state and not in the store.
fn hours(
    state: Option<&MonitorState>,
    stored: Option<&MonitorHistory>,
    hour: Timestamp,
) -> Periods {
    let mut hours = stored.map(|stored| before(&stored.hours, hour)).unwrap_or_default();
    let open = state.into_iter().flat_map(|state| state.open.hours.range(..hour));
    hours.extend(open.map(|(start, rollup)| (*start, PeriodFacts::of(rollup))));
    hours
}

fn before(periods: &Periods, end: Timestamp) -> Periods {
    periods.range(..end).map(|(start, facts)| (*start, *facts)).collect()
}

fn points(periods: &Periods, from: Timestamp) -> Vec<LatencyPoint> {
    let recent = periods.range(from..);
    recent
        .filter_map(|(start, facts)| Some(LatencyPoint { start: *start, latency: facts.latency? }))
        .collect()
}
