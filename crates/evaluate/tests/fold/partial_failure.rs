//! Services that fail now and then, and services that are slower than they usually are.

use std::time::Duration;

use allclear_core::event::SuppressedBy;
use allclear_core::rule::{BUILTIN_RULES, Rule};
use allclear_core::state::{Decision, RecentOutcomes};
use allclear_core::status::Status;
use allclear_evaluate::standing::of_monitor;

use crate::scenario::{
    FoldScenario, INTERVAL, builtin_rules, config, id, monitor, notices, rule, start, suppressed,
};

/// The runs of an hour.
const HOUR: usize = 120;

fn about(decision: &Decision, rule: &str) -> Vec<String> {
    notices(&decision.deliveries).into_iter().filter(|one| one.contains(rule)).collect()
}

#[test]
fn a_quarter_of_failures_is_noticed_within_minutes_and_ends_once() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    let failing = scenario.fold_letters(&"UHHH".repeat(5));
    assert_eq!(notices(&failing.deliveries), ["10:36:00 team api firing warning failure_rate"]);
    let notification = &failing.deliveries[0].notification;
    assert_eq!(notification.title(), "api fails in some checks");
    assert_eq!(
        notification.message,
        "4 of 30 checks of the last 15 minutes failed; the latest one: status 503, want 2xx"
    );
    let after = scenario.fold_letters(&"H".repeat(HOUR));
    assert_eq!(after.deliveries.len(), 1, "{:?}", notices(&after.deliveries));
    assert!(notices(&after.deliveries)[0].contains("resolved warning failure_rate"));
}

#[test]
fn half_of_the_checks_failing_is_noticed_sooner() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    let failing = scenario.fold_letters(&"UH".repeat(5));
    assert_eq!(notices(&failing.deliveries), ["10:33:00 team api firing warning failure_rate"]);
}

#[test]
fn a_blip_now_and_then_is_not_noticed() {
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], default_rules()));
    for _ in 0..4 {
        let blip = format!("{}U", "H".repeat(29));
        assert!(scenario.fold_letters(&blip.repeat(2)).deliveries.is_empty());
    }
    let two = format!("{}UU{}", "H".repeat(29), "H".repeat(29));
    assert!(scenario.fold_letters(&two).deliveries.is_empty());
}

/// Returns the rules that are on by default.
fn default_rules() -> Vec<Rule> {
    let is_enabled = |rule: &Rule| {
        BUILTIN_RULES.iter().any(|one| one.id == rule.id.as_str() && one.is_enabled())
    };
    builtin_rules().into_iter().filter(is_enabled).collect()
}

#[test]
fn an_outage_is_not_reported_again_as_intermittent_failures() {
    for n_failures in [4, 10, 40] {
        let mut scenario = FoldScenario::of_one();
        scenario.fold_letters(&"H".repeat(60));
        let outage = scenario.fold_letters(&"U".repeat(n_failures));
        assert_eq!(outage.deliveries.len(), 1, "{:?}", notices(&outage.deliveries));
        let after = scenario.fold_letters(&"H".repeat(HOUR));
        assert_eq!(after.deliveries.len(), 1, "{:?}", notices(&after.deliveries));
        let alerts = outage.alerts.iter().chain(&after.alerts);
        assert!(alerts.into_iter().all(|one| one.rule.as_str() != "failure_rate"));
    }
}

/// Folds an outage of so many failures, so many successes, and an outage of three minutes.
fn two_outages(n_failures: usize, n_successes: usize) -> FoldScenario {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    scenario.fold_letters(&format!("{}{}", "U".repeat(n_failures), "H".repeat(n_successes)));
    let second = scenario.fold_letters("UUUUUU");
    assert!(!second.deliveries.is_empty());
    scenario
}

#[test]
fn after_two_outages_within_a_quarter_of_an_hour_the_all_clear_comes_after_five_minutes() {
    let mut scenario = two_outages(6, 14);
    let last_failure = scenario.now();
    let after = scenario.fold_letters(&"H".repeat(HOUR));
    assert_eq!(after.deliveries.len(), 1, "{:?}", notices(&after.deliveries));
    let end = &after.deliveries[0];
    assert!(end.notification.details.ends_group, "{:?}", notices(&after.deliveries));
    let waited = end.created_at.duration_since(last_failure).unsigned_abs();
    assert_eq!(waited, Duration::from_mins(5));
}

#[test]
fn the_end_of_an_outage_that_waits_for_intermittent_failures_names_their_rule() {
    let mut scenario = two_outages(4, 6);
    scenario.fold_letters(&"H".repeat(12));
    let api = id("api");
    let standing = of_monitor(&scenario.state, &scenario.index, &api, None, scenario.now());
    assert_eq!(standing.unreported_ends.len(), 1, "{standing:?}");
    let sentence = &standing.unreported_ends[0];
    assert!(sentence.contains("with the end of `failure_rate`, which still fires"), "{sentence}");
}

#[test]
fn an_outage_of_a_service_that_fails_now_and_then_is_not_over_with_two_successes() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    let failing = scenario.fold_letters("UHHUUUHHUHUUUHHUHHUUUH");
    assert_eq!(failing.deliveries.len(), 1, "{:?}", notices(&failing.deliveries));
    let after = scenario.fold_letters(&"H".repeat(HOUR));
    assert_eq!(after.deliveries.len(), 1, "{:?}", notices(&after.deliveries));
}

#[test]
fn what_depends_on_a_service_that_fails_now_and_then_is_not_notified() {
    let mut child = monitor("child");
    child.depends_on = vec![id("api")];
    let mut scenario = FoldScenario::new(config(vec![monitor("api"), child], builtin_rules()));
    let well = "H".repeat(60);
    scenario.fold_script(&[("api", &well), ("child", &well)]);
    let failing = "UHHH".repeat(8);
    let both = scenario.fold_script(&[("api", &failing), ("child", &failing)]);
    assert_eq!(about(&both, "child"), Vec::<String>::new());
    assert_eq!(about(&both, "api firing").len(), 1);
    assert!(suppressed(&both).contains(&("failure_rate".to_owned(), SuppressedBy::Dependency)));
}

#[test]
fn children_that_recover_a_moment_later_than_their_parent_are_not_notified() {
    let mut child = monitor("child");
    child.depends_on = vec![id("api")];
    let mut scenario = FoldScenario::new(config(vec![monitor("api"), child], builtin_rules()));
    scenario.fold_script(&[("api", "HUUUUUU"), ("child", "HUUUUUU")]);
    let after = scenario.fold_script(&[("api", "HHHHHH"), ("child", "UUHHHH")]);
    assert!(about(&after, "child").is_empty(), "{:?}", notices(&after.deliveries));
    let mut other = FoldScenario::new(scenario.index.config().as_ref().clone());
    other.fold_script(&[("api", "HUUUUUU"), ("child", "HUUUUUU")]);
    let stays = other.fold_script(&[("api", "HHHHHHHH"), ("child", "UUUUUUUU")]);
    assert_eq!(about(&stays, "child firing").len(), 1, "{:?}", notices(&stays.deliveries));
}

#[test]
fn an_outcome_takes_one_byte_of_the_state() {
    for (interval_s, n_outcomes, most) in [(60, 15, 24), (10, 90, 100)] {
        let mut recent = RecentOutcomes::default();
        for n in 0..n_outcomes * 2 {
            let status = if n % 3 == 0 { Status::Unhealthy } else { Status::Healthy };
            recent.record(start() + Duration::from_secs(n * interval_s), status);
        }
        let size = postcard::to_extend(&recent, Vec::new()).unwrap().len();
        assert!(size <= most, "{size} bytes for {n_outcomes} outcomes");
    }
}

#[test]
fn a_response_time_is_compared_with_the_usual_one_of_its_hour() {
    let anomaly = BUILTIN_RULES.iter().find(|one| one.id == "latency_anomaly").unwrap();
    let rules = vec![Rule {
        confirm: anomaly.confirm,
        ..rule(anomaly.id, anomaly.condition, anomaly.severity)
    }];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    let early = scenario.fold_letters(&format!("{}{}", "H".repeat(HOUR), "S".repeat(10)));
    assert!(early.alerts.is_empty(), "nothing is usual on the first day");
    scenario.fold_letters(&"H".repeat(4 * 24 * HOUR - HOUR - 10));
    let usual = &scenario.state.monitors[&id("api")].usual_latency;
    let millis = usual.at(scenario.now() + INTERVAL).unwrap().as_millis();
    assert!((49..=51).contains(&millis), "{millis}");
    let slow = scenario.fold_letters("HSSHS");
    assert_eq!(about(&slow, "firing warning latency_anomaly").len(), 1);
    assert_eq!(about(&scenario.fold_letters("HHH"), "resolved").len(), 1);
}

#[test]
fn usual_response_times_are_recorded_only_for_rules_that_read_them() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(4 * HOUR));
    let usual = &scenario.state.monitors[&id("api")].usual_latency;
    assert_eq!(*usual, allclear_core::state::UsualLatency::default());
}
