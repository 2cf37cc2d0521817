//! The rule about the uptime of a day, beside the alerts about an outage within it.

use allclear_core::event::SuppressedBy;
use allclear_core::status::Severity;

use crate::scenario::{Stage, builtin_rules, config, held, monitor, rule, told};

/// The runs of an hour.
const HOUR: usize = 120;

fn low_uptime(decision: &allclear_core::state::Decision) -> Vec<String> {
    told(&decision.deliveries).into_iter().filter(|one| one.contains("low_uptime")).collect()
}

#[test]
fn a_low_uptime_needs_a_day_of_data() {
    let rules = vec![rule("low_uptime", "uptime_percentage < 95.0", Severity::Warning)];
    let mut stage = Stage::new(config(vec![monitor("api")], rules));
    assert!(stage.play(&"HHHHU".repeat(23 * HOUR / 5)).alerts.is_empty());
    let after_a_day = stage.play(&"HHHHU".repeat(2 * HOUR / 5));
    assert_eq!(low_uptime(&after_a_day).len(), 1, "a fifth of the checks failed for a day");
}

#[test]
fn a_long_outage_is_not_reported_again_as_a_low_uptime() {
    let mut stage = Stage::of_one();
    stage.play(&"H".repeat(25 * HOUR));
    let outage = stage.play(&"U".repeat(2 * HOUR));
    assert_eq!(outage.deliveries.len(), 1, "{:?}", told(&outage.deliveries));
    assert!(held(&outage).contains(&("low_uptime".to_owned(), SuppressedBy::RecentOutage)));
    let after = stage.play(&"H".repeat(30 * HOUR));
    let ends = told(&after.deliveries);
    assert!(ends.len() == 1 && ends[0].contains("resolved critical"), "{ends:?}");
}

#[test]
fn an_outage_that_a_dependency_suppressed_is_not_reported_as_a_low_uptime() {
    let mut child = monitor("child");
    child.depends_on = vec![monitor("api").id];
    let mut stage = Stage::new(config(vec![monitor("api"), child], builtin_rules()));
    let both = |stage: &mut Stage, letter: &str, n: usize| {
        let letters = letter.repeat(n);
        stage.play_all(&[("api", &letters), ("child", &letters)])
    };
    both(&mut stage, "H", 25 * HOUR);
    both(&mut stage, "U", 2 * HOUR);
    let after = both(&mut stage, "H", 30 * HOUR);
    assert!(low_uptime(&after).is_empty(), "{:?}", told(&after.deliveries));
    assert!(told(&after.deliveries).iter().all(|one| one.contains("resolved")));
}
