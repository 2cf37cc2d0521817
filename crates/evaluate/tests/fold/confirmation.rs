use allclear_core::id::{RegionId, SummaryId};
use allclear_core::monitor::Confirmation;
use allclear_core::state::{Decision, Summarized};
use allclear_core::status::{Fault, Status};
use allclear_evaluate::fold::{fold, set_back};

use crate::scenario::{
    INTERVAL, Stage, builtin_rules, config, id, monitor, run, start, transitions,
};

fn confirmed_by(failures: u8, of: u8, successes: u8) -> Stage {
    let mut api = monitor("api");
    api.confirmation = Confirmation { failures, of, successes };
    Stage::new(config(vec![api], builtin_rules()))
}

#[test]
fn the_first_healthy_outcome_confirms_immediately() {
    assert_eq!(transitions(&Stage::of_one().play("H")), ["10:00:00 api unknown → healthy"]);
}

#[test]
fn second_failure_in_a_row_confirms_an_outage_since_the_first() {
    let mut stage = Stage::of_one();
    stage.play("HH");
    assert!(stage.play("U").transitions.is_empty());
    assert_eq!(transitions(&stage.play("U")), ["10:01:00 api healthy → unhealthy"]);
}

#[test]
fn simultaneous_outcomes_of_several_regions_each_count() {
    let transitions_of = |here: char, there: char| {
        let mut stage = Stage::of_one();
        stage.play("HH");
        let mut decided = Decision::default();
        for (n, letters) in [(2, [here, there]), (3, [here, there])] {
            for (letter, region) in letters.into_iter().zip(["eu-central-1", "us-west-2"]) {
                let mut run = run(n, &[("api", letter)]);
                run.key.region = RegionId::new(region).unwrap();
                decided.append(fold(&mut stage.state, &run, &stage.index));
            }
        }
        transitions(&decided)
    };
    assert_eq!(transitions_of('U', 'U'), ["10:01:00 api healthy → unhealthy"]);
    assert!(
        transitions_of('H', 'U').is_empty(),
        "one region's failures are no outage by themselves"
    );
    assert!(transitions_of('U', 'H').is_empty(), "whichever is folded first");
}

#[test]
fn a_single_failure_changes_nothing() {
    let mut stage = Stage::of_one();
    assert_eq!(transitions(&stage.play("HHUHUHH")), ["10:00:00 api unknown → healthy"]);
}

#[test]
fn second_success_in_a_row_confirms_a_recovery_since_the_first() {
    let mut stage = Stage::of_one();
    stage.play("HUU");
    assert!(stage.play("H").transitions.is_empty());
    assert_eq!(transitions(&stage.play("H")), ["10:01:30 api unhealthy → healthy"]);
}

#[test]
fn m_of_n_confirms_a_provider_that_fails_one_call_in_three() {
    let mut stage = confirmed_by(3, 10, 5);
    assert_eq!(
        transitions(&stage.play("HHUHHUHHUHH")),
        ["10:00:00 api unknown → healthy", "10:01:00 api healthy → unhealthy"]
    );
    assert_eq!(transitions(&stage.play("HHH")), ["10:04:30 api unhealthy → healthy"]);
    assert!(stage.play("UHHU").transitions.is_empty(), "a relapse is counted anew");
    assert_eq!(stage.play("U").transitions.len(), 1);
}

#[test]
fn degraded_is_between_healthy_and_unhealthy() {
    let mut stage = Stage::of_one();
    assert_eq!(
        transitions(&stage.play("HDDUUDDHH")),
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
    let mut stage = Stage::of_one();
    stage.play("H");
    assert_eq!(
        transitions(&stage.play("DUU")),
        ["10:00:30 api healthy → degraded", "10:01:00 api degraded → unhealthy"]
    );
}

#[test]
fn unmeasured_outcomes_are_unknown_and_never_a_recovery() {
    let mut stage = Stage::of_one();
    stage.play("HUU");
    assert_eq!(transitions(&stage.play("??")), ["10:01:30 api unhealthy → unknown"]);
    assert!(stage.play("H").transitions.is_empty(), "one good outcome recovers nothing");
    assert_eq!(transitions(&stage.play("H")), ["10:02:30 api unknown → healthy"]);
}

#[test]
fn an_outcome_equal_to_the_last_status_ends_unknown() {
    let mut stage = Stage::of_one();
    stage.play("H??");
    assert_eq!(stage.state.monitors[&crate::scenario::id("api")].status, Status::Unknown);
    assert_eq!(transitions(&stage.play("H")), ["10:01:30 api unknown → healthy"]);
}

#[test]
fn a_never_measured_monitor_stays_unknown() {
    assert!(Stage::of_one().play("????").transitions.is_empty());
}

#[test]
fn one_unmeasured_outcome_between_two_failures_does_not_hide_them() {
    let mut stage = Stage::of_one();
    assert_eq!(
        transitions(&stage.play("HU?U")),
        ["10:00:00 api unknown → healthy", "10:00:30 api healthy → unhealthy"]
    );
}

#[test]
fn the_cause_of_a_status_follows_a_fault_that_lasts() {
    let mut stage = Stage::of_one();
    let fault = |stage: &Stage| stage.state.monitors[&id("api")].cause.as_ref().unwrap().fault;
    stage.play("HKKUK");
    assert_eq!(fault(&stage), Fault::Credentials, "one other outcome is no change");
    stage.play("UU");
    assert_eq!(fault(&stage), Fault::Target);
}

#[test]
fn the_evaluator_continues_after_the_clock_is_set_back() {
    let mut stage = Stage::of_one();
    stage.play("HHHH");
    let day = std::time::Duration::from_hours(24);
    let mut ahead = run(4, &[("api", 'H')]);
    ahead.key.scheduled_at += day;
    assert!(fold(&mut stage.state, &ahead, &stage.index).too_late.is_empty());
    let now = start() + INTERVAL * 5;
    let mut blind = stage.state.clone();
    assert!(!fold(&mut blind, &run(5, &[("api", 'U')]), &stage.index).too_late.is_empty());

    let daily = SummaryId::new("daily").unwrap();
    stage.state.summaries.insert(daily.clone(), Summarized { until: start() + day });
    assert!(set_back(&mut stage.state, now));
    assert_eq!(stage.state.summaries[&daily].until, now, "the next one is told in its time");
    assert!(!set_back(&mut stage.state, now), "once is enough");
    let mut decided = Decision::default();
    for n in 2..8 {
        let letter = if n < 5 { 'H' } else { 'U' };
        decided.append(fold(&mut stage.state, &run(n, &[("api", letter)]), &stage.index));
    }
    assert_eq!(decided.too_late.len(), 3, "what was folded before is not folded again");
    assert_eq!(transitions(&decided), ["10:02:30 api healthy → unhealthy"]);
}

#[test]
fn a_run_that_checks_a_monitor_several_times_is_folded_by_time() {
    let mut stage = Stage::of_one();
    stage.play("HH");
    let mut long = run(2, &[("api", 'U'), ("api", 'H'), ("api", 'U')]);
    for (outcome, second) in long.outcomes.iter_mut().zip([20, 10, 30]) {
        outcome.offset = std::time::Duration::from_secs(second);
    }
    let decided = fold(&mut stage.state, &long, &stage.index);
    assert_eq!(transitions(&decided), ["10:01:20 api healthy → unhealthy"]);
    let unsorted = fold(&mut stage.state, &long, &stage.index);
    assert!(unsorted.is_empty());
}
