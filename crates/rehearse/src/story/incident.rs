//! The story of an incident that checks opened: the trouble of its monitors.

use allclear_core::incident::{
    AutomaticIncident, EpisodeEndKind, IncidentEffect, IncidentEpisode, IncidentVisibility,
};

use super::{Story, StoryStage, StoryStep, step};

/// Returns the story of an incident, without the updates of operators.
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
    let monitors: Vec<String> =
        incident.episodes.iter().map(|one| format!("`{}`", one.monitor)).collect();
    let subject = format!("incident {}, {visibility}: {}", incident.id, monitors.join(", "));
    Story::new(subject, vec![state], steps)
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
