//! Tests of incidents: the trouble that opens them, the trouble that joins, and their ends.

mod size;
mod times;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::id::{MaintenanceId, MonitorId};
use allclear_core::incident::{
    AutomaticIncident, EpisodeEndKind, Incident, IncidentEpisode, IncidentId, IncidentImpact,
    IncidentPhase, IncidentPublishing, IncidentVisibility, RegionCount,
};
use allclear_core::monitor::Monitor;
use allclear_core::provider_status::Level;
use allclear_core::public_effect::PublicEffect;
use allclear_core::reason::Reason;
use allclear_core::rule::RuleScope;
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Fault;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

use proptest::prelude::*;

use crate::properties;
use crate::regions::{REGIONS, run_of};
use crate::scenario::{FoldScenario, INTERVAL, config, id, monitor, run, start};

/// Degradation of sixteen minutes, at two outcomes a minute.
const LASTING: &str = "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD";

fn of(names: &[&str]) -> FoldScenario {
    FoldScenario::new(quiet(names.iter().map(|name| monitor(name)).collect()))
}

fn quiet(monitors: Vec<Monitor>) -> Config {
    config(monitors, Vec::new())
}

/// Returns the incidents after all decisions, each as the page would merge it.
fn merged(scenario: &FoldScenario) -> Vec<Incident> {
    let mut facts = scenario.log.incidents.clone();
    facts.extend(scenario.state.incidents.values().cloned());
    Incident::merge_all(facts, Vec::new())
}

fn monitors(incident: &AutomaticIncident) -> Vec<&str> {
    incident.episodes.iter().map(|one| one.monitor.as_str()).collect()
}

fn only(scenario: &FoldScenario) -> &AutomaticIncident {
    let open: Vec<&AutomaticIncident> = scenario.state.incidents.values().collect();
    assert_eq!(open.len(), 1, "{open:#?}");
    open[0]
}

#[test]
fn a_confirmed_outage_opens_an_incident_and_the_recovery_closes_it() {
    let mut scenario = of(&["api"]);
    assert_eq!(scenario.fold_letters("HU").incidents, [], "one failure proves nothing");
    let opened = scenario.fold_letters("U").incidents;
    assert_eq!(opened.len(), 1);
    let incident = &opened[0];
    assert_eq!(incident.started_at, start() + INTERVAL, "the first failure is the start");
    assert_eq!(incident.opened_at, start() + INTERVAL * 2);
    assert_eq!(incident.visibility, IncidentVisibility::Published);
    let change = incident.episodes[0].changes[0];
    assert_eq!(
        (change.fault, change.reason.map(Reason::code)),
        (Fault::Target, Some("http_status"))
    );
    assert_eq!(change.regions, RegionCount { failing: 1, reporting: 1 });
    assert_eq!(scenario.fold_letters("UU").incidents, [], "nothing has changed");

    let closed = scenario.fold_letters("HH").incidents;
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].id, incident.id);
    assert_eq!(closed[0].resolved_at, Some(start() + INTERVAL * 5));
    assert_eq!(closed[0].episodes[0].end.unwrap().kind, EpisodeEndKind::Recovered);
    assert!(scenario.state.incidents.is_empty());
    let merged = &merged(&scenario)[0];
    assert_eq!((merged.phase(), merged.impact), (IncidentPhase::Resolved, IncidentImpact::Major));
}

#[test]
fn a_failure_that_is_not_the_targets_opens_nothing() {
    let mut scenario = of(&["api"]);
    let decided = scenario.fold_letters(&format!("HKKKK????IIIIK{}", "K".repeat(40)));
    assert_eq!(decided.incidents, []);
}

#[test]
fn degradation_opens_a_minor_incident_after_a_quarter_of_an_hour() {
    let mut scenario = of(&["api"]);
    let short = scenario.fold_letters(&format!("H{}HH", &LASTING[..29]));
    assert_eq!(short.incidents, [], "it lasted for less than 15 minutes");
    scenario.fold_letters(LASTING);
    let incident = only(&scenario);
    let lasted = incident.opened_at.duration_since(incident.started_at);
    assert_eq!(lasted.unsigned_abs(), Duration::from_mins(15));
    assert_eq!(merged(&scenario)[0].impact, IncidentImpact::Minor);
}

#[test]
fn an_outage_that_becomes_degraded_stays_open_in_monitoring() {
    let mut scenario = of(&["api"]);
    scenario.fold_letters("HUUDD");
    let open = &merged(&scenario)[0];
    assert_eq!((open.phase(), open.is_open()), (IncidentPhase::Monitoring, true));
    scenario.fold_letters("UU");
    assert_eq!(merged(&scenario)[0].phase(), IncidentPhase::Investigating);
    scenario.fold_letters("DDHH");
    let closed = &merged(&scenario)[0];
    assert_eq!((closed.phase(), closed.is_open()), (IncidentPhase::Resolved, false));
    assert_eq!(closed.impact, IncidentImpact::Major, "the worst effect counts");
    assert_eq!(merged(&scenario).len(), 1);
}

#[test]
fn a_parent_and_its_children_are_one_incident() {
    let mut scenario = FoldScenario::new(quiet(family()));
    // The children fail two minutes after the parent, and one of them only through the other.
    scenario.fold_script(&[
        ("database", "HUUUUUUUUU"),
        ("middle", "HHHHHUUUUU"),
        ("api", "HHHHHHHUUU"),
        ("other", "HHHHHHHHHH"),
    ]);
    assert_eq!(monitors(only(&scenario)), ["database", "middle", "api"]);
    scenario.fold_script(&[
        ("database", "HHH"),
        ("middle", "HHH"),
        ("api", "UUU"),
        ("other", "HHH"),
    ]);
    assert!(only(&scenario).is_open(), "one episode is open");
    scenario.fold_script(&[("database", "HH"), ("middle", "HH"), ("api", "HH"), ("other", "HH")]);
    assert_eq!(merged(&scenario).len(), 1);
    assert!(!merged(&scenario)[0].is_open());
}

#[test]
fn a_child_that_fails_before_its_parent_is_joined_by_it() {
    let mut scenario = FoldScenario::new(quiet(family()));
    scenario.fold_script(&[("api", "HUUUUUU"), ("middle", "HHHHHHH"), ("database", "HHHHUUU")]);
    assert_eq!(monitors(only(&scenario)), ["api", "database"]);
}

#[test]
fn unrelated_trouble_joins_within_a_minute_and_not_later() {
    let mut scenario = of(&["a", "b", "c"]);
    scenario.fold_script(&[("a", "HUUUUUUU"), ("b", "HHUUUUUU"), ("c", "HHHHUUUU")]);
    let all: Vec<Vec<&str>> = scenario.state.incidents.values().map(monitors).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.contains(&vec!["a", "b"]) && all.contains(&vec!["c"]), "{all:?}");
}

#[test]
fn monitors_of_one_heading_join_within_ten_minutes_of_one_another() {
    let of_group = |name: &str| Monitor { group: Some("Payments".to_owned()), ..monitor(name) };
    let mut scenario =
        FoldScenario::new(quiet(["a", "b", "c"].into_iter().map(of_group).collect()));
    let (b, c) = (format!("{}{}", "H".repeat(16), "U".repeat(23)), format!("{}UU", "H".repeat(37)));
    scenario.fold_script(&[("a", &format!("H{}", "U".repeat(38))), ("b", &b), ("c", &c)]);
    let mut all: Vec<Vec<&str>> = scenario.state.incidents.values().map(monitors).collect();
    all.sort();
    assert_eq!(all, [vec!["a", "b"], vec!["c"]]);
}

#[test]
fn a_monitor_that_fails_again_continues_the_open_incident() {
    let mut scenario = of(&["a", "b"]);
    scenario.fold_script(&[("a", "HUUHHUUU"), ("b", "HUUUUUUU")]);
    assert_eq!(monitors(only(&scenario)), ["a", "b", "a"]);
    assert!(merged(&scenario)[0].is_open());
}

#[test]
fn a_removed_monitor_ends_its_episode_and_leaves_the_others_open() {
    let mut scenario = of(&["a", "b"]);
    scenario.fold_script(&[("a", "HUUU"), ("b", "HUUU")]);
    let id = only(&scenario).id.clone();
    scenario.index = ConfigIndex::new(Arc::new(quiet(vec![monitor("b")]))).unwrap();
    let decided = scenario.retire();
    assert_eq!(decided.incidents.len(), 1);
    let incident = only(&scenario);
    assert_eq!(incident.id, id);
    assert_eq!(incident.episodes[0].end.unwrap().kind, EpisodeEndKind::Removed);
    assert!(incident.is_open());

    scenario.index = ConfigIndex::new(Arc::new(quiet(vec![monitor("c")]))).unwrap();
    let decided = scenario.retire();
    assert_eq!(decided.incidents[0].id, id);
    assert!(decided.incidents[0].resolved_at.is_some(), "it is closed and recorded");
    assert!(scenario.state.incidents.is_empty());
}

#[test]
fn a_restart_and_a_reload_keep_the_open_incident() {
    let mut scenario = of(&["a", "b"]);
    scenario.fold_script(&[("a", "HUUU"), ("b", "HHHH")]);
    let before = only(&scenario).clone();
    // A restart reads the state that was written.
    let written = serde_json::to_string(&scenario.state).unwrap();
    scenario.state = serde_json::from_str::<ShardState>(&written).unwrap();
    // A reload brings another name of the monitor.
    let renamed = Monitor { name: "Checkout".to_owned(), ..monitor("a") };
    scenario.index = ConfigIndex::new(Arc::new(quiet(vec![renamed, monitor("b")]))).unwrap();
    let decided = scenario.retire();
    assert_eq!(decided.incidents[0].episodes[0].name, "Checkout");
    let decided = scenario.fold_script(&[("a", "UHH"), ("b", "HHH")]);
    assert_eq!(decided.incidents.len(), 1);
    assert_eq!(decided.incidents[0].id, before.id);
    assert!(decided.incidents[0].resolved_at.is_some());
}

#[test]
fn planned_maintenance_opens_nothing_and_what_fails_after_it_does() {
    let mut config = quiet(vec![monitor("api")]);
    let end = start() + INTERVAL * 6;
    config.maintenances = vec![Maintenance {
        id: MaintenanceId::new("upgrade").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: start(), end },
        ended_at: None,
    }];
    let planned = FoldScenario::new(config.clone()).fold_letters("HUUUUHHH");
    assert_eq!(planned.incidents, []);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_letters("HUUUUUUU");
    assert_eq!(only(&scenario).started_at, end, "the planned part does not count");
}

#[test]
fn the_config_chooses_the_incidents_that_are_published() {
    use IncidentVisibility::{Draft, Published};
    let critical = Monitor { critical: true, ..monitor("critical") };
    let private = Monitor { public: false, critical: true, ..monitor("private") };
    let monitors = [monitor("plain"), critical, private];
    let expected = [
        (IncidentPublishing::All, [Published, Published, Draft]),
        (IncidentPublishing::Critical, [Draft, Published, Draft]),
        (IncidentPublishing::None, [Draft, Draft, Draft]),
    ];
    for (publishing, publications) in expected {
        for (monitor, visibility) in monitors.iter().zip(publications) {
            let mut config = quiet(vec![monitor.clone()]);
            config.settings.publish_incidents = publishing;
            let mut scenario = FoldScenario::new(config);
            scenario.fold_script(&[(monitor.id.as_str(), "HUU")]);
            assert_eq!(only(&scenario).visibility, visibility, "{publishing:?} {}", monitor.id);
        }
    }
}

/// Reads a config of `api` and `web` that publishes these incidents.
fn reload_publishing(scenario: &mut FoldScenario, publishing: IncidentPublishing) -> Decision {
    let mut config = quiet(vec![monitor("api"), monitor("web")]);
    config.settings.publish_incidents = publishing;
    scenario.index = ConfigIndex::new(Arc::new(config)).unwrap();
    scenario.retire()
}

#[test]
fn a_config_that_publishes_incidents_publishes_the_open_drafts_at_once() {
    use IncidentVisibility::{Draft, Published};
    let mut scenario = of(&["api", "web"]);
    reload_publishing(&mut scenario, IncidentPublishing::None);
    scenario.fold_script(&[("api", "HUUU"), ("web", "HHHH")]);
    assert_eq!(only(&scenario).visibility, Draft);
    let same = reload_publishing(&mut scenario, IncidentPublishing::None);
    assert_eq!(same.incidents, [], "nothing has changed");
    let critical = reload_publishing(&mut scenario, IncidentPublishing::Critical);
    assert_eq!(critical.incidents, [], "no critical monitor is down");

    let published = reload_publishing(&mut scenario, IncidentPublishing::All).incidents;
    assert_eq!(published.len(), 1, "without a further outcome");
    assert_eq!((published[0].visibility, published[0].is_open()), (Published, true));
    assert_eq!(only(&scenario), &published[0]);
    assert_eq!(reload_publishing(&mut scenario, IncidentPublishing::All).incidents, []);
}

#[test]
fn a_config_that_publishes_no_incident_keeps_the_published_ones_and_holds_new_ones_back() {
    use IncidentVisibility::{Draft, Published};
    let mut scenario = of(&["api", "web"]);
    scenario.fold_script(&[("api", "HUUUUU"), ("web", "HHHHHH")]);
    let published = only(&scenario).id.clone();
    assert_eq!(reload_publishing(&mut scenario, IncidentPublishing::None).incidents, []);
    scenario.fold_script(&[("api", "UUUU"), ("web", "UUUU")]);
    let visibilities: BTreeMap<bool, IncidentVisibility> = scenario
        .state
        .incidents
        .values()
        .map(|one| (one.id == published, one.visibility))
        .collect();
    assert_eq!(visibilities, BTreeMap::from([(true, Published), (false, Draft)]));
    let closed = scenario.fold_script(&[("api", "HH"), ("web", "UU")]).incidents;
    assert_eq!((&closed[0].id, closed[0].visibility), (&published, Published));
}

#[test]
fn a_draft_is_published_by_the_outage_of_a_critical_monitor_that_joins() {
    let critical = Monitor { critical: true, ..monitor("b") };
    let mut config = quiet(vec![monitor("a"), critical]);
    config.settings.publish_incidents = IncidentPublishing::Critical;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HHU")]);
    assert_eq!(only(&scenario).visibility, IncidentVisibility::Draft);
    scenario.fold_script(&[("a", "U"), ("b", "U")]);
    assert_eq!(only(&scenario).visibility, IncidentVisibility::Published);
    assert_eq!(merged(&scenario)[0].impact, IncidentImpact::Critical);
}

#[test]
fn the_confirmation_by_the_provider_is_recorded_once() {
    let mut scenario = of(&["api"]);
    scenario.fold_letters("HUU");
    let episode = &only(&scenario).episodes[0];
    assert!(!episode.has_provider_page && episode.provider_confirmed_at.is_none());

    let mut confirmed = of(&["api"]);
    confirmed.fold_letters("HU");
    report(&mut confirmed, Level::Operational);
    confirmed.fold_letters("U");
    let episode = &only(&confirmed).episodes[0];
    assert!(episode.has_provider_page && episode.provider_confirmed_at.is_none());
    report(&mut confirmed, Level::Down);
    let decided = confirmed.fold_letters("UU");
    assert_eq!(decided.incidents.len(), 1, "the second outcome brings nothing new");
    let at = only(&confirmed).episodes[0].provider_confirmed_at;
    assert_eq!(at, Some(start() + INTERVAL * 3));
}

/// Sets the status that the provider of `api` reports.
fn report(scenario: &mut FoldScenario, level: Level) {
    let at = scenario.now();
    let reported = allclear_core::provider_status::ProviderStatus {
        level,
        since: at,
        seen_at: at,
        headline: String::new(),
        phase: None,
        lag: None,
    };
    let known = scenario.state.monitors.get_mut(&id("api")).unwrap();
    known.provider_status = Some(reported);
}

#[test]
fn an_incident_counts_the_regions_that_fail() {
    let mut scenario = of(&["api"]);
    for (n, letters) in ["HHH", "UUH", "UUH"].into_iter().enumerate() {
        for (region, letter) in REGIONS.into_iter().zip(letters.chars()) {
            fold(&mut scenario.state, &run_of(n, region, letter), &scenario.index);
        }
    }
    let change = only(&scenario).episodes[0].changes[0];
    assert_eq!(change.regions, RegionCount { failing: 2, reporting: 3 });
    assert_eq!(change.reason.map(Reason::code), Some("http_status"));
}

#[test]
fn folding_the_log_again_decides_the_same_incidents() {
    let script = [('H', 'H'), ('U', 'H'), ('U', 'U'), ('D', 'U'), ('D', 'H'), ('H', 'H')];
    let replay = || {
        let mut scenario = FoldScenario::new(quiet(family()));
        let mut decided = Decision::default();
        for (n, (a, b)) in script.into_iter().cycle().take(60).enumerate() {
            let run = run(n, &[("database", a), ("api", b)]);
            decided.append(fold(&mut scenario.state, &run, &scenario.index));
        }
        (decided.incidents, scenario.state.incidents)
    };
    assert_eq!(replay(), replay());
    assert!(!replay().0.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An outage is in exactly one open incident, and an incident is open as long as one of its monitors is affected.
    #[test]
    fn each_outage_is_in_one_open_incident_for_any_log(runs in properties::logs()) {
        let mut scenario = properties::scenario();
        let mut latest: BTreeMap<IncidentId, AutomaticIncident> = BTreeMap::new();
        for run in &runs {
            for incident in fold(&mut scenario.state, run, &scenario.index).incidents {
                latest.insert(incident.id.clone(), incident);
            }
            let open: Vec<&MonitorId> = scenario
                .state
                .incidents
                .values()
                .flat_map(|one| one.episodes.iter().filter(|episode| episode.is_open()))
                .map(|episode| &episode.monitor)
                .collect();
            for (id, known) in &scenario.state.monitors {
                let n_open = open.iter().filter(|one| **one == id).count();
                let effect = PublicEffect::of(known.status, known.cause.as_ref());
                prop_assert!(n_open <= 1, "{id} is in {n_open} incidents");
                prop_assert!(effect != PublicEffect::Outage || n_open == 1, "{id} is in none");
                prop_assert!(effect != PublicEffect::Operational || n_open == 0, "{id} is over");
            }
            for incident in scenario.state.incidents.values() {
                prop_assert!(incident.episodes.iter().any(IncidentEpisode::is_open));
                prop_assert_eq!(latest.get(&incident.id), Some(incident), "it was committed");
            }
            let is_open = |one: &&AutomaticIncident| one.is_open();
            prop_assert_eq!(latest.values().filter(is_open).count(), scenario.state.incidents.len());
        }
    }
}

/// Returns a database, a service on it, a service on that one, and an unrelated one.
fn family() -> Vec<Monitor> {
    let on = |name: &str, parent: &str| Monitor { depends_on: vec![id(parent)], ..monitor(name) };
    vec![monitor("database"), on("middle", "database"), on("api", "middle"), monitor("other")]
}

#[test]
fn an_incident_that_several_monitors_open_is_opened_when_the_last_one_joins() {
    let mut scenario = of(&["a", "b"]);
    let late = |n: usize| {
        let mut run = run(n, &[("a", 'U'), ("b", 'U')]);
        run.outcomes[1].offset = Duration::from_secs(20);
        run
    };
    fold(&mut scenario.state, &late(0), &scenario.index);
    let decided = fold(&mut scenario.state, &late(1), &scenario.index).incidents;
    assert_eq!(decided.len(), 1, "{decided:#?}");
    assert_eq!(decided[0].episodes.len(), 2);
    assert_eq!(decided[0].opened_at, decided[0].changed_at);
}
