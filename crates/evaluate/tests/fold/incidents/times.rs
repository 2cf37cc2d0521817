//! The times of incidents: their starts, their changes and their ends.

use std::sync::Arc;

use allclear_core::incident::{AutomaticIncident, EpisodeEndKind, IncidentEffect, IncidentId};
use allclear_core::quorum::Quorum;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::set_back;

use super::{LASTING, merged, monitors, of, only, quiet};
use crate::regions::{self, fold_regions};
use crate::scenario::{FoldScenario, INTERVAL, RELOADED_AFTER, monitor, start};

/// Reads a config with only these monitors, and decides what that ends.
fn reload(scenario: &mut FoldScenario, names: &[&str]) {
    let config = quiet(names.iter().map(|name| monitor(name)).collect());
    scenario.index = ConfigIndex::new(Arc::new(config)).unwrap();
    let decided = scenario.retire();
    scenario.log.append(decided);
}

/// Returns the latest record of the incident.
fn recorded<'s>(scenario: &'s FoldScenario, id: &IncidentId) -> &'s AutomaticIncident {
    scenario.log.incidents.iter().rfind(|one| one.id == *id).unwrap()
}

#[test]
fn a_monitor_that_returns_opens_another_incident_and_keeps_the_old_record() {
    let mut scenario = of(&["api", "cart"]);
    scenario.fold_script(&[("api", "HUUUUU"), ("cart", "HUUUHH")]);
    let old = only(&scenario).id.clone();
    reload(&mut scenario, &["cart"]);
    assert!(scenario.state.incidents.is_empty(), "the removal ends it");
    let ended = recorded(&scenario, &old).clone();
    assert_eq!(monitors(&ended), ["api", "cart"]);

    reload(&mut scenario, &["api", "cart"]);
    scenario.fold_script(&[("api", "UUU"), ("cart", "HHH")]);
    let new = only(&scenario);
    assert_ne!(new.id, old);
    assert_eq!(new.started_at, start() + INTERVAL * 6, "the first failure after the return");
    assert_eq!(*recorded(&scenario, &old), ended);
    assert_eq!(merged(&scenario).len(), 2);
}

#[test]
fn a_monitor_that_returns_into_its_open_incident_continues_it_at_its_return() {
    let mut scenario = of(&["api", "cart"]);
    scenario.fold_script(&[("api", "HUUU"), ("cart", "HUUU")]);
    reload(&mut scenario, &["cart"]);
    scenario.fold_script(&[("cart", "UU")]);
    reload(&mut scenario, &["api", "cart"]);
    scenario.fold_script(&[("api", "UU"), ("cart", "UU")]);
    let incident = only(&scenario);
    assert_eq!(monitors(incident), ["api", "cart", "api"]);
    let (first, second) = (&incident.episodes[0], &incident.episodes[2]);
    assert_eq!(first.end.unwrap().kind, EpisodeEndKind::Removed);
    assert_eq!(first.end.unwrap().at, start() + INTERVAL * 3 + RELOADED_AFTER);
    assert_eq!(second.started_at, start() + INTERVAL * 6);
    assert_eq!(second.changes[0].at, second.started_at);
}

#[test]
fn degradation_before_a_removal_does_not_count_after_the_return() {
    let mut scenario = of(&["api", "cart"]);
    scenario.fold_script(&[("api", &format!("H{}", &LASTING[..20])), ("cart", &"H".repeat(21))]);
    reload(&mut scenario, &["cart"]);
    scenario.fold_script(&[("cart", &"H".repeat(20))]);
    reload(&mut scenario, &["api", "cart"]);
    scenario.fold_script(&[("api", &LASTING[..20]), ("cart", &"H".repeat(20))]);
    assert!(scenario.state.incidents.is_empty(), "it lasts for 10 minutes");
}

#[test]
fn a_worse_effect_of_the_same_status_begins_with_its_outcome() {
    let mut scenario = of(&["api"]);
    scenario.fold_letters(&format!("H{}", "T".repeat(32)));
    assert_eq!(only(&scenario).started_at, start() + INTERVAL);
    // Two outcomes confirm the new cause of the status.
    scenario.fold_letters("UUU");
    let changes = &only(&scenario).episodes[0].changes;
    let times: Vec<_> = changes.iter().map(|one| (one.effect, one.at)).collect();
    assert_eq!(
        times,
        [
            (IncidentEffect::Degraded, start() + INTERVAL),
            (IncidentEffect::Outage, start() + INTERVAL * 34),
        ]
    );
}

#[test]
fn degradation_after_a_refused_key_must_last_as_long_as_any() {
    // Of the same status: `T` counts as degraded, `K` as nothing; `k` is degradation with a refused key.
    for (ours, degraded) in [("K", "T"), ("k", "D")] {
        let mut scenario = of(&["api"]);
        scenario.fold_letters(&format!("H{}", ours.repeat(40)));
        let short = scenario.fold_letters(&degraded.repeat(31));
        assert_eq!(short.incidents, [], "{degraded} lasts for less than 15 minutes");
        let opened = scenario.fold_letters(degraded).incidents;
        assert_eq!(opened.len(), 1, "{degraded}");
        // Two outcomes confirm the new cause of the status.
        assert_eq!(opened[0].started_at, start() + INTERVAL * 42, "{degraded}");
        assert_eq!(opened[0].opened_at, start() + INTERVAL * 72, "{degraded}");
    }
}

#[test]
fn an_outage_after_a_refused_key_opens_with_the_second_failure_of_the_target() {
    let mut scenario = of(&["api"]);
    let first = scenario.fold_letters(&format!("H{}U", "K".repeat(40)));
    assert_eq!(first.incidents, [], "one failure proves nothing");
    let opened = scenario.fold_letters("U").incidents;
    assert_eq!(opened[0].started_at, start() + INTERVAL * 42);
}

#[test]
fn an_episode_ends_when_the_failing_region_has_its_key_refused() {
    let mut scenario = regions::scenario(Quorum::Majority, Vec::new());
    let (eu, others) = (format!("H{}", "U".repeat(32)), "H".repeat(33));
    fold_regions(&mut scenario, 0, &[("eu", &eu), ("us", &others), ("ap", &others)]);
    assert_eq!(only(&scenario).started_at, start() + INTERVAL);
    let over = fold_regions(&mut scenario, 33, &[("eu", "KKK"), ("us", "HHH"), ("ap", "HHH")]);
    let end = over.incidents[0].episodes[0].end.unwrap();
    assert_eq!((end.at, end.kind), (start() + INTERVAL * 34, EpisodeEndKind::Recovered));
    assert_eq!(over.incidents[0].resolved_at, Some(end.at));
}

#[test]
fn a_clock_that_was_set_back_bounds_the_times_of_an_open_incident() {
    let mut scenario = of(&["a", "b"]);
    scenario.fold_script(&[("a", "HUUUHH"), ("b", "HUUUUU")]);
    let id = only(&scenario).id.clone();
    let now = start() - INTERVAL * 60;
    assert!(set_back(&mut scenario.state, now));
    let incident = only(&scenario);
    assert_eq!(incident.id, id);
    let mut times = vec![incident.started_at, incident.opened_at, incident.changed_at];
    for episode in &incident.episodes {
        times.push(episode.started_at);
        times.extend(episode.changes.iter().flat_map(|one| [one.at, one.confirmed_at]));
        times.extend(episode.end.iter().flat_map(|end| [end.at, end.confirmed_at]));
    }
    assert_eq!(times.len(), 3 + 2 * 3 + 2);
    assert!(times.iter().all(|at| *at == now), "{times:?}");
}
