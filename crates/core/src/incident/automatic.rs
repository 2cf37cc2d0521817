//! Incidents as the evaluator records them: facts without texts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IncidentId, IncidentVisibility};
use crate::alert_group::CommonRoot;
use crate::id::MonitorId;
use crate::reason::Reason;
use crate::serde_time;
use crate::status::Fault;
use crate::text::excerpt;

/// An incident that confirmed outages or lasting degradation opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomaticIncident {
    /// Its identity.
    pub id: IncidentId,
    /// The start of the trouble that opened it.
    #[serde(with = "serde_time::at")]
    pub started_at: Timestamp,
    /// The time at which it was opened.
    #[serde(with = "serde_time::at")]
    pub opened_at: Timestamp,
    /// The time of the latest decision that changed it.
    #[serde(with = "serde_time::at")]
    pub changed_at: Timestamp,
    /// The end of its last episode; `None` while one is open.
    #[serde(with = "serde_time::option_at")]
    pub resolved_at: Option<Timestamp>,
    /// The visibility that the config gives it.
    pub visibility: IncidentVisibility,
    /// The periods of trouble of its monitors, in the order in which they were confirmed. Not empty.
    pub episodes: Vec<IncidentEpisode>,
}

/// A period in which one monitor of an incident is affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEpisode {
    /// The monitor.
    pub monitor: MonitorId,
    /// Its name for people, in case the config no longer has the monitor.
    pub name: String,
    /// True if the public page shows the monitor.
    pub is_public: bool,
    /// True if the monitor is critical.
    pub is_critical: bool,
    /// The start.
    #[serde(with = "serde_time::at")]
    pub started_at: Timestamp,
    /// The confirmed changes between outage and degradation, oldest first. The first one confirmed the start.
    pub changes: Vec<EpisodeChange>,
    /// True if the provider's own status page was read when the episode began.
    pub has_provider_page: bool,
    /// The time since which that page is known to confirm the trouble; `None` if it does not.
    #[serde(with = "serde_time::option_at")]
    pub provider_confirmed_at: Option<Timestamp>,
    /// The properties of the target that other monitors can share.
    pub properties: Vec<CommonRoot>,
    /// The end; `None` while it is open.
    pub end: Option<EpisodeEnd>,
}

/// A confirmed effect within an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpisodeChange {
    /// The start of the effect.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The time of the decision.
    #[serde(with = "serde_time::at")]
    pub confirmed_at: Timestamp,
    /// The effect.
    pub effect: IncidentEffect,
    /// The party at fault.
    pub fault: Fault,
    /// The cause, as a stable code; `None` if it is unknown.
    pub reason: Option<Reason>,
    /// The regions that see the trouble.
    pub regions: RegionCount,
}

/// The effect of an incident on a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentEffect {
    /// The service works, but not as expected.
    Degraded,
    /// The service does not work.
    Outage,
}

/// The regions that see trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionCount {
    /// The number of regions that see it.
    pub failing: u8,
    /// The number of regions that measure the monitor.
    pub reporting: u8,
}

/// The end of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpisodeEnd {
    /// The end.
    #[serde(with = "serde_time::at")]
    pub at: Timestamp,
    /// The time of the decision.
    #[serde(with = "serde_time::at")]
    pub confirmed_at: Timestamp,
    /// The kind of end.
    pub kind: EpisodeEndKind,
}

/// The kinds of end of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeEndKind {
    /// The monitor recovered.
    Recovered,
    /// The monitor was removed from the config.
    Removed,
}

impl AutomaticIncident {
    /// The most bytes of a stored record, as [`Self::stored_bytes`] counts them. An item of the table of a stack has at
    /// most 400 KiB.
    pub const MAX_BYTES: usize = 350 * 1024;

    /// Returns an upper bound of the size of the record in the binary formats of the stores, in bytes.
    #[must_use]
    pub fn stored_bytes(&self) -> usize {
        self.episodes.iter().map(|one| one.stored_bytes(one.changes.len())).sum()
    }

    /// Returns the same bound for the record as [`Self::shorten`] will leave it, however much its episodes change.
    #[must_use]
    pub fn shortened_bytes(&self) -> usize {
        self.episodes.iter().map(IncidentEpisode::shortened_bytes).sum()
    }

    /// Reduces the changes of each episode to the first one, the first one with the worst effect, and the last one.
    pub fn shorten(&mut self) {
        for episode in &mut self.episodes {
            let worst = episode.worst();
            let n_last = episode.changes.len().saturating_sub(1);
            let n_worst = episode.changes.iter().position(|one| Some(one.effect) == worst);
            let mut n = 0;
            episode.changes.retain(|_| {
                let is_kept = n == 0 || n == n_last || Some(n) == n_worst;
                n += 1;
                is_kept
            });
        }
    }

    /// Cuts the names of its monitors to the same length, so that its record does not exceed [`Self::MAX_BYTES`] however
    /// much its episodes change. Names can grow with a change of the config after their monitors have joined.
    pub fn fit_names(&mut self) {
        let mut max_chars = self.episodes.iter().map(|one| one.name.chars().count()).max();
        while self.shortened_bytes() > Self::MAX_BYTES
            && let Some(shorter) = max_chars.filter(|n| *n > 0).map(|n| n / 2)
        {
            for episode in &mut self.episodes {
                episode.name = excerpt(&episode.name, shorter).into_owned();
            }
            max_chars = Some(shorter);
        }
    }

    /// Returns the incident as it was known at `at`: without later changes, ends and monitors. Its visibility is the latest
    /// one, whose history is not recorded.
    #[must_use]
    pub fn known_at(mut self, at: Timestamp) -> Self {
        for episode in &mut self.episodes {
            episode.changes.retain(|change| change.confirmed_at <= at);
            episode.end = episode.end.filter(|end| end.confirmed_at <= at);
            episode.provider_confirmed_at =
                episode.provider_confirmed_at.filter(|seen| *seen <= at);
        }
        self.episodes.retain(|episode| !episode.changes.is_empty());
        if self.episodes.iter().any(IncidentEpisode::is_open) {
            self.resolved_at = None;
        }
        self.changed_at = self.changed_at.min(at);
        self
    }

    /// Returns true while an episode is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Returns the open episode of `monitor`.
    pub fn open_episode_mut(&mut self, monitor: &MonitorId) -> Option<&mut IncidentEpisode> {
        self.episodes.iter_mut().find(|one| one.monitor == *monitor && one.is_open())
    }

    /// Bounds all times by `now`, after the clock was set back. The id stays.
    pub fn set_back(&mut self, now: Timestamp) {
        for at in [&mut self.started_at, &mut self.opened_at, &mut self.changed_at] {
            *at = (*at).min(now);
        }
        for episode in &mut self.episodes {
            episode.started_at = episode.started_at.min(now);
            episode.provider_confirmed_at = episode.provider_confirmed_at.map(|at| at.min(now));
            for change in &mut episode.changes {
                change.at = change.at.min(now);
                change.confirmed_at = change.confirmed_at.min(now);
            }
            if let Some(end) = &mut episode.end {
                end.at = end.at.min(now);
                end.confirmed_at = end.confirmed_at.min(now);
            }
        }
    }
}

/// The most changes of an episode that was shortened.
const MIN_CHANGES: usize = 3;

impl IncidentEpisode {
    /// Returns an upper bound of the size in a stored record as [`AutomaticIncident::shorten`] will leave it, in bytes.
    #[must_use]
    pub fn shortened_bytes(&self) -> usize {
        self.stored_bytes(MIN_CHANGES)
    }

    /// Returns an upper bound of the size in a stored record if the episode has `n_changes`, in bytes.
    fn stored_bytes(&self, n_changes: usize) -> usize {
        const EPISODE: usize = 96;
        const CHANGE: usize = 64;
        const PROPERTY: usize = 24;
        let properties = self.properties.iter().map(|one| PROPERTY + one.value.len());
        let texts = self.monitor.as_str().len() + self.name.len() + properties.sum::<usize>();
        EPISODE + texts + n_changes * CHANGE
    }

    /// Returns true while it has no end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Returns the time at which its start was confirmed.
    #[must_use]
    pub fn confirmed_at(&self) -> Timestamp {
        self.changes.first().map_or(self.started_at, |change| change.confirmed_at)
    }

    /// Returns the latest change that was confirmed at `at` or before; the first one if there is none.
    #[must_use]
    pub fn change_at(&self, at: Timestamp) -> Option<&EpisodeChange> {
        let known = self.changes.iter().rev().find(|change| change.confirmed_at <= at);
        known.or_else(|| self.changes.first())
    }

    /// Returns the latest effect.
    #[must_use]
    pub fn effect(&self) -> Option<IncidentEffect> {
        self.changes.last().map(|change| change.effect)
    }

    /// Returns the worst effect.
    #[must_use]
    pub fn worst(&self) -> Option<IncidentEffect> {
        self.changes.iter().map(|change| change.effect).max()
    }

    /// Returns the effect as it was known at `at`; `None` before its start was confirmed and after its end was.
    #[must_use]
    pub fn effect_at(&self, at: Timestamp) -> Option<IncidentEffect> {
        if self.confirmed_at() > at || self.end.is_some_and(|end| end.confirmed_at <= at) {
            return None;
        }
        self.change_at(at).map(|change| change.effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn episode(effects: &[IncidentEffect]) -> IncidentEpisode {
        let change = |(minute, effect): (i64, &IncidentEffect)| EpisodeChange {
            at: at(minute),
            confirmed_at: at(minute),
            effect: *effect,
            fault: Fault::Target,
            reason: None,
            regions: RegionCount { failing: 1, reporting: 1 },
        };
        IncidentEpisode {
            monitor: MonitorId::new("api").unwrap(),
            name: "API".to_owned(),
            is_public: true,
            is_critical: false,
            started_at: at(0),
            changes: (0..).zip(effects).map(change).collect(),
            has_provider_page: false,
            provider_confirmed_at: None,
            properties: Vec::new(),
            end: None,
        }
    }

    fn incident(episodes: Vec<IncidentEpisode>) -> AutomaticIncident {
        AutomaticIncident {
            id: IncidentId::of_monitor(&MonitorId::new("api").unwrap(), at(0)),
            started_at: at(0),
            opened_at: at(0),
            changed_at: at(9),
            resolved_at: Some(at(9)),
            visibility: IncidentVisibility::Draft,
            episodes,
        }
    }

    #[test]
    fn an_incident_at_a_past_time_has_nothing_that_was_decided_later() {
        use IncidentEffect::{Degraded, Outage};
        let end = |minute| EpisodeEnd {
            at: at(minute),
            confirmed_at: at(minute),
            kind: EpisodeEndKind::Recovered,
        };
        let first = IncidentEpisode { end: Some(end(9)), ..episode(&[Degraded, Outage]) };
        let mut joined = IncidentEpisode { end: Some(end(8)), ..episode(&[Outage]) };
        joined.changes[0].confirmed_at = at(5);
        let known = |minute| incident(vec![first.clone(), joined.clone()]).known_at(at(minute));
        let early = known(0);
        assert_eq!((early.episodes.len(), early.resolved_at, early.changed_at), (1, None, at(0)));
        assert_eq!(early.episodes[0].changes.len(), 1);
        assert_eq!(early.episodes[0].end, None);
        let late = known(8);
        assert_eq!((late.episodes.len(), late.resolved_at), (2, None));
        assert_eq!(late.episodes[1].end, Some(end(8)));
        assert_eq!(known(9), incident(vec![first.clone(), joined.clone()]));
    }

    #[test]
    fn a_shortened_incident_keeps_the_first_the_worst_and_the_last_change_of_each_episode() {
        use IncidentEffect::{Degraded, Outage};
        let shortened = |effects: &[IncidentEffect]| {
            let mut incident = incident(vec![episode(effects)]);
            incident.shorten();
            let changes = incident.episodes.remove(0).changes.into_iter();
            changes.map(|change| (change.at, change.effect)).collect::<Vec<_>>()
        };
        assert_eq!(
            shortened(&[Degraded, Degraded, Outage, Degraded, Degraded]),
            [(at(0), Degraded), (at(2), Outage), (at(4), Degraded)]
        );
        assert_eq!(shortened(&[Outage, Degraded, Outage]), [(at(0), Outage), (at(2), Outage)]);
        assert_eq!(shortened(&[Degraded]), [(at(0), Degraded)]);
    }
}
