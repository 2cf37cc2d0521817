//! Rules over measured values: several outcomes confirm their condition and its end.

use std::time::Duration;

use allclear_core::rule::{Rule, RuleConfirmation};
use allclear_core::state::ConditionSample;
use allclear_core::status::Severity;

use crate::scenario::{FoldScenario, config, monitor, notices, rule, start};

/// Returns a rule that is true for a slow outcome in 3 of the last 5.
fn slow() -> Rule {
    Rule {
        confirm: RuleConfirmation { count: 3, of: 5 },
        ..rule("slow", "response_time_ms > 200", Severity::Warning)
    }
}

fn scenario(rule: Rule) -> FoldScenario {
    FoldScenario::new(config(vec![monitor("api")], vec![rule]))
}

#[test]
fn the_third_slow_outcome_of_five_fires() {
    let mut in_a_row = scenario(slow());
    assert!(in_a_row.fold_letters("HSS").alerts.is_empty());
    assert_eq!(
        notices(&in_a_row.fold_letters("S").deliveries),
        ["10:01:30 team api firing warning slow"]
    );

    let mut with_gaps = scenario(slow());
    assert!(with_gaps.fold_letters("HSHSH").alerts.is_empty());
    let fired = with_gaps.fold_letters("S");
    assert_eq!(notices(&fired.deliveries), ["10:02:30 team api firing warning slow"]);
    let since = fired.alerts[0].pending_since;
    assert_eq!(since, start() + Duration::from_secs(30), "the first of the three");
}

#[test]
fn single_slow_outcomes_do_not_add_up() {
    let mut scenario = scenario(slow());
    assert!(scenario.fold_letters("HSHHS").alerts.is_empty());
    assert!(
        scenario.fold_letters(&"HHHHS".repeat(50)).alerts.is_empty(),
        "one of five for two hours"
    );
}

#[test]
fn an_alert_ends_after_as_many_outcomes_in_a_row() {
    let mut scenario = scenario(slow());
    scenario.fold_letters("HSSS");
    assert!(scenario.fold_letters("HHSHHSHH").alerts.is_empty(), "no three in a row");
    assert_eq!(
        notices(&scenario.fold_letters("H").deliveries),
        ["10:05:00 team api resolved warning slow"],
        "it states the end of the trouble"
    );
    let alternating = scenario.fold_letters(&"SH".repeat(20));
    assert_eq!(alternating.alerts.len(), 1, "it fires once and stays: {:?}", alternating.alerts);
}

#[test]
fn outcomes_that_measured_nothing_confirm_neither_the_condition_nor_its_end() {
    let mut pending = scenario(slow());
    assert!(pending.fold_letters("HSS????").alerts.is_empty());
    assert_eq!(pending.fold_letters("S").alerts.len(), 1);

    let mut firing = scenario(slow());
    firing.fold_letters("HSSS");
    assert!(firing.fold_letters("HH????").alerts.is_empty());
    assert_eq!(firing.fold_letters("H").alerts.len(), 1);
}

#[test]
fn a_failed_check_has_no_response_time_and_confirms_nothing() {
    let mut scenario = scenario(slow());
    assert!(scenario.fold_letters("HSSUU").alerts.is_empty());
    assert_eq!(scenario.fold_letters("S").alerts.len(), 1);
}

#[test]
fn the_first_outcome_after_a_start_or_a_pause_confirms_nothing() {
    let mut new = scenario(slow());
    assert!(new.fold_letters("SSS").alerts.is_empty(), "the machine may still be starting");
    assert_eq!(new.fold_letters("S").alerts.len(), 1);

    let mut paused = scenario(slow());
    paused.fold_letters("HSS");
    paused.skip(20);
    assert!(paused.fold_letters("S").alerts.is_empty());
    assert_eq!(paused.fold_letters("S").alerts.len(), 1);
}

#[test]
fn outcomes_during_an_impairment_of_the_monitor_confirm_nothing() {
    let monitors = vec![monitor("api"), monitor("other")];
    let mut scenario = FoldScenario::new(config(monitors, vec![slow()]));
    scenario.fold_script(&[("api", "HH"), ("other", "II")]);
    assert!(scenario.state.impairment.since.is_some());
    let decision = scenario.fold_script(&[("api", "SSSS"), ("other", "IIII")]);
    assert!(decision.alerts.iter().all(|alert| alert.rule.as_str() != "slow"));
    let decision = scenario.fold_script(&[("api", "SSSSS"), ("other", "HHHHH")]);
    assert!(decision.alerts.iter().any(|alert| alert.rule.as_str() == "slow"));
}

#[test]
fn a_time_to_hold_begins_with_the_oldest_sample_that_counts() {
    let mut scenario = scenario(Rule { hold_for: Duration::from_mins(2), ..slow() });
    assert!(scenario.fold_letters("HSSSS").alerts.is_empty());
    assert_eq!(
        notices(&scenario.fold_letters("S").deliveries),
        ["10:02:30 team api firing warning slow"]
    );
}

#[test]
fn an_alert_keeps_firing_for_a_time_after_its_condition() {
    let immediate = rule("slow", "response_time_ms > 200", Severity::Warning);
    let mut scenario = scenario(Rule { keep_firing_for: Duration::from_mins(2), ..immediate });
    scenario.fold_letters("HS");
    assert!(scenario.fold_letters("HHH").alerts.is_empty());
    assert_eq!(
        notices(&scenario.fold_letters("H").deliveries),
        ["10:01:00 team api resolved warning slow"],
        "it states the end of the trouble"
    );
}

#[test]
fn no_more_samples_are_kept_than_the_confirmation_needs() {
    let mut scenario = scenario(slow());
    scenario.fold_letters(&format!("H{}", "S".repeat(100)));
    let samples = &scenario.state.monitors[&monitor("api").id].alerts[&slow().id].samples;
    assert_eq!(samples.len(), 5);
    assert!(samples.iter().all(|ConditionSample { holds, .. }| *holds));
    scenario.fold_letters("HHHHHHHH");
    assert!(scenario.state.monitors[&monitor("api").id].alerts.is_empty());
}
