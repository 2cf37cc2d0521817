//! The speeds of a model over the periods of the page, from its rollups.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::rollup::{Period, SpeedSketches};
use allclear_core::state::MonitorState;
use allclear_status_site::snapshot::{
    FirstTokenTimes, ModelSpeed, N_DAYS, PeriodSpeeds, TokenRate, history_until,
};

/// The time for which the speeds of hours are kept: a day, and the step in which the page advances.
pub(crate) const HOURS_KEPT: Duration = Duration::from_hours(30);

/// The time for which the speeds of days are kept.
pub(crate) const DAYS_KEPT: Duration = Duration::from_hours(91 * 24);

const DAY: Duration = Duration::from_hours(24);

/// The speeds of a model in the periods in which one was measured, by their starts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpeedHistory {
    /// The hours.
    pub hours: BTreeMap<Timestamp, SpeedSketches>,
    /// The days.
    pub days: BTreeMap<Timestamp, SpeedSketches>,
}

impl SpeedHistory {
    pub(crate) fn periods(&mut self, period: Period) -> &mut BTreeMap<Timestamp, SpeedSketches> {
        match period {
            Period::Hour => &mut self.hours,
            Period::Day => &mut self.days,
        }
    }
}

/// Returns the speeds over the periods that end at the last step before `now`. Like the history of a service, they
/// change only with that step.
pub(crate) fn speeds(
    state: Option<&MonitorState>,
    stored: Option<&SpeedHistory>,
    now: Timestamp,
) -> PeriodSpeeds {
    let until = history_until(now);
    let hours = hours(state, stored, until);
    let days = days(state, stored, &hours, until);
    let today = Period::Day.start_of(until);
    let n_days = u32::try_from(N_DAYS).unwrap_or(u32::MAX);
    PeriodSpeeds {
        hours_24: speed(hours.range(until - DAY..).map(|(_, speed)| speed)),
        days_7: speed(days.range(today - DAY * 6..).map(|(_, speed)| speed)),
        days_90: speed(days.range(today - DAY * (n_days - 1)..).map(|(_, speed)| speed)),
    }
}

/// Returns the hours before `until`. An hour that late runs may still change is in the state and not in the store.
fn hours(
    state: Option<&MonitorState>,
    stored: Option<&SpeedHistory>,
    until: Timestamp,
) -> BTreeMap<Timestamp, SpeedSketches> {
    let stored = stored.iter().flat_map(|history| history.hours.range(..until));
    let open = state.into_iter().flat_map(|state| state.open.hours.range(..until));
    let open = open.map(|(start, rollup)| (*start, rollup.speed.clone()));
    stored.map(|(start, speed)| (*start, speed.clone())).chain(open).collect()
}

/// Returns the days up to the one of `until`, of which only the hours before `until` count.
fn days(
    state: Option<&MonitorState>,
    stored: Option<&SpeedHistory>,
    hours: &BTreeMap<Timestamp, SpeedSketches>,
    until: Timestamp,
) -> BTreeMap<Timestamp, SpeedSketches> {
    let today = Period::Day.start_of(until);
    let complete = stored.iter().flat_map(|history| history.days.range(..today));
    let mut days: BTreeMap<Timestamp, SpeedSketches> =
        complete.map(|(start, speed)| (*start, speed.clone())).collect();
    let open = state.map(|state| &state.open);
    for (start, closed_hours) in open.iter().flat_map(|open| open.days.range(..today)) {
        let mut day = closed_hours.speed.clone();
        let rest = open.iter().flat_map(|open| open.hours.range(*start..*start + DAY));
        rest.for_each(|(_, hour)| day.merge(&hour.speed));
        days.insert(*start, day);
    }
    for (start, hour) in hours.range(today..) {
        days.entry(Period::Day.start_of(*start)).or_default().merge(hour);
    }
    days
}

fn speed<'a>(periods: impl Iterator<Item = &'a SpeedSketches>) -> ModelSpeed {
    let mut all = SpeedSketches::default();
    periods.for_each(|period| all.merge(period));
    let first = |quantile| all.first_token.quantile(quantile);
    ModelSpeed {
        first_token: first(0.5).zip(first(0.95)).map(|(p50, p95)| FirstTokenTimes { p50, p95 }),
        tokens_per_second: all.tokens_per_second.value_quantile(0.5).map(TokenRate::new),
    }
}
