//! A rule that fires a little earlier or later: it is the cause of what follows, and the recorded results of attempts that
//! moved with it apply.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{AttemptCount, Execution};
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_rehearse::story::StoryStage;
use allclear_rehearse::{Decided, Difference, DifferenceKind};

use crate::records::{config, id};
use crate::{ALL, between, compared};

/// Returns the config with another time for which the monitor must be down.
fn holding(hold_for: Duration) -> Config {
    let mut after = config();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.hold_for = hold_for;
    after
}

fn text(one: &Difference) -> String {
    one.causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Returns the lines about actions of the notifications about `mail`, each with the time of its notification.
fn reported(of: &Decided) -> Vec<(Timestamp, &str)> {
    let is_about_mail = |one: &&Delivery| one.notification.monitor == id("mail");
    let notices = of.deliveries.iter().filter(is_about_mail);
    let lines = notices.flat_map(|one| {
        one.notification.details.actions.iter().map(|line| (one.created_at, line.as_str()))
    });
    lines.collect()
}

#[tokio::test]
async fn a_rule_that_fires_a_minute_later_is_the_cause_of_each_difference() {
    for (minutes, change) in
        [(1, "for `2m` → `1m`"), (3, "for `2m` → `3m`"), (5, "for `2m` → `5m`")]
    {
        let compared = compared(holding(Duration::from_mins(minutes)), ALL()).await;
        for one in &compared.comparison.differences {
            let cause = format!("rule `service_down`: {change}");
            assert!(text(one).contains(&cause), "{one:#?}");
            assert_eq!(one.causes[0].stage, StoryStage::Lifecycle, "{one:#?}");
        }
    }
}

#[tokio::test]
async fn an_attempt_that_moved_has_its_recorded_result_as_long_after_its_order() {
    for minutes in [1, 3, 5] {
        let compared = compared(holding(Duration::from_mins(minutes)), ALL()).await;
        for of in [&compared.recorded, &compared.simulated] {
            let lines = reported(of);
            let first_of = |text: &str| {
                let found = lines.iter().find(|(_, line)| line.contains(text));
                found.map(|(at, _)| *at).ok_or_else(|| format!("no {text} in {lines:#?}"))
            };
            let attempts = of.attempts.iter().filter(|one| one.notification.monitor == id("mail"));
            for (n, order) in attempts.enumerate() {
                let (number, text) = match n {
                    0 => (1, "attempt 1 of 3 of the action `restart` for mail failed: status 500"),
                    1 => (2, "attempt 2 of 3 of the action `restart` for mail was executed"),
                    _ => (3, "attempt 3 of 3 of the action `restart` for mail was executed"),
                };
                let known_at = order.created_at + Duration::from_secs(50) * number;
                assert!(first_of(text).unwrap() >= known_at, "{minutes} minutes, attempt {number}");
            }
            first_of("attempt 1: failed, status 500; attempts 2 to 3: executed").unwrap();
        }
    }
}

#[tokio::test]
async fn the_result_of_an_execution_is_none_of_a_dry_run_that_moved() {
    let mut after = holding(Duration::from_mins(3));
    after.actions.first_mut().unwrap().policy.execution = Execution::DryRun;
    let compared = compared(after, ALL()).await;
    let lines = reported(&compared.simulated);
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|(_, line)| !line.contains("status 500")), "{lines:#?}");
}

#[tokio::test]
async fn an_attempt_that_a_moved_attempt_for_another_monitor_displaces_names_the_rule() {
    let shared = |hold_for| {
        let mut config = holding(hold_for);
        let action = config.actions.first_mut().unwrap();
        action.policy.count = AttemptCount::PerAction;
        action.policy.cooldown = Duration::from_mins(2);
        action.filter.scope.monitors = vec![id("api"), id("cart")];
        config
    };
    let (before, after) = (Duration::from_mins(2), Duration::from_mins(4));
    let differences = between(shared(before), shared(after), ALL()).await.differences;
    let kinds = [DifferenceKind::Attempted, DifferenceKind::NotAttempted];
    let attempts: Vec<_> = differences.iter().filter(|one| kinds.contains(&one.kind)).collect();
    assert!(!attempts.is_empty(), "{differences:#?}");
    for one in attempts {
        assert!(text(one).contains("rule `service_down`: for `2m` → `4m`"), "{one:#?}");
    }
}
