use std::sync::Arc;
use std::time::Duration;

use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{SuppressedBy, Transition};
use allclear_core::rollup::Period;
use allclear_core::state::ShardState;
use allclear_core::status::{Fault, Severity, Status};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::{fold, retire};

use crate::scenario::{
    FoldScenario, builtin_rules, channel, config, id, immediate_rules, monitor, notices, rule, run,
    suppressed,
};

#[test]
fn an_outage_and_its_end_are_one_message_each() {
    let mut scenario = FoldScenario::of_one();
    let outage = scenario.fold_letters("HHUUUUUUUU");
    assert_eq!(
        notices(&outage.deliveries),
        ["10:02:00 team api firing critical consecutive_failures"]
    );
    assert_eq!(suppressed(&outage), [("service_down".to_owned(), SuppressedBy::AlreadyNotified)]);
    let over = scenario.fold_letters("HHH");
    assert_eq!(
        notices(&over.deliveries),
        ["10:05:00 team api resolved critical consecutive_failures+service_down"]
    );
    let all_clear = &over.deliveries[0];
    assert_eq!(all_clear.notification.title(), "All clear: api is healthy");
    assert_eq!(all_clear.notification.since.to_string(), "2026-11-21T10:01:00Z");
    assert_eq!(all_clear.notification.fault, Some(Fault::Target));
    assert_eq!(all_clear.after, [outage.deliveries[0].id.clone()]);
}

#[test]
fn all_clear_alert_and_transition_have_the_same_times() {
    // A plain recovery, one that takes several outcomes, one to another status, and one during which a milder
    // alert has been pending for longer.
    for letters in ["HHUUUUHH", "HHUUUUHUHH", "HHUUUUDDDHH", "HSSSUUUUHHH", "HHUUUUH?HH"] {
        let mut scenario = FoldScenario::of_one();
        let decision = scenario.fold_letters(letters);
        let of_outage = |worse: bool| {
            let is = move |status| (status == Status::Unhealthy) == worse;
            move |one: &&Transition| is(one.to) && !is(one.from)
        };
        let began = decision.transitions.iter().find(of_outage(true)).unwrap();
        let ended = decision.transitions.iter().rev().find(of_outage(false)).unwrap();
        let is_end = |one: &&Delivery| one.notification.kind == NoticeKind::Resolved;
        let all_clear = decision.deliveries.iter().find(is_end).unwrap();
        let notification = &all_clear.notification;
        assert_eq!((notification.since, notification.at), (began.at, ended.at), "{letters}");
        assert_eq!(all_clear.created_at, ended.confirmed_at, "{letters}");
        let rule = &notification.alerts[0].rule;
        let resolved =
            decision.alerts.iter().find(|one| one.rule == *rule && one.resolved_at.is_some());
        assert_eq!(resolved.unwrap().resolved_at, Some(ended.at), "{letters}");
    }
}

#[test]
fn a_critical_monitor_notifies_at_confirmation() {
    let mut api = monitor("api");
    api.critical = true;
    let mut scenario = FoldScenario::new(config(vec![api], builtin_rules()));
    let outage = scenario.fold_letters("HUU");
    assert_eq!(
        notices(&outage.deliveries),
        ["10:01:00 team api firing critical critical_service_down"]
    );
    assert_eq!(outage.deliveries[0].notification.message, "status 503, want 2xx");
}

#[test]
fn an_alert_is_resolved_only_by_a_confirmed_recovery() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUUUU");
    assert!(scenario.fold_letters("HUHUH").deliveries.is_empty());
    assert_eq!(scenario.fold_letters("H").deliveries.len(), 1);
}

#[test]
fn a_rule_fires_only_after_its_for_duration() {
    let mut slow = rule("slow", "response_time_ms > 200", Severity::Warning);
    slow.hold_for = Duration::from_mins(1);
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], vec![slow]));
    assert!(
        scenario.fold_letters("HSSHSS").alerts.is_empty(),
        "a break in between starts the time anew"
    );
    let fired = scenario.fold_letters("S");
    assert_eq!(notices(&fired.deliveries), ["10:03:00 team api firing warning slow"]);
    assert_eq!(fired.deliveries[0].notification.message, "response_time_ms = 250");
}

#[test]
fn several_rules_at_once_are_one_message_with_the_highest_severity() {
    let rules = vec![
        rule("slow", "response_time_ms > 200", Severity::Warning),
        rule("very_slow", "response_time_ms > 240", Severity::Error),
    ];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    assert_eq!(
        notices(&scenario.fold_letters("HS").deliveries),
        ["10:00:30 team api firing error very_slow+slow"]
    );
    assert_eq!(
        notices(&scenario.fold_letters("H").deliveries),
        ["10:01:00 team api resolved error very_slow+slow"]
    );
}

#[test]
fn a_second_firing_is_notified_after_the_cooldown() {
    let rules = vec![rule("slow", "response_time_ms > 200", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    assert_eq!(scenario.fold_letters("HSH").deliveries.len(), 2);
    let again = scenario.fold_letters(&"S".repeat(30));
    assert_eq!(suppressed(&again), [("slow".to_owned(), SuppressedBy::Cooldown)]);
    assert_eq!(notices(&again.deliveries), ["10:15:30 team api firing warning slow"]);
}

#[test]
fn an_alert_suppressed_until_its_end_sends_neither_notice_nor_all_clear() {
    let rules = vec![rule("slow", "response_time_ms > 200", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    scenario.fold_letters("HSH");
    let again = scenario.fold_letters("SH");
    assert!(again.deliveries.is_empty());
    assert_eq!(again.alerts.len(), 2, "it is on record as fired and resolved");
}

#[test]
fn a_more_severe_alert_is_notified_although_a_milder_one_was() {
    let rules = vec![
        rule("slow", "response_time_ms > 200 || unhealthy", Severity::Warning),
        rule("down", "unhealthy", Severity::Critical),
    ];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    let decided = scenario.fold_letters("HSUU");
    assert_eq!(
        notices(&decided.deliveries),
        ["10:00:30 team api firing warning slow", "10:01:30 team api updated critical down+slow"]
    );
    let change = "the severity has risen from warning to critical";
    assert_eq!(decided.deliveries[1].notification.details.change.as_deref(), Some(change));
    assert_eq!(
        notices(&scenario.fold_letters("HH").deliveries),
        ["10:02:00 team api resolved critical down+slow"],
        "one outage has one end"
    );
}

#[test]
fn a_value_missing_after_a_failed_check_resolves_nothing() {
    let rules = vec![rule("slow", "response_time_ms > 200", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    assert_eq!(
        notices(&scenario.fold_letters("HSUUU").deliveries),
        ["10:00:30 team api firing warning slow"]
    );
    assert_eq!(
        notices(&scenario.fold_letters("HH").deliveries),
        ["10:02:30 team api resolved warning slow"]
    );
}

#[test]
fn alerts_firing_at_the_all_clear_are_named_and_resolved_later() {
    let mut shaky = rule("shaky", "unhealthy || consecutive_successes < 5", Severity::Warning);
    shaky.cooldown = Duration::ZERO;
    let rules = vec![rule("down", "unhealthy", Severity::Critical), shaky];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    scenario.fold_letters("HHHHH");
    assert_eq!(
        notices(&scenario.fold_letters("UU").deliveries).len(),
        2,
        "shaky at the first, down at the second"
    );
    let over = scenario.fold_letters("HH");
    assert_eq!(notices(&over.deliveries), ["10:03:30 team api resolved critical down"]);
    assert_eq!(over.deliveries[0].notification.title(), "Resolved: down on api");
    assert_eq!(over.deliveries[0].notification.still_firing[0].rule.as_str(), "shaky");
    assert_eq!(
        notices(&scenario.fold_letters("HHH").deliveries),
        ["10:05:30 team api resolved warning shaky"]
    );
}

#[test]
fn a_recovery_rule_notifies_only_without_an_all_clear() {
    let mut scenario = FoldScenario::of_one();
    let short = scenario.fold_letters("HUUHH");
    assert_eq!(notices(&short.deliveries), ["10:02:00 team api momentary info service_recovery"]);
    assert_eq!(
        short.deliveries[0].notification.message,
        "it was unhealthy since 2026-11-21T10:00:30Z: status 503, want 2xx"
    );
    assert!(scenario.fold_letters("HH").deliveries.is_empty(), "a momentary alert has no end");
    let mut scenario = FoldScenario::of_one();
    let long = scenario.fold_letters("HUUUHH");
    assert!(notices(&long.deliveries).iter().all(|line| !line.contains("service_recovery")));
    assert!(suppressed(&long).contains(&("service_recovery".to_owned(), SuppressedBy::AllClear)));
}

#[test]
fn an_own_fault_goes_to_the_channels_that_accept_it() {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials, Fault::Quota];
    let mut everybody = channel("everybody");
    everybody.filter.faults = vec![Fault::Target];
    let mut config = config(vec![monitor("api"), monitor("web")], builtin_rules());
    config.channels = vec![owners, everybody];
    let mut scenario = FoldScenario::new(config);
    let decided = scenario.fold_script(&[("api", "HKKK"), ("web", "HUUU")]);
    assert_eq!(
        notices(&decided.deliveries),
        [
            "10:01:30 everybody web firing critical consecutive_failures",
            "10:01:30 owners api firing critical consecutive_failures"
        ]
    );
}

#[test]
fn a_changed_fault_notifies_the_channels_that_accept_the_new_fault() {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials];
    let mut everybody = channel("everybody");
    everybody.filter.faults = vec![Fault::Target];
    let mut config = config(vec![monitor("api")], builtin_rules());
    config.channels = vec![owners, everybody];
    let mut scenario = FoldScenario::new(config);
    let refused = scenario.fold_letters("HKKKKU");
    assert_eq!(
        notices(&refused.deliveries),
        ["10:01:30 owners api firing critical consecutive_failures"]
    );
    let down = scenario.fold_letters("UUUUU");
    assert_eq!(
        notices(&down.deliveries),
        [
            "10:03:00 everybody api firing critical consecutive_failures+service_down",
            "10:03:00 owners api updated critical consecutive_failures"
        ]
    );
    assert_eq!(down.deliveries[0].notification.message, "status 503, want 2xx");
    let change = "the cause of api is now: the service itself failed";
    assert_eq!(down.deliveries[1].notification.details.change.as_deref(), Some(change));
    assert_eq!(
        notices(&scenario.fold_letters("HH").deliveries),
        [
            "10:05:30 everybody api resolved critical consecutive_failures+service_down",
            "10:05:30 owners api resolved critical consecutive_failures"
        ]
    );
}

#[test]
fn deduplication_is_per_channel() {
    let mut down = rule("down", "unhealthy", Severity::Critical);
    down.channels = vec![channel("pager").id];
    let mut slow = rule("slow", "response_time_ms > 200 || unhealthy", Severity::Warning);
    slow.channels = vec![channel("pager").id, channel("chat").id];
    slow.hold_for = Duration::from_mins(1);
    let mut config = config(vec![monitor("api")], vec![down, slow]);
    config.channels = vec![channel("pager"), channel("chat")];
    let mut scenario = FoldScenario::new(config);
    assert_eq!(
        notices(&scenario.fold_letters("HUUUUU").deliveries),
        ["10:01:00 pager api firing critical down", "10:02:00 chat api firing warning slow"]
    );
    assert_eq!(
        notices(&scenario.fold_letters("SS").deliveries),
        ["10:03:00 pager api resolved critical down"]
    );
    assert_eq!(
        notices(&scenario.fold_letters("H").deliveries),
        ["10:04:00 chat api resolved warning slow", "10:04:00 pager api resolved warning slow"],
        "the pager heard that it still fires"
    );
}

#[test]
fn a_rule_can_name_its_channels() {
    let mut down = rule("down", "unhealthy", Severity::Critical);
    down.channels = vec![channel("pager").id];
    let mut config = config(vec![monitor("api")], vec![down]);
    config.channels = vec![channel("pager"), channel("chat")];
    let decided = FoldScenario::new(config).fold_letters("HUU");
    assert_eq!(notices(&decided.deliveries), ["10:01:00 pager api firing critical down"]);
}

#[test]
fn an_alert_without_a_channel_is_recorded_as_suppressed() {
    let mut config = config(vec![monitor("api")], builtin_rules());
    config.channels.clear();
    let decided = FoldScenario::new(config).fold_letters("HUUU");
    assert_eq!(
        suppressed(&decided),
        [("consecutive_failures".to_owned(), SuppressedBy::NoChannel)]
    );
}

#[test]
fn removing_a_monitor_from_the_config_resolves_its_alerts() {
    let mut scenario = FoldScenario::of_one();
    scenario.fold_letters("HUUU");
    let without =
        ConfigIndex::new(Arc::new(config(vec![monitor("web")], builtin_rules()))).unwrap();
    let scenario_end = scenario.now();
    let decided = retire(&mut scenario.state, &without, scenario_end);
    assert_eq!(
        notices(&decided.deliveries),
        ["10:01:30 team api resolved critical consecutive_failures"]
    );
    assert!(scenario.state.monitors[&id("api")].alerts.is_empty());
    assert!(fold(&mut scenario.state, &run(9, &[("api", 'U')]), &without).is_empty());
}

#[test]
fn a_monitor_restored_on_the_same_day_keeps_its_counts() {
    let both = ConfigIndex::new(Arc::new(config(vec![monitor("api"), monitor("web")], Vec::new())))
        .unwrap();
    let without = ConfigIndex::new(Arc::new(config(vec![monitor("web")], Vec::new()))).unwrap();
    let mut state = ShardState::default();
    for hour in 0..8 {
        let index = if (1..5).contains(&hour) { &without } else { &both };
        fold(&mut state, &run(hour * 120, &[("api", 'H'), ("web", 'H')]), index);
    }
    let days = &state.monitors[&id("api")].open.days;
    let counted = days.values().next_back().unwrap().tally.n_measured;
    assert_eq!(counted, 2, "at 10:00 and at 15:00; the hours since are still open");
}

#[test]
fn a_day_is_written_once_when_it_is_over() {
    let index = ConfigIndex::new(Arc::new(config(vec![monitor("api")], Vec::new()))).unwrap();
    let mut state = ShardState::default();
    let mut days = Vec::new();
    for half_hour in 0..60 {
        let decided = fold(&mut state, &run(half_hour * 60, &[("api", 'H')]), &index);
        days.extend(decided.rollups.into_iter().filter(|one| one.period == Period::Day));
    }
    let starts: Vec<String> = days.iter().map(|one| one.start.to_string()).collect();
    assert_eq!(starts, ["2026-11-21T00:00:00Z"]);
    assert_eq!(days[0].rollup.tally.n_measured, 28, "each half hour from 10:00");
    assert_eq!(days[0].rollup.latency.n_counted(), 28);
}

/// Returns a scenario with a rule that one slow sample breaks.
fn slow_at_once() -> FoldScenario {
    FoldScenario::new(config(vec![monitor("api")], immediate_rules()))
}

#[test]
fn a_slow_second_outcome_fires_and_a_slow_first_one_does_not() {
    let mut scenario = slow_at_once();
    assert!(scenario.fold_letters("S").alerts.is_empty(), "the machine may still be starting");
    assert!(scenario.fold_letters("HHHH").alerts.is_empty(), "one sample in a row of good ones");
    let mut scenario = slow_at_once();
    let twice = scenario.fold_letters("SS");
    assert_eq!(notices(&twice.deliveries), ["10:00:30 team api firing warning high_response_time"]);
}

#[test]
fn a_slow_outcome_fires_within_a_series_and_not_after_a_pause() {
    for (n_missed, n_alerts) in [(0, 1), (3, 1), (4, 0), (500, 0)] {
        let mut scenario = slow_at_once();
        scenario.fold_letters("HHH");
        scenario.skip(n_missed);
        let alerts = scenario.fold_letters("S").alerts;
        assert_eq!(alerts.len(), n_alerts, "{n_missed} outcomes are missing");
    }
}

#[test]
fn a_pause_is_three_intervals_for_a_monitor_with_a_long_interval() {
    for (hours, n_alerts) in [(1, 1), (3, 1), (4, 0)] {
        let mut hourly = monitor("api");
        hourly.interval = Duration::from_hours(1);
        let mut scenario = FoldScenario::new(config(vec![hourly], immediate_rules()));
        scenario.fold_letters("H");
        scenario.skip(hours * 120 - 1);
        assert_eq!(scenario.fold_letters("S").alerts.len(), n_alerts, "after {hours} hours");
    }
}

#[test]
fn an_outage_from_before_the_start_is_notified_at_confirmation() {
    let mut api = monitor("api");
    api.critical = true;
    for (n_failures, letters, expected) in [(1, "U", "10:00:00"), (2, "UU", "10:00:30")] {
        let mut api = api.clone();
        api.confirmation.failures = n_failures;
        api.confirmation.of = n_failures;
        let mut scenario = FoldScenario::new(config(vec![api], builtin_rules()));
        let notices = notices(&scenario.fold_letters(letters).deliveries);
        assert_eq!(notices, [format!("{expected} team api firing critical critical_service_down")]);
    }
}
