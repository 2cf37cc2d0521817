//! Incidents as the command prints them for operators: with drafts, authors and private monitors.

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    Incident, IncidentImpact, IncidentOrigin, IncidentPhase, IncidentVisibility, OperatorUpdate,
};
use allclear_engine::publish::public_incident;
use allclear_status_site::Language;
use allclear_status_site::snapshot::{
    PublicIncident, PublicIncidentImpact, PublicIncidentPhase, PublicIncidentUpdate, UpdateText,
};
use serde::Serialize;

use super::episodes::ShownEpisode;

/// The mark of a monitor that the page never shows.
const PRIVATE: &str = " (private)";

/// The mark of words of operators that the page does not show.
const INTERNAL: &str = " (internal)";

/// An incident as it is stored.
pub(super) struct StoredIncident {
    /// The incident with all words of operators.
    pub(super) incident: Incident,
    /// The incident with the words that the page shows; `None` for a draft.
    pub(super) published: Option<Incident>,
}

/// The words of operators that the page does not show, although it shows the incident.
#[derive(Default)]
pub(super) struct InternalWords {
    /// The mark of the title.
    title: &'static str,
    /// The mark of the promise of the next update.
    promise: &'static str,
    /// The times of the texts.
    texts: BTreeSet<Timestamp>,
}

/// The mark of a promised time that has passed, which the page no longer shows.
const PASSED: &str = " (passed)";

/// An incident with all of its monitors, and the mark of those that the page never shows.
pub(super) struct OperatorView {
    incident: Incident,
    internal: InternalWords,
    /// The incident in the words of the page, with the private monitors and their mark.
    worded: PublicIncident,
    private: Vec<MonitorId>,
}

/// An incident as JSON.
#[derive(Serialize)]
pub(super) struct ShownIncident<'a> {
    id: &'a str,
    origin: IncidentOrigin,
    /// A generated title marks the private monitors that it names. That of an operator is marked if the page does not show it.
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
    /// `None` without a promise of the next update, and once the incident is over.
    next_update_at: Option<Timestamp>,
    #[serde(flatten)]
    story: Option<IncidentStory<'a>>,
}

/// The part of an incident that a list leaves out.
#[derive(Serialize)]
struct IncidentStory<'a> {
    /// The updates in the words of the page, oldest first. Generated ones mark the private monitors that they name,
    /// and those of operators are marked if the page does not show them.
    updates: Vec<PageUpdate>,
    /// The updates of operators as they were written, with their authors.
    written: &'a [OperatorUpdate],
    /// The recorded facts.
    episodes: Vec<ShownEpisode<'a>>,
}

/// An update in the words of the page, without markup.
#[derive(Serialize)]
pub(super) struct PageUpdate {
    at: Timestamp,
    phase: &'static str,
    text: String,
}

/// Returns the updates of an incident in a language, oldest first.
pub(super) fn page_updates(
    incident: &PublicIncident,
    language: Language,
    internal: &InternalWords,
) -> Vec<PageUpdate> {
    let updates = incident.updates.iter().map(|update| PageUpdate {
        at: update.at,
        phase: phase_word(update.phase),
        text: format!("{}{}", update.text.plain_in(language), internal.mark(update)),
    });
    updates.collect()
}

impl InternalWords {
    fn of(StoredIncident { incident, published }: &StoredIncident) -> Self {
        let Some(published) = published else { return Self::default() };
        let mark = |is_internal| if is_internal { INTERNAL } else { "" };
        let is_shown = |update: &OperatorUpdate| {
            published.updates.iter().any(|one| one.at == update.at && one.text == update.text)
        };
        let internal = incident.updates.iter().filter(|update| !is_shown(update));
        Self {
            title: mark(incident.title != published.title),
            promise: mark(incident.next_update_at != published.next_update_at),
            texts: internal.map(|update| update.at).collect(),
        }
    }

    /// Returns the mark of an update.
    fn mark(&self, update: &PublicIncidentUpdate) -> &'static str {
        match update.text {
            UpdateText::Markdown(_) if self.texts.contains(&update.at) => INTERNAL,
            UpdateText::Markdown(_) | UpdateText::Plain(_) | UpdateText::Generated(_) => "",
        }
    }
}

impl OperatorView {
    /// Creates the view of an incident under `config`.
    pub(super) fn new(stored: StoredIncident, config: &Config) -> Self {
        let internal = InternalWords::of(&stored);
        let StoredIncident { incident, .. } = stored;
        let mut marked = incident.clone();
        marked.title = marked.title.map(|title| format!("{title}{}", internal.title));
        for episode in &mut marked.episodes {
            if is_private(&episode.monitor, &incident, config) {
                episode.name.push_str(PRIVATE);
            }
        }
        let of_all = incident.monitors.iter();
        let private = of_all.filter(|id| is_private(id, &incident, config)).cloned().collect();
        Self { worded: public_incident(&marked, &[]), incident, internal, private }
    }

    /// Returns the incident as JSON, as a list shows it.
    pub(super) fn brief(&self) -> ShownIncident<'_> {
        let Self { incident, worded, private, .. } = self;
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
            next_update_at: incident.next_update_at,
            story: None,
        }
    }

    /// Returns the incident as JSON, with its updates and facts.
    pub(super) fn whole(&self) -> ShownIncident<'_> {
        let story = IncidentStory {
            updates: page_updates(&self.worded, Language::English, &self.internal),
            written: &self.incident.updates,
            episodes: self.incident.episodes.iter().map(ShownEpisode::from).collect(),
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
    pub(super) fn text(&self, now: Timestamp) -> String {
        let Self { incident, internal, worded, private } = self;
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
        page_text((worded, now), Language::English, internal, &state, &monitors)
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

/// Returns an incident at a time as text: its title, its state, its monitors and its updates, the newest one first.
pub(super) fn page_text(
    (incident, now): (&PublicIncident, Timestamp),
    language: Language,
    internal: &InternalWords,
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
    if let Some(at) = incident.next_update_at {
        let mark = if incident.next_update(now).is_some() { "" } else { PASSED };
        lines.push(format!("next update by {at:.0}{mark}{}", internal.promise));
    }
    for update in incident.newest_updates() {
        lines.push(String::new());
        let (phase, mark) = (update.phase.word_in(language), internal.mark(update));
        lines.push(format!("{phase} at {:.0}{mark}", update.at));
        lines.extend(update.text.plain_in(language).lines().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use allclear_core::incident::{
        AutomaticIncident, EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentChange,
        IncidentEffect, IncidentEntry, IncidentEpisode, IncidentId, IncidentRevision, RegionCount,
    };
    use allclear_core::status::Fault;

    use super::super::{IncidentRecords, stored};
    use super::*;

    fn at(minute: u32) -> Timestamp {
        format!("2026-11-30T10:{minute:02}:00Z").parse().unwrap()
    }

    /// Returns an incident that the facts published after an operator had written into its draft.
    fn records() -> IncidentRecords {
        let monitor = MonitorId::new("api").unwrap();
        let change = EpisodeChange {
            at: at(0),
            confirmed_at: at(1),
            effect: IncidentEffect::Outage,
            fault: Fault::Target,
            reason: None,
            regions: RegionCount { failing: 1, reporting: 1 },
        };
        let end = EpisodeEnd { at: at(30), confirmed_at: at(31), kind: EpisodeEndKind::Recovered };
        let id = IncidentId::of_monitor(&monitor, at(0));
        let episode = IncidentEpisode {
            monitor,
            name: "api".to_owned(),
            is_public: true,
            is_critical: false,
            started_at: at(0),
            changes: vec![change],
            has_provider_page: false,
            provider_confirmed_at: Some(at(3)),
            properties: Vec::new(),
            end: Some(end),
        };
        let automatic = AutomaticIncident {
            id: id.clone(),
            started_at: at(0),
            opened_at: at(1),
            changed_at: at(31),
            resolved_at: Some(at(30)),
            visibility: IncidentVisibility::Published,
            episodes: vec![episode],
        };
        let entry = |minute, visibility, title: Option<&str>, text: &str| IncidentEntry {
            incident: id.clone(),
            at: at(minute),
            author: "ann".to_owned(),
            visibility,
            change: IncidentChange::Update(IncidentRevision {
                title: title.map(str::to_owned),
                text: Some(text.to_owned()),
                ..IncidentRevision::default()
            }),
        };
        let entries = vec![
            entry(5, IncidentVisibility::Draft, Some("Database gone"), "Bob looks."),
            entry(9, IncidentVisibility::Published, None, "We know the cause."),
        ];
        IncidentRecords { automatic: vec![automatic], entries }
    }

    fn view(records: IncidentRecords) -> OperatorView {
        let text =
            "[[monitor]]\nid = \"api\"\ncheck.http = { url = \"https://api.example.com/\" }\n";
        let config = crate::local::load_text("allclear.toml", text).unwrap();
        let chosen = crate::local::ChosenConfig::from(config);
        OperatorView::new(stored(records).pop().unwrap(), &chosen.config)
    }

    #[test]
    fn words_that_the_page_does_not_show_are_marked() {
        let view = view(records());
        let text = view.text(at(31));
        assert!(text.starts_with("Database gone (internal) ("), "{text}");
        assert!(text.contains("10:05:00Z (internal)\n  Bob looks."), "{text}");
        assert!(text.contains("10:09:00Z\n  We know the cause."), "{text}");
        assert_eq!(text.matches("(internal)").count(), 2, "{text}");
        assert_eq!(view.row()[1], "Database gone (internal)");
        let json = serde_json::to_value(view.whole()).unwrap();
        assert_eq!(json["updates"][2]["text"], "Bob looks. (internal)");
        assert_eq!(json["updates"][3]["text"], "We know the cause.");
    }

    #[test]
    fn words_that_an_operator_published_are_not_marked() {
        let mut records = records();
        let change = IncidentChange::Publish;
        records.entries.push(IncidentEntry { at: at(7), change, ..records.entries[0].clone() });
        let view = view(records);
        assert!(!view.text(at(31)).contains("(internal)"), "{}", view.text(at(31)));
    }

    #[test]
    fn a_promise_of_the_next_update_is_marked_once_its_time_has_passed() {
        let mut records = records();
        records.automatic[0].episodes[0].end = None;
        records.automatic[0].resolved_at = None;
        let revision =
            IncidentRevision { next_update_at: Some(at(40)), ..IncidentRevision::default() };
        let change = IncidentChange::Update(revision);
        records.entries.push(IncidentEntry { at: at(10), change, ..records.entries[1].clone() });
        let view = view(records);
        let promised = "next update by 2026-11-30T10:40:00Z";
        let line = |minute| {
            let text = view.text(at(minute));
            text.lines().find(|line| line.starts_with("next update")).unwrap().to_owned()
        };
        assert_eq!(line(39), promised);
        assert_eq!(line(40), format!("{promised}{PASSED}"));
    }

    #[test]
    fn the_times_of_facts_are_texts_like_all_times() {
        let json = serde_json::to_value(view(records()).whole()).unwrap();
        let episode = &json["episodes"][0];
        assert_eq!(episode["started_at"], "2026-11-30T10:00:00Z");
        assert_eq!(episode["provider_confirmed_at"], "2026-11-30T10:03:00Z");
        assert_eq!(episode["changes"][0]["confirmed_at"], "2026-11-30T10:01:00Z");
        assert_eq!(episode["end"]["at"], "2026-11-30T10:30:00Z");
        assert_eq!(episode["end"]["kind"], "recovered");
    }
}
