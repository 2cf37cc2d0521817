//! The texts about services that fail and recover several times within one update.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::incident::{
    EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentEffect, IncidentEpisode,
};

use crate::incidents::{episode, shown, texts};
use crate::reduction::ago;

/// Returns the time `seconds` after 11:00 UTC.
fn after(seconds: u64) -> Timestamp {
    ago(60) + Duration::from_secs(seconds)
}

/// Returns an outage whose changes are confirmed at once.
fn outage(name: &str, from: u64, until: u64) -> IncidentEpisode {
    let (start, end) = (after(from), after(until));
    let base = episode(name, 60);
    let changes = base.changes.iter();
    let changes = changes.map(|one| EpisodeChange { at: start, confirmed_at: start, ..*one });
    IncidentEpisode {
        started_at: start,
        changes: changes.collect(),
        end: Some(EpisodeEnd { at: end, confirmed_at: end, kind: EpisodeEndKind::Recovered }),
        ..base
    }
}

fn with_change(
    mut episode: IncidentEpisode,
    seconds: u64,
    effect: IncidentEffect,
) -> IncidentEpisode {
    let at = after(seconds);
    let first = episode.changes[0];
    episode.changes.push(EpisodeChange { at, confirmed_at: at, effect, ..first });
    episode
}

#[test]
fn a_service_that_flaps_within_an_update_is_told_with_its_last_state() {
    // The first outage of `web` ends and its second one begins within the update that tells of `api`.
    let incident = shown(vec![
        outage("web", 1500, 1706),
        outage("api", 1693, 1742),
        outage("web", 1736, 1776),
    ]);
    assert_eq!(
        texts(&incident),
        [
            "WEB returned errors from 21 November, 11:25 UTC.",
            "API and WEB returned errors from 21 November, 11:28 UTC. API worked again from 21 November, 11:29 UTC.",
            "WEB worked again from 21 November, 11:29 UTC.",
        ]
    );
}

#[test]
fn an_outage_that_was_told_before_is_not_told_again_with_its_end() {
    // `web` recovers, fails and recovers within a minute, while `api` fails.
    let incident =
        shown(vec![outage("api", 600, 2400), outage("web", 900, 1500), outage("web", 1520, 1540)]);
    assert_eq!(
        texts(&incident)[2],
        "WEB worked again from 21 November, 11:25 UTC.",
        "{:?}",
        texts(&incident)
    );
}

#[test]
fn services_that_recover_in_different_minutes_have_their_own_times() {
    let incident = shown(vec![
        outage("api", 600, 1490),
        outage("web", 600, 1510),
        outage("search", 600, 1520),
    ]);
    let texts = texts(&incident);
    assert_eq!(
        texts[1..],
        [
            "API worked again from 21 November, 11:24 UTC. WEB worked again from 21 November, 11:25 UTC.",
            "SEARCH worked again from 21 November, 11:25 UTC.",
        ]
    );
}

#[test]
fn of_several_changes_of_an_outage_the_update_tells_the_last_one() {
    let improved = with_change(outage("api", 600, 2400), 1200, IncidentEffect::Degraded);
    let worse = with_change(improved.clone(), 1230, IncidentEffect::Outage);
    let text = |episode| texts(&shown(vec![episode]))[1].clone();
    assert_eq!(text(improved), "API answered again from 21 November, 11:20 UTC, but not as usual.");
    assert_eq!(text(worse), "API returned errors from 21 November, 11:20 UTC.");
}
