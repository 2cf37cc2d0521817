//! The size of incidents, whose records must fit into one item of the table of a stack.

use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentEffect};
use allclear_core::monitor::Monitor;

use super::{of, only, quiet};
use crate::scenario::{FoldScenario, monitor};

#[test]
fn a_flapping_monitor_keeps_a_bounded_record() {
    let mut scenario = of(&["a", "b"]);
    let (a, b) = ("UUHH".repeat(60), "U".repeat(240));
    scenario.fold_script(&[("a", &a), ("b", &b)]);
    let incident = only(&scenario);
    assert!(incident.episodes.len() <= 11, "{}", incident.episodes.len());
    assert!(incident.episodes.iter().all(|one| one.changes.len() <= 30));
    scenario.fold_script(&[("a", "HH"), ("b", "HH")]);
    assert!(scenario.state.incidents.is_empty());
}

#[test]
fn an_incident_of_a_thousand_monitors_is_full() {
    let names: Vec<String> = (0..1_500).map(|n| format!("m{n}")).collect();
    let mut scenario = FoldScenario::new(quiet(names.iter().map(|name| monitor(name)).collect()));
    let script: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "UU")).collect();
    scenario.fold_script(&script);
    let mut sizes: Vec<usize> =
        scenario.state.incidents.values().map(|one| one.episodes.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [500, 1_000]);
}

/// Returns the open incidents of 600 monitors that follow these letters at the same time and have the longest names.
fn long_names(letters: &str) -> Vec<AutomaticIncident> {
    let monitors =
        (0..600).map(|n| Monitor { name: "\u{1f980}".repeat(1_000), ..monitor(&format!("m{n}")) });
    let mut scenario = FoldScenario::new(quiet(monitors.collect()));
    let ids: Vec<String> = (0..600).map(|n| format!("m{n}")).collect();
    let script: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), letters)).collect();
    scenario.fold_script(&script);
    scenario.state.incidents.into_values().collect()
}

#[test]
fn an_incident_of_long_names_is_full_before_its_record_is_too_large() {
    let incidents = long_names("UU");
    let n_episodes: usize = incidents.iter().map(|one| one.episodes.len()).sum();
    assert_eq!(n_episodes, 600, "nothing is lost");
    assert_eq!(incidents.len(), 2);
    for incident in &incidents {
        assert!(incident.stored_bytes() <= AutomaticIncident::MAX_BYTES);
        assert_eq!(incident.episodes[0].name.chars().count(), 200);
    }
}

#[test]
fn names_that_grow_during_an_incident_are_cut_to_the_size_of_its_record() {
    let ids: Vec<String> = (0..1_000).map(|n| format!("m{n}")).collect();
    let named = |name: &str| {
        let monitors = ids.iter().map(|id| Monitor { name: name.to_owned(), ..monitor(id) });
        FoldScenario::new(quiet(monitors.collect()))
    };
    let fold = |scenario: &mut FoldScenario, letters: &str| {
        let script: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), letters)).collect();
        scenario.fold_script(&script);
    };
    let mut scenario = named("m");
    fold(&mut scenario, "UU");
    scenario.index = named(&"\u{1f980}".repeat(200)).index;
    let renamed = scenario.retire();
    assert_eq!(renamed.incidents.len(), 1);
    let incident = &renamed.incidents[0];
    assert_eq!(incident.episodes.len(), 1_000);
    assert!(
        incident.shortened_bytes() <= AutomaticIncident::MAX_BYTES,
        "{}",
        incident.shortened_bytes()
    );
    let length = incident.episodes[0].name.chars().count();
    assert!(length >= 5, "{length}");
    assert!(incident.episodes.iter().all(|one| one.name.chars().count() == length));
    let again = scenario.retire();
    assert!(again.incidents.is_empty(), "a name that was cut is no change");
    fold(&mut scenario, &"DDUU".repeat(12));
    let largest = scenario.log.incidents.iter().map(AutomaticIncident::stored_bytes).max();
    assert!(largest.is_some_and(|n| n <= AutomaticIncident::MAX_BYTES), "{largest:?}");
}

#[test]
fn a_record_that_grows_too_large_keeps_the_first_the_worst_and_the_last_change() {
    let incidents = long_names(&format!("UU{}", "DDUU".repeat(12)));
    for incident in &incidents {
        let n_bytes = incident.stored_bytes();
        assert!(n_bytes <= AutomaticIncident::MAX_BYTES, "{n_bytes}");
        for episode in &incident.episodes {
            let effects: Vec<IncidentEffect> =
                episode.changes.iter().map(|change| change.effect).collect();
            let last = effects.last().copied();
            assert_eq!(effects.first(), Some(&IncidentEffect::Outage), "{effects:?}");
            assert_eq!(last, Some(IncidentEffect::Outage), "the latest effect: {effects:?}");
            let times: Vec<Timestamp> =
                episode.changes.iter().map(|change| change.confirmed_at).collect();
            assert!(times.len() > 1 && times.is_sorted(), "{times:?}");
            assert_eq!(times.last(), Some(&incident.changed_at), "the last change is kept");
        }
    }
}
