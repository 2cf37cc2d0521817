//! Incidents as the command prints them.

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentEpisode, IncidentImpact, IncidentOrigin, IncidentPhase, IncidentVisibility,
    OperatorUpdate,
};
use allclear_engine::publish::public_incident;
use allclear_status_site::snapshot::PublicIncident;
use serde::Serialize;

/// An incident as JSON.
#[derive(Serialize)]
pub(super) struct ShownIncident<'a> {
    id: &'a str,
    origin: IncidentOrigin,
    title: String,
    phase: IncidentPhase,
    impact: IncidentImpact,
    visibility: IncidentVisibility,
    started_at: Timestamp,
    /// `None` while it is open.
    resolved_at: Option<Timestamp>,
    monitors: &'a [MonitorId],
    #[serde(flatten)]
    story: Option<IncidentStory<'a>>,
}

/// The part of an incident that a list leaves out.
#[derive(Serialize)]
struct IncidentStory<'a> {
    /// The updates on the page, oldest first.
    updates: Vec<PageUpdate>,
    /// The updates of operators as they were written, with their authors.
    written: &'a [OperatorUpdate],
    /// The recorded facts.
    episodes: &'a [IncidentEpisode],
}

/// An update as the page shows it, without markup.
#[derive(Serialize)]
struct PageUpdate {
    at: Timestamp,
    phase: &'static str,
    text: String,
}

impl<'a> ShownIncident<'a> {
    /// Returns an incident as a list shows it.
    pub(super) fn brief(incident: &'a Incident) -> Self {
        Self {
            id: incident.id.as_str(),
            origin: incident.origin,
            title: public_incident(incident, &[]).title,
            phase: incident.phase(),
            impact: incident.impact,
            visibility: incident.visibility,
            started_at: incident.started_at,
            resolved_at: incident.resolved_at,
            monitors: &incident.monitors,
            story: None,
        }
    }

    /// Returns an incident with its updates and facts.
    pub(super) fn whole(incident: &'a Incident) -> Self {
        let page = public_incident(incident, &[]);
        let updates = page.updates.iter().map(|update| PageUpdate {
            at: update.at,
            phase: update.phase.word(),
            text: update.text.to_string(),
        });
        let story = IncidentStory {
            updates: updates.collect(),
            written: &incident.updates,
            episodes: &incident.episodes,
        };
        Self { story: Some(story), ..Self::brief(incident) }
    }

    pub(super) fn row(&self) -> [String; 7] {
        [
            self.id.to_owned(),
            self.title.clone(),
            self.phase.as_str().to_owned(),
            self.impact.as_str().to_owned(),
            word(self.visibility).to_owned(),
            self.started_at.to_string(),
            self.resolved_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
        ]
    }
}

fn word(visibility: IncidentVisibility) -> &'static str {
    match visibility {
        IncidentVisibility::Draft => "draft",
        IncidentVisibility::Published => "published",
    }
}

/// Returns the text of an incident as the page shows it, the newest update first.
pub(super) fn page_text(incident: &Incident) -> String {
    let page: PublicIncident = public_incident(incident, &[]);
    let monitors: Vec<&str> = incident.monitors.iter().map(MonitorId::as_str).collect();
    let end = incident.resolved_at.map(|at| format!(" until {at}")).unwrap_or_default();
    let mut lines = vec![
        format!("{} ({})", page.title, incident.id),
        format!(
            "{}, {}, {}, since {}{end}",
            page.phase().word().to_lowercase(),
            incident.impact.as_str(),
            word(incident.visibility),
            incident.started_at,
        ),
    ];
    if !monitors.is_empty() {
        lines.push(format!("affects {}", monitors.join(", ")));
    }
    for update in page.newest_updates() {
        lines.push(String::new());
        lines.push(format!("{} at {}", update.phase.word(), update.at));
        lines.extend(update.text.to_string().lines().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}
