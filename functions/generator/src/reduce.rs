//! From the private facts to the public snapshot.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Cause;
use allclear_core::rollup::{Period, Tally};
use allclear_core::state::MonitorState;
use allclear_core::status::{Fault, Status};
use allclear_core::window::Maintenance;
use allclear_core::word::{Level, Word};
use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{
    Day, Days, Group, Href, Maintenance as PublicWindow, OwnWord, PageIdentity, Service, State,
    Uptime,
};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Facts;
use crate::outages::incidents;

/// How far ahead planned windows are announced.
const ANNOUNCE: Duration = Duration::from_hours(14 * 24);

/// How long the word of a provider stands when its status page can no longer be read.
const WORD_STANDS: Duration = Duration::from_mins(30);

/// The shortest age at which a page calls itself stale: readers and schedules may be minutes late.
const MIN_STALE: Duration = Duration::from_mins(5);

/// Reduces `facts` to what the public may see at `now`, on a page that is published every
/// `page_every` at least.
#[must_use]
pub fn reduce(config: &Config, facts: &Facts, page_every: Duration, now: Timestamp) -> Snapshot {
    let known: HashMap<&MonitorId, &MonitorState> =
        facts.states.iter().flat_map(|state| &state.monitors).collect();
    let public = || config.monitors.iter().filter(|monitor| monitor.public);
    // What is far ahead was written under a clock that was set back since.
    let last_checked_at = public()
        .filter_map(|monitor| Some(known.get(&monitor.id)?.last.as_ref()?.at))
        .filter(|at| *at <= now + MIN_STALE)
        .max();
    Snapshot {
        page: identity(config),
        generated_at: now,
        last_checked_at,
        stale_after: SignedDuration::try_from(stale_after(config, page_every))
            .unwrap_or(SignedDuration::MAX),
        monitoring_impaired: facts.states.iter().any(|state| state.impairment.since.is_some()),
        groups: groups(public(), |monitor| {
            let stored = facts.days.of(&monitor.id);
            service(config, monitor, known.get(&monitor.id).copied(), stored, now)
        }),
        incidents: incidents(config, &facts.transitions, now),
        maintenances: windows(config, now),
    }
}

/// The age of the newest outcome above which the page is not to be believed: three intervals of
/// the public monitor that is checked most often, and some minutes at least; and the time that may
/// pass until the page is published again.
#[must_use]
pub fn stale_after(config: &Config, page_every: Duration) -> Duration {
    let public = config.monitors.iter().filter(|monitor| monitor.public);
    let shortest = public.map(|monitor| monitor.interval).min();
    page_every + shortest.map_or(MIN_STALE, |interval| (interval * 3).max(MIN_STALE))
}

fn identity(config: &Config) -> PageIdentity {
    let page = &config.page;
    PageIdentity {
        description: page.description.clone().unwrap_or_default(),
        url: page.url.as_deref().and_then(|url| Href::parse(url).ok()),
        contact: page.contact.as_deref().and_then(|contact| Href::parse(contact).ok()),
        ..PageIdentity::new("allclear", page.title.clone())
    }
}

/// The services under their headings, both in the order of the config.
fn groups<'a>(
    monitors: impl Iterator<Item = &'a Monitor>,
    service: impl Fn(&Monitor) -> Service,
) -> Vec<Group> {
    let mut groups: Vec<(Option<&str>, Vec<Service>)> = Vec::new();
    for monitor in monitors {
        let name = monitor.group.as_deref();
        match groups.iter_mut().find(|(one, _)| *one == name) {
            Some((_, services)) => services.push(service(monitor)),
            None => groups.push((name, vec![service(monitor)])),
        }
    }
    groups
        .into_iter()
        .enumerate()
        .map(|(n, (name, services))| match name {
            Some(name) => Group::named(format!("group-{}", n + 1), name, services),
            None => Group::unnamed(services),
        })
        .collect()
}

fn service(
    config: &Config,
    monitor: &Monitor,
    known: Option<&MonitorState>,
    stored: Option<&BTreeMap<Timestamp, Tally>>,
    now: Timestamp,
) -> Service {
    let in_maintenance = config
        .maintenances
        .iter()
        .any(|window| window.scope.includes(monitor) && window.schedule.is_open(now));
    let state = match known {
        Some(known) if is_fresh(monitor, known, now) => {
            public_state(known.status, known.cause.as_ref())
        }
        _ => State::NoData,
    };
    Service {
        id: monitor.id.to_string(),
        name: monitor.name.clone(),
        state: if in_maintenance { State::Maintenance } else { state },
        since: known.filter(|_| !in_maintenance && state != State::NoData).map(|known| known.since),
        days: Days::ending(
            utc_date(now),
            tallies(known, stored).into_iter().map(|(start, tally)| day(monitor, start, &tally)),
        ),
        own_word: known.and_then(|known| known.word.as_ref()).and_then(|word| own_word(word, now)),
    }
}

/// What a provider's own status page says, as long as it was read lately.
fn own_word(word: &Word, now: Timestamp) -> Option<OwnWord> {
    let state = match word.level {
        Level::Operational => State::Operational,
        Level::Maintenance => State::Maintenance,
        Level::Degraded => State::Degraded,
        Level::Down => State::Outage,
    };
    let is_fresh = now.duration_since(word.heard_at).unsigned_abs() <= WORD_STANDS;
    is_fresh.then_some(OwnWord { state, since: word.since, lag: word.lag })
}

/// Whether what is known of `monitor` is young enough to be believed. An outcome from the future,
/// which a clock that was set back leaves behind, is as old as it is far away.
#[must_use]
pub fn is_fresh(monitor: &Monitor, known: &MonitorState, now: Timestamp) -> bool {
    let limit = (monitor.interval * 3).max(MIN_STALE);
    known.last.as_ref().is_some_and(|last| now.duration_since(last.at).unsigned_abs() <= limit)
}

/// What the public may read of a status: a failure that is ours is no data, never red; and being
/// rate limited is a limp of the service, not its end.
pub(crate) fn public_state(status: Status, cause: Option<&Cause>) -> State {
    let fault = cause.map_or(Fault::Target, |cause| cause.fault);
    match status {
        Status::Healthy => State::Operational,
        Status::Unknown => State::NoData,
        Status::Degraded | Status::Unhealthy if !fault.is_the_services_own() => State::NoData,
        Status::Degraded => State::Degraded,
        Status::Unhealthy if fault == Fault::Throttled => State::Degraded,
        Status::Unhealthy => State::Outage,
    }
}

/// What was counted on each day: what is stored, and what is still open on top.
fn tallies(
    known: Option<&MonitorState>,
    stored: Option<&BTreeMap<Timestamp, Tally>>,
) -> BTreeMap<Timestamp, Tally> {
    let mut days = stored.cloned().unwrap_or_default();
    let Some(known) = known else { return days };
    // A stored day may lag behind the open one, which has all of its closed hours.
    days.extend(known.open.days.iter().map(|(start, rollup)| (*start, rollup.tally)));
    for (start, rollup) in &known.open.hours {
        days.entry(Period::Day.start_of(*start)).or_default().merge(&rollup.tally);
    }
    days
}

/// A day in one word: as many bad outcomes as confirm a status make the day's state, fewer bad
/// ones still show as a day on which it failed in part.
fn day(monitor: &Monitor, start: Timestamp, tally: &Tally) -> Day {
    let confirming = monitor.interval.as_secs() * u64::from(monitor.confirmation.failures);
    let state = if tally.measured_s() == 0 {
        if tally.maintenance_s > 0 { State::Maintenance } else { State::NoData }
    } else if tally.unhealthy_s >= confirming {
        State::Outage
    } else if tally.unhealthy_s > 0 || tally.degraded_s >= confirming {
        State::Degraded
    } else {
        State::Operational
    };
    Day {
        date: utc_date(start),
        state,
        uptime: Uptime::new(tally.good_s(), tally.measured_s()),
        outage_seconds: tally.unhealthy_s,
        degraded_seconds: tally.degraded_s,
    }
}

fn windows(config: &Config, now: Timestamp) -> Vec<PublicWindow> {
    config
        .maintenances
        .iter()
        .flat_map(|window| {
            let openings = window.schedule.openings(now, now + ANNOUNCE);
            openings.into_iter().map(move |opening| {
                let id = format!("{}-{}", window.id, opening.start.as_second());
                (window, id, opening)
            })
        })
        .map(|(window, id, opening)| PublicWindow {
            id,
            title: window.title.clone(),
            affected: affected(config, window),
            starts_at: opening.start,
            ends_at: opening.end,
            description: window.description.clone().unwrap_or_default(),
        })
        .collect()
}

fn affected(config: &Config, window: &Maintenance) -> Vec<String> {
    config
        .monitors
        .iter()
        .filter(|monitor| monitor.public && window.scope.includes(monitor))
        .map(|monitor| monitor.id.to_string())
        .collect()
}

fn utc_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
