//! The maximum of attempts over changes of the config.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::action::{Action, AttemptCount, Execution};
use allclear_core::config::Config;

use super::{config_with, orders, restart};
use crate::scenario::{FoldScenario, id, monitor};

fn scenario(action: Action) -> FoldScenario {
    FoldScenario::new(config_with(vec![monitor("api"), monitor("web")], action))
}

/// Changes the action, as a reload does.
fn change(scenario: &mut FoldScenario, change: impl FnOnce(&mut Action)) {
    let mut config = Config::clone(scenario.index.config());
    change(&mut config.actions[0]);
    scenario.index = FoldScenario::new(config).index;
}

fn count_per(scenario: &mut FoldScenario, count: AttemptCount) {
    change(scenario, |action| action.policy.count = count);
}

#[test]
fn a_change_of_attempts_per_while_an_alert_fires_renews_no_attempt() {
    for [first, second] in [
        [AttemptCount::PerAction, AttemptCount::PerMonitor],
        [AttemptCount::PerMonitor, AttemptCount::PerAction],
    ] {
        let mut action = restart();
        action.policy.count = first;
        let mut scenario = scenario(action);
        assert_eq!(orders(&scenario.fold_letters("HUUUU").deliveries).len(), 2);
        count_per(&mut scenario, second);
        let after = scenario.fold_letters("UUUUUUUU").deliveries;
        assert_eq!(orders(&after), ["10:03:00 restart 3 of 3 execute api"], "{second:?}");
        count_per(&mut scenario, first);
        assert_eq!(orders(&scenario.fold_letters(&"U".repeat(130)).deliveries), [""; 0]);
    }
}

#[test]
fn shared_attempts_count_for_each_monitor_whose_alert_fired_then() {
    let mut scenario = scenario(restart());
    let script = |api: &str, web: &str| [("api", api.to_owned()), ("web", web.to_owned())];
    let fold = |scenario: &mut FoldScenario, api: &str, web: &str| {
        let script = script(api, web);
        let script: Vec<(&str, &str)> =
            script.iter().map(|(id, text)| (*id, text.as_str())).collect();
        orders(&scenario.fold_script(&script).deliveries)
    };
    assert_eq!(fold(&mut scenario, "HUUUUUUU", "HHHHHHHH").len(), 3);
    count_per(&mut scenario, AttemptCount::PerMonitor);
    // The alert of `web` begins later, so that its attempts are its own.
    let after = fold(&mut scenario, "UUUUUUUUUU", "UUUUUUUUUU");
    assert_eq!(after.len(), 3, "{after:?}");
    assert!(after.iter().all(|one| one.ends_with("web")), "{after:?}");
}

#[test]
fn attempts_count_for_as_long_as_their_alert_fires_also_if_the_action_selects_it_no_more() {
    let mut scenario = scenario(restart());
    assert_eq!(orders(&scenario.fold_letters("HUUUUUUU").deliveries).len(), 3);
    change(&mut scenario, |action| action.filter.scope.monitors = vec![id("web")]);
    // An hour has 120 intervals.
    assert_eq!(orders(&scenario.fold_letters(&"U".repeat(125)).deliveries), [""; 0]);
    change(&mut scenario, |action| action.filter.scope.monitors = Vec::new());
    assert_eq!(orders(&scenario.fold_letters("UUUUUU").deliveries), [""; 0]);
}

#[test]
fn after_a_dry_run_the_real_action_has_all_its_attempts() {
    let mut action = restart();
    action.policy.execution = Execution::DryRun;
    let mut scenario = scenario(action);
    assert_eq!(orders(&scenario.fold_letters("HUUUUUUUUUUUUUU").deliveries).len(), 3);
    change(&mut scenario, |action| action.policy.execution = Execution::Real);
    let real = scenario.fold_letters("UUUUUUUUUU").deliveries;
    let wanted = [
        "10:07:30 restart 1 of 3 execute api",
        "10:08:30 restart 2 of 3 execute api",
        "10:09:30 restart 3 of 3 execute api",
    ];
    assert_eq!(orders(&real), wanted);
    // A second dry run in between renews nothing.
    change(&mut scenario, |action| action.policy.execution = Execution::DryRun);
    assert_eq!(orders(&scenario.fold_letters("UUUU").deliveries), [""; 0]);
    change(&mut scenario, |action| action.policy.execution = Execution::Real);
    assert_eq!(orders(&scenario.fold_letters("UUUU").deliveries), [""; 0]);
}

#[test]
fn the_orders_of_a_dry_run_and_of_changed_counts_have_ids_of_their_own() {
    let mut action = restart();
    action.policy.execution = Execution::DryRun;
    let mut scenario = scenario(action);
    let script = [("api", "HUUUU"), ("web", "HUUUU")];
    let mut decided = scenario.fold_script(&script).deliveries;
    for count in [AttemptCount::PerMonitor, AttemptCount::PerAction, AttemptCount::PerMonitor] {
        change(&mut scenario, |action| {
            action.policy.execution = Execution::Real;
            action.policy.count = count;
            action.policy.max_attempts += 3;
            action.policy.cooldown = Duration::from_secs(30);
        });
        decided.extend(scenario.fold_script(&[("api", "UUUUU"), ("web", "UUUUU")]).deliveries);
    }
    let ids: Vec<_> =
        decided.iter().filter(|one| one.attempt().is_some()).map(|one| &one.id).collect();
    assert!(ids.len() > 8, "{:?}", orders(&decided));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{:?}", orders(&decided));
}
