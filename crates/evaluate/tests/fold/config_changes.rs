//! Alerts that fire while the config changes: their channels hear of their end.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::alert_group::ConfigEnd;
use allclear_core::config::Config;
use allclear_core::delivery::NoticeKind;
use allclear_core::event::SuppressedBy;
use allclear_core::message;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{ReminderGrowth, ReminderPolicy};
use allclear_core::state::Decision;
use allclear_core::status::{Severity, Status};
use allclear_evaluate::ConfigIndex;

use crate::scenario::{
    FoldScenario, INTERVAL, RELOADED_AFTER, channel, config, id, monitor, notices, rule, start,
    transitions,
};

/// Returns a config of two monitors with one critical rule.
fn two() -> Config {
    config(vec![monitor("a"), monitor("b")], vec![rule("down", "unhealthy", Severity::Critical)])
}

/// Continues with another config, as an evaluator does that loads a state.
pub(crate) fn change(scenario: &mut FoldScenario, config: Config) -> Decision {
    let index = ConfigIndex::new(Arc::new(config)).unwrap();
    scenario.index = index.with_kinds(allclear_probes::kinds());
    scenario.retire()
}

#[test]
fn an_alert_whose_rule_became_momentary_is_reported_as_ended() {
    let mut scenario = FoldScenario::new(two());
    let down = scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    assert_eq!(notices(&down.deliveries), ["10:01:00 team a firing critical down"]);
    let mut momentary = two();
    momentary.rules[0].momentary = true;
    assert_eq!(notices(&change(&mut scenario, momentary).deliveries), Vec::<String>::new());
    let up = scenario.fold_script(&[("a", "UHH"), ("b", "HHH")]);
    assert_eq!(notices(&up.deliveries), ["10:02:00 team a resolved critical down"]);
    assert!(up.deliveries[0].notification.details.ends_group);
    assert!(scenario.state.alert_groups.is_empty());
}

#[test]
fn an_alert_whose_rule_is_no_longer_momentary_has_no_end_to_report() {
    let mut momentary = two();
    momentary.rules[0].momentary = true;
    let mut scenario = FoldScenario::new(momentary);
    let down = scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    assert_eq!(notices(&down.deliveries), ["10:01:00 team a momentary critical down"]);
    assert_eq!(notices(&change(&mut scenario, two()).deliveries), Vec::<String>::new());
    let up = scenario.fold_script(&[("a", "UHH"), ("b", "HHH")]);
    assert_eq!(notices(&up.deliveries), Vec::<String>::new());
    assert!(scenario.state.alert_groups.is_empty());
}

#[test]
fn an_alert_whose_monitor_or_rule_was_removed_is_reported_as_ended() {
    let without_monitor = config(vec![monitor("b")], two().rules);
    let without_rule = config(two().monitors, Vec::new());
    let mut other_scope = two();
    other_scope.rules[0].scope.monitors = vec![id("b")];
    for (changed, title, end, status) in [
        (without_monitor, "a is no longer monitored", ConfigEnd::MonitorRemoved, Status::Unknown),
        (without_rule, "No longer checked: down on a", ConfigEnd::RuleRemoved, Status::Unhealthy),
        (other_scope, "No longer checked: down on a", ConfigEnd::RuleChanged, Status::Unhealthy),
    ] {
        let mut scenario = FoldScenario::new(two());
        scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
        let ended = change(&mut scenario, changed);
        assert_eq!(notices(&ended.deliveries), ["10:01:10 team a resolved critical down"]);
        let notification = &ended.deliveries[0].notification;
        assert_eq!(notification.title(), title);
        assert_eq!(notification.details.config_end, Some(end));
        assert_eq!(notification.status, status);
        assert_eq!(notification.message, "status 503, want 2xx", "what it was");
        let text = message::plain_text(notification);
        assert!(text.contains(&format!("End: {}", end.sentence())), "{text}");
        assert!(!notification.is_all_clear());
    }
}

#[test]
fn the_message_the_incident_and_the_status_end_the_trouble_of_a_removed_monitor_at_its_removal() {
    let named = |name: &str| Monitor { name: name.to_owned(), ..monitor("a") };
    let with = |monitors| config(monitors, two().rules);
    let mut scenario = FoldScenario::new(with(vec![named("Checkout"), monitor("b")]));
    scenario.fold_script(&[("a", "HUUU"), ("b", "HHHH")]);
    change(&mut scenario, with(vec![named("Payments"), monitor("b")]));
    let removed = change(&mut scenario, with(vec![monitor("b")]));
    let (from, until) = (start() + INTERVAL, start() + INTERVAL * 3 + RELOADED_AFTER);

    let notification = &removed.deliveries[0].notification;
    assert_eq!(notification.monitor_name, "Payments", "its last name");
    assert_eq!(notification.title(), "Payments is no longer monitored");
    assert_eq!((notification.since, notification.at), (from, until));
    let incident = &removed.incidents[0];
    assert_eq!((incident.started_at, incident.resolved_at), (from, Some(until)));
    assert_eq!(transitions(&removed), ["10:01:40 a unhealthy → unknown"]);
    assert_eq!(change(&mut scenario, with(vec![monitor("b")])), Decision::default());
}

#[test]
fn a_monitor_that_returns_is_measured_anew() {
    let mut scenario = FoldScenario::new(two());
    scenario.fold_script(&[("a", "HUUU"), ("b", "HHHU")]);
    change(&mut scenario, config(vec![monitor("b")], two().rules));
    scenario.fold_script(&[("b", "U")]);
    change(&mut scenario, two());
    let first = scenario.fold_script(&[("a", "U"), ("b", "U")]);
    let state = &scenario.state.monitors[&id("a")];
    assert_eq!((state.consecutive_failures, state.status), (1, Status::Unknown));
    assert_eq!(state.outcomes.before(scenario.now()).count(), 0, "no outcome before its return");
    assert_eq!(first.transitions, [], "a single failure confirms nothing");
    let second = scenario.fold_script(&[("a", "U"), ("b", "U")]);
    assert_eq!(transitions(&second), ["10:02:30 a unknown → unhealthy"]);
    assert_eq!(scenario.state.monitors[&id("b")].consecutive_failures, 4, "it was not removed");
}

#[test]
fn a_healthy_monitor_whose_rule_was_removed_is_not_reported_as_recovered() {
    let slow = || {
        config(vec![monitor("a")], vec![rule("slow", "response_time_ms > 200", Severity::Warning)])
    };
    let mut scenario = FoldScenario::new(slow());
    scenario.fold_script(&[("a", "HSS")]);
    let ended = change(&mut scenario, Config { rules: Vec::new(), ..slow() });
    let titles: Vec<String> = ended.deliveries.iter().map(|one| one.notification.title()).collect();
    assert_eq!(titles, ["No longer checked: slow on a"]);
}

#[test]
fn a_channel_with_a_new_name_is_notified_of_what_fires() {
    let mut scenario = FoldScenario::new(two());
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    let renamed = Config { channels: vec![channel("crew")], ..two() };
    let mut deliveries = change(&mut scenario, renamed).deliveries;
    deliveries.extend(scenario.fold_script(&[("a", "UUHH"), ("b", "HHHH")]).deliveries);
    let of = |name: &str| -> Vec<String> {
        notices(&deliveries).into_iter().filter(|line| line.contains(name)).collect()
    };
    let wanted = ["10:01:10 crew a firing critical down", "10:02:30 crew a resolved critical down"];
    assert_eq!(of(" crew "), wanted);
}

#[test]
fn a_channel_that_was_removed_gets_no_reminder_and_no_update() {
    let every = ReminderPolicy {
        severity: Severity::Critical,
        every: Duration::from_hours(1),
        growth: ReminderGrowth::Constant,
        limit: 3,
    };
    let reminding = |name: &str| {
        let mut config = Config { channels: vec![channel(name)], ..two() };
        config.notifications.reminders = vec![every];
        config
    };
    let mut scenario = FoldScenario::new(reminding("team"));
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    change(&mut scenario, reminding("crew"));
    let mut later = scenario.fold_script(&[("a", "KKK"), ("b", "HHH")]).deliveries;
    later.extend(scenario.tick(Duration::from_mins(61)).deliveries);
    assert!(
        later.iter().any(|one| one.notification.kind == NoticeKind::Reminder),
        "crew is reminded"
    );
    assert!(
        later.iter().any(|one| one.notification.kind == NoticeKind::Updated),
        "crew is updated"
    );
    let channels: Vec<&str> = later.iter().map(|one| one.channel.as_str()).collect();
    assert!(!channels.contains(&"team"), "{channels:?}");
}

/// Removes `a` from the config, and returns it without a run in between.
fn leave_and_return(scenario: &mut FoldScenario, full: &Config) {
    change(scenario, config(vec![monitor("b")], full.rules.clone()));
    change(scenario, full.clone());
}

#[test]
fn a_monitor_that_returns_has_no_cooldown_of_its_past() {
    let outage = |returns: bool| {
        let mut scenario = FoldScenario::new(two());
        scenario.fold_script(&[("a", "HUUHHHHHH"), ("b", "HHHHHHHHH")]);
        if returns {
            leave_and_return(&mut scenario, &two());
        }
        scenario.fold_script(&[("a", "HUU"), ("b", "HHH")])
    };
    let [lasting, returned] = [false, true].map(outage);
    assert_eq!(lasting.suppressions[0].by, SuppressedBy::Cooldown, "the time is within it");
    assert_eq!(notices(&lasting.deliveries), Vec::<String>::new());
    assert_eq!(returned.suppressions, []);
    assert_eq!(notices(&returned.deliveries), ["10:05:30 team a firing critical down"]);
}

#[test]
fn a_rule_that_returns_has_no_cooldown_of_its_past() {
    let mut scenario = FoldScenario::new(two());
    scenario.fold_script(&[("a", "HUUHHHHHH"), ("b", "HHHHHHHHH")]);
    change(&mut scenario, Config { rules: Vec::new(), ..two() });
    change(&mut scenario, two());
    let again = scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    assert_eq!(notices(&again.deliveries), ["10:05:30 team a firing critical down"]);
}

#[test]
fn a_monitor_that_returns_while_it_fails_is_notified_once_more_because_its_end_was_reported() {
    let mut scenario = FoldScenario::new(two());
    scenario.fold_script(&[("a", "HUUU"), ("b", "HHHH")]);
    leave_and_return(&mut scenario, &two());
    let again = scenario.fold_script(&[("a", "UUU"), ("b", "HHH")]);
    assert_eq!(notices(&again.deliveries), ["10:02:30 team a firing critical down"]);
}

#[test]
fn a_moment_that_still_holds_is_not_notified_twice_when_its_monitor_returns() {
    let mut momentary = config(
        vec![monitor("a"), monitor("b")],
        vec![rule("slow", "response_time_ms > 200", Severity::Warning)],
    );
    momentary.rules[0].momentary = true;
    let mut scenario = FoldScenario::new(momentary.clone());
    let first = scenario.fold_script(&[("a", "HSS"), ("b", "HHH")]);
    assert_eq!(notices(&first.deliveries), ["10:00:30 team a momentary warning slow"]);
    leave_and_return(&mut scenario, &momentary);
    let again = scenario.fold_script(&[("a", "SSS"), ("b", "HHH")]);
    assert_eq!(notices(&again.deliveries), Vec::<String>::new());
    assert_eq!(again.suppressions[0].by, SuppressedBy::Cooldown);
}
