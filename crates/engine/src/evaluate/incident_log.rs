//! The log of incidents: one line when one is opened, and one when it is closed.

use allclear_core::id::ShardId;
use allclear_core::incident::{AutomaticIncident, IncidentVisibility};
use allclear_core::state::Decision;

/// The target of the lines. `allclear up` prints them although its log begins at warnings.
const TARGET: &str = "allclear::incident";

/// Logs the incidents that a committed decision has opened or closed.
pub(super) fn log(shard: &ShardId, decision: &Decision) {
    for incident in &decision.incidents {
        let (id, visibility) = (&incident.id, word(incident.visibility));
        let monitors = monitors(incident);
        if incident.resolved_at.is_some() {
            tracing::info!(target: TARGET, %shard, incident = %id, monitors, visibility, "incident closed");
        } else if incident.changed_at == incident.opened_at {
            tracing::info!(target: TARGET, %shard, incident = %id, monitors, visibility, "incident opened");
        }
    }
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
