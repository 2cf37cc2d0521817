//! The report of the stop: when it is sent, and the results that it names.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{Action, AttemptCount, AttemptResult};
use allclear_core::delivery::NoticeKind;
use allclear_core::window::Silence;
use allclear_evaluate::attempts::record;

use super::reports::{end_attempt, reports};
use super::{COOLDOWN, config_with, orders, restart};
use crate::scenario::{FoldScenario, INTERVAL, monitor, start};

/// Returns a scenario with two attempts at most, in which a further notice of a group waits for hours.
fn slow_group(action: Action, silence_until: Option<Timestamp>) -> FoldScenario {
    let mut config = config_with(vec![monitor("api"), monitor("web")], action);
    config.notifications.group_interval = Duration::from_hours(6);
    config.rules.iter_mut().for_each(|rule| rule.cooldown = Duration::ZERO);
    config.silences.extend(silence_until.map(|until| Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: Some(start() + INTERVAL * 5),
        until,
        author: "ann".to_owned(),
        comment: "known".to_owned(),
    }));
    FoldScenario::new(config)
}

fn twice() -> Action {
    let mut action = restart();
    action.policy.max_attempts = 2;
    action
}

const STOPPED: &str = "stopped: 2 attempts of the action `restart` did not help \
                       (attempt 1: failed, exited with 3; attempt 2: executed)";

#[test]
fn the_stop_is_reported_one_cooldown_after_the_last_attempt_regardless_of_the_group_interval() {
    let mut scenario = slow_group(twice(), None);
    scenario.fold_letters("HUU");
    let failed = AttemptResult::Failed("exited with 3".to_owned());
    assert_eq!(end_attempt(&mut scenario, failed).len(), 1, "the first result");
    assert_eq!(orders(&scenario.fold_letters("UU").deliveries).len(), 1);
    let second = end_attempt(&mut scenario, AttemptResult::Succeeded);
    assert_eq!(reports(&second), [], "a later result waits for the group interval");
    assert_eq!(reports(&scenario.fold_letters("U").deliveries), [], "within the cooldown");
    let stopped = scenario.fold_letters("U").deliveries;
    let change = Some("the action `restart` is stopped");
    assert_eq!(reports(&stopped), [(NoticeKind::Updated, change, vec![STOPPED])]);
    assert_eq!(stopped[0].created_at, start() + INTERVAL * 4 + COOLDOWN);
    assert_eq!(reports(&scenario.fold_letters(&"U".repeat(30)).deliveries), []);
}

#[test]
fn the_stop_waits_for_the_result_of_the_last_attempt() {
    let mut scenario = slow_group(twice(), None);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Failed("exited with 3".to_owned()));
    assert_eq!(reports(&scenario.fold_letters("UUUU").deliveries), []);
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let stopped = scenario.fold_letters("U").deliveries;
    assert_eq!(reports(&stopped)[0].2, [STOPPED]);
}

#[test]
fn a_silence_holds_the_report_of_the_stop_until_its_end() {
    let mut scenario = slow_group(twice(), Some(start() + INTERVAL * 10));
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Failed("exited with 3".to_owned()));
    scenario.fold_letters("UU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    assert_eq!(reports(&scenario.fold_letters("UUUUU").deliveries), []);
    let stopped = scenario.fold_letters("U").deliveries;
    assert_eq!(reports(&stopped)[0].2, [STOPPED]);
}

#[test]
fn equal_results_of_a_stop_are_named_once() {
    let mut scenario = slow_group(twice(), None);
    for _ in 0..2 {
        scenario.fold_letters(if scenario.state.actions.is_empty() { "HUU" } else { "UU" });
        let missing = "no secret `token`: store it with `allclear keys set token`";
        end_attempt(&mut scenario, AttemptResult::NotExecutable(missing.to_owned()));
    }
    let stopped = scenario.fold_letters("UU").deliveries;
    let line = "stopped: the action `restart` could not be executed (attempts 1 to 2: could not be executed, \
                no secret `token`: store it with `allclear keys set token`)";
    assert_eq!(reports(&stopped)[0].2, [line]);
}

#[test]
fn stopped_actions_are_listed_first_and_actions_that_are_not_listed_are_counted() {
    let mut action = twice();
    action.policy.count = AttemptCount::PerMonitor;
    action.policy.max_attempts = 1;
    let names: Vec<String> = (0..8).map(|n| format!("m{n}")).collect();
    let monitors = names.iter().map(|name| monitor(name)).collect();
    let mut scenario = FoldScenario::new(config_with(monitors, action));
    let script: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "HUU")).collect();
    scenario.fold_script(&script);
    let last = scenario.state.actions.iter().last().unwrap().1.attempts[0].delivery.clone();
    record(&mut scenario.state, &last, Some(AttemptResult::Succeeded), start() + INTERVAL * 3);
    let script: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "UUU")).collect();
    let decided = scenario.fold_script(&script).deliveries;
    let lines = reports(&decided).last().unwrap().2.clone();
    assert!(lines[0].starts_with("stopped: 1 attempt of the action `restart` for m7"), "{lines:?}");
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert_eq!(lines[5], "3 more lines: see `allclear explain` with the id of an alert");
}

#[test]
fn attempts_that_are_counted_for_each_monitor_are_reported_with_its_name() {
    let mut action = twice();
    action.policy.count = AttemptCount::PerMonitor;
    let mut scenario = slow_group(action, None);
    let decided = scenario.fold_script(&[("api", "HUU"), ("web", "HUU")]).deliveries;
    let names = ["api", "web"];
    let lines = names.map(|name| {
        format!(
            "attempt 1 of 2 of the action `restart` for {name} is ordered, its result is pending: restart the unit"
        )
    });
    assert!(reports(&decided).iter().any(|one| one.2 == lines), "{:?}", reports(&decided));
}

#[test]
fn an_action_is_not_stopped_while_only_the_end_of_its_alert_waits() {
    let mut action = restart();
    action.policy.max_attempts = 1;
    let mut scenario = slow_group(action, None);
    // The failure before the outage lets the end wait for ten successes.
    scenario.fold_letters("HUHHUU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let recovered = scenario.fold_letters("HHHHHHHH").deliveries;
    assert_eq!(reports(&recovered), []);
    assert!(scenario.state.actions.values().all(|one| one.stop.is_none()));
    let again = scenario.fold_letters("UU").deliveries;
    let told = reports(&again);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        told[0].2,
        ["stopped: 1 attempt of the action `restart` did not help (attempt 1: executed)"]
    );
}

#[test]
fn a_stop_that_was_held_is_not_reported_after_the_recovery() {
    let mut scenario = slow_group(twice(), Some(start() + INTERVAL * 16));
    scenario.fold_letters("HUHHUU");
    scenario.fold_letters("UUUUU");
    assert_eq!(reports(&scenario.fold_letters("HHHHHHHH").deliveries), []);
}

#[test]
fn the_attempts_of_an_earlier_outage_have_not_failed_for_the_present_one() {
    let mut scenario = slow_group(twice(), None);
    scenario.fold_letters("HUU");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    assert_eq!(scenario.fold_letters("HH").deliveries.len(), 1);
    scenario.fold_letters(&"H".repeat(20));
    let second = scenario.fold_letters("UU").deliveries;
    let pending = "attempt 2 of 2 of the action `restart` is ordered, its result is pending: restart the unit";
    assert_eq!(reports(&second)[0].2, [pending], "the first one is not repeated");
    end_attempt(&mut scenario, AttemptResult::Succeeded);
    let stopped = scenario.fold_letters("UUUU").deliveries;
    let line = "stopped: 1 attempt of the action `restart` did not help (attempt 2: executed); attempt 1 was made before \
                this alert fired";
    assert_eq!(reports(&stopped)[0].2, [line]);
    scenario.fold_letters(&"H".repeat(40));
    let third = scenario.fold_letters("UU").deliveries;
    let line = "stopped: no attempt of the action `restart` is left for this alert, because 2 were made before it fired \
                (attempts 1 to 2: executed)";
    assert_eq!(reports(&third)[0].2, [line]);
}

#[test]
fn the_attempts_for_another_monitor_have_not_failed_for_this_one() {
    let mut scenario = slow_group(twice(), None);
    for _ in 0..2 {
        let letters = if scenario.state.actions.is_empty() { "HUU" } else { "UU" };
        let well = "H".repeat(letters.len());
        scenario.fold_script(&[("api", letters), ("web", &well)]);
        end_attempt(&mut scenario, AttemptResult::Succeeded);
    }
    let stopped = scenario.fold_script(&[("api", "UUUU"), ("web", "HHUU")]).deliveries;
    let of_web = stopped.iter().find(|one| one.notification.monitor.as_str() == "web").unwrap();
    let line = "stopped: no attempt of the action `restart` is left for this alert, because 2 were made before it fired \
                (attempts 1 to 2: executed)";
    assert_eq!(of_web.notification.details.actions, [line]);
}
