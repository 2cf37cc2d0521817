use allclear_core::id::SummaryId;
use allclear_core::monitor::Confirmation;
use allclear_core::state::{Decision, Summarized};
use allclear_core::status::{Fault, Status};
use allclear_evaluate::fold::{fold, set_back};

use crate::scenario::{
    FoldScenario, INTERVAL, builtin_rules, config, id, monitor, run, start, transitions,
};

fn confirmed_by(failures: u8, of: u8, successes: u8) -> FoldScenario {
    let mut api = monitor("api");
    api.confirmation = Confirmation { failures, of, successes };
    FoldScenario::new(config(vec![api], builtin_rules()))
}

#[test]
fn the_first_healthy_outcome_confirms_immediately() {
    assert_eq!(
        transitions(&FoldScenario::of_one().fold_letters("H")),
        ["10:00:00 api unknown → healthy"]
    );
}

#[test]
fn second_failure_in_a_row_confirms_an_outage_since_the_first() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HH");
    assert!(scenario.fold_letters("U").transitions.is_empty());
    assert_eq!(transitions(&scenario.fold_letters("U")), ["10:01:00 api healthy → unhealthy"]);
}

#[test]
fn a_single_failure_changes_nothing() {
    let mut scenario = FoldScenario::of_one();
    assert_eq!(transitions(&scenario.fold_letters("HHUHUHH")), ["10:00:00 api unknown → healthy"]);
}

#[test]
fn second_success_in_a_row_confirms_a_recovery_since_the_first() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUU");
    assert!(scenario.fold_letters("H").transitions.is_empty());
    assert_eq!(transitions(&scenario.fold_letters("H")), ["10:01:30 api unhealthy → healthy"]);
}

#[test]
fn m_of_n_confirms_a_provider_that_fails_one_call_in_three() {
    let mut scenario = confirmed_by(3, 10, 5);
    assert_eq!(
        transitions(&scenario.fold_letters("HHUHHUHHUHH")),
        ["10:00:00 api unknown → healthy", "10:01:00 api healthy → unhealthy"]
    );
    assert_eq!(transitions(&scenario.fold_letters("HHH")), ["10:04:30 api unhealthy → healthy"]);
    assert!(scenario.fold_letters("UHHU").transitions.is_empty(), "a relapse is counted anew");
    assert_eq!(scenario.fold_letters("U").transitions.len(), 1);
}

#[test]
fn degraded_is_between_healthy_and_unhealthy() {
    let mut scenario = FoldScenario::of_one();
    assert_eq!(
        transitions(&scenario.fold_letters("HDDUUDDHH")),
        [
            "10:00:00 api unknown → healthy",
            "10:00:30 api healthy → degraded",
            "10:01:30 api degraded → unhealthy",
            "10:02:30 api unhealthy → degraded",
            "10:03:30 api degraded → healthy",
        ]
    );
}

#[test]
fn a_failure_after_a_slow_answer_is_degraded_before_it_is_unhealthy() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("H");
    assert_eq!(
        transitions(&scenario.fold_letters("DUU")),
        ["10:00:30 api healthy → degraded", "10:01:00 api degraded → unhealthy"]
    );
}

#[test]
fn unmeasured_outcomes_are_unknown_and_never_a_recovery() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUU");
    assert_eq!(transitions(&scenario.fold_letters("??")), ["10:01:30 api unhealthy → unknown"]);
    assert!(scenario.fold_letters("H").transitions.is_empty(), "one good outcome recovers nothing");
    assert_eq!(transitions(&scenario.fold_letters("H")), ["10:02:30 api unknown → healthy"]);
}

#[test]
fn an_outcome_equal_to_the_last_status_ends_unknown() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("H??");
    assert_eq!(scenario.state.monitors[&crate::scenario::id("api")].status, Status::Unknown);
    assert_eq!(transitions(&scenario.fold_letters("H")), ["10:01:30 api unknown → healthy"]);
}

#[test]
fn a_never_measured_monitor_stays_unknown() {
    assert!(FoldScenario::of_one().fold_letters("????").transitions.is_empty());
}

#[test]
fn one_unmeasured_outcome_between_two_failures_does_not_hide_them() {
    let mut scenario = FoldScenario::of_one();
    assert_eq!(
        transitions(&scenario.fold_letters("HU?U")),
        ["10:00:00 api unknown → healthy", "10:00:30 api healthy → unhealthy"]
    );
}

#[test]
fn the_cause_of_a_status_follows_a_fault_that_lasts() {
    let mut scenario = FoldScenario::of_one();
    let fault =
        |scenario: &FoldScenario| scenario.state.monitors[&id("api")].cause.as_ref().unwrap().fault;
    scenario.fold_letters("HKKUK");
    assert_eq!(fault(&scenario), Fault::Credentials, "one other outcome is no change");
    scenario.fold_letters("UU");
    assert_eq!(fault(&scenario), Fault::Target);
}

#[test]
fn the_evaluator_continues_after_the_clock_is_set_back() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HHHH");
    let day = std::time::Duration::from_hours(24);
    let mut ahead = run(4, &[("api", 'H')]);
    ahead.key.scheduled_at += day;
    assert!(fold(&mut scenario.state, &ahead, &scenario.index).too_late.is_empty());
    let now = start() + INTERVAL * 5;
    let mut blind = scenario.state.clone();
    assert!(!fold(&mut blind, &run(5, &[("api", 'U')]), &scenario.index).too_late.is_empty());

    let daily = SummaryId::new("daily").unwrap();
    scenario.state.summaries.insert(daily.clone(), Summarized { until: start() + day });
    assert!(set_back(&mut scenario.state, now));
    assert_eq!(scenario.state.summaries[&daily].until, now, "the next one is notified in time");
    assert!(!set_back(&mut scenario.state, now), "once is enough");
    let mut decided = Decision::default();
    for n in 2..8 {
        let letter = if n < 5 { 'H' } else { 'U' };
        decided.append(fold(&mut scenario.state, &run(n, &[("api", letter)]), &scenario.index));
    }
    assert_eq!(decided.too_late.len(), 3, "what was folded before is not folded again");
    assert_eq!(transitions(&decided), ["10:02:30 api healthy → unhealthy"]);
}

#[test]
fn a_run_that_checks_a_monitor_several_times_is_folded_by_time() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HH");
    let mut long = run(2, &[("api", 'U'), ("api", 'H'), ("api", 'U')]);
    for (outcome, second) in long.outcomes.iter_mut().zip([20, 10, 30]) {
        outcome.offset = std::time::Duration::from_secs(second);
    }
    let decided = fold(&mut scenario.state, &long, &scenario.index);
    assert_eq!(transitions(&decided), ["10:01:20 api healthy → unhealthy"]);
    let unsorted = fold(&mut scenario.state, &long, &scenario.index);
    assert!(unsorted.is_empty());
}
