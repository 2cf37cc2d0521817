//! The time of the last change of the published facts. The passing of time alone does not count as
//! a change, so a file whose facts are the same has the same bytes.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    Snapshot,
    snapshot::{Freshness, PublicIncident, PublicService},
};

/// Returns the time of the last change of any fact: a service, an incident, a window that was
/// announced, began or ended, or the data becoming stale.
pub(super) fn last(snapshot: &Snapshot) -> Timestamp {
    let now = snapshot.generated_at;
    let services = snapshot.services().map(|service| of_service(snapshot, service));
    let incidents = snapshot.incidents.iter().map(of_incident);
    let windows = snapshot.maintenances.iter();
    let windows = windows.flat_map(|one| [one.announced_at, one.starts_at, one.ends_at]);
    let changes = services.chain(incidents).chain(windows).filter(|at| *at <= now);
    changes.max().unwrap_or_else(|| today(snapshot))
}

/// Returns the time since which a service has its state. If that is not known, it is the time at
/// which the data became stale, or the beginning of the day.
pub(super) fn of_service(snapshot: &Snapshot, service: &PublicService) -> Timestamp {
    let too_old_since = match snapshot.freshness() {
        Freshness::Stale { .. } => {
            snapshot.last_checked_at.and_then(|at| at.checked_add(snapshot.stale_after).ok())
        }
        Freshness::Fresh | Freshness::NeverMeasured => None,
    };
    too_old_since.or(service.since).unwrap_or_else(|| today(snapshot))
}

/// Returns the time of the newest update of an incident.
pub(super) fn of_incident(incident: &PublicIncident) -> Timestamp {
    let said = incident.updates.iter().map(|update| update.at);
    said.chain(incident.resolved_at).max().unwrap_or(incident.started_at)
}

/// Returns the beginning of the page's current day, in UTC.
pub(super) fn today(snapshot: &Snapshot) -> Timestamp {
    let now = snapshot.generated_at;
    midnight(now.to_zoned(TimeZone::UTC).date()).unwrap_or(now)
}

/// Returns the beginning of a day, in UTC.
pub(super) fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
