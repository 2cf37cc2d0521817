//! The months that have pages of their own: the state of each day, the uptimes and the incidents.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::config::Settings;
use allclear_core::incident::Incident;
use allclear_core::monitor::Monitor;
use allclear_core::rollup::Tally;
use allclear_status_site::snapshot::{
    CalendarMonth, DayException, HistoryDay, HistoryMonth, MonthUptime, PublicIncident,
    ServiceState, Uptime,
};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::publish::days::{day, utc_date};

/// The number of whole months before the present one that have pages.
const N_MONTHS_BEFORE: u8 = 12;

/// Returns the first day that the pages of months show: that of the oldest month, or the first one of which all incidents
/// are still kept.
pub(crate) fn known_since(settings: &Settings, now: Timestamp) -> Date {
    let today = utc_date(now);
    let first = CalendarMonth::of(today).back(N_MONTHS_BEFORE).first_day();
    let kept = now.checked_sub(settings.keep_events).unwrap_or(Timestamp::MIN);
    // The first kept day is kept in part.
    let whole = utc_date(kept).saturating_add(1.day());
    first.max(whole).min(today)
}

/// The months between two days, with the days that monitors have measured.
pub(crate) struct HistoryMonths {
    since: Date,
    today: Date,
    /// The days with a measurement or maintenance.
    days: BTreeMap<Date, HistoryDay>,
    uptimes: BTreeMap<CalendarMonth, Vec<MonthUptime>>,
}

impl HistoryMonths {
    /// Creates the months from the day `since` to `today`.
    pub(crate) fn new(since: Date, today: Date) -> Self {
        Self { since, today, days: BTreeMap::new(), uptimes: BTreeMap::new() }
    }

    /// Adds the days of a monitor. Monitors are added in the order of the page.
    pub(crate) fn add(&mut self, monitor: &Monitor, tallies: &BTreeMap<Timestamp, Tally>) {
        let mut uptimes: BTreeMap<CalendarMonth, Uptime> = BTreeMap::new();
        for (start, tally) in tallies {
            let one = day(monitor, *start, tally);
            if one.date < self.since || one.date > self.today || one.state == ServiceState::NoData {
                continue;
            }
            let uptime = uptimes.entry(CalendarMonth::of(one.date)).or_insert(Uptime::NONE);
            *uptime = uptime.plus(one.uptime);
            let known = self.days.entry(one.date).or_insert_with(|| HistoryDay {
                date: one.date,
                state: one.state,
                exceptions: Vec::new(),
            });
            known.state = worse(known.state, one.state);
            let seconds = match one.state {
                ServiceState::Operational | ServiceState::NoData => continue,
                ServiceState::Outage => one.outage_seconds,
                ServiceState::Degraded => one.outage_seconds + one.degraded_seconds,
                ServiceState::Maintenance => tally.maintenance_s,
            };
            let service = monitor.id.to_string();
            known.exceptions.push(DayException { service, state: one.state, seconds });
        }
        for (month, uptime) in uptimes {
            if uptime.basis_points().is_some() {
                let service = monitor.id.to_string();
                self.uptimes.entry(month).or_default().push(MonthUptime { service, uptime });
            }
        }
    }

    /// Checks whether an incident was open on one of the days.
    pub(crate) fn include(&self, incident: &Incident) -> bool {
        incident.resolved_at.is_none_or(|end| utc_date(end) >= self.since)
    }

    /// Returns the months from the first day on that was measured or had an incident, oldest first. The present month is
    /// always among them.
    pub(crate) fn with_incidents(self, incidents: Vec<PublicIncident>) -> Vec<HistoryMonth> {
        let Self { since, today, mut days, mut uptimes } = self;
        let began = |incident: &PublicIncident| utc_date(incident.started_at).max(since);
        let measured = days.keys().next().copied();
        let first = incidents.iter().map(began).chain(measured).min().unwrap_or(today).min(today);
        let mut months: Vec<HistoryMonth> = Vec::new();
        for date in first.series(1.day()).take_while(|date| *date <= today) {
            let month = CalendarMonth::of(date);
            if months.last().is_none_or(|last| last.month != month) {
                let uptimes = uptimes.remove(&month).unwrap_or_default();
                months.push(HistoryMonth { uptimes, ..HistoryMonth::empty(month) });
            }
            if let Some(last) = months.last_mut() {
                last.days.push(days.remove(&date).unwrap_or_else(|| HistoryDay {
                    date,
                    state: ServiceState::NoData,
                    exceptions: Vec::new(),
                }));
            }
        }
        for incident in incidents {
            let (from, until) = (began(&incident), incident.resolved_at.map_or(today, utc_date));
            let (from, until) = (CalendarMonth::of(from), CalendarMonth::of(until));
            for month in months.iter_mut().filter(|one| (from..=until).contains(&one.month)) {
                month.incidents.push(incident.clone());
            }
        }
        months
    }
}

/// Returns the worse state of two services that were measured.
fn worse(one: ServiceState, other: ServiceState) -> ServiceState {
    let mut all = ServiceState::WORST_FIRST.into_iter();
    all.find(|state| *state == one || *state == other).unwrap_or(one)
}
