//! Alerts that fire again before their end was reported: they continue, and each channel is notified of their end once.

use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::message;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::Outcome;
use allclear_core::state::Decision;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::standing::{AlertStanding, UnreportedEnd, of_monitor};

use crate::scenario::{
    FoldScenario, builtin_rules, channel, config, finding, id, monitor, notices, rule, start,
};

const MINUTE: Duration = Duration::from_mins(1);

/// Returns a scenario of two monitors on one host, of both of which one message was sent.
fn both_down() -> (FoldScenario, Vec<Delivery>) {
    let on_host = |name: &str| {
        let mut monitor = monitor(name);
        monitor.check.params =
            serde_json::json!({ "url": format!("https://app.example.com/{name}") });
        monitor
    };
    let rules = vec![rule("down", "unhealthy", Severity::Critical)];
    let notifications =
        NotificationSettings { reminders: Vec::new(), ..NotificationSettings::default() };
    let config = Config { notifications, ..config(vec![on_host("a"), on_host("b")], rules) };
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU")]);
    let sent = scenario.tick(NotificationSettings::GROUP_WAIT).deliveries;
    assert_eq!(sent.len(), 1);
    (scenario, sent)
}

/// Returns the alerts that a notification names.
fn named(notification: &Notification) -> Vec<&AlertId> {
    let others = notification.details.others.iter().flat_map(|one| &one.alerts);
    notification.alerts.iter().map(|one| &one.id).chain(others).collect()
}

fn notification(decision: &Decision, kind: NoticeKind) -> &Notification {
    let mut all = decision.deliveries.iter().map(|one| &one.notification);
    all.rfind(|one| one.kind == kind).unwrap()
}

#[test]
fn an_alert_is_open_until_its_end_is_reported_and_continues_under_its_id() {
    let (mut scenario, sent) = both_down();
    let ended = scenario.fold_script(&[("a", "HH"), ("b", "UU")]);
    assert_eq!(ended.alerts, [], "its end waits for others of its group");
    let api = id("a");
    let unreported = |scenario: &FoldScenario| {
        let outcome = Outcome::new(api.clone(), Duration::ZERO, finding('H'), 1);
        let (state, index, at) = (&scenario.state, &scenario.index, scenario.now());
        let standing = of_monitor(state, index, &api, Some(&outcome), at).rules.remove(0);
        (standing.alert, standing.unreported)
    };
    let first = named(&sent[0].notification)[0].clone();
    let end = UnreportedEnd { id: first.clone(), at: start() + MINUTE + MINUTE / 2 };
    assert_eq!(unreported(&scenario), (AlertStanding::None, Some(end)));
    let again = scenario.fold_script(&[("a", "UU"), ("b", "UU")]);
    assert_eq!((again.alerts, again.suppressions), (vec![], vec![]), "nothing is new");
    let AlertStanding::Firing { id, since, at, notified } = unreported(&scenario).0 else {
        panic!("it fires");
    };
    assert_eq!((id, since, at), (first, start() + MINUTE, start() + MINUTE));
    assert_eq!(notified.len(), 1);
    let over = scenario.fold_script(&[("a", &"H".repeat(12)), ("b", &"H".repeat(12))]);
    let ends = over.deliveries.iter().flat_map(|one| named(&one.notification));
    let mut ended: Vec<&AlertId> = ends.collect();
    ended.sort();
    assert_eq!(ended, named(&sent[0].notification), "each once, as it was announced");
    let resolved: Vec<&AlertId> = over.alerts.iter().map(|one| &one.id).collect();
    assert_eq!(resolved.len(), 2);
    assert!(over.alerts.iter().all(|one| one.resolved_at.is_some()));
}

#[test]
fn an_end_that_was_reported_makes_the_next_alert_a_new_one() {
    let (mut scenario, sent) = both_down();
    let ended = scenario.fold_script(&[("a", "HHHHH"), ("b", "UUUUU")]);
    assert_eq!(ended.alerts.len(), 1, "resolved with its notice");
    assert_eq!(ended.alerts[0].resolved_at, Some(start() + MINUTE + MINUTE / 2));
    let again = scenario.fold_script(&[("a", "UU"), ("b", "UU")]);
    assert_ne!(&again.alerts[0].id, named(&sent[0].notification)[0]);
}

/// Returns the scenario of a service with two outages under the built-in rules, so that the end of the first one waits for
/// `failure_rate`, and the notices about both.
fn two_outages(config: Config) -> (FoldScenario, Decision) {
    let mut scenario = FoldScenario::new(config);
    scenario.fold_letters(&"H".repeat(60));
    let mut decided = scenario.fold_letters("UUUUHHHHHHUUUUUU");
    decided.append(scenario.fold_letters("HHHHHHHHHHUUUUUU"));
    decided.append(scenario.fold_letters(&"H".repeat(60)));
    (scenario, decided)
}

#[test]
fn the_all_clear_states_the_whole_outage_and_its_cause() {
    let (_, decided) = two_outages(config(vec![monitor("api")], builtin_rules()));
    let all = notices(&decided.deliveries);
    let announced: Vec<&AlertId> = decided
        .deliveries
        .iter()
        .filter(|one| one.notification.kind != NoticeKind::Resolved)
        .flat_map(|one| named(&one.notification))
        .collect();
    let ends = decided.deliveries.iter().filter(|it| it.notification.kind == NoticeKind::Resolved);
    let ended: Vec<&AlertId> = ends.flat_map(|one| named(&one.notification)).collect();
    for alert in &announced {
        assert_eq!(ended.iter().filter(|it| it == &alert).count(), 1, "{alert}: {all:#?}");
    }
    let all_clear = notification(&decided, NoticeKind::Resolved);
    assert!(all_clear.details.ends_group);
    assert_eq!(all_clear.fault, Some(Fault::Target), "{}", message::plain_text(all_clear));
    // The end of the first outage was reported before the second one began.
    assert_eq!(all_clear.since, start() + MINUTE * 35, "{}", message::plain_text(all_clear));
    let third_outage = start() + MINUTE * 43;
    let update = decided
        .deliveries
        .iter()
        .map(|one| &one.notification)
        .rfind(|one| one.kind == NoticeKind::Updated && one.at >= third_outage);
    assert!(update.is_none_or(|one| one.since < third_outage));
}

#[test]
fn the_cause_of_failures_that_confirm_no_outage_is_that_of_the_last_failure() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters(&"H".repeat(60));
    scenario.fold_letters(&"UHHH".repeat(6));
    let after = scenario.fold_letters(&"H".repeat(60));
    let all_clear = notification(&after, NoticeKind::Resolved);
    assert_eq!(all_clear.fault, Some(Fault::Target));
}

#[test]
fn a_channel_that_waits_for_an_end_gets_those_of_the_alert_and_its_successor_together() {
    let mut config = config(vec![monitor("a"), monitor("b")], Vec::new());
    config.rules = vec![rule("slow", "response_time_ms > 200", Severity::Critical)];
    config.rules[0].cooldown = Duration::ZERO;
    let mut only_a = channel("only-a");
    only_a.filter.scope.monitors = vec![id("a")];
    config.channels.push(only_a);
    config.notifications =
        NotificationSettings { reminders: Vec::new(), ..NotificationSettings::default() };
    let mut scenario = FoldScenario::new(config);
    let first = scenario.fold_script(&[("a", "HSS"), ("b", "HSS")]).alerts[0].id.clone();
    let end = scenario.fold_script(&[("a", "H"), ("b", "S")]);
    assert_eq!(end.alerts.len(), 1, "the first report of the end resolves it");
    let again = scenario.fold_script(&[("a", "SSSSSS"), ("b", "SSSSSS")]);
    assert_eq!(notices(&again.deliveries), ["10:02:30 only-a a firing critical slow"]);
    let second = again.alerts[0].id.clone();
    assert_ne!(first, second);
    let over = scenario.fold_script(&[("a", "HHHHHH"), ("b", "HHHHHH")]);
    let to_team = over.deliveries.iter().filter(|one| one.channel.as_str() == "team");
    let mut ended: Vec<&AlertId> = to_team.flat_map(|one| named(&one.notification)).collect();
    ended.retain(|alert| alert.as_str().starts_with("a/"));
    assert_eq!(ended, [&first, &second]);
}

#[test]
fn an_alert_that_was_sent_to_one_channel_and_joined_on_another_is_told_apart_by_channel() {
    let rules = vec![
        rule("outage", "unhealthy", Severity::Critical),
        rule("early", "consecutive_failures >= 3", Severity::Warning),
        rule("later", "consecutive_failures >= 4", Severity::Warning),
    ];
    let mut config = config(vec![monitor("a")], rules);
    // It takes no critical alert.
    let mut quiet = channel("quiet");
    quiet.filter.scope.monitors = vec![id("a")];
    config.channels.push(quiet);
    config.rules[0].channels = vec![config.channels[0].id.clone()];
    let mut scenario = FoldScenario::new(config);
    let decided = scenario.fold_script(&[("a", "HUUUUU")]);
    let reasons: Vec<&str> = decided.suppressions.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(notices(&decided.deliveries)[1..], ["10:01:30 quiet a firing warning early"]);
    let firing = scenario.state.monitors[&id("a")].alerts.values();
    let joined = firing
        .filter_map(|alert| alert.firing.as_ref())
        .map(|firing| firing.joined.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(joined.collect::<Vec<_>>(), [vec!["team"], vec!["quiet", "team"], vec![]]);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
}
