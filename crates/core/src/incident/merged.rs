//! The merge of an incident's facts with the entries of operators.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::automatic::{AutomaticIncident, IncidentEffect, IncidentEpisode};
use super::entry::{IncidentChange, IncidentEntry};
use super::timeline::IncidentMoment;
use super::{IncidentId, IncidentImpact, IncidentPhase, IncidentVisibility};
use crate::id::MonitorId;

/// An incident as the page and the commands show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its identity.
    pub id: IncidentId,
    /// The party that opened it.
    pub origin: IncidentOrigin,
    /// The title that an operator gave it; `None` for a generated one.
    pub title: Option<String>,
    /// The impact.
    pub impact: IncidentImpact,
    /// The visibility.
    pub visibility: IncidentVisibility,
    /// The start.
    pub started_at: Timestamp,
    /// The end; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// The periods of trouble that the evaluator recorded; empty for an incident by hand.
    pub episodes: Vec<IncidentEpisode>,
    /// The affected monitors, each once: those of the episodes, then those that operators named.
    pub monitors: Vec<MonitorId>,
    /// The updates of operators, by time.
    pub updates: Vec<OperatorUpdate>,
    /// The time by which an operator has promised the next update of the open incident; `None` without a promise. It may
    /// be past.
    pub next_update_at: Option<Timestamp>,
    /// The changes of the phase, by time. Not empty.
    phases: Vec<(Timestamp, IncidentPhase)>,
}

/// The party that opened an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentOrigin {
    /// The evaluator.
    Automatic,
    /// An operator.
    Operator,
}

/// An update by an operator: a text, a phase, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperatorUpdate {
    /// The time.
    pub at: Timestamp,
    /// The author, for the team.
    pub author: String,
    /// The phase that it announces; `None` if the phase stays.
    pub phase: Option<IncidentPhase>,
    /// The text, in a subset of Markdown; `None` for a generated one.
    pub text: Option<String>,
    /// The time by which it promised the next update; `None` without a promise.
    pub next_update_at: Option<Timestamp>,
}

impl Incident {
    /// Merges the facts of an incident, if the evaluator opened it, with the entries of operators about it. Returns
    /// `None` if neither opens the incident.
    #[must_use]
    pub fn merge(automatic: Option<AutomaticIncident>, entries: &[IncidentEntry]) -> Option<Self> {
        let mut entries: Vec<&IncidentEntry> = entries.iter().collect();
        entries.sort_by_key(|entry| entry.at);
        let mut incident = match automatic {
            Some(automatic) => Self::of_facts(automatic)?,
            None => entries.iter().find_map(|entry| Self::opened_by(entry))?,
        };
        let mut named = Vec::new();
        for entry in entries {
            incident.apply(entry, &mut named);
        }
        for monitor in named {
            incident.add_monitor(monitor);
        }
        incident.end_phases();
        incident.next_update_at = incident.next_update_at.filter(|_| incident.is_open());
        Some(incident)
    }

    /// Merges all incidents, the newest first. Of several records with one id, the one that changed last counts.
    #[must_use]
    pub fn merge_all(automatic: Vec<AutomaticIncident>, entries: Vec<IncidentEntry>) -> Vec<Self> {
        let mut facts: BTreeMap<IncidentId, AutomaticIncident> = BTreeMap::new();
        for one in automatic {
            if facts.get(&one.id).is_none_or(|known| known.changed_at <= one.changed_at) {
                facts.insert(one.id.clone(), one);
            }
        }
        let mut by_id: BTreeMap<IncidentId, Vec<IncidentEntry>> =
            facts.keys().map(|id| (id.clone(), Vec::new())).collect();
        for entry in entries {
            by_id.entry(entry.incident.clone()).or_default().push(entry);
        }
        let merged = by_id.into_iter();
        let merged = merged.filter_map(|(id, entries)| Self::merge(facts.remove(&id), &entries));
        let mut all: Vec<Self> = merged.collect();
        all.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
        all
    }

    /// Merges the published incidents, the newest first. The words that an operator wrote into a draft are part of them
    /// only if an operator has published the draft.
    #[must_use]
    pub fn merge_published(
        automatic: Vec<AutomaticIncident>,
        entries: Vec<IncidentEntry>,
    ) -> Vec<Self> {
        let by_operators: BTreeSet<IncidentId> = entries
            .iter()
            .filter(|entry| entry.change == IncidentChange::Publish)
            .map(|entry| entry.incident.clone())
            .collect();
        let public = entries.into_iter().filter_map(|entry| match entry.visibility {
            IncidentVisibility::Draft if !by_operators.contains(&entry.incident) => {
                entry.without_words()
            }
            IncidentVisibility::Draft | IncidentVisibility::Published => Some(entry),
        });
        let mut all = Self::merge_all(automatic, public.collect());
        all.retain(|incident| incident.visibility == IncidentVisibility::Published);
        all
    }

    /// Returns the facts alone; `None` without an episode.
    fn of_facts(automatic: AutomaticIncident) -> Option<Self> {
        let AutomaticIncident { id, visibility, episodes, .. } = automatic;
        let started_at = episodes.iter().map(|one| one.started_at).min()?;
        let resolved_at = end_of(&episodes);
        let phases = phases(&episodes);
        let mut incident = Self {
            id,
            origin: IncidentOrigin::Automatic,
            title: None,
            impact: impact(&episodes),
            visibility,
            started_at,
            resolved_at,
            monitors: Vec::new(),
            updates: Vec::new(),
            next_update_at: None,
            phases,
            episodes,
        };
        let monitors: Vec<MonitorId> =
            incident.episodes.iter().map(|one| one.monitor.clone()).collect();
        for monitor in monitors {
            incident.add_monitor(monitor);
        }
        Some(incident)
    }

    /// Returns the incident that an entry opens; `None` for another kind of entry.
    fn opened_by(entry: &IncidentEntry) -> Option<Self> {
        let IncidentChange::Open(opening) = &entry.change else { return None };
        Some(Self {
            id: entry.incident.clone(),
            origin: IncidentOrigin::Operator,
            title: Some(opening.title.clone()),
            impact: opening.impact,
            visibility: opening.visibility,
            started_at: entry.at,
            resolved_at: None,
            episodes: Vec::new(),
            monitors: Vec::new(),
            updates: Vec::new(),
            next_update_at: None,
            phases: Vec::new(),
        })
    }

    /// Applies an entry. The monitors that it names replace those in `named`.
    fn apply(&mut self, entry: &IncidentEntry, named: &mut Vec<MonitorId>) {
        let at = entry.at;
        match &entry.change {
            IncidentChange::Open(opening) => {
                named.clone_from(&opening.monitors);
                let next = opening.next_update_at;
                self.update(entry, Some(opening.phase), opening.text.clone(), next);
            }
            IncidentChange::Update(revision) => {
                if let Some(title) = &revision.title {
                    self.title = Some(title.clone());
                }
                self.impact = revision.impact.unwrap_or(self.impact);
                if let Some(monitors) = &revision.monitors {
                    named.clone_from(monitors);
                }
                self.update(entry, revision.phase, revision.text.clone(), revision.next_update_at);
            }
            IncidentChange::Publish => self.visibility = IncidentVisibility::Published,
            IncidentChange::Resolve { text } => {
                // Trouble that is confirmed after the operator's end opens the incident again.
                let is_over = self.episodes.iter().all(|one| one.confirmed_at() <= at);
                if is_over && self.resolved_at.is_none_or(|end| end > at) {
                    self.resolved_at = Some(at);
                }
                self.update(entry, Some(IncidentPhase::Resolved), text.clone(), None);
                let again = self.episodes.iter().map(IncidentEpisode::confirmed_at);
                if let Some(again) = again.filter(|confirmed_at| *confirmed_at > at).min() {
                    self.phases.push((again, IncidentPhase::Investigating));
                }
            }
            IncidentChange::Postmortem { text } => {
                self.update(entry, Some(IncidentPhase::Postmortem), Some(text.clone()), None);
            }
        }
    }

    /// Adds an update. A correction of other properties is none, and ends no promise of a next update.
    fn update(
        &mut self,
        entry: &IncidentEntry,
        phase: Option<IncidentPhase>,
        text: Option<String>,
        next_update_at: Option<Timestamp>,
    ) {
        let at = entry.at;
        self.phases.extend(phase.map(|phase| (at, phase)));
        if phase.is_some() || text.is_some() {
            let author = entry.author.clone();
            self.updates.push(OperatorUpdate { at, author, phase, text, next_update_at });
            self.next_update_at = next_update_at;
        } else if next_update_at.is_some() {
            self.next_update_at = next_update_at;
        }
    }

    fn add_monitor(&mut self, monitor: MonitorId) {
        if !self.monitors.contains(&monitor) {
            self.monitors.push(monitor);
        }
    }

    /// Sorts the phases, and makes those after the end agree with it.
    fn end_phases(&mut self) {
        self.phases.sort_by_key(|(at, _)| *at);
        let Some(end) = self.resolved_at else { return };
        for (at, phase) in &mut self.phases {
            if *at >= end && *phase != IncidentPhase::Postmortem {
                *phase = IncidentPhase::Resolved;
            }
        }
    }

    /// Returns true while it has no end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Returns the monitors whose trouble is over, as far as it was recorded. A monitor that only an operator named is none.
    pub fn recovered(&self) -> impl Iterator<Item = &MonitorId> {
        let failing: BTreeSet<&MonitorId> =
            self.episodes.iter().filter(|one| one.is_open()).map(|one| &one.monitor).collect();
        let recorded: BTreeSet<&MonitorId> = self.episodes.iter().map(|one| &one.monitor).collect();
        recorded.into_iter().filter(move |id| !failing.contains(id))
    }

    /// Returns the phase.
    #[must_use]
    pub fn phase(&self) -> IncidentPhase {
        self.phase_at(Timestamp::MAX)
    }

    /// Returns the phase as it was announced at `at`.
    #[must_use]
    pub fn phase_at(&self, at: Timestamp) -> IncidentPhase {
        let known = self.phases.iter().rev().find(|(since, _)| *since <= at);
        known.map_or(IncidentPhase::Investigating, |(_, phase)| *phase)
    }
}

/// Returns the end of the last episode; `None` while one is open.
fn end_of(episodes: &[IncidentEpisode]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> =
        episodes.iter().map(|one| one.end.map(|end| end.at)).collect();
    ends?.into_iter().max()
}

fn impact(episodes: &[IncidentEpisode]) -> IncidentImpact {
    let of_episode = |episode: &IncidentEpisode| match episode.worst() {
        Some(IncidentEffect::Outage) if episode.is_critical => IncidentImpact::Critical,
        Some(IncidentEffect::Outage) => IncidentImpact::Major,
        Some(IncidentEffect::Degraded) | None => IncidentImpact::Minor,
    };
    episodes.iter().map(of_episode).max().unwrap_or(IncidentImpact::None)
}

/// Returns the changes of the phase that the facts show: monitoring once every affected service answers again, and
/// resolved once each works.
fn phases(episodes: &[IncidentEpisode]) -> Vec<(Timestamp, IncidentPhase)> {
    let mut phases: Vec<(Timestamp, IncidentPhase)> = Vec::new();
    for moment in IncidentMoment::all(episodes) {
        let at = moment.until;
        let known: Vec<&IncidentEpisode> =
            episodes.iter().filter(|one| one.confirmed_at() <= at).collect();
        let effects: Vec<IncidentEffect> =
            known.iter().filter_map(|one| one.effect_at(at)).collect();
        let was_outage = known.iter().any(|one| {
            let mut changes = one.changes.iter().filter(|change| change.confirmed_at <= at);
            changes.any(|change| change.effect == IncidentEffect::Outage)
        });
        let phase = if effects.is_empty() {
            IncidentPhase::Resolved
        } else if was_outage && effects.iter().all(|one| *one == IncidentEffect::Degraded) {
            IncidentPhase::Monitoring
        } else {
            IncidentPhase::Investigating
        };
        if phases.last().is_none_or(|(_, last)| *last != phase) {
            phases.push((moment.at, phase));
        }
    }
    phases
}
