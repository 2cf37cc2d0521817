//! The recorded facts of an incident as JSON. Its times are texts, as those of the rest of the output; a store has numbers.

use allclear_core::Timestamp;
use allclear_core::alert_group::CommonRoot;
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentEffect, IncidentEpisode, RegionCount,
};
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde::Serialize;

/// A period of trouble of a monitor.
#[derive(Serialize)]
pub(super) struct ShownEpisode<'a> {
    monitor: &'a MonitorId,
    name: &'a str,
    is_public: bool,
    is_critical: bool,
    started_at: Timestamp,
    changes: Vec<ShownEpisodeChange>,
    has_provider_page: bool,
    provider_confirmed_at: Option<Timestamp>,
    properties: &'a [CommonRoot],
    /// `None` while it is open.
    end: Option<ShownEpisodeEnd>,
}

#[derive(Serialize)]
struct ShownEpisodeChange {
    at: Timestamp,
    confirmed_at: Timestamp,
    effect: IncidentEffect,
    fault: Fault,
    reason: Option<Reason>,
    regions: RegionCount,
}

#[derive(Serialize)]
struct ShownEpisodeEnd {
    at: Timestamp,
    confirmed_at: Timestamp,
    kind: EpisodeEndKind,
}

impl<'a> From<&'a IncidentEpisode> for ShownEpisode<'a> {
    fn from(episode: &'a IncidentEpisode) -> Self {
        Self {
            monitor: &episode.monitor,
            name: &episode.name,
            is_public: episode.is_public,
            is_critical: episode.is_critical,
            started_at: episode.started_at,
            changes: episode.changes.iter().map(ShownEpisodeChange::from).collect(),
            has_provider_page: episode.has_provider_page,
            provider_confirmed_at: episode.provider_confirmed_at,
            properties: &episode.properties,
            end: episode.end.map(ShownEpisodeEnd::from),
        }
    }
}

impl From<&EpisodeChange> for ShownEpisodeChange {
    fn from(change: &EpisodeChange) -> Self {
        let EpisodeChange { at, confirmed_at, effect, fault, reason, regions } = *change;
        Self { at, confirmed_at, effect, fault, reason, regions }
    }
}

impl From<EpisodeEnd> for ShownEpisodeEnd {
    fn from(EpisodeEnd { at, confirmed_at, kind }: EpisodeEnd) -> Self {
        Self { at, confirmed_at, kind }
    }
}
