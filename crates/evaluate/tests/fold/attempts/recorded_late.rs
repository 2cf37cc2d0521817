//! Attempts for outcomes of slow checks and long runs, which are recorded long after they are due.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::outcome::Outcome;
use allclear_core::run::Run;
use allclear_evaluate::fold::fold;

use super::{orders, restart, scenario};
use crate::scenario::{FoldScenario, finding, id, run};

const COOLDOWN: Duration = Duration::from_secs(30);

/// Returns the scenario after the first attempt, the run of a slow check that caused it, and the end of its validity.
fn after_a_slow_check() -> (FoldScenario, Run, Timestamp) {
    let mut action = restart();
    action.policy.cooldown = COOLDOWN;
    let mut scenario = scenario(action);
    scenario.fold_letters("HU");
    let mut slow = run(2, &[("api", 'U')]);
    slow.took = Duration::from_secs(45);
    let decided = fold(&mut scenario.state, &slow, &scenario.index).deliveries;
    let expires_at = decided.iter().find_map(|one| one.attempt()).unwrap().expires_at;
    (scenario, slow, expires_at)
}

#[test]
fn an_attempt_is_valid_for_its_cooldown_from_the_record_of_a_slow_check_on() {
    let (_, slow, expires_at) = after_a_slow_check();
    assert_eq!(expires_at, slow.recorded_at() + COOLDOWN);
}

#[test]
fn the_outcomes_of_one_run_lead_to_one_attempt() {
    let mut action = restart();
    action.policy.cooldown = Duration::from_secs(10);
    let mut scenario = scenario(action);
    let mut long = run(0, &[]);
    long.took = Duration::from_mins(1);
    // All outcomes were measured before an attempt could begin.
    let outcome = |n: u64| Outcome::new(id("api"), Duration::from_secs(n * 10), finding('U'), 1);
    long.outcomes = (0..6).map(outcome).collect();
    let decided = fold(&mut scenario.state, &long, &scenario.index).deliveries;
    assert_eq!(orders(&decided).len(), 1, "{:?}", orders(&decided));
    let next = fold(&mut scenario.state, &run(3, &[("api", 'U')]), &scenario.index).deliveries;
    assert_eq!(orders(&next).len(), 1, "an outcome after the decision leads to the next one");
}

#[test]
fn the_next_attempt_keeps_its_distance_from_one_for_a_slow_check() {
    let (mut scenario, _, expires_at) = after_a_slow_check();
    // Due a minute after the slow one, and recorded at once: fifteen seconds after the first attempt.
    let soon = run(4, &[("api", 'U')]);
    assert!(soon.recorded_at() < expires_at);
    let decided = fold(&mut scenario.state, &soon, &scenario.index).deliveries;
    assert!(orders(&decided).is_empty(), "the first attempt may still begin");
    let decided = fold(&mut scenario.state, &run(5, &[("api", 'U')]), &scenario.index).deliveries;
    assert_eq!(orders(&decided).len(), 1);
}
