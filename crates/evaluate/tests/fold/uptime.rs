//! The rule about the uptime of a day, beside the alerts about an outage within it.

use std::time::Duration;

use allclear_core::event::SuppressedBy;
use allclear_core::status::Severity;
use allclear_evaluate::fold::set_back;

use crate::scenario::{
    FoldScenario, builtin_rules, config, monitor, notices, rule, start, suppressed,
};

/// The runs of an hour.
const HOUR: usize = 120;

fn low_uptime(decision: &allclear_core::state::Decision) -> Vec<String> {
    notices(&decision.deliveries).into_iter().filter(|one| one.contains("low_uptime")).collect()
}

#[test]
fn a_low_uptime_needs_a_day_of_data() {
    let rules = vec![rule("low_uptime", "uptime_percentage < 95.0", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    assert!(scenario.fold_letters(&"HHHHU".repeat(23 * HOUR / 5)).alerts.is_empty());
    let after_a_day = scenario.fold_letters(&"HHHHU".repeat(2 * HOUR / 5));
    assert_eq!(low_uptime(&after_a_day).len(), 1, "a fifth of the checks failed for a day");
}

#[test]
fn a_long_outage_is_not_reported_again_as_a_low_uptime() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(25 * HOUR));
    let outage = scenario.fold_letters(&"U".repeat(2 * HOUR));
    assert_eq!(outage.deliveries.len(), 1, "{:?}", notices(&outage.deliveries));
    assert!(suppressed(&outage).contains(&("low_uptime".to_owned(), SuppressedBy::RecentOutage)));
    let after = scenario.fold_letters(&"H".repeat(30 * HOUR));
    let ends = notices(&after.deliveries);
    assert!(ends.len() == 1 && ends[0].contains("resolved critical"), "{ends:?}");
}

#[test]
fn an_outage_that_a_dependency_suppressed_is_not_reported_as_a_low_uptime() {
    let mut child = monitor("child");
    child.depends_on = vec![monitor("api").id];
    let mut scenario = FoldScenario::new(config(vec![monitor("api"), child], builtin_rules()));
    let both = |scenario: &mut FoldScenario, letter: &str, n: usize| {
        let letters = letter.repeat(n);
        scenario.fold_script(&[("api", &letters), ("child", &letters)])
    };
    both(&mut scenario, "H", 25 * HOUR);
    both(&mut scenario, "U", 2 * HOUR);
    let after = both(&mut scenario, "H", 30 * HOUR);
    assert!(low_uptime(&after).is_empty(), "{:?}", notices(&after.deliveries));
    assert!(notices(&after.deliveries).iter().all(|one| one.contains("resolved")));
}

#[test]
fn an_outage_in_the_future_of_a_clock_that_was_set_back_suppresses_for_no_longer_than_a_day() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUUUUUU");
    let now = start() - Duration::from_hours(24 * 365);
    assert!(set_back(&mut scenario.state, now));
    let state = &scenario.state.monitors[&monitor("api").id];
    assert_eq!((state.last_outage, state.last_healthy), (Some(now), Some(now)));
}
