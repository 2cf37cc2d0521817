//! Groups of alerts: one message for what fails together, and one for its end.

use std::time::Duration;

use allclear_core::alert_group::RootKind;
use allclear_core::config::Config;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::EntryId;
use allclear_core::message;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{
    Escalation, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::state::Decision;
use allclear_core::status::Severity;
use serde_json::json;

use crate::config_changes::change;
use crate::scenario::{
    FoldScenario, INTERVAL, builtin_rules, channel, config, id, monitor, notices, rule,
};

const WAIT: Duration = NotificationSettings::GROUP_WAIT;
const MINUTE: Duration = Duration::from_mins(1);

/// Returns monitors of targets on one host.
fn on_one_host(names: &[&str]) -> Vec<Monitor> {
    let on_host = |name: &&str| {
        let mut monitor = monitor(name);
        monitor.check.params = json!({ "url": format!("https://app.example.com/{name}") });
        monitor
    };
    names.iter().map(on_host).collect()
}

/// Returns a config with one critical rule, and the default settings of notifications without reminders.
fn grouped(monitors: Vec<Monitor>) -> Config {
    let rules = vec![rule("down", "unhealthy", Severity::Critical)];
    let notifications =
        NotificationSettings { reminders: Vec::new(), ..NotificationSettings::default() };
    Config { notifications, ..config(monitors, rules) }
}

/// Returns the names of all monitors of a notification, the first one first.
fn names(notification: &Notification) -> Vec<&str> {
    let others = notification.details.others.iter().map(|one| one.name.as_str());
    std::iter::once(notification.monitor_name.as_str()).chain(others).collect()
}

#[test]
fn a_recovery_beside_a_removed_monitor_is_reported_as_what_each_of_them_is() {
    let mut scenario = FoldScenario::new(grouped(on_one_host(&["a", "b"])));
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    assert_eq!(scenario.tick(WAIT).deliveries.len(), 1);
    let waits = scenario.fold_script(&[("a", "HH"), ("b", "UU")]);
    let resolved = |decision: &Decision| -> Vec<Notification> {
        let all = decision.deliveries.iter().map(|one| one.notification.clone());
        all.filter(|one| one.kind == NoticeKind::Resolved).collect()
    };
    assert_eq!(resolved(&waits), Vec::new(), "the end of a part waits");
    let ended = change(&mut scenario, grouped(on_one_host(&["a"])));
    let [notification] = <[Notification; 1]>::try_from(resolved(&ended)).unwrap();
    assert_eq!(notification.title(), "All clear: a is healthy");
    assert!(notification.details.ends_group);
    let text = message::plain_text(&notification);
    assert!(text.contains("Change: b is no longer monitored"), "{text}");
}

#[test]
fn monitors_that_fail_together_are_one_message_and_so_is_their_recovery() {
    let mut scenario = FoldScenario::new(grouped(on_one_host(&["a", "b", "c"])));
    let down = scenario.fold_script(&[("a", "HUU"), ("b", "HUU"), ("c", "HUU")]);
    assert!(down.deliveries.is_empty(), "it waits for others");
    let sent = scenario.tick(WAIT).deliveries;
    assert_eq!(notices(&sent), ["10:01:10 team a firing critical down"]);
    let notification = &sent[0].notification;
    assert_eq!(names(notification), ["a", "b", "c"]);
    assert_eq!(notification.title(), "a and 2 more are failing (host app.example.com)");
    let root = notification.details.root.as_ref().unwrap();
    assert_eq!((root.kind, root.value.as_str()), (RootKind::Host, "app.example.com"));
    let over = scenario.fold_script(&[("a", "HH"), ("b", "HH"), ("c", "HH")]);
    assert_eq!(over.deliveries.len(), 1);
    let all_clear = &over.deliveries[0];
    assert_eq!(all_clear.notification.title(), "All clear: a and 2 more are healthy");
    assert_eq!(all_clear.after, [sent[0].id.clone()]);
}

#[test]
fn an_alert_that_ends_while_it_waits_is_not_sent() {
    let mut scenario = FoldScenario::new(grouped(vec![monitor("a")]));
    let mut notifications = scenario.index.config().notifications.clone();
    notifications.group_wait = MINUTE * 5;
    scenario = FoldScenario::new(Config { notifications, ..grouped(vec![monitor("a")]) });
    let decided = scenario.fold_script(&[("a", "HUUHH")]);
    assert_eq!(decided.alerts.len(), 2, "it is on record");
    assert!(scenario.tick(MINUTE * 10).deliveries.is_empty());
}

#[test]
fn an_alert_within_the_wait_is_in_the_same_message() {
    let notifications =
        NotificationSettings { group_wait: MINUTE, ..NotificationSettings::default() };
    let monitors = vec![monitor("a"), monitor("b")];
    let mut scenario = FoldScenario::new(Config { notifications, ..grouped(monitors) });
    let decided = scenario.fold_script(&[("a", "HUUUU"), ("b", "HHUUU")]);
    assert_eq!(notices(&decided.deliveries), ["10:02:00 team a firing critical down"]);
    assert_eq!(names(&decided.deliveries[0].notification), ["a", "b"]);
    assert_eq!(decided.deliveries[0].notification.details.root, None, "they share nothing");
}

#[test]
fn the_first_message_awaits_the_check_that_is_due_at_its_time() {
    let down = || {
        let mut config = grouped(vec![monitor("a")]);
        config.notifications.group_wait = INTERVAL;
        let mut scenario = FoldScenario::new(config);
        scenario.fold_script(&[("a", "HUU")]);
        assert!(scenario.tick(INTERVAL).deliveries.is_empty(), "a check is due");
        scenario
    };
    assert!(down().fold_script(&[("a", "HHH")]).deliveries.is_empty(), "it has ended");
    let sent = down().fold_script(&[("a", "U")]).deliveries;
    assert_eq!(notices(&sent), ["10:01:30 team a firing critical down"]);
    let known_by = INTERVAL + monitor("a").timeout + Duration::from_secs(1);
    let sent = down().tick(known_by).deliveries;
    assert_eq!(sent.len(), 1, "the check has no outcome");
}

#[test]
fn unrelated_alerts_of_a_storm_are_one_message_a_minute() {
    let monitors = ["a", "b", "c"].map(monitor).to_vec();
    let mut scenario = FoldScenario::new(grouped(monitors));
    scenario.fold_script(&[("a", "HUU"), ("b", "HHU"), ("c", "HHH")]);
    assert_eq!(notices(&scenario.tick(WAIT).deliveries), ["10:01:10 team a firing critical down"]);
    let next = scenario.fold_script(&[("a", "UU"), ("b", "UU"), ("c", "UU")]);
    assert!(next.deliveries.is_empty(), "less than a minute after the first");
    let sent = scenario.tick(WAIT).deliveries;
    assert_eq!(notices(&sent), ["10:02:10 team b firing critical down"]);
    assert_eq!(names(&sent[0].notification), ["b", "c"]);
}

#[test]
fn a_monitor_with_the_root_of_a_group_joins_it_after_the_interval() {
    let mut scenario = FoldScenario::new(grouped(on_one_host(&["a", "b", "c"])));
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU"), ("c", "HHH")]);
    assert_eq!(scenario.tick(WAIT).deliveries.len(), 1);
    let decided = scenario.fold_script(&[("a", "UUU"), ("b", "UUU"), ("c", "UUU")]);
    assert!(decided.deliveries.is_empty());
    let sent = scenario.tick(MINUTE * 5).deliveries;
    assert_eq!(notices(&sent), ["10:07:30 team a updated critical down"]);
    assert_eq!(names(&sent[0].notification), ["a", "b", "c"]);
    assert_eq!(sent[0].notification.details.change.as_deref(), Some("joined by c"));
    let over = scenario.fold_script(&[("a", "HH"), ("b", "HH"), ("c", "HH")]);
    assert_eq!(over.deliveries.len(), 1, "one end for all");
}

#[test]
fn a_partial_recovery_is_reported_after_a_minute_and_the_end_at_once() {
    let mut scenario = FoldScenario::new(grouped(on_one_host(&["a", "b"])));
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    scenario.tick(WAIT);
    let recovering = scenario.fold_script(&[("a", "HH"), ("b", "UU")]);
    assert!(recovering.deliveries.is_empty(), "the others may follow");
    let part = scenario.fold_script(&[("a", "HH"), ("b", "UU")]).deliveries;
    assert_eq!(notices(&part), ["10:01:30 team a resolved critical down"]);
    assert_eq!(part[0].notification.title(), "Partly resolved: a is healthy, 1 still failing");
    let remaining: Vec<&str> =
        part[0].notification.details.remaining.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(remaining, ["b"]);
    let end = scenario.fold_script(&[("a", "HH"), ("b", "HH")]).deliveries;
    assert_eq!(end[0].notification.title(), "All clear: b is healthy");
}

#[test]
fn a_relapse_before_its_end_was_reported_is_no_news() {
    let mut config = grouped(on_one_host(&["a", "b"]));
    config.rules[0].cooldown = Duration::ZERO;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    scenario.tick(WAIT);
    let relapse = scenario.fold_script(&[("a", "HHUUUUUU"), ("b", "UUUUUUUU")]);
    assert_eq!(notices(&relapse.deliveries), Vec::<String>::new());
    let calm = "H".repeat(10);
    let end = scenario.fold_script(&[("a", &calm), ("b", &calm)]).deliveries;
    let ended: Vec<Vec<String>> = end
        .iter()
        .map(|one| names(&one.notification).iter().map(ToString::to_string).collect())
        .collect();
    assert_eq!(ended, [["b"], ["a"]], "after a relapse, the end takes more successes");
}

#[test]
fn the_failing_parent_leads_and_its_children_wait() {
    let mut child = monitor("child");
    child.depends_on = vec![id("parent")];
    let mut scenario = FoldScenario::new(grouped(vec![child, monitor("parent")]));
    scenario.fold_script(&[("child", "HUU"), ("parent", "HUU")]);
    let sent = scenario.tick(WAIT).deliveries;
    assert_eq!(notices(&sent), ["10:01:10 team parent firing critical down"]);
    assert_eq!(names(&sent[0].notification), ["parent"]);
    // The parent has recovered and the child has not.
    let after = scenario.fold_script(&[("child", "UUUU"), ("parent", "HHHH")]);
    assert_eq!(
        notices(&after.deliveries),
        ["10:01:30 team parent resolved critical down", "10:03:00 team child firing critical down"]
    );
}

#[test]
fn reminders_grow_end_at_their_limit_and_stop_with_the_outage() {
    let mut config = grouped(vec![monitor("a")]);
    config.notifications.reminders = vec![ReminderPolicy {
        severity: Severity::Critical,
        every: Duration::from_hours(1),
        growth: ReminderGrowth::Doubling,
        limit: 2,
    }];
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU")]);
    scenario.tick(WAIT);
    assert!(scenario.tick(WAIT + MINUTE * 59).deliveries.is_empty());
    let first = scenario.tick(WAIT + MINUTE * 60).deliveries;
    assert_eq!(notices(&first), ["11:01:10 team a reminder critical down"]);
    assert_eq!(first[0].notification.details.n_reminder, 1);
    assert!(scenario.tick(WAIT + MINUTE * 179).deliveries.is_empty());
    assert_eq!(scenario.tick(WAIT + MINUTE * 180).deliveries.len(), 1);
    assert!(scenario.tick(MINUTE * 9_000).deliveries.is_empty(), "the limit is 2");
    let end = scenario.fold_script(&[("a", "HH")]).deliveries;
    assert_eq!(end.len(), 1);
    assert!(scenario.tick(MINUTE * 9_000).deliveries.is_empty());
}

#[test]
fn an_acknowledgement_is_told_once_and_stops_reminders_but_not_the_end() {
    let mut config = grouped(vec![monitor("a")]);
    config.notifications.reminders = vec![NotificationSettings::CRITICAL_REMINDERS];
    let mut scenario = FoldScenario::new(config);
    let fired = scenario.fold_script(&[("a", "HUU")]);
    scenario.tick(WAIT);
    let acknowledge = |scenario: &mut FoldScenario, entries: Vec<OperatorEntry>| {
        scenario.index = scenario.index.with_entries(entries.into());
    };
    let entry = OperatorEntry {
        id: EntryId::new("ack-1").unwrap(),
        created_at: scenario.now() + MINUTE,
        author: "ann".to_owned(),
        comment: "on it".to_owned(),
        expires_at: None,
        content: EntryContent::Acknowledgement { alerts: vec![fired.alerts[0].id.clone()] },
    };
    acknowledge(&mut scenario, vec![entry]);
    let told = scenario.tick(MINUTE * 2).deliveries;
    assert_eq!(notices(&told), ["10:03:00 team a updated critical down"]);
    let details = &told[0].notification.details;
    assert_eq!(details.change.as_deref(), Some("acknowledged by ann"));
    assert_eq!(details.acknowledged.as_ref().unwrap().comment, "on it");
    let line = message::one_line(&told[0].notification);
    assert!(line.contains(" | Acknowledged: by ann at ") && line.ends_with(": on it"), "{line}");
    assert!(scenario.tick(MINUTE * 600).deliveries.is_empty());
    acknowledge(&mut scenario, Vec::new());
    assert_eq!(scenario.tick(MINUTE * 601).deliveries.len(), 1, "it was taken back");
    let end = scenario.fold_script(&[("a", "HH")]).deliveries;
    assert_eq!(end.len(), 1);
}

#[test]
fn nothing_is_sent_while_suppressed_but_the_end() {
    let mut config = grouped(vec![monitor("a")]);
    config.notifications.reminders = vec![NotificationSettings::CRITICAL_REMINDERS];
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU")]);
    scenario.tick(WAIT);
    let silence = OperatorEntry {
        id: EntryId::new("silence-1").unwrap(),
        created_at: scenario.now(),
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(scenario.now() + MINUTE * 300),
        content: EntryContent::Silence {
            matchers: vec!["monitor=a".parse().unwrap()],
            starts_at: scenario.now(),
        },
    };
    scenario.index = scenario.index.with_entries(vec![silence].into());
    assert!(scenario.tick(MINUTE * 299).deliveries.is_empty());
    assert_eq!(scenario.tick(MINUTE * 300).deliveries.len(), 1, "the reminder was only held");
    assert_eq!(scenario.fold_script(&[("a", "HH")]).deliveries.len(), 1);
}

#[test]
fn an_alert_that_is_not_acknowledged_goes_to_the_further_channel_with_its_end() {
    let mut config = grouped(vec![monitor("a")]);
    let mut pager = channel("pager");
    pager.filter.scope.monitors = vec![id("none")];
    config.channels.push(pager.clone());
    config.notifications.escalation = Some(Escalation {
        after: MINUTE * 15,
        min_severity: Severity::Critical,
        channels: vec![pager.id],
    });
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU")]);
    scenario.tick(WAIT);
    assert!(scenario.tick(WAIT + MINUTE * 14).deliveries.is_empty());
    let escalated = scenario.tick(WAIT + MINUTE * 15).deliveries;
    assert_eq!(notices(&escalated), ["10:16:10 pager a firing critical down"]);
    let change = escalated[0].notification.details.change.as_deref();
    assert_eq!(change, Some("not acknowledged in time"));
    assert!(scenario.tick(WAIT + MINUTE * 30).deliveries.is_empty(), "once");
    let end = scenario.fold_script(&[("a", "HH")]).deliveries;
    assert_eq!(
        notices(&end),
        ["10:01:30 pager a resolved critical down", "10:01:30 team a resolved critical down"]
    );
}

#[test]
fn one_outage_under_the_built_in_rules_is_one_message_and_one_end() {
    let notifications = NotificationSettings::default();
    let config = Config { notifications, ..config(vec![monitor("a")], builtin_rules()) };
    let mut scenario = FoldScenario::new(config);
    let mut decided = scenario.fold_script(&[("a", "HHUUUUUU")]).deliveries;
    decided.extend(scenario.tick(WAIT).deliveries);
    decided.extend(scenario.fold_script(&[("a", "HHHHHHHH")]).deliveries);
    decided.extend(scenario.tick(MINUTE * 60).deliveries);
    assert_eq!(
        notices(&decided),
        [
            "10:02:30 team a firing critical consecutive_failures",
            "10:04:00 team a resolved critical consecutive_failures+service_down"
        ]
    );
}

#[test]
fn an_all_clear_follows_a_reminder_that_arrived_although_the_firing_notice_did_not() {
    let mut config = grouped(vec![monitor("a")]);
    config.notifications.reminders = vec![NotificationSettings::CRITICAL_REMINDERS];
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU")]);
    let firing = scenario.tick(WAIT).deliveries;
    let reminder = scenario.tick(MINUTE * 300).deliveries;
    let end = scenario.fold_script(&[("a", "HH")]).deliveries;
    assert_eq!(end[0].after, [firing[0].id.clone(), reminder[0].id.clone()]);
}

#[test]
fn a_fault_that_alternates_is_reported_at_the_pace_of_the_group() {
    let mut scenario = FoldScenario::new(grouped(vec![monitor("a")]));
    scenario.fold_script(&[("a", "HUU")]);
    scenario.tick(WAIT);
    let letters = "KKUU".repeat(10);
    let updates = scenario.fold_script(&[("a", &letters)]).deliveries;
    assert_eq!(updates.len(), 4, "at first at once, and then each five minutes");
}

#[test]
fn a_seldom_checked_parent_that_failed_once_delays_its_children_for_ten_minutes_at_most() {
    let mut child = monitor("child");
    child.depends_on = vec![id("parent")];
    let mut parent = monitor("parent");
    parent.interval = Duration::from_hours(1);
    let mut scenario = FoldScenario::new(grouped(vec![child, parent]));
    scenario.fold_script(&[("child", "H"), ("parent", "U")]);
    let held = scenario.fold_script(&[("child", &"U".repeat(18))]);
    assert!(held.deliveries.is_empty(), "{:?}", notices(&held.deliveries));
    let sent = scenario.fold_script(&[("child", &"U".repeat(4))]);
    assert_eq!(notices(&sent.deliveries), ["10:10:30 team child firing critical down"]);
}

#[test]
fn a_relapse_in_one_channel_is_notified_to_another_one_that_heard_of_the_end() {
    let mut config = grouped(vec![monitor("a"), monitor("b")]);
    config.rules = vec![rule("slow", "response_time_ms > 200", Severity::Critical)];
    config.rules[0].cooldown = Duration::ZERO;
    let mut only_a = channel("only-a");
    only_a.filter.scope.monitors = vec![id("a")];
    config.channels.push(only_a);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HSS"), ("b", "HSS")]);
    let end = scenario.fold_script(&[("a", "H"), ("b", "S")]).deliveries;
    assert_eq!(notices(&end), ["10:01:30 only-a a resolved critical slow"]);
    let mut again = scenario.fold_script(&[("a", "SS"), ("b", "SS")]).deliveries;
    again.extend(scenario.tick(MINUTE).deliveries);
    assert_eq!(notices(&again), ["10:02:30 only-a a firing critical slow"]);
}
