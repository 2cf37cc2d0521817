//! The periods of trouble of single monitors.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::incident::{EpisodeChange, IncidentEffect, IncidentEpisode, RegionCount};
use allclear_core::monitor::Monitor;
use allclear_core::public_effect::PublicEffect;
use allclear_core::region_state::RegionState;
use allclear_core::state::MonitorState;
use allclear_core::status::Fault;
use allclear_core::text::excerpt;

use crate::ConfigIndex;
use crate::observation::{Observation, is_within};

/// The most changes that an episode keeps. Of a monitor that changes more often, the last one is replaced.
const MAX_CHANGES: usize = 30;

/// The longest recorded name of a monitor, in characters.
const MAX_NAME_CHARS: usize = 200;

/// The longest recorded property of a target, in characters.
const MAX_PROPERTY_CHARS: usize = 300;

/// The time for which the reported status of a provider stays valid after its status page can no longer be read.
const PROVIDER_STATUS_MAX_AGE: Duration = Duration::from_mins(30);

/// Returns the episode that begins with the effect that a monitor has after `observation`.
pub(super) fn begin(
    state: &MonitorState,
    observation: &Observation<'_>,
    effect: IncidentEffect,
    index: &ConfigIndex,
) -> Option<IncidentEpisode> {
    let monitor = index.monitor(observation.monitor())?;
    let at = observation.at;
    let started_at = start(state, observation, index);
    let mut properties = index.properties(&monitor.id);
    properties.extend(observation.properties());
    for property in &mut properties {
        property.value = excerpt(&property.value, MAX_PROPERTY_CHARS).into_owned();
    }
    Some(IncidentEpisode {
        monitor: monitor.id.clone(),
        name: name(monitor),
        is_public: monitor.public,
        is_critical: monitor.critical,
        started_at,
        changes: vec![change(state, effect, (started_at, at))],
        has_provider_page: has_provider_page(state, at),
        provider_confirmed_at: is_confirmed_by_provider(state, at).then_some(at),
        properties,
        end: None,
    })
}

/// Returns the name of a monitor as an episode records it.
pub(super) fn name(monitor: &Monitor) -> String {
    excerpt(&monitor.name, MAX_NAME_CHARS).into_owned()
}

/// Returns the start of the trouble: that of its effect, unless the effect began within planned maintenance that is now
/// over.
fn start(state: &MonitorState, observation: &Observation<'_>, index: &ConfigIndex) -> Timestamp {
    let since = state.effect_since();
    let began_planned = index.maintenance(observation.monitor(), since).is_some();
    if began_planned { observation.at } else { since.min(observation.at) }
}

/// Returns the start of an effect that a monitor has had since `observation`: that of the status if it is new, and the
/// time of the outcome if only the cause is new.
pub(super) fn effect_start(state: &MonitorState, observation: &Observation<'_>) -> Timestamp {
    if observation.previous_status == state.status {
        observation.at
    } else {
        state.since.min(observation.at)
    }
}

/// Returns the effect that a monitor has since the first time as a change of its episode; the second time is that of
/// the decision.
pub(super) fn change(
    state: &MonitorState,
    effect: IncidentEffect,
    (at, confirmed_at): (Timestamp, Timestamp),
) -> EpisodeChange {
    let failing = |region: &&RegionState| effect_of(region).is_some_and(|one| one >= effect);
    let measuring = state.regions.values().filter(|region| region.status.rank().is_some());
    let n_failing = state.regions.values().filter(failing).count();
    let cause = state.cause.as_ref();
    let of_region = || state.regions.values().filter(failing).find_map(|one| one.cause.as_ref());
    let cause = match cause {
        Some(cause) if cause.is_of_some_regions() => of_region().or(Some(cause)),
        cause => cause,
    };
    EpisodeChange {
        at,
        confirmed_at,
        effect,
        fault: cause.map_or(Fault::Target, |cause| cause.fault),
        reason: cause.map(|cause| cause.reason),
        regions: RegionCount { failing: count(n_failing), reporting: count(measuring.count()) },
    }
}

fn effect_of(region: &RegionState) -> Option<IncidentEffect> {
    match PublicEffect::of(region.status, region.cause.as_ref()) {
        PublicEffect::Outage => Some(IncidentEffect::Outage),
        PublicEffect::Degraded => Some(IncidentEffect::Degraded),
        PublicEffect::Operational | PublicEffect::NoData => None,
    }
}

fn count(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// Checks whether the provider's own status page was read a short time before `at`.
fn has_provider_page(state: &MonitorState, at: Timestamp) -> bool {
    let reported = state.provider_status.as_ref();
    reported.is_some_and(|one| is_within(PROVIDER_STATUS_MAX_AGE, one.seen_at, at))
}

/// Checks whether the provider's own status page reports a problem at `at`.
pub(super) fn is_confirmed_by_provider(state: &MonitorState, at: Timestamp) -> bool {
    let reported = state.provider_status.as_ref();
    has_provider_page(state, at) && reported.is_some_and(|one| one.level.is_trouble())
}

/// Adds a change of the effect, and the confirmation by the provider. Returns true if the episode has changed.
pub(super) fn follow(
    episode: &mut IncidentEpisode,
    change: EpisodeChange,
    provider_confirmed_at: Option<Timestamp>,
) -> bool {
    let is_new_effect = episode.effect() != Some(change.effect);
    if is_new_effect {
        push(episode, change);
    }
    let is_newly_confirmed =
        episode.provider_confirmed_at.is_none() && provider_confirmed_at.is_some();
    episode.provider_confirmed_at = episode.provider_confirmed_at.or(provider_confirmed_at);
    is_new_effect || is_newly_confirmed
}

/// Continues an ended episode with the beginning of a new one.
pub(super) fn resume(episode: &mut IncidentEpisode, new: IncidentEpisode) {
    episode.end = None;
    for change in new.changes {
        push(episode, change);
    }
}

fn push(episode: &mut IncidentEpisode, change: EpisodeChange) {
    let is_full = episode.changes.len() >= MAX_CHANGES;
    match episode.changes.last_mut() {
        Some(last) if is_full => *last = change,
        Some(_) | None => episode.changes.push(change),
    }
}
