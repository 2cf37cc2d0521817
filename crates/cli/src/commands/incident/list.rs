//! Incidents as the command prints them for operators: with drafts, authors and private monitors.

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentEpisode, IncidentImpact, IncidentOrigin, IncidentPhase, IncidentVisibility,
    OperatorUpdate,
};
use allclear_engine::publish::public_incident;
use allclear_status_site::Language;
use allclear_status_site::snapshot::{PublicIncident, PublicIncidentImpact, PublicIncidentPhase};
use serde::Serialize;

/// The mark of a monitor that the page never shows.
const PRIVATE: &str = " (private)";

/// An incident with all of its monitors, and the mark of those that the page never shows.
pub(super) struct OperatorView {
    incident: Incident,
    /// The incident in the words of the page, with the private monitors and their mark.
    worded: PublicIncident,
    private: Vec<MonitorId>,
}

/// An incident as JSON.
#[derive(Serialize)]
pub(super) struct ShownIncident<'a> {
    id: &'a str,
    origin: IncidentOrigin,
    /// A generated title marks the private monitors that it names.
    title: String,
    phase: IncidentPhase,
    impact: IncidentImpact,
    visibility: IncidentVisibility,
    started_at: Timestamp,
    /// `None` while it is open.
    resolved_at: Option<Timestamp>,
    monitors: &'a [MonitorId],
    /// Those of the monitors that the page never shows.
    private_monitors: &'a [MonitorId],
    #[serde(flatten)]
    story: Option<IncidentStory<'a>>,
}

/// The part of an incident that a list leaves out.
#[derive(Serialize)]
struct IncidentStory<'a> {
    /// The updates in the words of the page, oldest first. Generated ones mark the private monitors that they name.
    updates: Vec<PageUpdate>,
    /// The updates of operators as they were written, with their authors.
    written: &'a [OperatorUpdate],
    /// The recorded facts.
    episodes: &'a [IncidentEpisode],
}

/// An update in the words of the page, without markup.
#[derive(Serialize)]
pub(super) struct PageUpdate {
    at: Timestamp,
    phase: &'static str,
    text: String,
}

/// Returns the updates of an incident in a language, oldest first.
pub(super) fn page_updates(incident: &PublicIncident, language: Language) -> Vec<PageUpdate> {
    let updates = incident.updates.iter().map(|update| PageUpdate {
        at: update.at,
        phase: phase_word(update.phase),
        text: update.text.plain_in(language),
    });
    updates.collect()
}

impl OperatorView {
    /// Creates the view of an incident under `config`.
    pub(super) fn new(incident: Incident, config: &Config) -> Self {
        let mut marked = incident.clone();
        for episode in &mut marked.episodes {
            if is_private(&episode.monitor, &incident, config) {
                episode.name.push_str(PRIVATE);
            }
        }
        let of_all = incident.monitors.iter();
        let private = of_all.filter(|id| is_private(id, &incident, config)).cloned().collect();
        Self { worded: public_incident(&marked, &[]), incident, private }
    }

    /// Returns the incident as JSON, as a list shows it.
    pub(super) fn brief(&self) -> ShownIncident<'_> {
        let Self { incident, worded, private } = self;
        ShownIncident {
            id: incident.id.as_str(),
            origin: incident.origin,
            title: worded.title_in(Language::English),
            phase: incident.phase(),
            impact: incident.impact,
            visibility: incident.visibility,
            started_at: incident.started_at,
            resolved_at: incident.resolved_at,
            monitors: &incident.monitors,
            private_monitors: private,
            story: None,
        }
    }

    /// Returns the incident as JSON, with its updates and facts.
    pub(super) fn whole(&self) -> ShownIncident<'_> {
        let story = IncidentStory {
            updates: page_updates(&self.worded, Language::English),
            written: &self.incident.updates,
            episodes: &self.incident.episodes,
        };
        ShownIncident { story: Some(story), ..self.brief() }
    }

    pub(super) fn row(&self) -> [String; 7] {
        let Self { incident, worded, .. } = self;
        [
            incident.id.to_string(),
            worded.title_in(Language::English),
            incident.phase().as_str().to_owned(),
            incident.impact.as_str().to_owned(),
            word(incident.visibility).to_owned(),
            format!("{:.0}", incident.started_at),
            incident.resolved_at.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}")),
        ]
    }

    /// Returns the incident as text, the newest update first.
    pub(super) fn text(&self) -> String {
        let Self { incident, worded, private } = self;
        let monitor = |id: &MonitorId| {
            let mark = if private.contains(id) { PRIVATE } else { "" };
            format!("{id}{mark}")
        };
        let monitors: Vec<String> = incident.monitors.iter().map(monitor).collect();
        let state = format!(
            "{}, {}, {}",
            incident.phase().as_str(),
            incident.impact.as_str(),
            word(incident.visibility)
        );
        page_text((worded, Language::English), &state, &monitors)
    }
}

/// Checks whether the page never shows a monitor of an incident. A monitor that was removed from the config is as
/// private as it was.
fn is_private(id: &MonitorId, incident: &Incident, config: &Config) -> bool {
    config.monitor(id).is_some_and(|monitor| !monitor.public)
        || incident.episodes.iter().any(|one| one.monitor == *id && !one.is_public)
}

fn word(visibility: IncidentVisibility) -> &'static str {
    match visibility {
        IncidentVisibility::Draft => "draft",
        IncidentVisibility::Published => "published",
    }
}

/// Returns the word of an impact.
pub(super) fn impact_word(impact: PublicIncidentImpact) -> &'static str {
    match impact {
        PublicIncidentImpact::None => IncidentImpact::None.as_str(),
        PublicIncidentImpact::Minor => IncidentImpact::Minor.as_str(),
        PublicIncidentImpact::Major => IncidentImpact::Major.as_str(),
        PublicIncidentImpact::Critical => IncidentImpact::Critical.as_str(),
    }
}

/// Returns the word of a phase.
pub(super) fn phase_word(phase: PublicIncidentPhase) -> &'static str {
    match phase {
        PublicIncidentPhase::Investigating => IncidentPhase::Investigating.as_str(),
        PublicIncidentPhase::Identified => IncidentPhase::Identified.as_str(),
        PublicIncidentPhase::Monitoring => IncidentPhase::Monitoring.as_str(),
        PublicIncidentPhase::Resolved => IncidentPhase::Resolved.as_str(),
        PublicIncidentPhase::Postmortem => IncidentPhase::Postmortem.as_str(),
    }
}

/// Returns an incident as text: its title, its state, its monitors and its updates, the newest one first.
pub(super) fn page_text(
    (incident, language): (&PublicIncident, Language),
    state: &str,
    monitors: &[String],
) -> String {
    let end = incident.resolved_at.map(|at| format!(" until {at:.0}")).unwrap_or_default();
    let mut lines = vec![
        format!("{} ({})", incident.title_in(language), incident.id),
        format!("{state}, since {:.0}{end}", incident.started_at),
    ];
    if !monitors.is_empty() {
        lines.push(format!("affects {}", monitors.join(", ")));
    }
    for update in incident.newest_updates() {
        lines.push(String::new());
        lines.push(format!("{} at {:.0}", update.phase.word_in(language), update.at));
        lines.extend(update.text.plain_in(language).lines().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}
