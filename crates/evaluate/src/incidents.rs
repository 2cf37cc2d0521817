//! Incidents: the confirmed trouble that the public page reports, and the trouble that belongs together.
//!
//! An outage opens an incident when it is confirmed, and degradation when it has lasted for a quarter of an hour. Only
//! failures of the target count, as on the page: the time of a status with another party at fault does not. Trouble that
//! is related to an open incident joins it. The incident closes when all its monitors have recovered or were removed from
//! the config. Planned maintenance opens nothing; what still fails at its end opens an incident then.

mod episode;
mod join;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    AutomaticIncident, EpisodeEnd, EpisodeEndKind, IncidentEffect, IncidentEpisode, IncidentId,
    IncidentPublishing, IncidentVisibility,
};
use allclear_core::public_effect::PublicEffect;
use allclear_core::state::{Decision, MonitorState, ShardState};
use allclear_core::text::excerpt;

use crate::ConfigIndex;
use crate::incidents::join::IncidentSizes;
use crate::observation::{Observation, is_within};

/// The time for which degradation lasts before it opens an incident.
const LASTING: Duration = Duration::from_mins(15);

/// The most episodes of one monitor in an incident. Later trouble of a monitor continues its last episode.
const MAX_EPISODES_OF_MONITOR: usize = 10;

/// The incidents that a batch of outcomes changes.
struct IncidentChanges<'a> {
    incidents: &'a mut BTreeMap<IncidentId, AutomaticIncident>,
    /// The incident of each monitor with an open episode.
    open: HashMap<MonitorId, IncidentId>,
    /// The time of the latest change of each changed incident.
    changed: BTreeMap<IncidentId, Timestamp>,
    /// The incidents that the batch opened.
    opened: BTreeSet<IncidentId>,
    sizes: IncidentSizes,
    index: &'a ConfigIndex,
}

/// Opens, changes and closes incidents after the statuses of all monitors of a batch were updated.
pub(crate) fn observe(
    state: &mut ShardState,
    observations: &[Observation<'_>],
    index: &ConfigIndex,
    decision: &mut Decision,
) {
    let ShardState { monitors, incidents, .. } = state;
    let mut changes = IncidentChanges::new(incidents, index);
    for observation in observations {
        if let Some(monitor_state) = monitors.at(observation.position) {
            changes.observe(monitor_state, observation);
        }
    }
    changes.commit(decision);
}

/// Ends the episodes of monitors that the config no longer has, and publishes the open drafts that it publishes. An
/// incident that is published stays so.
pub(crate) fn retire(
    state: &mut ShardState,
    index: &ConfigIndex,
    at: Timestamp,
    decision: &mut Decision,
) {
    let mut changes = IncidentChanges::new(&mut state.incidents, index);
    let monitors: Vec<MonitorId> = changes.open.keys().cloned().collect();
    for id in monitors {
        match index.monitor(&id) {
            Some(monitor) => {
                let (is_public, name) = (monitor.public, episode::name(monitor));
                changes.edit(&id, at, |episode| {
                    let is_renamed = !is_recorded_as(&name, &episode.name);
                    let is_new = is_renamed || episode.is_public != is_public;
                    episode.is_public = is_public;
                    if is_renamed {
                        episode.name = name;
                    }
                    is_new
                });
            }
            None => changes.end(&id, (at, at), EpisodeEndKind::Removed),
        }
    }
    changes.publish(at);
    changes.commit(decision);
}

impl<'a> IncidentChanges<'a> {
    fn new(
        incidents: &'a mut BTreeMap<IncidentId, AutomaticIncident>,
        index: &'a ConfigIndex,
    ) -> Self {
        let mut open = HashMap::new();
        for (id, incident) in incidents.iter() {
            for episode in incident.episodes.iter().filter(|episode| episode.is_open()) {
                open.insert(episode.monitor.clone(), id.clone());
            }
        }
        let (changed, opened, sizes) = Default::default();
        Self { incidents, open, changed, opened, sizes, index }
    }

    fn observe(&mut self, state: &MonitorState, observation: &Observation<'_>) {
        let (id, at) = (observation.monitor(), observation.at);
        let effect = PublicEffect::of(state.status, state.cause.as_ref());
        if self.open.is_empty() && effect == PublicEffect::Operational {
            return;
        }
        let is_open = self.open.contains_key(id);
        let effect = match effect {
            PublicEffect::NoData => return,
            PublicEffect::Operational if !is_open => return,
            PublicEffect::Operational => {
                let since = episode::effect_start(state, observation);
                return self.end(id, (since, at), EpisodeEndKind::Recovered);
            }
            PublicEffect::Degraded => IncidentEffect::Degraded,
            PublicEffect::Outage => IncidentEffect::Outage,
        };
        if is_open {
            let since = episode::effect_start(state, observation);
            let change = episode::change(state, effect, (since, at));
            let is_confirmed = episode::is_confirmed_by_provider(state, at);
            return self.edit(id, at, |episode| {
                episode::follow(episode, change, is_confirmed.then_some(at))
            });
        }
        let has_lasted = match effect {
            IncidentEffect::Outage => true,
            IncidentEffect::Degraded => !is_within(LASTING, state.effect_since(), at),
        };
        if has_lasted
            && self.index.maintenance(id, at).is_none()
            && let Some(episode) = episode::begin(state, observation, effect, self.index)
        {
            self.begin(episode, at);
        }
    }

    /// Adds an episode to the incident that it belongs to, or to a new one.
    fn begin(&mut self, episode: IncidentEpisode, at: Timestamp) {
        let monitor = episode.monitor.clone();
        let related = join::related(self.incidents, &mut self.sizes, &episode, self.index);
        let id = related.unwrap_or_else(|| {
            let id = IncidentId::of_monitor(&monitor, episode.started_at);
            self.opened.insert(id.clone());
            id
        });
        let new = || AutomaticIncident {
            id: id.clone(),
            started_at: episode.started_at,
            opened_at: at,
            changed_at: at,
            resolved_at: None,
            visibility: IncidentVisibility::Draft,
            episodes: Vec::new(),
        };
        let incident = self.incidents.entry(id.clone()).or_insert_with(new);
        let of_monitor = incident.episodes.iter_mut().filter(|one| one.monitor == monitor);
        let mut of_monitor: Vec<&mut IncidentEpisode> = of_monitor.collect();
        let n_episodes = of_monitor.len();
        if let Some(last) = of_monitor.pop().filter(|_| n_episodes >= MAX_EPISODES_OF_MONITOR) {
            episode::resume(last, episode);
        } else {
            self.sizes.add(&id, &episode);
            incident.episodes.push(episode);
        }
        self.open.insert(monitor, id.clone());
        self.changed.insert(id, at);
    }

    /// Ends the open episode of `monitor`, if there is one, at the first time; the second one is that of the decision.
    fn end(&mut self, monitor: &MonitorId, times: (Timestamp, Timestamp), kind: EpisodeEndKind) {
        let (at, confirmed_at) = times;
        self.edit(monitor, confirmed_at, |episode| {
            let at = at.max(episode.started_at);
            episode.end = Some(EpisodeEnd { at, confirmed_at, kind });
            true
        });
        self.open.remove(monitor);
    }

    /// Edits the open episode of `monitor`, if there is one. `edit` returns true if it changed something.
    fn edit(
        &mut self,
        monitor: &MonitorId,
        at: Timestamp,
        edit: impl FnOnce(&mut IncidentEpisode) -> bool,
    ) {
        let Some(id) = self.open.get(monitor) else { return };
        let incident = self.incidents.get_mut(id);
        let episode = incident.and_then(|incident| incident.open_episode_mut(monitor));
        if episode.is_some_and(edit) {
            self.changed.insert(id.clone(), at);
        }
    }

    /// Marks the drafts that the config publishes as changed. They are drafts because another config was active.
    fn publish(&mut self, at: Timestamp) {
        let publishing = self.index.config().settings.publish_incidents;
        for (id, incident) in self.incidents.iter() {
            let is_draft = incident.visibility == IncidentVisibility::Draft;
            if is_draft && is_published(incident, publishing) {
                self.changed.entry(id.clone()).or_insert(at);
            }
        }
    }

    /// Closes the incidents without an open episode, and adds all changed ones to the decision.
    fn commit(self, decision: &mut Decision) {
        let Self { incidents, changed, opened, index, .. } = self;
        for (id, at) in changed {
            let Some(incident) = incidents.get_mut(&id) else { continue };
            incident.changed_at = at;
            if opened.contains(&id) {
                incident.opened_at = at;
            }
            if incident.stored_bytes() > AutomaticIncident::MAX_BYTES {
                incident.fit_names();
                incident.shorten();
            }
            if is_published(incident, index.config().settings.publish_incidents) {
                incident.visibility = IncidentVisibility::Published;
            }
            if incident.episodes.iter().any(IncidentEpisode::is_open) {
                decision.incidents.push(incident.clone());
            } else if let Some(mut incident) = incidents.remove(&id) {
                let ends = incident.episodes.iter().filter_map(|one| Some(one.end?.at));
                incident.resolved_at = ends.max();
                decision.incidents.push(incident);
            }
        }
    }
}

/// Checks whether an episode has this name, in full or cut to the size of the record.
fn is_recorded_as(name: &str, recorded: &str) -> bool {
    excerpt(name, recorded.chars().count()) == recorded
}

/// Checks whether the config publishes an incident without an operator. An incident of private monitors stays a draft.
#[must_use]
pub fn is_published(incident: &AutomaticIncident, publishing: IncidentPublishing) -> bool {
    let is_critical = |episode: &IncidentEpisode| {
        episode.is_public && episode.is_critical && episode.worst() == Some(IncidentEffect::Outage)
    };
    match publishing {
        IncidentPublishing::All => incident.episodes.iter().any(|episode| episode.is_public),
        IncidentPublishing::Critical => incident.episodes.iter().any(is_critical),
        IncidentPublishing::None => false,
    }
}
