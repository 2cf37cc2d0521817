//! The conditions under which attempts wait, and orders that are taken back.

use allclear_core::action::AttemptOrder;
use allclear_core::delivery::Delivery;
use allclear_core::event::AlertId;
use allclear_core::id::{EntryId, MaintenanceId, RuleId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::rule::RuleScope;
use allclear_core::window::{Maintenance, Silence, WindowSchedule};

use super::{config_with, orders, restart, scenario};
use crate::scenario::{FoldScenario, INTERVAL, id, monitor, start};

#[test]
fn a_silence_holds_attempts_until_its_end() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.silences = vec![Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: None,
        until: start() + INTERVAL * 6,
        author: "ann".to_owned(),
        comment: "known".to_owned(),
    }];
    let decided = FoldScenario::new(config).fold_letters("HUUUUUUU");
    assert_eq!(orders(&decided.deliveries), ["10:03:00 restart 1 of 3 execute api"]);
}

#[test]
fn maintenance_holds_attempts_until_its_end() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.maintenances = vec![Maintenance {
        id: MaintenanceId::new("upgrade").unwrap(),
        title: "Upgrade".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: start(), end: start() + INTERVAL * 6 },
        ended_at: None,
    }];
    let decided = FoldScenario::new(config).fold_letters("HUUUUUUU");
    assert_eq!(orders(&decided.deliveries), ["10:03:00 restart 1 of 3 execute api"]);
}

#[test]
fn a_failing_dependency_holds_attempts() {
    let mut api = monitor("api");
    api.depends_on = vec![id("database")];
    let mut action = restart();
    action.filter.scope.monitors = vec![id("api")];
    let mut scenario = FoldScenario::new(config_with(vec![monitor("database"), api], action));
    let decided = scenario.fold_script(&[("database", "HUUUUU"), ("api", "HUUUUU")]);
    assert_eq!(orders(&decided.deliveries), [""; 0]);
}

#[test]
fn an_acknowledgement_holds_attempts() {
    let mut scenario = scenario(restart());
    let decided = scenario.fold_letters("HUU");
    assert_eq!(orders(&decided.deliveries), ["10:01:00 restart 1 of 3 execute api"]);
    let alert = AlertId::new(&id("api"), &RuleId::new("down").unwrap(), scenario.now());
    let acknowledgement = OperatorEntry {
        id: EntryId::new("ack").unwrap(),
        created_at: scenario.now(),
        author: "ann".to_owned(),
        comment: "on it".to_owned(),
        expires_at: None,
        content: EntryContent::Acknowledgement { alerts: vec![alert] },
    };
    scenario.index = scenario.index.with_entries(vec![acknowledgement].into());
    assert_eq!(orders(&scenario.fold_letters("UUUUUU").deliveries), [""; 0]);
    scenario.index = scenario.index.with_entries(Vec::new().into());
    let after = scenario.fold_letters("U");
    assert_eq!(orders(&after.deliveries), ["10:04:30 restart 2 of 3 execute api"]);
}

#[test]
fn an_outcome_that_is_better_or_not_measured_leads_to_no_attempt() {
    for letters in ["HUUH?", "HUU???????", "HUUHHHHH"] {
        let decided = scenario(restart()).fold_letters(letters);
        let executed = orders(&decided.deliveries);
        let executed: Vec<_> = executed.iter().filter(|one| one.contains("execute")).collect();
        assert_eq!(executed, ["10:01:00 restart 1 of 3 execute api"], "{letters}");
    }
}

#[test]
fn an_attempt_without_a_result_is_taken_back_when_its_alert_ends() {
    let mut action = restart();
    action.policy.cooldown = INTERVAL * 10;
    let mut scenario = scenario(action);
    let ordered = scenario.fold_letters("HUU").deliveries;
    let attempt = ordered.iter().find(|one| one.attempt().is_some()).unwrap();
    let over = scenario.fold_letters("HHH").deliveries;
    assert_eq!(orders(&over), ["10:02:00 restart 1 of 1 take back api"]);
    let back = over.iter().find(|one| one.attempt().is_some()).unwrap();
    assert_eq!(back.after, std::slice::from_ref(&attempt.id));
    assert!(back.notification.details.ends_group);
    let groups = [attempt, back].map(|one| one.notification.details.alert_group.clone());
    assert_eq!(groups[0], groups[1]);
    assert_eq!(back.attempt().unwrap().order, AttemptOrder::TakeBack);
}

#[test]
fn an_attempt_that_has_expired_is_not_taken_back() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    scenario.skip(4);
    assert_eq!(orders(&scenario.fold_letters("HHH").deliveries), [""; 0]);
}

#[test]
fn an_attempt_after_one_that_was_taken_back_is_executed_when_the_alert_continues() {
    let mut config = config_with(vec![monitor("api"), monitor("web")], restart());
    config.actions[0].policy.cooldown = INTERVAL * 10;
    config.actions[0].filter.scope.monitors = vec![id("api")];
    config.monitors.iter_mut().for_each(|monitor| {
        monitor.check.params = serde_json::json!({ "url": "https://app.example.com/" });
    });
    config.notifications.group_wait = INTERVAL / 3;
    config.notifications.group_interval = INTERVAL * 10;
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("api", "HUU"), ("web", "HUU")]);
    scenario.tick(INTERVAL / 3);
    let back = scenario.fold_script(&[("api", "HHUU"), ("web", "UUUU")]).deliveries;
    let next = scenario.fold_script(&[("api", "UUUUUUUUUU"), ("web", "UUUUUUUUUU")]).deliveries;
    let group = |deliveries: &[Delivery]| {
        let attempt = deliveries.iter().find(|one| one.attempt().is_some()).unwrap();
        let alert = attempt.notification.alerts.first().map(|one| one.id.clone());
        (alert, attempt.notification.details.alert_group.clone())
    };
    assert_eq!(orders(&back), ["10:02:00 restart 1 of 1 take back api"]);
    assert_eq!(orders(&next)[0], "10:06:00 restart 2 of 3 execute api");
    assert_ne!(group(&back).1, group(&next).1, "the order that takes back ends its group");
    let first = scenario.log.deliveries.iter().find(|one| one.attempt().is_some()).unwrap();
    assert_eq!(group(&next).0.as_ref(), Some(&first.notification.alerts[0].id), "one alert");
}
