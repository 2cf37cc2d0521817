//! The duration of the trouble that an all-clear states: from the first failed check to the first good one, although the alert
//! waits longer for its end.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::message;
use allclear_core::rule::Rule;
use allclear_core::status::{Severity, Status};

use crate::scenario::{
    FoldScenario, INTERVAL, RELOADED_AFTER, builtin_rules, config, monitor, rule, start,
};

/// Returns the time of the n-th run.
fn run_at(n: u32) -> Timestamp {
    start() + INTERVAL * n
}

fn all_clear(scenario: &FoldScenario) -> &Delivery {
    let resolved = |one: &&Delivery| one.notification.kind == NoticeKind::Resolved;
    scenario.log.deliveries.iter().rfind(resolved).unwrap()
}

#[test]
fn the_message_the_incident_and_the_status_state_the_same_duration_of_an_outage() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(30));
    // A failure of its own before the outage lets the end of the alert wait for three calm minutes.
    scenario.fold_letters("UHHHUUUUUU");
    scenario.fold_letters(&"H".repeat(60));
    let (from, until) = (run_at(34), run_at(40));
    let incident = scenario.log.incidents.last().unwrap();
    assert_eq!((incident.started_at, incident.resolved_at), (from, Some(until)));
    let recovery = scenario.log.transitions.iter().rfind(|one| one.to == Status::Healthy).unwrap();
    assert_eq!(recovery.at, until);
    let delivery = all_clear(&scenario);
    let notification = &delivery.notification;
    assert!(delivery.created_at >= until + INTERVAL * 5, "it waited: {}", delivery.created_at);
    assert_eq!((notification.since, notification.at), (from, until));
    assert_eq!(message::lasted(notification).as_deref(), Some("3m"));
    let record = scenario.log.alerts.iter().rfind(|one| one.resolved_at.is_some()).unwrap();
    assert_eq!(record.resolved_at, Some(delivery.created_at), "the alert ended later");
}

#[test]
fn an_all_clear_after_single_failures_ends_the_trouble_at_the_first_good_check() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    scenario.fold_letters(&"UHHH".repeat(6));
    scenario.fold_letters(&"H".repeat(60));
    let delivery = all_clear(&scenario);
    assert_eq!(delivery.notification.alerts[0].rule.as_str(), "failure_rate");
    assert_eq!(delivery.notification.at, run_at(60 + 4 * 5 + 1), "after the last failure");
    assert!(delivery.created_at >= run_at(90), "{}", delivery.created_at);
}

#[test]
fn a_relapse_before_the_end_of_the_alert_is_a_part_of_the_trouble() {
    let slow = rule("slow", "response_time_ms > 200", Severity::Warning);
    let slow = Rule { keep_firing_for: Duration::from_mins(2), ..slow };
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], vec![slow]));
    scenario.fold_letters("HSHHSHHHHHH");
    let notification = &all_clear(&scenario).notification;
    assert_eq!((notification.since, notification.at), (run_at(1), run_at(5)));
}

#[test]
fn a_check_that_measures_nothing_ends_no_trouble() {
    let slow = rule("slow", "response_time_ms > 200", Severity::Warning);
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], vec![slow]));
    scenario.fold_letters("HSS??HHH");
    assert_eq!(all_clear(&scenario).notification.at, run_at(5));
}

#[test]
fn trouble_that_was_over_before_the_removal_of_its_monitor_ends_with_its_last_good_checks() {
    let of =
        |names: &[&str]| config(names.iter().map(|name| monitor(name)).collect(), builtin_rules());
    let mut scenario = FoldScenario::new(of(&["api", "web"]));
    let healthy = "H".repeat(10);
    scenario.fold_script(&[("api", &"H".repeat(30)), ("web", &"H".repeat(30))]);
    scenario.fold_script(&[("api", "UHHHUUUUUU"), ("web", &healthy)]);
    scenario.fold_script(&[("api", "HHH"), ("web", "HHH")]);
    let ended = crate::config_changes::change(&mut scenario, of(&["web"]));
    let delivery = &ended.deliveries[0];
    assert_eq!(delivery.notification.at, run_at(40));
    assert_eq!(delivery.created_at, run_at(42) + RELOADED_AFTER);
}
