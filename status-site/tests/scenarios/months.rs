//! The months of a snapshot, made of the days of its services and of its incidents.

use std::collections::BTreeMap;

use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{
    CalendarMonth, DayException, HistoryDay, HistoryMonth, MonthUptime, PublicIncident,
    PublicIncidentPhase, ServiceState, Uptime, UptimeDay,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::parts::{closed_incident, healthy, incident, markdown, set, update};

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Returns the snapshot with the present month alone.
pub(super) fn with_month(snapshot: Snapshot) -> Snapshot {
    let mut months = months(&snapshot);
    let months = months.split_off(months.len() - 1);
    Snapshot { months, ..snapshot }
}

/// Returns the months of the days that the services of a snapshot know, and the present one.
pub(crate) fn months(snapshot: &Snapshot) -> Vec<HistoryMonth> {
    let today = day_of(snapshot.generated_at);
    let known = |day: &&UptimeDay| day.state != ServiceState::NoData;
    let all = snapshot.services().flat_map(|service| &service.days).filter(known);
    let first = all.map(|day| day.date).min().unwrap_or(today);
    let mut months: BTreeMap<CalendarMonth, HistoryMonth> = BTreeMap::new();
    for date in first.series(jiff::Span::new().days(1)).take_while(|date| *date <= today) {
        let month = CalendarMonth::of(date);
        let month = months.entry(month).or_insert_with(|| HistoryMonth::empty(month));
        month.days.push(history_day(snapshot, date));
    }
    for month in months.values_mut() {
        for service in snapshot.services() {
            let days = service.days.iter().filter(known);
            let of_month = days.filter(|day| CalendarMonth::of(day.date) == month.month);
            let uptime = of_month.fold(Uptime::NONE, |sum, day| sum.plus(day.uptime));
            if uptime.basis_points().is_some() {
                month.uptimes.push(MonthUptime { service: service.id.clone(), uptime });
            }
        }
        let (first, last) = (month.month.first_day(), month.month.last_day());
        let is_within = |one: &&PublicIncident| {
            let end = day_of(one.resolved_at.unwrap_or(snapshot.generated_at));
            day_of(one.started_at) <= last && end >= first
        };
        let incidents = snapshot.newest_incidents().into_iter().filter(is_within);
        month.incidents = incidents.cloned().collect();
    }
    months.into_values().collect()
}

fn history_day(snapshot: &Snapshot, date: Date) -> HistoryDay {
    let mut day = HistoryDay { date, state: ServiceState::NoData, exceptions: Vec::new() };
    for service in snapshot.services() {
        let Some(known) = service.days.iter().find(|day| day.date == date) else { continue };
        let state = known.state;
        if state == ServiceState::NoData {
            continue;
        }
        let place = |state| ServiceState::WORST_FIRST.iter().position(|one| *one == state);
        if day.state == ServiceState::NoData || place(state) < place(day.state) {
            day.state = state;
        }
        if state != ServiceState::Operational {
            let seconds = known.outage_seconds + known.degraded_seconds;
            day.exceptions.push(DayException { service: service.id.clone(), state, seconds });
        }
    }
    day
}

/// Returns a page with incidents over three months: one with a postmortem, one that lasts from one month to the next, an
/// open one, and one on a day on which everything worked.
pub(super) fn history() -> Snapshot {
    let mut snapshot = healthy();
    set(&mut snapshot, "checkout", ServiceState::Outage, "2026-03-10T11:18:00Z");
    let mut open =
        incident("checkout-down", "Checkout is down", &["checkout"], "2026-03-10T11:18:00Z");
    open.updates = vec![update(
        "2026-03-10T11:20:00Z",
        PublicIncidentPhase::Investigating,
        "Checkout returns errors since 10 March, 11:18 UTC. The other 8 services work.",
    )];
    let mut analyzed = closed_incident(
        "database-full",
        "Database was down",
        &["database", "api"],
        "2026-01-14T03:05:00Z",
        "2026-01-14T04:40:00Z",
    );
    analyzed.updates.push(markdown(
        "2026-01-20T10:00:00Z",
        PublicIncidentPhase::Postmortem,
        "A table grew **ten times faster** than planned.\n\n1. The alarm was at 95 %.\n2. It is at \
         80 % now.\n\n[All details](https://acme.example/postmortem) <script>alert(1)</script>",
    ));
    let over_the_end = closed_incident(
        "webhooks-late",
        "Webhooks are late",
        &["webhooks"],
        "2026-01-30T22:10:00Z",
        "2026-02-02T09:02:00Z",
    );
    let by_hand = closed_incident(
        "invoices",
        "Some invoices are wrong",
        &[],
        "2026-02-17T09:00:00Z",
        "2026-02-17T17:30:00Z",
    );
    let recent = closed_incident(
        "search-slow",
        "Search had problems",
        &["search"],
        "2026-03-06T08:20:00Z",
        "2026-03-06T09:02:00Z",
    );
    snapshot.incidents = vec![open, analyzed, over_the_end, by_hand, recent];
    Snapshot { months: months(&snapshot), ..snapshot }
}
