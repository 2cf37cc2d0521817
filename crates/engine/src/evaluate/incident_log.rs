//! The log of incidents: one line when one is opened, and one when it is closed.

use std::collections::BTreeSet;

use allclear_core::id::ShardId;
use allclear_core::incident::{AutomaticIncident, IncidentId, IncidentVisibility};
use allclear_core::state::{Decision, ShardState};

/// The target of the lines. `allclear up` prints them although its log begins at warnings.
const TARGET: &str = "allclear::incident";

/// Returns the incidents that are open in a stored state. They have their line.
pub(super) fn open_in(state: &ShardState) -> BTreeSet<IncidentId> {
    state.incidents.keys().cloned().collect()
}

/// Logs the incidents that a committed decision has opened or closed. `open` are those that were open before.
pub(super) fn log(shard: &ShardId, open: &BTreeSet<IncidentId>, decision: &Decision) {
    for incident in &decision.incidents {
        let (id, visibility) = (&incident.id, word(incident.visibility));
        let monitors = monitors(incident);
        for event in events(open, incident) {
            tracing::info!(target: TARGET, %shard, incident = %id, monitors, visibility, "incident {event}");
        }
    }
}

/// Returns the words for the events of an incident that a decision has changed. One that was open before is not opened
/// again, whatever the times of its changes.
fn events(open: &BTreeSet<IncidentId>, incident: &AutomaticIncident) -> Vec<&'static str> {
    let opened = (!open.contains(&incident.id)).then_some("opened");
    let closed = incident.resolved_at.map(|_| "closed");
    opened.into_iter().chain(closed).collect()
}

fn word(visibility: IncidentVisibility) -> &'static str {
    match visibility {
        IncidentVisibility::Draft => "draft",
        IncidentVisibility::Published => "published",
    }
}

/// Returns the monitors of an incident, each once.
fn monitors(incident: &AutomaticIncident) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for episode in &incident.episodes {
        if !ids.contains(&episode.monitor.as_str()) {
            ids.push(episode.monitor.as_str());
        }
    }
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use allclear_core::Timestamp;
    use allclear_core::id::MonitorId;

    use super::*;

    fn incident(at: Timestamp) -> AutomaticIncident {
        AutomaticIncident {
            id: IncidentId::of_monitor(&MonitorId::new("api").unwrap(), at),
            started_at: at,
            opened_at: at,
            changed_at: at,
            resolved_at: None,
            visibility: IncidentVisibility::Published,
            episodes: Vec::new(),
        }
    }

    #[test]
    fn an_incident_that_was_open_before_is_not_opened_again_by_its_publication() {
        let incident = incident("2026-11-30T10:00:00Z".parse().unwrap());
        let nothing = BTreeSet::new();
        assert_eq!(events(&nothing, &incident), ["opened"]);
        // Its publication has the time of its opening.
        let known = BTreeSet::from([incident.id.clone()]);
        assert_eq!(events(&known, &incident), [""; 0]);
        let over = AutomaticIncident { resolved_at: Some(incident.opened_at), ..incident };
        assert_eq!(events(&known, &over), ["closed"]);
        assert_eq!(events(&nothing, &over), ["opened", "closed"]);
    }
}
