//! The causes of differences between attempts that several monitors share, and of those of an action with another name.

use std::time::Duration;

use allclear_core::action::AttemptCount;
use allclear_core::config::Config;
use allclear_core::id::ActionId;
use allclear_core::rule::RuleScope;
use allclear_core::window::Silence;
use allclear_rehearse::{ComparedPeriod, Difference, DifferenceKind};

use crate::records::{config, id, minute};
use crate::{ALL, between, compared};

/// Returns the config with one action for `api` and `cart`, which share its attempts.
fn sharing() -> Config {
    let mut config = config();
    let action = config.actions.first_mut().unwrap();
    action.policy.count = AttemptCount::PerAction;
    action.policy.cooldown = Duration::from_mins(2);
    action.filter.scope.monitors = vec![id("api"), id("cart")];
    config
}

fn text(one: &Difference) -> String {
    one.causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_difference_of_a_shared_attempt_names_the_attempt_for_the_other_monitor_and_its_cause() {
    let mut after = sharing();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    // The outages of `api` cause no attempt any more.
    let others = vec![id("cart"), id("database"), id("mail"), id("orders")];
    down.scope = RuleScope { monitors: others, ..RuleScope::default() };
    // Both fail from the same minute on.
    let period = ComparedPeriod { from: minute(1_595), to: minute(1_640) };
    let differences = between(sharing(), after, period).await.differences;
    let attempts = || differences.iter().filter(|one| one.decision.contains("attempt"));
    let of_cart: Vec<&Difference> = attempts().filter(|one| one.monitor == id("cart")).collect();
    assert!(!of_cart.is_empty(), "{differences:#?}");
    for one in of_cart {
        let text = text(one);
        assert!(
            text.contains("attempt 1 of the action `restart` for `api` at 2026-11-03T02:4"),
            "{one:#?}"
        );
        assert!(
            text.contains("is only in the records: rule `service_down`: monitors `` → `cart, database, mail, orders`"),
            "{one:#?}"
        );
    }
    for one in attempts() {
        assert!(!text(one).contains("differs"), "{one:#?}");
    }
}

#[tokio::test]
async fn another_name_of_an_action_is_the_cause_of_its_attempts_and_of_the_notices_about_them() {
    let mut after = config();
    after.actions.first_mut().unwrap().id = ActionId::new("mend").unwrap();
    let compared = compared(after, ALL()).await;
    let differences = &compared.comparison.differences;
    assert!(compared.n_of(&[DifferenceKind::NotSent]) > 0, "no notice is missing");
    assert!(compared.n_of(&[DifferenceKind::NotAttempted]) > 0);
    for one in differences {
        let text = text(one);
        let names = text.contains("`restart` is named `mend`")
            || text.contains("`mend` was named `restart`");
        assert!(names, "{one:#?}");
    }
}

/// Returns the changes of a config that move, add or take away attempts.
fn changes() -> Vec<fn(&mut Config)> {
    fn down(config: &mut Config) -> &mut allclear_core::rule::Rule {
        config.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap()
    }
    vec![
        |config| down(config).scope.monitors = vec![id("cart"), id("mail")],
        |config| down(config).scope.monitors = vec![id("api"), id("mail")],
        |config| down(config).hold_for = Duration::from_mins(4),
        |config| down(config).keep_firing_for = Duration::from_mins(30),
        |config| config.actions.first_mut().unwrap().policy.cooldown = Duration::from_mins(4),
        |config| config.actions.first_mut().unwrap().policy.count = AttemptCount::PerMonitor,
        |config| config.monitors.first_mut().unwrap().confirmation.failures = 4,
        |config| config.monitors.first_mut().unwrap().confirmation.successes = 12,
        |config| config.monitors.retain(|monitor| monitor.id != id("api")),
    ]
}

/// Returns the number, the monitor and the time of the attempt that a cause names first.
fn named_attempt(text: &str) -> Option<(String, String, String)> {
    let (number, rest) =
        text.strip_prefix("attempt ")?.split_once(" of the action `restart` for `")?;
    let (monitor, rest) = rest.split_once("` ")?;
    let at = rest.strip_prefix("at ").or_else(|| rest.strip_prefix("is at "))?;
    Some((number.to_owned(), monitor.to_owned(), at.split(' ').next()?.to_owned()))
}

#[tokio::test]
async fn no_attempt_is_a_cause_of_the_attempt_that_is_its_own_cause() {
    let mut n_named = 0;
    for (n, change) in changes().into_iter().enumerate() {
        for swapped in [false, true] {
            let (mut before, mut after) = (sharing(), sharing());
            change(if swapped { &mut before } else { &mut after });
            let differences = between(before, after, ALL()).await.differences;
            let mut causes = std::collections::BTreeMap::new();
            for one in differences.iter().filter(|one| one.decision.starts_with("attempt ")) {
                let number = one.decision.split(' ').nth(1).unwrap().to_owned();
                let key = (number, one.monitor.to_string(), format!("{:.0}", one.at));
                let named: Vec<_> =
                    one.causes.iter().filter_map(|cause| named_attempt(&cause.text)).collect();
                n_named += named.len();
                causes.insert(key, named);
            }
            for (attempt, named) in &causes {
                let mut next = named.clone();
                for _ in 0..causes.len() {
                    assert!(!next.contains(attempt), "change {n}: {attempt:?} is its own cause");
                    next = next.iter().filter_map(|it| causes.get(it)).flatten().cloned().collect();
                }
            }
        }
    }
    assert!(n_named > 10, "{n_named}");
}

#[tokio::test]
async fn attempts_of_two_outages_are_not_the_same_attempt_though_one_alert_spans_both() {
    let mut before = config();
    before.silences.push(Silence {
        matchers: vec!["monitor=api".parse().unwrap()],
        starts_at: None,
        until: minute(95),
        author: "ann".to_owned(),
        comment: "a silence of the first outage".to_owned(),
    });
    let mut after = config();
    let down = after.rules.iter_mut().find(|rule| rule.id.as_str() == "service_down").unwrap();
    down.keep_firing_for = Duration::from_mins(400);
    let period = ComparedPeriod { from: minute(55), to: minute(330) };
    let differences = between(before, after, period).await.differences;
    let attempts = differences.iter().filter(|one| one.decision.starts_with("attempt 1 "));
    let attempts: Vec<(&str, bool)> =
        attempts.map(|one| (one.kind.sign(), one.at < minute(95))).collect();
    assert_eq!(attempts, [("+", true), ("-", false)], "{differences:#?}");
}
