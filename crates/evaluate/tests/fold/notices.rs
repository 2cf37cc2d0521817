//! The notices of groups that meet in one decision: escalations, reminders and acknowledgements, and channels that are
//! notified at different times.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::{EntryId, RuleId};
use allclear_core::message::monitor_lists;
use allclear_core::notification_settings::{
    Escalation, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::Rule;
use allclear_core::run::Lane;
use allclear_core::state::Decision;
use allclear_core::status::{Fault, Severity, Status};
use allclear_evaluate::fold::{fold, tick};
use jiff::SignedDuration;

use crate::scenario::{FoldScenario, channel, config, id, monitor, notices, rule, run, start};

const MINUTE: Duration = Duration::from_mins(1);

/// Returns a config of these monitors with one critical rule, whose messages are sent at once.
fn down(names: &[&str]) -> Config {
    let monitors = names.iter().map(|name| monitor(name)).collect();
    config(monitors, vec![rule("down", "unhealthy", Severity::Critical)])
}

fn hourly_reminders() -> Vec<ReminderPolicy> {
    vec![ReminderPolicy {
        severity: Severity::Critical,
        every: MINUTE * 60,
        growth: ReminderGrowth::Constant,
        limit: 9,
    }]
}

/// Adds a channel `backup` to which alerts are escalated after a quarter of an hour.
fn escalated(mut config: Config) -> Config {
    let mut backup = channel("backup");
    backup.filter.scope.monitors = vec![id("none")];
    config.notifications.escalation = Some(Escalation {
        after: MINUTE * 15,
        min_severity: Severity::Critical,
        channels: vec![backup.id.clone()],
    });
    config.channels.push(backup);
    config
}

fn with_entry(scenario: &mut FoldScenario, minutes: (u32, u32), content: EntryContent) {
    let [from, until] = [minutes.0, minutes.1].map(|one| scenario.now() + MINUTE * one);
    enter(scenario, from, until, content);
}

fn enter(scenario: &mut FoldScenario, from: Timestamp, until: Timestamp, content: EntryContent) {
    let mut entries = scenario.index.entries().to_vec();
    entries.push(OperatorEntry {
        id: EntryId::new(format!("entry-{}", entries.len())).unwrap(),
        created_at: from,
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(until),
        content,
    });
    scenario.index = scenario.index.with_entries(entries.into());
}

fn acknowledge(scenario: &mut FoldScenario, minutes: u32, fired: &Decision) {
    let alerts = fired.alerts.iter().map(|alert| alert.id.clone()).collect();
    let content = EntryContent::Acknowledgement { alerts };
    with_entry(scenario, (minutes, 90_000), content);
}

fn silence(scenario: &mut FoldScenario, monitor: &str, until: u32) {
    let matchers = vec![format!("monitor={monitor}").parse().unwrap()];
    let content = EntryContent::Silence { matchers, starts_at: scenario.now() };
    with_entry(scenario, (0, until), content);
}

#[test]
fn groups_of_two_channels_are_escalated_to_a_third_one_once() {
    let mut config = down(&["a"]);
    config.channels.push(channel("operators"));
    let mut scenario = FoldScenario::new(escalated(config));
    assert_eq!(scenario.fold_script(&[("a", "HUU")]).deliveries.len(), 2);
    let sent = scenario.tick(MINUTE * 15).deliveries;
    assert_eq!(notices(&sent), ["10:16:00 backup a firing critical down"]);
    let ends = scenario.fold_script(&[("a", "HH")]).deliveries;
    let channels: Vec<&str> = ends.iter().map(|one| one.channel.as_str()).collect();
    assert_eq!(channels, ["backup", "operators", "team"]);
}

#[test]
fn the_escalation_of_a_silenced_alert_waits_although_others_of_its_group_are_not() {
    let mut config = escalated(down(&["a", "b"]));
    // The backup has `a` from the start.
    config.channels[1].filter.scope.monitors = vec![id("a")];
    let mut scenario = FoldScenario::new(config);
    assert_eq!(scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]).deliveries.len(), 2);
    silence(&mut scenario, "b", 60);
    assert!(scenario.tick(MINUTE * 15).deliveries.is_empty());
    assert!(scenario.tick(MINUTE * 59).deliveries.is_empty());
    let sent = scenario.tick(MINUTE * 60).deliveries;
    assert_eq!(notices(&sent), ["11:01:00 backup b firing critical down"]);
}

#[test]
fn an_acknowledgement_stops_the_reminder_and_the_escalation_that_are_due_with_it() {
    let mut config = escalated(down(&["a"]));
    config.notifications.reminders = hourly_reminders();
    let mut scenario = FoldScenario::new(config);
    let fired = scenario.fold_script(&[("a", "HUU")]);
    acknowledge(&mut scenario, 59, &fired);
    let sent = scenario.tick(MINUTE * 60).deliveries;
    assert_eq!(notices(&sent), ["11:01:00 team a updated critical down"]);
}

#[test]
fn an_acknowledgement_counts_although_the_clock_of_the_operator_is_minutes_off() {
    let by_clock = |minutes_ahead: i64| {
        let mut config = down(&["a"]);
        config.notifications.reminders = hourly_reminders();
        let mut scenario = FoldScenario::new(escalated(config));
        let fired = scenario.fold_script(&[("a", "HUU")]);
        let alerts = fired.alerts.iter().map(|alert| alert.id.clone()).collect();
        let made_at = scenario.now() + SignedDuration::from_mins(minutes_ahead);
        let until = scenario.now() + MINUTE * 90_000;
        enter(&mut scenario, made_at, until, EntryContent::Acknowledgement { alerts });
        let acknowledged = scenario.tick(MINUTE).deliveries;
        let later = scenario.tick(MINUTE * 200).deliveries;
        (notices(&acknowledged), notices(&later))
    };
    let once = vec!["10:02:00 team a updated critical down".to_owned()];
    for minutes_ahead in [-30, -1, 0, 30] {
        assert_eq!(by_clock(minutes_ahead), (once.clone(), Vec::new()), "{minutes_ahead} minutes");
    }
}

#[test]
fn an_acknowledgement_before_a_further_alert_does_not_cover_it_and_one_after_it_does() {
    let mut config = down(&["a"]);
    config.rules.insert(0, rule("failing", "unhealthy", Severity::Error));
    config.rules[1].condition = "consecutive_failures >= 3".to_owned();
    config.notifications.reminders = hourly_reminders();
    let mut scenario = FoldScenario::new(config);
    let first = scenario.fold_script(&[("a", "HUU")]);
    acknowledge(&mut scenario, 0, &first);
    assert_eq!(notices(&scenario.tick(MINUTE).deliveries).len(), 1);
    let joined = scenario.fold_script(&[("a", "UU")]);
    assert_eq!(
        notices(&joined.deliveries),
        ["10:01:30 team a updated critical down+failing"],
        "the further alert joins"
    );
    let reminded = scenario.tick(MINUTE * 70).deliveries;
    assert_eq!(notices(&reminded).len(), 1, "the first acknowledgement covers it not");
    acknowledge(&mut scenario, 0, &first);
    let acknowledged = scenario.tick(MINUTE * 71).deliveries;
    assert_eq!(acknowledged[0].notification.details.change.as_deref(), Some("acknowledged by ann"));
    assert_eq!(notices(&scenario.tick(MINUTE * 300).deliveries), Vec::<String>::new());
}

/// Returns the title, the status, the cause and the message of the update about an acknowledgement after these outcomes.
fn acknowledged_after(letters: &str) -> (String, Status, Option<Fault>, String) {
    let mut config = down(&["a"]);
    config.rules[0].condition = "consecutive_failures >= 2".to_owned();
    let mut scenario = FoldScenario::new(config);
    let fired = scenario.fold_script(&[("a", "HUHHUU")]);
    assert_eq!(fired.alerts.len(), 1);
    scenario.fold_script(&[("a", letters)]);
    acknowledge(&mut scenario, 0, &fired);
    let sent = scenario.tick(Duration::from_secs(1)).deliveries;
    assert_eq!(sent.len(), 1, "{:?}", notices(&sent));
    let notification = &sent[0].notification;
    assert_eq!(notification.kind, NoticeKind::Updated);
    let message = notification.message.clone();
    (notification.title(), notification.status, notification.fault, message)
}

#[test]
fn an_update_about_an_acknowledgement_describes_the_latest_outcome() {
    let failing = acknowledged_after("U");
    assert_eq!(failing.3, "status 503, want 2xx");
    assert_eq!((failing.1, failing.2), (Status::Unhealthy, Some(Fault::Target)));
    for (letters, time) in [("H", "10:03:00"), ("HHHH", "10:04:30")] {
        let (title, status, fault, message) = acknowledged_after(letters);
        assert_eq!(title, "Update: a: down", "{letters}");
        assert_eq!((status, fault), (Status::Healthy, None), "{letters}");
        let wanted = format!(
            "the latest check, at 2026-11-21 {time} UTC, was healthy, and the end of the alert awaits its confirmation; \
             the alert began with: status 503, want 2xx"
        );
        assert_eq!(message, wanted);
    }
    let other_cause = acknowledged_after("T");
    assert_eq!(other_cause.3, "status 429");
    let unmeasured = acknowledged_after("?");
    assert!(unmeasured.3.starts_with("the latest check, at "), "{}", unmeasured.3);
    assert!(unmeasured.3.contains("could not measure"), "{}", unmeasured.3);
}

#[test]
fn an_acknowledgement_of_a_silenced_alert_is_reported_after_the_silence() {
    let mut scenario = FoldScenario::new(down(&["a"]));
    let fired = scenario.fold_script(&[("a", "HUU")]);
    silence(&mut scenario, "a", 60);
    acknowledge(&mut scenario, 1, &fired);
    assert!(scenario.tick(MINUTE * 59).deliveries.is_empty());
    let sent = scenario.tick(MINUTE * 60).deliveries;
    assert_eq!(sent[0].notification.details.change.as_deref(), Some("acknowledged by ann"));
}

#[test]
fn the_time_to_a_reminder_begins_anew_with_the_end_of_a_part() {
    let mut config = down(&["a", "b"]);
    config.notifications.reminders = hourly_reminders();
    config.notifications.group_interval = MINUTE;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUUHH"), ("b", "HUUUU")]);
    // The part is reported late, when the reminder is due too.
    let sent = scenario.tick(MINUTE * 60).deliveries;
    assert_eq!(notices(&sent), ["10:01:30 team a resolved critical down"]);
    assert!(scenario.tick(MINUTE * 119).deliveries.is_empty());
    let next = scenario.tick(MINUTE * 120).deliveries;
    assert_eq!(notices(&next), ["12:02:00 team b reminder critical down"]);
}

/// A channel whose batch is held back for a minute still gets an alert that another channel has got before.
#[test]
fn a_channel_that_waits_for_its_batch_is_notified_after_the_others() {
    let mut config = down(&["a", "b"]);
    config.rules[0].condition = "metrics.credit < 5".to_owned();
    config.rules[0].fault = Some(Fault::Quota);
    config.notifications =
        NotificationSettings { reminders: Vec::new(), ..NotificationSettings::default() };
    let mut of_b = channel("of_b");
    of_b.filter.scope.monitors = vec![id("b")];
    config.channels.push(of_b);
    let mut scenario = FoldScenario::new(config);
    let mut sent = Vec::new();
    for (n, (a, b)) in [(9.0, 9.0), (1.0, 9.0), (1.0, 9.0), (1.0, 1.0)].into_iter().enumerate() {
        sent.extend(fold_credits(&mut scenario, n, [a, b]));
    }
    let (of_time, _) =
        tick(&mut scenario.state, &scenario.index, start() + Duration::from_secs(100));
    sent.extend(of_time.deliveries);
    sent.extend(fold_credits(&mut scenario, 4, [1.0, 1.0]));
    assert_eq!(
        notices(&sent),
        [
            "10:01:00 team a firing critical down",
            "10:01:40 of_b b firing critical down",
            "10:02:00 team b firing critical down"
        ]
    );
}

fn fold_credits(scenario: &mut FoldScenario, n: usize, credits: [f64; 2]) -> Vec<Delivery> {
    let mut run = run(n, &[("a", 'H'), ("b", 'H')]);
    for (outcome, credit) in run.outcomes.iter_mut().zip(credits) {
        outcome.metrics.insert("credit".to_owned(), credit);
    }
    fold(&mut scenario.state, &run, &scenario.index).deliveries
}

#[test]
fn a_late_run_does_not_take_the_time_of_decisions_back() {
    let mut scenario = FoldScenario::new(down(&["a", "b"]));
    let mut sent = Vec::new();
    let mut fold = |n, letter, monitor, lane| {
        let mut run = run(n, &[(monitor, letter)]);
        run.key.lane = lane;
        sent.extend(fold(&mut scenario.state, &run, &scenario.index).deliveries);
    };
    for (n, letter) in "HUUUUU".chars().enumerate() {
        fold(n, letter, "a", Lane::Main);
    }
    for (n, letter) in "HUU".chars().enumerate() {
        fold(n, letter, "b", Lane::Slow);
    }
    assert_eq!(
        notices(&sent),
        ["10:01:00 team a firing critical down", "10:02:30 team b firing critical down"]
    );
}

#[test]
fn an_acknowledgement_before_the_first_message_is_named_in_it_and_stops_reminders() {
    let mut config = down(&["a"]);
    config.notifications.reminders = hourly_reminders();
    config.notifications.group_wait = MINUTE;
    let mut scenario = FoldScenario::new(escalated(config));
    let fired = scenario.fold_script(&[("a", "HUU")]);
    acknowledge(&mut scenario, 0, &fired);
    let sent = scenario.tick(MINUTE).deliveries;
    assert_eq!(notices(&sent), ["10:02:00 team a firing critical down"]);
    let acknowledged = sent[0].notification.details.acknowledged.as_ref().unwrap();
    assert_eq!(acknowledged.author, "ann");
    assert_eq!(notices(&scenario.tick(MINUTE * 600).deliveries), [""; 0], "nor an escalation");
}

#[test]
fn an_acknowledgement_of_one_of_two_alerts_before_the_first_message_does_not_cover_both() {
    let mut config = down(&["a", "b"]);
    config.notifications.reminders = hourly_reminders();
    config.notifications.group_wait = MINUTE;
    let mut scenario = FoldScenario::new(config);
    let mut fired = scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    fired.alerts.truncate(1);
    acknowledge(&mut scenario, 0, &fired);
    let sent = scenario.tick(MINUTE).deliveries;
    assert_eq!(sent[0].notification.details.acknowledged, None);
    assert_eq!(scenario.tick(MINUTE * 90).deliveries.len(), 1, "a reminder");
}

/// Returns the starts of the trouble of all monitors that a message names.
fn starts(delivery: &Delivery) -> Vec<Timestamp> {
    let notification = &delivery.notification;
    let others = notification.details.others.iter().map(|one| one.since);
    std::iter::once(notification.since).chain(others).collect()
}

#[test]
fn each_message_about_a_trouble_has_the_same_start() {
    let mut config = down(&["a", "b"]);
    config.notifications.group_wait = Duration::from_secs(10);
    config.rules[0].condition = "consecutive_failures >= 3".to_owned();
    config.rules[0].keep_firing_for = MINUTE * 5;
    let mut scenario = FoldScenario::new(config);
    let fired = scenario.fold_script(&[("a", "HUUU"), ("b", "HUUU")]);
    let mut told = scenario.tick(MINUTE / 6).deliveries;
    scenario.fold_script(&[("a", "HHH"), ("b", "HHH")]);
    acknowledge(&mut scenario, 0, &fired);
    told.extend(scenario.tick(MINUTE / 6).deliveries);
    let healthy = "H".repeat(20);
    told.extend(scenario.fold_script(&[("a", &healthy), ("b", &healthy)]).deliveries);
    let kinds: Vec<NoticeKind> = told.iter().map(|one| one.notification.kind).collect();
    assert_eq!(kinds, [NoticeKind::Firing, NoticeKind::Updated, NoticeKind::Resolved]);
    let first_failure = start() + MINUTE / 2;
    for one in &told {
        assert_eq!(starts(one), [first_failure; 2], "{:?}", one.notification.kind);
    }
}

#[test]
fn a_partial_recovery_says_which_monitors_are_healthy_and_keep_their_alerts() {
    let mut config = down(&["a", "b"]);
    let of = |name: &str, rule: &Rule| {
        let mut own = rule.clone();
        own.id = RuleId::new(format!("down_{name}")).unwrap();
        own.scope.monitors = vec![id(name)];
        own
    };
    let (a, b) = (of("a", &config.rules[0]), of("b", &config.rules[0]));
    config.rules = vec![a, Rule { keep_firing_for: MINUTE * 10, ..b }];
    config.notifications.group_wait = Duration::from_secs(10);
    config.notifications.group_interval = MINUTE;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    scenario.tick(MINUTE / 6);
    let part = scenario.fold_script(&[("a", "HHHHH"), ("b", "HHHHH")]).deliveries;
    let told = &part[0].notification;
    assert_eq!(told.title(), "Partly resolved: a is healthy, 1 has an alert that has not ended");
    let lists: Vec<_> = monitor_lists(told).collect();
    let line = "b: the latest check, at 2026-11-21 10:03:00 UTC, was healthy, and the end of the alert awaits its \
                confirmation; the alert began with: status 503, want 2xx";
    assert_eq!(lists, [("Alerts not ended", vec![line.to_owned()])]);
}
