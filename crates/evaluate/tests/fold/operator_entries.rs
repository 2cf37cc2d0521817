//! Entries that operators made at run time, beside the config.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::{AlertId, SuppressedBy};
use allclear_core::id::{EntryId, MaintenanceId, RuleId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::status::Severity;
use allclear_core::window::{Maintenance, Silence, WindowSchedule};

use crate::scenario::{
    FoldScenario, INTERVAL, config, id, monitor, notices, rule, start, suppressed,
};

fn scenario() -> FoldScenario {
    let rules = vec![rule("down", "unhealthy", Severity::Critical)];
    FoldScenario::new(config(vec![monitor("api")], rules))
}

fn entry(name: &str, expires_at: Timestamp, content: EntryContent) -> OperatorEntry {
    OperatorEntry {
        id: EntryId::new(name).unwrap(),
        created_at: start(),
        author: "ann".to_owned(),
        comment: "known".to_owned(),
        expires_at: Some(expires_at),
        content,
    }
}

fn silence(matchers: &[&str], until: Timestamp) -> OperatorEntry {
    let matchers = matchers.iter().map(|text| text.parse().unwrap()).collect();
    entry("silence", until, EntryContent::Silence { matchers, starts_at: start() })
}

fn window(scope: RuleScope, end: Timestamp) -> OperatorEntry {
    let window = Maintenance {
        id: MaintenanceId::new("window").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope,
        schedule: WindowSchedule::Once { start: start(), end },
        ended_at: None,
    };
    entry("window", end, EntryContent::Maintenance(Box::new(window)))
}

fn with(scenario: &mut FoldScenario, entries: Vec<OperatorEntry>) {
    scenario.index = scenario.index.with_entries(entries.into());
}

#[test]
fn a_silence_of_an_operator_suppresses_until_it_expires() {
    let mut scenario = scenario();
    with(
        &mut scenario,
        vec![silence(
            &["monitor=api", "severity=critical", "fault=target"],
            start() + INTERVAL * 4,
        )],
    );
    let decided = scenario.fold_letters("HUUUUU");
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Silence)]);
    assert!(decided.suppressions[0].reason.starts_with("silenced by ann until"));
    assert_eq!(notices(&decided.deliveries), ["10:02:00 team api firing critical down"]);
}

#[test]
fn a_silence_that_does_not_match_suppresses_nothing() {
    for matchers in [
        &["monitor=web"][..],
        &["monitor=api", "severity=warning"],
        &["fault=quota"],
        &["rule!~d.*"],
    ] {
        let mut scenario = scenario();
        with(&mut scenario, vec![silence(matchers, start() + INTERVAL * 9)]);
        let decided = scenario.fold_letters("HUUU");
        assert_eq!(decided.deliveries.len(), 1, "{matchers:?}");
    }
}

#[test]
fn a_resolution_is_notified_although_a_silence_began_after_the_firing_notice() {
    let mut scenario = scenario();
    let outage = scenario.fold_letters("HUUU");
    assert_eq!(outage.deliveries.len(), 1);
    with(&mut scenario, vec![silence(&["monitor=api"], start() + INTERVAL * 90)]);
    let after = scenario.fold_letters("HHH");
    assert_eq!(notices(&after.deliveries), ["10:02:00 team api resolved critical down"]);
}

#[test]
fn maintenance_of_an_operator_suppresses_and_counts_like_that_of_the_config() {
    let mut scenario = scenario();
    with(&mut scenario, vec![window(RuleScope::default(), start() + INTERVAL * 6)]);
    let decided = scenario.fold_letters("HUUUUUUU");
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Maintenance)]);
    assert_eq!(notices(&decided.deliveries), ["10:03:00 team api firing critical down"]);
    let tally = scenario.state.monitors[&id("api")].open.hours.values().next().unwrap().tally;
    assert_eq!((tally.maintenance_s, tally.unhealthy_s), (180, 60));
}

#[test]
fn maintenance_of_an_operator_applies_to_its_scope() {
    let mut scenario = scenario();
    let scope = RuleScope { monitors: vec![id("web")], ..RuleScope::default() };
    with(&mut scenario, vec![window(scope, start() + INTERVAL * 60)]);
    assert_eq!(scenario.fold_letters("HUUU").deliveries.len(), 1);
}

#[test]
fn an_ended_window_suppresses_no_longer_and_its_time_stays_maintenance() {
    let mut scenario = scenario();
    let entry = window(RuleScope::default(), start() + INTERVAL * 60).ended(start() + INTERVAL * 4);
    with(&mut scenario, vec![entry]);
    let decided = scenario.fold_letters("HUUUUU");
    assert_eq!(notices(&decided.deliveries), ["10:02:00 team api firing critical down"]);
    let tally = scenario.state.monitors[&id("api")].open.hours.values().next().unwrap().tally;
    assert_eq!(tally.maintenance_s, 120);
}

#[test]
fn a_late_run_is_decided_with_the_silence_that_was_in_force() {
    let mut scenario = scenario();
    with(&mut scenario, vec![silence(&["monitor=api"], start() + INTERVAL * 3)]);
    // The entry has expired when this backlog is folded, and still holds for the times before.
    let decided = scenario.fold_letters("HUU");
    assert_eq!(suppressed(&decided), [("down".to_owned(), SuppressedBy::Silence)]);
    assert!(decided.deliveries.is_empty());
}

#[test]
fn all_acknowledgements_of_an_alert_are_found() {
    let mut scenario = scenario();
    let alert = AlertId::new(&id("api"), &RuleId::new("down").unwrap(), start());
    let hour = Duration::from_hours(1);
    let acknowledged = |name: &str, hours: u32| OperatorEntry {
        created_at: start() + hour * hours,
        ..entry(
            name,
            start() + hour * 10,
            EntryContent::Acknowledgement { alerts: vec![alert.clone()] },
        )
    };
    let (first, second) = (acknowledged("b", 1), acknowledged("a", 2));
    with(&mut scenario, vec![second.clone(), first.clone()]);
    let found = |index: &allclear_evaluate::ConfigIndex, alert: &AlertId| -> Vec<String> {
        index.acknowledgements(alert).map(|entry| entry.id.to_string()).collect()
    };
    assert_eq!(found(&scenario.index, &alert), ["a", "b"]);
    let other = AlertId::new(&id("api"), &RuleId::new("low_uptime").unwrap(), start());
    assert!(found(&scenario.index, &other).is_empty());
}

#[test]
fn an_entry_of_another_version_is_reported_and_the_others_are_in_force() {
    let mut scenario = scenario();
    let until = start() + INTERVAL * 9;
    let broken =
        OperatorEntry { id: EntryId::new("broken").unwrap(), ..silence(&["rule=~("], until) };
    with(&mut scenario, vec![broken, silence(&["monitor=api"], until)]);
    let errors = scenario.index.entry_errors();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().starts_with("the entry `broken` has no effect"), "{}", errors[0]);
    assert!(scenario.fold_letters("HUU").deliveries.is_empty());
}

#[test]
fn other_entries_leave_the_compiled_config_as_it_is() {
    let mut config =
        config(vec![monitor("api")], vec![rule("down", "unhealthy", Severity::Critical)]);
    config.silences = vec![Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: Some(start() + INTERVAL),
        until: start() + INTERVAL * 3,
        author: "ann".to_owned(),
        comment: "known".to_owned(),
    }];
    let mut scenario = FoldScenario::new(config);
    with(&mut scenario, vec![silence(&["monitor=api"], start() + INTERVAL * 6)]);
    let decided = scenario.fold_letters("UUUUUUUU");
    // The silence of the config and that of the operator are both in force.
    assert_eq!(notices(&decided.deliveries), ["10:03:00 team api firing critical down"]);
    let before = Arc::clone(scenario.index.config());
    with(&mut scenario, Vec::new());
    assert!(Arc::ptr_eq(&before, scenario.index.config()));
    assert!(scenario.index.entries().is_empty());
}
