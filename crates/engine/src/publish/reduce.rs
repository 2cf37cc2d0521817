//! The reduction of the private facts to the public snapshot.

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::{Config, Page};
use allclear_core::digest::hexadecimal;
use allclear_core::id::MaintenanceId;
use allclear_core::monitor::Monitor;
use allclear_core::rollup::Period;
use allclear_core::state::{MonitorState, WindowAnnouncement};
use allclear_core::window::{Opening, WindowSchedule};
use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{
    FailingRegions, HistoryMonth, Href, PageIdentity, PublicMaintenance as AnnouncedWindow,
    PublicService, ServiceGroup, ServiceState, UptimeDays, WithdrawnMaintenance,
};
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::publish::PageFacts;
use crate::publish::days::{day, tallies, utc_date};
use crate::publish::groups::group_ids;
use crate::publish::incidents::{incidents, public_incident};
use crate::publish::look::{brand, display, language, subscription};
use crate::publish::months::{HistoryMonths, known_since};
use crate::publish::providers::{providers, reported_status};
use crate::publish::public::{Public, PublicMonitor, PublicWindow, public, public_state};
use crate::publish::service_history::service_history;

/// The lead time with which planned windows are announced.
const ANNOUNCE: Duration = Duration::from_hours(14 * 24);

/// The time for which completed windows are listed.
const PAST_WINDOWS: Duration = Duration::from_hours(14 * 24);

/// The length of the id of a page.
const PAGE_ID_CHARS: usize = 12;

/// The shortest age at which a page declares itself stale, because readers and schedules may be minutes late.
const MIN_STALE: Duration = Duration::from_mins(5);

/// The circumstances of publication, which the config does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishOptions {
    /// The longest time between two publications.
    pub every: Duration,
    /// The address at which the page is served. It stands in the files if the config has no `page.url`.
    pub address: Href,
}

/// The time for which a publication may be late. The page is rendered ahead for the changes until then.
const PUBLICATION_DELAY: Duration = Duration::from_mins(2);

/// The time that a snapshot is about.
#[derive(Debug, Clone, Copy)]
struct SnapshotTime {
    /// The time at which the facts were read.
    now: Timestamp,
    /// The time that the page shows: `now`, or a start or end of maintenance soon after it.
    shown: Timestamp,
}

/// Reduces `facts` to their public part at `now`.
#[must_use]
pub fn reduce(
    config: &Config,
    facts: &PageFacts,
    options: &PublishOptions,
    now: Timestamp,
) -> Snapshot {
    let public = Public::of(config, facts);
    let until = now + options.every + PUBLICATION_DELAY;
    let next_change_at = next_change(&public.windows, now).filter(|at| *at <= until);
    let times = SnapshotTime { now, shown: now };
    let page = snapshot(&public, options, stale_after(config, options.every), times);
    let months = months(&public, known_since(&config.settings, now), &page);
    Snapshot { next_change_at, months, ..page }
}

/// Reduces `facts`, as of `now`, to the snapshot of the next start or end of maintenance. Soon after one it is the present
/// snapshot, because a reader whose clock is late requests it then. `None` if the page will be published again before the
/// next one.
#[must_use]
pub fn reduce_next(
    config: &Config,
    facts: &PageFacts,
    options: &PublishOptions,
    now: Timestamp,
) -> Option<Snapshot> {
    let public = Public::of(config, facts);
    let until = now + options.every + PUBLICATION_DELAY;
    let next = next_change(&public.windows, now).filter(|at| *at <= until);
    let before = now - PUBLICATION_DELAY;
    let is_recent = || next_change(&public.windows, before).is_some_and(|at| at <= now);
    let shown = next.or_else(|| is_recent().then_some(now))?;
    let times = SnapshotTime { now, shown };
    Some(snapshot(&public, options, stale_after(config, options.every), times))
}

/// Returns the months of the page from the day `since` on.
fn months(public: &Public<'_>, since: Date, page: &Snapshot) -> Vec<HistoryMonth> {
    let mut months = HistoryMonths::new(since, utc_date(page.generated_at));
    for monitor in &public.monitors {
        months.add(monitor.monitor, &tallies(monitor.state, monitor.history));
    }
    let incidents = public.incidents.iter().filter(|one| months.include(one));
    let incidents = incidents.map(|one| public_incident(one, &page.groups)).collect();
    months.with_incidents(incidents)
}

/// Returns the first start or end of a window after `now`.
fn next_change(windows: &[PublicWindow<'_>], now: Timestamp) -> Option<Timestamp> {
    windows.iter().filter_map(|public| public.window.next_change(now)).min()
}

/// Builds the snapshot from the public part alone.
fn snapshot(
    public: &Public<'_>,
    options: &PublishOptions,
    stale_after: Duration,
    times: SnapshotTime,
) -> Snapshot {
    let SnapshotTime { now, shown } = times;
    let outcomes = public.monitors.iter().filter_map(|public| public.state?.last.as_ref());
    // A time far in the future was written before the clock was set back.
    let believed = outcomes.map(|outcome| outcome.at).filter(|at| *at <= now + MIN_STALE);
    let groups = groups(public, times);
    let incidents = incidents(public, &groups, shown);
    Snapshot {
        page: identity(public.page, &options.address, shown),
        generated_at: shown,
        last_checked_at: believed.max(),
        stale_after: SignedDuration::try_from(stale_after).unwrap_or(SignedDuration::MAX),
        monitoring_impaired: public.is_impaired,
        groups,
        providers: providers(public, public.providers, now),
        incidents,
        months: Vec::new(),
        withdrawn: withdrawn(public, shown),
        maintenances: windows(public, shown),
        next_change_at: None,
    }
}

/// Returns the age of the newest outcome above which the page is stale: three intervals of the public monitor
/// that is checked most often, but at least five minutes, plus the time until the next publication.
#[must_use]
pub fn stale_after(config: &Config, page_every: Duration) -> Duration {
    let shortest = public(config).map(|monitor| monitor.interval).min();
    page_every + shortest.map_or(MIN_STALE, |interval| (interval * 3).max(MIN_STALE))
}

/// Returns the name and the links of the page. Its id is derived from its address, because no two pages share one; at
/// an address without a `page.url`, such as that of a local machine, the title distinguishes pages.
fn identity(page: &Page, address: &Href, shown: Timestamp) -> PageIdentity {
    let configured = page.url.as_deref().and_then(|url| Href::parse(url).ok());
    let id = match &configured {
        Some(url) => hexadecimal(["page", url.as_str()]),
        None => hexadecimal(["page", address.as_str(), page.title.as_str()]),
    };
    let id: String = id.chars().take(PAGE_ID_CHARS).collect();
    PageIdentity {
        description: page.description.clone().unwrap_or_default(),
        languages: page.languages.iter().copied().map(language).collect(),
        brand: brand(&page.brand, shown),
        subscription: subscription(&page.subscribe),
        contact: page.contact.as_deref().and_then(|contact| Href::parse(contact).ok()),
        ..PageIdentity::new(id, page.title.clone(), configured.unwrap_or_else(|| address.clone()))
    }
}

/// Returns the services under their headings, both in the order of the config.
fn groups(public: &Public<'_>, times: SnapshotTime) -> Vec<ServiceGroup> {
    let mut groups: Vec<(Option<&str>, Vec<PublicService>)> = Vec::new();
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    for monitor in &public.monitors {
        let name = monitor.monitor.group.as_deref();
        let place = *places.entry(name).or_insert(groups.len());
        if place == groups.len() {
            groups.push((name, Vec::new()));
        }
        if let Some((_, services)) = groups.get_mut(place) {
            services.push(service(monitor, &public.windows, times));
        }
    }
    let names: Vec<&str> = groups.iter().filter_map(|(name, _)| *name).collect();
    let mut ids = group_ids(&public.page.groups, &names).into_iter();
    groups
        .into_iter()
        .map(|(name, services)| match (name, name.and_then(|_| ids.next())) {
            (Some(name), Some(id)) => ServiceGroup {
                display: display(public.page, name),
                ..ServiceGroup::named(id, name, services)
            },
            (Some(_) | None, _) => ServiceGroup::unnamed(services),
        })
        .collect()
}

fn service(
    public: &PublicMonitor<'_>,
    windows: &[PublicWindow<'_>],
    SnapshotTime { now, shown }: SnapshotTime,
) -> PublicService {
    let PublicMonitor { monitor, state: monitor_state, history } = *public;
    let in_maintenance =
        windows.iter().any(|window| window.affects(monitor) && window.window.is_open(shown));
    let state = match monitor_state {
        Some(monitor_state) if is_fresh(monitor, monitor_state, now) => {
            public_state(monitor_state.status, monitor_state.cause.as_ref())
        }
        _ => ServiceState::NoData,
    };
    let days = tallies(monitor_state, history);
    PublicService {
        id: monitor.id.to_string(),
        name: monitor.name.clone(),
        state: if in_maintenance { ServiceState::Maintenance } else { state },
        response_time: response_time(monitor_state, state),
        failing_regions: monitor_state
            .filter(|_| state == ServiceState::Degraded && !in_maintenance)
            .and_then(|monitor_state| monitor_state.partial)
            .map(|partial| FailingRegions { failing: partial.failing, of: partial.of }),
        since: monitor_state
            .filter(|_| !in_maintenance && state != ServiceState::NoData)
            .map(|monitor_state| monitor_state.since),
        days: UptimeDays::ending(
            utc_date(shown),
            days.iter().map(|(start, tally)| day(monitor, *start, tally)),
        ),
        history: service_history(monitor_state, history, &days, now),
        reported_status: monitor_state
            .and_then(|monitor_state| monitor_state.provider_status.as_ref())
            .and_then(|provider_status| reported_status(provider_status, now)),
    }
}

/// Returns the response time of the latest check, if its outcome is of public interest: a check that failed because of
/// Allclear or its owner measured nothing of the service.
fn response_time(monitor_state: Option<&MonitorState>, state: ServiceState) -> Option<Duration> {
    let last = monitor_state.filter(|_| state != ServiceState::NoData)?.last.as_ref()?;
    last.latency.filter(|_| public_state(last.status, last.cause.as_ref()) != ServiceState::NoData)
}

/// Returns true if the state of `monitor` is recent enough to be shown. An outcome in the future, left by a
/// clock that was set back, is as old as its distance from `now`.
#[must_use]
pub fn is_fresh(monitor: &Monitor, monitor_state: &MonitorState, now: Timestamp) -> bool {
    let limit = (monitor.interval * 3).max(MIN_STALE);
    monitor_state
        .last
        .as_ref()
        .is_some_and(|last| now.duration_since(last.at).unsigned_abs() <= limit)
}

fn windows(public: &Public<'_>, now: Timestamp) -> Vec<AnnouncedWindow> {
    let openings = public.windows.iter().flat_map(|window| {
        let openings = window.window.openings(now - PAST_WINDOWS, now + ANNOUNCE).into_iter();
        let known = openings
            .filter(move |opening| now < opening.end || took_place(public, window, opening));
        known.map(move |opening| (window, opening))
    });
    openings
        .map(|(PublicWindow { window, entered_at, affected, .. }, opening)| AnnouncedWindow {
            id: format!("{}-{}", window.id, opening.start.as_second()),
            calendar_id: match window.schedule {
                WindowSchedule::Once { .. } => window.id.to_string(),
                WindowSchedule::Repeated { .. } => {
                    format!("{}-{}", window.id, opening.start.as_second())
                }
            },
            revised_at: public.revisions.get(&window.id).map(|known| known.revised_at),
            title: window.title.clone(),
            affected: affected.iter().map(ToString::to_string).collect(),
            announced_at: (opening.start - ANNOUNCE)
                .max(entered_at.unwrap_or(Timestamp::MIN))
                .min(opening.start),
            starts_at: opening.start,
            ends_at: opening.end,
            description: window.description.clone().unwrap_or_default(),
        })
        .collect()
}

/// Returns the single windows that were withdrawn before their start and are not planned again.
fn withdrawn(public: &Public<'_>, now: Timestamp) -> Vec<WithdrawnMaintenance> {
    let is_planned = |id: &MaintenanceId| {
        let mut windows = public.windows.iter().map(|one| one.window);
        windows.any(|window| window.id == *id && window.ended_at.is_none())
    };
    let withdrawn =
        public.revisions.iter().filter(|(id, known)| known.is_withdrawn && !is_planned(id));
    let events = withdrawn.filter_map(|(id, known)| {
        let WindowAnnouncement { title, starts_at, ends_at } = known.announced.clone()?;
        let is_listed = known.revised_at < starts_at && now < ends_at + PAST_WINDOWS;
        let calendar_id = id.to_string();
        is_listed.then_some(WithdrawnMaintenance {
            calendar_id,
            title,
            starts_at,
            ends_at,
            withdrawn_at: known.revised_at,
        })
    });
    events.collect()
}

/// Checks whether a past opening was in force. A repeated window has openings before the time at which it was written
/// into the config; the time of maintenance that was counted tells them apart.
fn took_place(public: &Public<'_>, window: &PublicWindow<'_>, opening: &Opening) -> bool {
    match window.window.schedule {
        WindowSchedule::Once { .. } => true,
        WindowSchedule::Repeated { .. } => {
            let first_day = Period::Day.start_of(opening.start);
            let affected = public.monitors.iter().filter(|one| window.affects(one.monitor));
            affected.flat_map(|one| tallies(one.state, one.history)).any(|(start, tally)| {
                first_day <= start && start < opening.end && tally.maintenance_s > 0
            })
        }
    }
}
