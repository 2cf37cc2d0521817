//! The standing of a monitor: why its alerts fire and are not notified, and why its actions are not executed.

use std::time::Duration;

use allclear_core::action::{
    Action, ActionFilter, ActionPolicy, ActionSpec, AttemptCount, AttemptResult, Execution,
};
use allclear_core::config::Config;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ActionId, EntryId, RuleId};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::Outcome;
use allclear_core::rule::RuleScope;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::attempts::{awaited, record};
use allclear_evaluate::standing::{MonitorStanding, of_monitor};

use crate::scenario::{FoldScenario, INTERVAL, config, finding, id, monitor, rule, start};

const MINUTE: Duration = Duration::from_mins(1);

/// Returns the standing of a monitor at `later` after the latest run, whose outcome had this letter.
fn standing(scenario: &FoldScenario, name: &str, letter: char, later: Duration) -> MonitorStanding {
    let outcome = Outcome::new(id(name), Duration::ZERO, finding(letter), 1);
    let at = scenario.now() + later;
    of_monitor(&scenario.state, &scenario.index, &id(name), Some(&outcome), at)
}

/// Returns the messages about the alert of a rule that wait.
fn waiting(standing: &MonitorStanding, rule: &str) -> Vec<String> {
    let rules = standing.rules.iter().filter(|one| one.rule.as_str() == rule);
    rules.flat_map(|one| one.waiting.clone()).collect()
}

fn grouped() -> Config {
    let rules = vec![rule("down", "unhealthy", Severity::Critical)];
    Config {
        notifications: NotificationSettings {
            group_wait: MINUTE / 4,
            ..NotificationSettings::default()
        },
        ..config(vec![monitor("a"), monitor("b")], rules)
    }
}

#[test]
fn an_alert_that_waits_for_others_of_its_group_says_until_when() {
    let mut scenario = FoldScenario::new(grouped());
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    let standing = standing(&scenario, "a", 'U', Duration::ZERO);
    assert_eq!(
        waiting(&standing, "down"),
        ["`team` is notified at 2026-11-21T10:01:15Z: other alerts may follow within `group_wait`"]
    );
}

#[test]
fn an_alert_that_waits_for_the_minute_between_firing_notices_names_the_one_before() {
    let mut scenario = FoldScenario::new(grouped());
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    assert_eq!(scenario.tick(MINUTE / 4).deliveries.len(), 1);
    scenario.fold_script(&[("a", "UU"), ("b", "UU")]);
    let standing = standing(&scenario, "b", 'U', Duration::ZERO);
    assert_eq!(
        waiting(&standing, "down"),
        [
            "`team` is notified at 2026-11-21T10:02:15Z: it was notified of other alerts at 2026-11-21T10:01:15Z, and \
          firing notices are a minute apart"
        ]
    );
}

#[test]
fn an_update_that_waits_for_the_group_interval_names_the_message_before() {
    let mut config = grouped();
    config.notifications.group_wait = Duration::ZERO;
    config.notifications.group_interval = MINUTE * 30;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    let updated = scenario.fold_script(&[("a", "KK"), ("b", "HH")]).deliveries;
    assert_eq!(updated.len(), 1, "the first update does not wait");
    scenario.fold_script(&[("a", "TT"), ("b", "HH")]);
    let standing = standing(&scenario, "a", 'T', Duration::ZERO);
    let wanted = "an update to `team` is sent at 2026-11-21T10:32:00Z: the last message of the group was sent at \
                  2026-11-21T10:02:00Z, and `group_interval` is the time between two";
    assert_eq!(waiting(&standing, "down"), [wanted]);
}

#[test]
fn the_end_of_a_part_of_a_group_that_waits_says_until_when() {
    let mut config = grouped();
    config.notifications.group_wait = MINUTE / 4;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    assert_eq!(scenario.tick(MINUTE / 4).deliveries.len(), 1);
    scenario.fold_script(&[("a", "HH"), ("b", "UU")]);
    let standing = standing(&scenario, "a", 'H', Duration::ZERO);
    let wanted = "the end of `down` is reported to `team` at 2026-11-21T10:03:00Z, because other alerts of its group \
                  still fire: ends within a minute are one message, and `group_interval` is the time between two";
    assert_eq!(standing.unreported_ends, [wanted]);
}

#[test]
fn an_alert_that_fires_although_its_condition_is_not_true_says_why() {
    let mut config = grouped();
    config.notifications = NotificationSettings::immediate();
    config.rules[0].condition = "consecutive_failures >= 2".to_owned();
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUHHUUHHH"), ("b", "HHHHHHHHH")]);
    let standing = standing(&scenario, "a", 'H', Duration::ZERO);
    let wanted = "the service also failed outside of this row of failures within 15 minutes: 10 successes in a row are \
                  needed, 3 are there";
    assert_eq!(standing.rules[0].end_awaits.as_deref(), Some(wanted));
}

#[test]
fn an_alert_that_joined_without_a_message_is_not_named_as_the_notified_one() {
    let mut config = grouped();
    config.notifications = NotificationSettings::immediate();
    config.rules = vec![
        rule("down", "unhealthy", Severity::Critical),
        rule("early", "consecutive_failures >= 3", Severity::Critical),
        rule("late", "consecutive_failures >= 5", Severity::Critical),
    ];
    // `down` sorts before the others, and `early` before `late`.
    config.rules[0].id = RuleId::new("outage").unwrap();
    let mut scenario = FoldScenario::new(config);
    let decided = scenario.fold_script(&[("a", "HUUUUU"), ("b", "HHHHHH")]);
    let reasons: Vec<&str> = decided
        .suppressions
        .iter()
        .filter(|one| one.by == SuppressedBy::AlreadyNotified)
        .map(|one| one.reason.as_str())
        .collect();
    assert_eq!(reasons, ["channels were notified of this monitor by `outage` already"; 2]);
}

fn acknowledge(scenario: &mut FoldScenario) {
    let alerts = scenario.log.alerts.iter().map(|alert| alert.id.clone()).collect();
    let entry = OperatorEntry {
        id: EntryId::new("ack").unwrap(),
        created_at: start(),
        author: "ann".to_owned(),
        comment: "on it".to_owned(),
        expires_at: Some(start() + MINUTE * 60),
        content: EntryContent::Acknowledgement { alerts },
    };
    scenario.index = scenario.index.with_entries(vec![entry].into());
}

#[test]
fn an_acknowledged_alert_names_the_person_and_the_end() {
    let mut scenario = FoldScenario::new(grouped());
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    acknowledge(&mut scenario);
    let standing = standing(&scenario, "a", 'U', Duration::ZERO);
    let acknowledged = standing.rules[0].acknowledged.as_ref().unwrap();
    assert_eq!(
        (acknowledged.by.author.as_str(), acknowledged.by.comment.as_str()),
        ("ann", "on it")
    );
    assert_eq!(acknowledged.until, Some(start() + MINUTE * 60));
}

fn restart() -> Action {
    Action {
        id: ActionId::new("restart").unwrap(),
        run: ActionSpec { kind: "systemd".to_owned(), params: serde_json::Value::Null },
        effect: "restart the unit".to_owned(),
        filter: ActionFilter {
            rules: vec![RuleId::new("down").unwrap()],
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope { monitors: vec![id("a")], ..RuleScope::default() },
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: 1,
            cooldown: INTERVAL * 4,
            timeout: Duration::from_secs(10),
            execution: Execution::Real,
            count: AttemptCount::PerAction,
        },
    }
}

/// Returns the only action of a monitor after these outcomes of `a`, as `2 of 3: reason`.
fn action_after(action: Action, letters: &str) -> String {
    let mut scenario = acting(action);
    let well = "H".repeat(letters.len());
    scenario.fold_script(&[("a", letters), ("b", &well)]);
    line(&scenario, letters.chars().last().unwrap())
}

fn acting(action: Action) -> FoldScenario {
    let notifications = NotificationSettings::immediate();
    let mut config = Config { actions: vec![action], notifications, ..grouped() };
    config.rules.push(rule("slow", "response_time_ms > 200", Severity::Warning));
    FoldScenario::new(config)
}

fn line(scenario: &FoldScenario, letter: char) -> String {
    let actions = standing(scenario, "a", letter, Duration::ZERO).actions;
    assert_eq!(actions.len(), 1);
    format!("{} of {}: {}", actions[0].n_attempts, actions[0].max_attempts, actions[0].next)
}

#[test]
fn an_action_that_mends_none_of_the_alerts_says_why() {
    assert_eq!(action_after(restart(), "HHH"), "0 of 1: it waits for an alert of `down`");
    assert_eq!(
        action_after(restart(), "HSS"),
        "0 of 1: it waits for an alert of `down`; `slow` fires, which is not among its rules"
    );
    assert_eq!(
        action_after(restart(), "HKK"),
        "0 of 1: the fault of `down` is `credentials`, and its `faults` are target"
    );
    let mut other = restart();
    other.filter.matchers = vec!["group=Shop".parse().unwrap()];
    assert_eq!(
        action_after(other, "HUU"),
        "0 of 1: its `matchers` do not select the alert of `down`"
    );
    let mut mild = restart();
    mild.filter.rules = vec![RuleId::new("slow").unwrap()];
    mild.filter.min_severity = Severity::Error;
    assert_eq!(
        action_after(mild, "HSS"),
        "0 of 1: the severity of `slow` is warning, and `min_severity` is error"
    );
    let mut off = restart();
    off.filter.rules = vec![RuleId::new("unknown").unwrap()];
    assert_eq!(
        action_after(off, "HUU"),
        "0 of 1: never: `unknown` is switched off or does not apply to this monitor"
    );
    let mut of_b = restart();
    of_b.filter.scope.monitors = vec![id("b")];
    let mut scenario = acting(of_b);
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    assert_eq!(standing(&scenario, "a", 'U', Duration::ZERO).actions, []);
}

#[test]
fn an_action_that_waits_names_the_condition_of_its_next_attempt() {
    let mut twice = restart();
    twice.policy.max_attempts = 2;
    let mut scenario = acting(twice);
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    let pending = line(&scenario, 'U');
    assert!(pending.starts_with("1 of 2: the result of attempt 1 is pending, until "), "{pending}");
    let delivery = awaited(&scenario.state).remove(0);
    let now = scenario.now();
    record(&mut scenario.state, &delivery, Some(AttemptResult::Failed("x".to_owned())), now);
    assert_eq!(
        line(&scenario, 'U'),
        "1 of 2: its `cooldown` since attempt 1 lasts until 2026-11-21T10:03:00Z"
    );
    scenario.fold_script(&[("a", "?"), ("b", "H")]);
    assert_eq!(line(&scenario, '?'), "1 of 2: the latest check could not measure");
    scenario.fold_script(&[("a", "UH"), ("b", "HH")]);
    assert_eq!(line(&scenario, 'H'), "1 of 2: the latest outcome is better than the status");
    scenario.fold_script(&[("a", "UU"), ("b", "HH")]);
    let maximum = line(&scenario, 'U');
    assert!(maximum.starts_with("2 of 2: the maximum is reached"), "{maximum}");
}

#[test]
fn an_action_names_its_attempts_also_between_two_outages() {
    let mut scenario = acting(restart());
    scenario.fold_script(&[("a", "HUUHHH"), ("b", "HHHHHH")]);
    assert_eq!(
        line(&scenario, 'H'),
        "1 of 1: it waits for an alert of `down`; attempts are counted anew from 2026-11-21T11:01:30Z on, unless an alert of \
         it fires before"
    );
}

#[test]
fn an_action_that_mends_none_of_several_alerts_names_all() {
    let mut config = Config::clone(acting(restart()).index.config());
    config.rules.push(rule("slower", "response_time_ms > 220", Severity::Warning));
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HSS"), ("b", "HHH")]);
    assert_eq!(
        line(&scenario, 'S'),
        "0 of 1: it waits for an alert of `down`; `slow`, `slower` fire, which are not among its rules"
    );
}

#[test]
fn an_action_whose_alert_is_acknowledged_or_suppressed_names_the_cause() {
    let mut twice = restart();
    twice.policy.max_attempts = 2;
    let mut scenario = acting(twice);
    scenario.fold_script(&[("a", "HUU"), ("b", "HHH")]);
    acknowledge(&mut scenario);
    let wanted = "1 of 2: `down` is acknowledged by ann until 2026-11-21T11:00:00Z";
    assert_eq!(line(&scenario, 'U'), wanted);
    let mut dependent = Config::clone(scenario.index.config());
    dependent.monitors[0].depends_on = vec![id("b")];
    let mut scenario = FoldScenario::new(dependent);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    let wanted = "0 of 2: `down` is suppressed by dependency: `b`, which it depends on, is failing";
    assert_eq!(line(&scenario, 'U'), wanted);
}

#[test]
fn an_action_of_a_dry_run_says_so() {
    let mut dry = restart();
    dry.policy.execution = Execution::DryRun;
    let mut scenario = acting(dry);
    scenario.fold_script(&[("a", "HHH"), ("b", "HHH")]);
    let actions = standing(&scenario, "a", 'H', Duration::ZERO).actions;
    assert_eq!(actions[0].execution, Execution::DryRun);
}
