//! The incident that new trouble belongs to.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{AutomaticIncident, IncidentEpisode, IncidentId};

use crate::ConfigIndex;

/// The time within which trouble of monitors that share a property belongs together, and for which a recovered monitor
/// still relates others to its incident.
const RELATED_WITHIN: Duration = Duration::from_mins(10);

/// The time after the start of an incident within which all trouble belongs to it.
const TOGETHER_WITHIN: Duration = Duration::from_mins(1);

/// The episodes at which an incident is full: further trouble opens another one.
const MAX_EPISODES: usize = 1_000;

/// The size at which an incident is full. The rest of its largest size is for one more episode.
const MAX_BYTES: usize = AutomaticIncident::MAX_BYTES - 16 * 1024;

/// The sizes of incidents, each counted once: thousands of episodes may join within one batch.
#[derive(Default)]
pub(super) struct IncidentSizes(BTreeMap<IncidentId, usize>);

impl IncidentSizes {
    fn of(&mut self, incident: &AutomaticIncident) -> usize {
        let count = || incident.shortened_bytes();
        *self.0.entry(incident.id.clone()).or_insert_with(count)
    }

    /// Adds an episode to the size of its incident.
    pub(super) fn add(&mut self, incident: &IncidentId, episode: &IncidentEpisode) {
        if let Some(size) = self.0.get_mut(incident) {
            *size += episode.shortened_bytes();
        }
    }
}

/// Returns the oldest open incident that `episode` belongs to; `None` if it is unrelated to all of them.
pub(super) fn related(
    incidents: &BTreeMap<IncidentId, AutomaticIncident>,
    sizes: &mut IncidentSizes,
    episode: &IncidentEpisode,
    index: &ConfigIndex,
) -> Option<IncidentId> {
    let related = incidents.values().filter(|incident| {
        incident.episodes.len() < MAX_EPISODES
            && is_related(incident, episode, index)
            && sizes.of(incident) < MAX_BYTES
    });
    let oldest = related.min_by_key(|incident| (incident.started_at, &incident.id));
    oldest.map(|incident| incident.id.clone())
}

fn is_related(
    incident: &AutomaticIncident,
    episode: &IncidentEpisode,
    index: &ConfigIndex,
) -> bool {
    let start = episode.started_at;
    is_near(incident.started_at, start, TOGETHER_WITHIN)
        || incident.episodes.iter().any(|member| {
            member.monitor == episode.monitor
                || (is_recent(member, start) && depend(&member.monitor, &episode.monitor, index))
                || (is_near(member.started_at, start, RELATED_WITHIN)
                    && member.properties.iter().any(|one| episode.properties.contains(one)))
        })
}

fn is_near(a: Timestamp, b: Timestamp, limit: Duration) -> bool {
    a.duration_since(b).unsigned_abs() <= limit
}

/// Returns true for an episode that is open or has ended a short time before `at`.
fn is_recent(member: &IncidentEpisode, at: Timestamp) -> bool {
    member.end.is_none_or(|end| is_near(end.at, at, RELATED_WITHIN) || end.at > at)
}

/// Returns true if one of two monitors depends on the other, directly or through others.
fn depend(one: &MonitorId, other: &MonitorId, index: &ConfigIndex) -> bool {
    index.ancestors(one).contains(other) || index.ancestors(other).contains(one)
}
