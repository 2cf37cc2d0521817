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
        visibility: IncidentVisibility::Draft,
    };
    let revision = IncidentRevision {
        phase: Some(IncidentPhase::Identified),
        text: Some(text.clone()),
        title: Some("Checkout is down".to_owned()),
        impact: Some(IncidentImpact::Critical),
        monitors: Some(vec![monitor("api"), monitor("web")]),
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
