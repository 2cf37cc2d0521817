//! Building blocks of the snapshots.

use std::time::Duration;

use allclear_status_site::{
    Snapshot,
    snapshot::{
        Href, LatencyPercentiles, LatencyPoint, PageIdentity, PeriodUptimes, PublicIncident,
        PublicIncidentImpact, PublicIncidentPhase, PublicIncidentUpdate, PublicMaintenance,
        PublicService, ServiceGroup, ServiceHistory, ServiceState, UpdateText, Uptime, UptimeDay,
        UptimeDays,
    },
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// 10 March 2026, 12:00 UTC: the "now" of most scenarios.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_773_144_000, 0);

const DAY_SECONDS: u64 = 86_400;

/// Returns the day of [`NOW`].
pub(crate) fn today() -> jiff::civil::Date {
    NOW.to_zoned(TimeZone::UTC).date()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn page() -> PageIdentity {
    PageIdentity {
        description: "The systems that Acme's customers use.".into(),
        contact: Href::parse("mailto:support@acme.example").ok(),
        ..PageIdentity::new(
            "acme",
            "Acme status",
            Href::parse("https://status.acme.example/").unwrap(),
        )
    }
}

/// Returns nine operational services in three groups.
pub(crate) fn healthy() -> Snapshot {
    Snapshot {
        page: page(),
        generated_at: NOW,
        last_checked_at: Some(at("2026-03-10T11:59:30Z")),
        stale_after: SignedDuration::from_mins(15),
        monitoring_impaired: false,
        providers: Vec::new(),
        groups: groups(NOW),
        incidents: vec![],
        months: vec![],
        maintenances: vec![],
        withdrawn: vec![],
        next_change_at: None,
    }
}

pub(crate) fn groups(now: Timestamp) -> Vec<ServiceGroup> {
    let ok = |id, name| service_on(now, id, name, ServiceState::Operational);
    vec![
        ServiceGroup::named(
            "product",
            "Product",
            vec![
                ok("website", "Website"),
                ok("api", "API"),
                ok("checkout", "Checkout"),
                ok("webhooks", "Webhooks"),
            ],
        ),
        ServiceGroup::named(
            "llm",
            "LLM providers",
            vec![
                ok("anthropic", "Anthropic API"),
                ok("openai", "OpenAI API"),
                ok("gemini", "Gemini API"),
            ],
        ),
        ServiceGroup::named(
            "inside",
            "Behind the scenes",
            vec![ok("database", "Database"), ok("search", "Search")],
        ),
    ]
}

/// Returns a service with a plausible history that depends only on its id.
pub(crate) fn service(id: &str, name: &str, state: ServiceState) -> PublicService {
    service_on(NOW, id, name, state)
}

fn service_on(now: Timestamp, id: &str, name: &str, state: ServiceState) -> PublicService {
    let today = now.to_zoned(TimeZone::UTC).date();
    let seed = id.bytes().fold(7_u64, |seed, byte| seed * 31 % 1009 + u64::from(byte));
    let n_measured = if seed % 4 == 0 { 61 } else { 90 };
    let days = (0..n_measured).map(|n: u64| {
        let date = today.saturating_sub(i64::try_from(n).unwrap().days());
        match (n * 37 + seed * 11) % 97 {
            0 => day(date, ServiceState::Outage, 1000 + 13 * n, 0),
            1 => day(date, ServiceState::Degraded, 0, 2400 + 60 * n),
            2 if seed % 3 == 0 => day(date, ServiceState::Maintenance, 0, 0),
            _ => day(date, ServiceState::Operational, 0, 0),
        }
    });
    let days = UptimeDays::ending(today, days);
    let since = now.saturating_sub(SignedDuration::from_hours(200)).unwrap();
    PublicService {
        id: id.into(),
        name: name.into(),
        state,
        since: Some(since),
        history: history(now, seed, &days),
        days,
        failing_regions: None,
        response_time: Some(Duration::from_millis(40 + seed % 300)),
        reported_status: None,
    }
}

/// Returns latencies and uptimes that fit the days of a service.
fn history(now: Timestamp, seed: u64, days: &UptimeDays) -> ServiceHistory {
    let over =
        |n: usize| days.iter().rev().take(n).fold(Uptime::NONE, |sum, day| sum.plus(day.uptime));
    let measured = u64::try_from(days.measured().len()).unwrap();
    let latency = |n: u64| {
        let p50 = Duration::from_millis(60 + seed % 200 + n * (seed % 13) % 40);
        LatencyPercentiles {
            p50,
            p95: p50 * 2,
            p99: p50 * (3 + u32::from(n.is_multiple_of(23)) * 4),
        }
    };
    let point = |n: u64, length: SignedDuration| {
        let seconds = now.as_second() - now.as_second() % length.as_secs();
        let end = Timestamp::from_second(seconds).unwrap();
        let start = end - length * i32::try_from(n + 1).unwrap();
        LatencyPoint { start, latency: latency(n) }
    };
    let (hour, day) = (SignedDuration::from_hours(1), SignedDuration::from_hours(24));
    // One gap, as after an outage.
    let hours = (0..168.min(measured * 24)).rev().filter(|n| n % 50 != 7);
    ServiceHistory {
        uptimes: PeriodUptimes {
            hours_24: over(1),
            days_7: over(7),
            days_30: over(30),
            days_90: over(90),
            days_365: over(90),
        },
        hours: hours.map(|n| point(n, hour)).collect(),
        days: (0..measured.saturating_sub(1)).rev().map(|n| point(n, day)).collect(),
    }
}

/// Returns a service that was never measured.
pub(crate) fn new_service(id: &str, name: &str) -> PublicService {
    let today = NOW.to_zoned(TimeZone::UTC).date();
    let days = UptimeDays::ending(today, []);
    PublicService {
        id: id.into(),
        name: name.into(),
        state: ServiceState::NoData,
        since: None,
        days,
        history: ServiceHistory::NONE,
        failing_regions: None,
        response_time: None,
        reported_status: None,
    }
}

fn day(
    date: jiff::civil::Date,
    state: ServiceState,
    outage_seconds: u64,
    degraded_seconds: u64,
) -> UptimeDay {
    let uptime = Uptime::new(DAY_SECONDS - outage_seconds, DAY_SECONDS);
    UptimeDay { date, state, uptime, outage_seconds, degraded_seconds }
}

/// Sets the state of a service since a time today, and the state of its current day.
pub(crate) fn set(snapshot: &mut Snapshot, id: &str, state: ServiceState, since: &str) {
    let since = at(since);
    let now = snapshot.generated_at;
    let mut services = snapshot.groups.iter_mut().flat_map(|group| &mut group.services);
    let service = services.find(|service| service.id == id).unwrap();
    service.state = state;
    service.since = Some(since);
    let today = now.to_zoned(TimeZone::UTC).date();
    let bad = u64::try_from(now.duration_since(since).as_secs()).unwrap();
    let (outage, degraded) = match state {
        ServiceState::Outage => (bad, 0),
        ServiceState::Degraded => (0, bad),
        ServiceState::Operational | ServiceState::Maintenance | ServiceState::NoData => return,
    };
    let known: Vec<UptimeDay> = service.days.iter().copied().collect();
    service.days =
        UptimeDays::ending(today, known.into_iter().chain([day(today, state, outage, degraded)]));
}

pub(crate) fn incident(
    id: &str,
    title: &str,
    affected: &[&str],
    started_at: &str,
) -> PublicIncident {
    PublicIncident {
        id: id.into(),
        title: title.into(),
        affected: affected.iter().map(ToString::to_string).collect(),
        impact: PublicIncidentImpact::Major,
        started_at: at(started_at),
        resolved_at: None,
        next_update_at: None,
        updates: vec![],
    }
}

pub(crate) fn closed_incident(
    id: &str,
    title: &str,
    affected: &[&str],
    started_at: &str,
    resolved_at: &str,
) -> PublicIncident {
    PublicIncident {
        resolved_at: Some(at(resolved_at)),
        updates: vec![
            update(
                started_at,
                PublicIncidentPhase::Investigating,
                "We are looking into slow deliveries.",
            ),
            update(
                resolved_at,
                PublicIncidentPhase::Resolved,
                "A queue was full. It has been enlarged.",
            ),
        ],
        ..incident(id, title, affected, started_at)
    }
}

pub(crate) fn update(time: &str, phase: PublicIncidentPhase, text: &str) -> PublicIncidentUpdate {
    PublicIncidentUpdate {
        at: at(time),
        changed_at: at(time),
        phase,
        text: text.into(),
        next_update_at: None,
    }
}

pub(crate) fn markdown(time: &str, phase: PublicIncidentPhase, text: &str) -> PublicIncidentUpdate {
    PublicIncidentUpdate { text: UpdateText::Markdown(text.into()), ..update(time, phase, "") }
}

pub(crate) fn maintenance(
    id: &str,
    title: &str,
    affected: &[&str],
    (starts_at, ends_at): (&str, &str),
    description: &str,
) -> PublicMaintenance {
    PublicMaintenance {
        id: id.into(),
        calendar_id: id.into(),
        revised_at: Some(at(starts_at).saturating_sub(SignedDuration::from_hours(80)).unwrap()),
        title: title.into(),
        affected: affected.iter().map(ToString::to_string).collect(),
        announced_at: at(starts_at).saturating_sub(SignedDuration::from_hours(72)).unwrap(),
        starts_at: at(starts_at),
        ends_at: at(ends_at),
        description: description.into(),
    }
}
