//! Incidents and the entries of operators about them, with every field.

use allclear_core::alert_group::{CommonRoot, RootKind};
use allclear_core::incident::{
    AutomaticIncident, EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentChange, IncidentEffect,
    IncidentEntry, IncidentEpisode, IncidentId, IncidentImpact, IncidentOpening, IncidentPhase,
    IncidentRevision, IncidentVisibility, RegionCount,
};
use allclear_core::reason::Reason;
use allclear_core::status::Fault;

use super::{at, monitor};

/// Returns the id of the incident that the monitor `name` opens at `minutes` after the start of all sample times.
#[must_use]
pub fn id(name: &str, minutes: i64) -> IncidentId {
    IncidentId::of_monitor(&monitor(name), at(minutes))
}

/// Returns an open incident of one monitor, in which an outage became degradation.
#[must_use]
pub fn open(name: &str, minutes: i64) -> AutomaticIncident {
    let change = |minute: i64, effect, reason| EpisodeChange {
        at: at(minutes + minute),
        confirmed_at: at(minutes + minute + 1),
        effect,
        fault: Fault::Target,
        reason,
        regions: RegionCount { failing: 2, reporting: 3 },
    };
    AutomaticIncident {
        id: id(name, minutes),
        started_at: at(minutes),
        opened_at: at(minutes + 1),
        changed_at: at(minutes + 3),
        resolved_at: None,
        visibility: IncidentVisibility::Draft,
        episodes: vec![IncidentEpisode {
            monitor: monitor(name),
            name: format!("{name} — \"quoted\""),
            is_public: true,
            is_critical: true,
            started_at: at(minutes),
            changes: vec![
                change(0, IncidentEffect::Outage, Some(Reason::HttpStatus)),
                change(2, IncidentEffect::Degraded, None),
            ],
            has_provider_page: true,
            provider_confirmed_at: Some(at(minutes + 2)),
            properties: vec![CommonRoot {
                kind: RootKind::Host,
                value: "db.example.com".to_owned(),
            }],
            end: None,
        }],
    }
}

/// Returns the same incident after its end.
#[must_use]
pub fn resolved(name: &str, minutes: i64) -> AutomaticIncident {
    let mut incident = open(name, minutes);
    let (at, confirmed_at) = (at(minutes + 8), at(minutes + 9));
    incident.episodes[0].end =
        Some(EpisodeEnd { at, confirmed_at, kind: EpisodeEndKind::Recovered });
    AutomaticIncident {
        changed_at: confirmed_at,
        resolved_at: Some(at),
        visibility: IncidentVisibility::Published,
        ..incident
    }
}

/// Returns one entry of each kind about an incident, a minute apart.
#[must_use]
pub fn entries(incident: &IncidentId, minutes: i64) -> Vec<IncidentEntry> {
    let text = "Back *soon* — \"quoted\"\n\u{1f980}".to_owned();
    let opening = IncidentOpening {
        title: "Checkout is slow".to_owned(),
        impact: IncidentImpact::Minor,
        monitors: vec![monitor("api")],
        phase: IncidentPhase::Investigating,
        text: Some(text.clone()),
        next_update_at: None,
        visibility: IncidentVisibility::Draft,
    };
    let revision = IncidentRevision {
        phase: Some(IncidentPhase::Identified),
        text: Some(text.clone()),
        title: Some("Checkout is down".to_owned()),
        impact: Some(IncidentImpact::Critical),
        monitors: Some(vec![monitor("api"), monitor("web")]),
        next_update_at: Some(at(minutes + 30)),
    };
    let changes = [
        IncidentChange::Open(opening),
        IncidentChange::Update(revision),
        IncidentChange::Publish,
        IncidentChange::Resolve { text: None },
        IncidentChange::Postmortem { text },
    ];
    let times = (minutes..).map(at);
    let entries = changes.into_iter().zip(times).map(|(change, at)| IncidentEntry {
        incident: incident.clone(),
        at,
        author: "ann".to_owned(),
        visibility: IncidentVisibility::Draft,
        change,
    });
    entries.collect()
}

/// Returns an incident of many flapping monitors with long names, as large as a record may be. Its texts do not
/// compress.
#[must_use]
pub fn largest() -> AutomaticIncident {
    let mut incident = open("api", 0);
    let episode = incident.episodes[0].clone();
    let mut seed = 1;
    while incident.stored_bytes() < AutomaticIncident::MAX_BYTES {
        let n = incident.episodes.len();
        let mut one = episode.clone();
        one.monitor = monitor(&format!("{:x}-{n}", noise(&mut seed)));
        one.name = emoji(50, &mut seed);
        one.properties[0].value = emoji(40, &mut seed);
        one.changes =
            (0..30).map(|minute| changed(&episode.changes[0], &mut seed, minute)).collect();
        incident.episodes.push(one);
    }
    incident.episodes.pop();
    let left = AutomaticIncident::MAX_BYTES - incident.stored_bytes();
    incident.episodes[0].name.push_str(&"x".repeat(left));
    incident
}

/// Returns an entry with the longest title, text, author and list of monitors that the command accepts.
#[must_use]
pub fn largest_entry(incident: &IncidentId) -> IncidentEntry {
    let mut seed = 2;
    let monitors = (0..1_000).map(|n| {
        let id = (0..4).map(|_| format!("{:016x}", noise(&mut seed))).collect::<Vec<_>>().concat();
        monitor(&format!("{}{n:04}", &id[..60]))
    });
    let monitors = monitors.collect();
    let opening = IncidentOpening {
        title: emoji(200, &mut seed),
        impact: IncidentImpact::Critical,
        monitors,
        phase: IncidentPhase::Investigating,
        text: Some(emoji(10_000, &mut seed)),
        next_update_at: None,
        visibility: IncidentVisibility::Published,
    };
    IncidentEntry {
        incident: incident.clone(),
        at: at(0),
        author: emoji(100, &mut seed),
        visibility: IncidentVisibility::Published,
        change: IncidentChange::Open(opening),
    }
}

/// Returns a change with times that do not compress.
fn changed(change: &EpisodeChange, seed: &mut u64, minute: i64) -> EpisodeChange {
    let within = |n: u64| std::time::Duration::from_nanos(n % 60_000_000_000);
    EpisodeChange {
        at: at(minute) + within(noise(seed)),
        confirmed_at: at(minute + 1) + within(noise(seed)),
        ..*change
    }
}

/// Returns a text of characters of four bytes.
fn emoji(n_chars: usize, seed: &mut u64) -> String {
    let first = 0x1_0000;
    let chars = (0..n_chars).map(|_| {
        let offset = u32::try_from(noise(seed) % 0x10_0000).unwrap();
        char::from_u32(first + offset).unwrap()
    });
    chars.collect()
}

/// Returns the next number of a fixed sequence without a pattern.
fn noise(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed ^ (*seed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (*seed >> 32)
}
