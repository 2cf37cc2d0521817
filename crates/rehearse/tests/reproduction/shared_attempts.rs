//! The causes of differences between attempts that several monitors share, and of those of an action with another name.

use std::time::Duration;

use allclear_core::action::AttemptCount;
use allclear_core::config::Config;
use allclear_core::id::ActionId;
use allclear_core::rule::RuleScope;
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
            text.contains("is only in the records: rule `service_down`: another scope"),
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
