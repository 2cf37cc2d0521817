//! Rules over measured values: several outcomes confirm their condition and its end.

use std::time::Duration;

use allclear_core::rule::{Rule, RuleConfirmation};
use allclear_core::state::ConditionSample;
use allclear_core::status::Severity;

use crate::scenario::{Stage, config, monitor, rule, start, told};

/// Returns a rule that is true for a slow outcome in 3 of the last 5.
fn slow() -> Rule {
    Rule {
        confirm: RuleConfirmation::SAMPLES,
        ..rule("slow", "response_time_ms > 200", Severity::Warning)
    }
}

fn stage(rule: Rule) -> Stage {
    Stage::new(config(vec![monitor("api")], vec![rule]))
}

#[test]
fn the_third_slow_outcome_of_five_fires() {
    let mut in_a_row = stage(slow());
    assert!(in_a_row.play("HSS").alerts.is_empty());
    assert_eq!(told(&in_a_row.play("S").deliveries), ["10:01:30 team api firing warning slow"]);

    let mut with_gaps = stage(slow());
    assert!(with_gaps.play("HSHSH").alerts.is_empty());
    let fired = with_gaps.play("S");
    assert_eq!(told(&fired.deliveries), ["10:02:30 team api firing warning slow"]);
    let since = fired.alerts[0].pending_since;
    assert_eq!(since, start() + Duration::from_secs(30), "the first of the three");
}

#[test]
fn single_slow_outcomes_do_not_add_up() {
    let mut stage = stage(slow());
    assert!(stage.play("HSHHS").alerts.is_empty());
    assert!(stage.play(&"HHHHS".repeat(50)).alerts.is_empty(), "one of five for two hours");
}

#[test]
fn an_alert_ends_after_as_many_outcomes_in_a_row() {
    let mut stage = stage(slow());
    stage.play("HSSS");
    assert!(stage.play("HHSHHSHH").alerts.is_empty(), "no three in a row");
    assert_eq!(told(&stage.play("H").deliveries), ["10:06:00 team api resolved warning slow"]);
    let alternating = stage.play(&"SH".repeat(20));
    assert_eq!(alternating.alerts.len(), 1, "it fires once and stays: {:?}", alternating.alerts);
}

#[test]
fn outcomes_that_measured_nothing_confirm_neither_the_condition_nor_its_end() {
    let mut pending = stage(slow());
    assert!(pending.play("HSS????").alerts.is_empty());
    assert_eq!(pending.play("S").alerts.len(), 1);

    let mut firing = stage(slow());
    firing.play("HSSS");
    assert!(firing.play("HH????").alerts.is_empty());
    assert_eq!(firing.play("H").alerts.len(), 1);
}

#[test]
fn a_failed_check_has_no_response_time_and_confirms_nothing() {
    let mut stage = stage(slow());
    assert!(stage.play("HSSUU").alerts.is_empty());
    assert_eq!(stage.play("S").alerts.len(), 1);
}

#[test]
fn the_first_outcome_after_a_start_or_a_pause_confirms_nothing() {
    let mut new = stage(slow());
    assert!(new.play("SSS").alerts.is_empty(), "the machine may still be starting");
    assert_eq!(new.play("S").alerts.len(), 1);

    let mut paused = stage(slow());
    paused.play("HSS");
    paused.skip(20);
    assert!(paused.play("S").alerts.is_empty());
    assert_eq!(paused.play("S").alerts.len(), 1);
}

#[test]
fn outcomes_during_an_impairment_of_the_monitor_confirm_nothing() {
    let monitors = vec![monitor("api"), monitor("other")];
    let mut stage = Stage::new(config(monitors, vec![slow()]));
    stage.play_all(&[("api", "HH"), ("other", "II")]);
    assert!(stage.state.impairment.since.is_some());
    let decision = stage.play_all(&[("api", "SSSS"), ("other", "IIII")]);
    assert!(decision.alerts.iter().all(|alert| alert.rule.as_str() != "slow"));
    let decision = stage.play_all(&[("api", "SSSSS"), ("other", "HHHHH")]);
    assert!(decision.alerts.iter().any(|alert| alert.rule.as_str() == "slow"));
}

#[test]
fn a_time_to_hold_begins_with_the_oldest_sample_that_counts() {
    let mut stage = stage(Rule { hold_for: Duration::from_mins(2), ..slow() });
    assert!(stage.play("HSSSS").alerts.is_empty());
    assert_eq!(told(&stage.play("S").deliveries), ["10:02:30 team api firing warning slow"]);
}

#[test]
fn an_alert_keeps_firing_for_a_time_after_its_condition() {
    let immediate = rule("slow", "response_time_ms > 200", Severity::Warning);
    let mut stage = stage(Rule { keep_firing_for: Duration::from_mins(2), ..immediate });
    stage.play("HS");
    assert!(stage.play("HHH").alerts.is_empty());
    assert_eq!(told(&stage.play("H").deliveries), ["10:02:30 team api resolved warning slow"]);
}

#[test]
fn no_more_samples_are_kept_than_the_confirmation_needs() {
    let mut stage = stage(slow());
    stage.play(&format!("H{}", "S".repeat(100)));
    let samples = &stage.state.monitors[&monitor("api").id].alerts[&slow().id].samples;
    assert_eq!(samples.len(), 5);
    assert!(samples.iter().all(|ConditionSample { holds, .. }| *holds));
    stage.play("HHHHHHHH");
    assert!(stage.state.monitors[&monitor("api").id].alerts.is_empty());
}
