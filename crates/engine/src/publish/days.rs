//! The days of a monitor: what was counted on each, and the state that the page shows for it.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::monitor::Monitor;
use allclear_core::rollup::{Period, Tally};
use allclear_core::state::MonitorState;
use allclear_status_site::snapshot::{ServiceState, Uptime, UptimeDay};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::publish::MonitorHistory;

/// Returns the tally of each day, from the stored rollups and the open counts.
pub(crate) fn tallies(
    monitor_state: Option<&MonitorState>,
    stored: Option<&MonitorHistory>,
) -> BTreeMap<Timestamp, Tally> {
    let stored = stored.iter().flat_map(|history| &history.days);
    let mut days: BTreeMap<Timestamp, Tally> =
        stored.map(|(start, facts)| (*start, facts.tally)).collect();
    // A first failure that is not yet confirmed must not show as an uptime of 0 %.
    let counts =
        |monitor_state: &&MonitorState| monitor_state.has_been_confirmed() || !days.is_empty();
    let Some(monitor_state) = monitor_state.filter(counts) else { return days };
    // A stored day may lag behind the open one, which contains all closed hours of the day.
    days.extend(monitor_state.open.days.iter().map(|(start, rollup)| (*start, rollup.tally)));
    for (start, rollup) in &monitor_state.open.hours {
        days.entry(Period::Day.start_of(*start)).or_default().merge(&rollup.tally);
    }
    days
}

/// Returns the state of a day. As many bad outcomes as confirm a status set the state of the day. Fewer bad
/// ones show as a partial failure.
pub(crate) fn day(monitor: &Monitor, start: Timestamp, tally: &Tally) -> UptimeDay {
    let confirming = monitor.interval.as_secs() * u64::from(monitor.confirmation.failures);
    let state = if tally.measured_s() == 0 {
        if tally.maintenance_s > 0 { ServiceState::Maintenance } else { ServiceState::NoData }
    } else if tally.unhealthy_s >= confirming {
        ServiceState::Outage
    } else if tally.unhealthy_s > 0 || tally.degraded_s >= confirming {
        ServiceState::Degraded
    } else {
        ServiceState::Operational
    };
    UptimeDay {
        date: utc_date(start),
        state,
        uptime: Uptime::new(tally.good_s(), tally.measured_s()),
        outage_seconds: tally.unhealthy_s,
        degraded_seconds: tally.degraded_s,
    }
}

/// Returns the UTC day of a time.
pub(crate) fn utc_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
