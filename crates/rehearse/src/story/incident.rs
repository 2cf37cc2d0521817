//! The story of an incident: the trouble of its monitors, and the entries of operators.

use allclear_core::incident::{
    AutomaticIncident, EpisodeEndKind, Incident, IncidentChange, IncidentEffect, IncidentEntry,
    IncidentEpisode, IncidentRevision, IncidentVisibility,
};
use allclear_core::text::excerpt;

use super::{Story, StoryStage, StoryStep, step};

/// The longest text of an operator in a step, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// Returns the story of an incident that checks opened, without the entries of operators.
#[must_use]
pub fn of_incident(incident: &AutomaticIncident) -> Story {
    let visibility = visibility(incident.visibility);
    let mut steps = vec![step(
        incident.opened_at,
        StoryStage::Incident,
        format!("opened, {visibility}; the trouble began at {:.0}", incident.started_at),
    )];
    steps.extend(incident.episodes.iter().flat_map(|episode| episode_steps(incident, episode)));
    let state = match incident.resolved_at {
        Some(at) => format!("resolved at {at:.0}"),
        None => "it is open".to_owned(),
    };
    let mut monitors: Vec<String> = Vec::new();
    for monitor in incident.episodes.iter().map(|one| format!("`{}`", one.monitor)) {
        // A monitor has an episode for each time that it failed.
        if !monitors.contains(&monitor) {
            monitors.push(monitor);
        }
    }
    let subject = format!("incident {}, {visibility}: {}", incident.id, monitors.join(", "));
    Story::new(subject, vec![state], steps)
}

/// Returns the story of an incident that an operator opened; `None` if no entry opens one.
#[must_use]
pub fn of_opened_incident(entries: &[IncidentEntry]) -> Option<Story> {
    let incident = Incident::merge(None, entries)?;
    let author = entries.iter().find_map(|entry| match entry.change {
        IncidentChange::Open(_) => Some(entry.author.as_str()),
        IncidentChange::Update(_)
        | IncidentChange::Publish
        | IncidentChange::Resolve { .. }
        | IncidentChange::Postmortem { .. } => None,
    })?;
    let state = match incident.resolved_at {
        Some(at) => format!("resolved at {at:.0}"),
        None => "it is open, until an operator resolves it".to_owned(),
    };
    let monitors: Vec<String> = incident.monitors.iter().map(|one| format!("`{one}`")).collect();
    let about = if monitors.is_empty() { "no monitor".to_owned() } else { monitors.join(", ") };
    let (id, visibility) = (&incident.id, visibility(incident.visibility));
    let subject = format!("incident {id}, {visibility}, opened by {author}: {about}");
    Some(Story::new(subject, vec![state], Vec::new()).with_entries(entries))
}

impl Story {
    /// Adds the entries of operators about an incident.
    #[must_use]
    pub fn with_entries(mut self, entries: &[IncidentEntry]) -> Self {
        self.steps.extend(entries.iter().map(|entry| {
            let text = format!("{} {}", entry.author, entered(&entry.change));
            step(entry.at, StoryStage::Incident, text)
        }));
        self.steps.sort();
        self
    }
}

/// Returns the change of an entry as the end of a sentence that begins with the author.
fn entered(change: &IncidentChange) -> String {
    let quoted = |text: &str| format!(": \"{}\"", excerpt(text, MAX_TEXT_CHARS));
    let said = |text: Option<&str>| text.map(quoted).unwrap_or_default();
    match change {
        IncidentChange::Open(opening) => {
            let (phase, title) = (opening.phase.as_str(), said(Some(&opening.title)));
            format!("opened it, {phase}{title}{}", said(opening.text.as_deref()))
        }
        IncidentChange::Update(revision) => {
            let IncidentRevision { phase, text, title, impact, monitors, next_update_at } =
                revision;
            let phase = phase.map(|phase| format!("the phase `{}`", phase.as_str()));
            let title = title.as_ref().map(|title| format!("the title \"{title}\""));
            let impact = impact.map(|impact| format!("the impact `{}`", impact.as_str()));
            let monitors = monitors.as_ref().map(|_| "other monitors".to_owned());
            let next = next_update_at.map(|at| format!("the next update at {at:.0}"));
            let changes: Vec<String> =
                [phase, title, impact, monitors, next].into_iter().flatten().collect();
            let to = if changes.is_empty() {
                String::new()
            } else {
                format!(", with {}", changes.join(", "))
            };
            format!("updated it{to}{}", said(text.as_deref()))
        }
        IncidentChange::Publish => "published it".to_owned(),
        IncidentChange::Resolve { text } => format!("resolved it{}", said(text.as_deref())),
        IncidentChange::Postmortem { text } => format!("added the analysis{}", quoted(text)),
    }
}

/// Returns the steps of one period of trouble of a monitor.
pub(super) fn episode_steps(
    incident: &AutomaticIncident,
    episode: &IncidentEpisode,
) -> Vec<StoryStep> {
    let (id, monitor) = (&incident.id, &episode.monitor);
    let about = |one: StoryStep| one.about(Some(monitor.clone()));
    let changes = episode.changes.iter().map(|change| {
        let effect = match change.effect {
            IncidentEffect::Degraded => "degraded",
            IncidentEffect::Outage => "outage",
        };
        let reason = change.reason.map(|it| format!(", {}", it.code())).unwrap_or_default();
        let text = format!("incident {id}: {effect} of `{monitor}` since {:.0}{reason}", change.at);
        about(step(change.confirmed_at, StoryStage::Incident, text))
    });
    let end = episode.end.map(|end| {
        let ended = match end.kind {
            EpisodeEndKind::Recovered => "has recovered",
            EpisodeEndKind::Removed => "was removed from the config",
        };
        let text = format!("incident {id}: `{monitor}` {ended}, at {:.0}", end.at);
        about(step(end.confirmed_at, StoryStage::Incident, text))
    });
    changes.chain(end).collect()
}

fn visibility(of: IncidentVisibility) -> &'static str {
    match of {
        IncidentVisibility::Draft => "draft",
        IncidentVisibility::Published => "published",
    }
}
