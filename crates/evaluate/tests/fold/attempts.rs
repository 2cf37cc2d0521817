//! Attempts of actions: their number, their cooldown, the stop, and the conditions under which they wait.

mod config_changes;
mod held;
mod recorded_late;
mod reports;
mod stops;

use std::time::Duration;

use allclear_core::action::{
    Action, ActionFilter, ActionPolicy, ActionSpec, AttemptCount, AttemptOrder, Execution,
};
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::id::{ActionId, RuleId};
use allclear_core::monitor::Monitor;
use allclear_core::rule::RuleScope;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::fold::{fold, set_back};
use proptest::prelude::*;

use crate::scenario::{FoldScenario, INTERVAL, config, id, monitor, rule, run};

/// Two intervals.
const COOLDOWN: Duration = Duration::from_mins(1);

/// Returns an action that mends the alerts of the rule `down`.
fn restart() -> Action {
    Action {
        id: ActionId::new("restart").unwrap(),
        run: ActionSpec { kind: "systemd".to_owned(), params: serde_json::Value::Null },
        effect: "restart the unit".to_owned(),
        filter: ActionFilter {
            rules: vec![RuleId::new("down").unwrap()],
            min_severity: Severity::Info,
            faults: vec![Fault::Target],
            scope: RuleScope::default(),
            matchers: Vec::new(),
        },
        policy: ActionPolicy {
            max_attempts: 3,
            cooldown: COOLDOWN,
            timeout: Duration::from_secs(10),
            execution: Execution::Real,
            count: AttemptCount::PerAction,
        },
    }
}

fn config_with(monitors: Vec<Monitor>, action: Action) -> Config {
    let rules = vec![
        rule("down", "unhealthy", Severity::Critical),
        rule("slow", "response_time_ms > 200.0", Severity::Warning),
    ];
    Config { actions: vec![action], ..config(monitors, rules) }
}

fn scenario(action: Action) -> FoldScenario {
    FoldScenario::new(config_with(vec![monitor("api")], action))
}

/// Returns `10:01:00 restart 1 of 3 execute api` for each delivery that orders an attempt.
fn orders(deliveries: &[Delivery]) -> Vec<String> {
    let orders = deliveries.iter().filter_map(|delivery| {
        let attempt = delivery.attempt()?;
        let order = match attempt.order {
            AttemptOrder::Execute => "execute",
            AttemptOrder::DryRun => "dry run",
            AttemptOrder::TakeBack => "take back",
        };
        let (number, max, monitor) =
            (attempt.number, attempt.max_attempts, &delivery.notification.monitor);
        let clock = delivery.created_at.to_string()[11..19].to_owned();
        Some(format!("{clock} {} {number} of {max} {order} {monitor}", delivery.channel))
    });
    orders.collect()
}

#[test]
fn attempts_are_a_cooldown_apart_and_end_at_the_maximum() {
    let mut scenario = scenario(restart());
    let decided = scenario.fold_letters("HUUUUUUUUUUUUUUUUUUU");
    assert_eq!(
        orders(&decided.deliveries),
        [
            "10:01:00 restart 1 of 3 execute api",
            "10:02:00 restart 2 of 3 execute api",
            "10:03:00 restart 3 of 3 execute api",
        ]
    );
    let first = decided.deliveries.iter().find(|one| one.attempt().is_some()).unwrap();
    let recorded_at = run(2, &[]).recorded_at();
    assert_eq!(first.attempt().unwrap().expires_at, recorded_at + COOLDOWN);
    assert_eq!(first.attempt().unwrap().effect, "restart the unit");
    assert_eq!(first.notification.alerts[0].rule.as_str(), "down");
    // The results of the attempts are not recorded, and are awaited for a while.
    let state = scenario.state.actions.values().next().unwrap();
    assert_eq!(state.stop.map(|stop| stop.at.to_string()[11..19].to_owned()).unwrap(), "10:05:30");
}

#[test]
fn a_higher_maximum_ends_the_stop_until_it_is_reached() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUUUUUUUUUUUU");
    let mut more = Config::clone(scenario.index.config());
    more.actions[0].policy.max_attempts = 4;
    let mut later = FoldScenario::new(more);
    later.state = scenario.state.clone();
    later.skip(20);
    let decided = later.fold_letters("U");
    assert_eq!(orders(&decided.deliveries).len(), 1, "{:?}", orders(&decided.deliveries));
    let state = |scenario: &FoldScenario| scenario.state.actions.values().next().unwrap().clone();
    assert_eq!((state(&later).attempts.len(), state(&later).stop), (4, None));
    later.fold_letters("UUUUUUUU");
    assert!(state(&later).stop.is_some());
}

#[test]
fn without_an_action_nothing_is_attempted() {
    let mut config = config_with(vec![monitor("api")], restart());
    config.actions.clear();
    let mut scenario = FoldScenario::new(config);
    assert_eq!(orders(&scenario.fold_letters("HUUUUUUUU").deliveries), [""; 0]);
    assert!(scenario.state.actions.is_empty());
}

#[test]
fn time_alone_leads_to_no_attempt() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let decided = scenario.tick(COOLDOWN * 10);
    assert_eq!(orders(&decided.deliveries), [""; 0]);
}

#[test]
fn only_the_selected_alerts_lead_to_attempts() {
    let mut of_another_rule = restart();
    of_another_rule.filter.rules = vec![RuleId::new("slow").unwrap()];
    let mut of_the_owner = restart();
    of_the_owner.filter.faults = vec![Fault::Credentials];
    let mut of_another_monitor = restart();
    of_another_monitor.filter.scope.monitors = vec![id("web")];
    let mut of_another_group = restart();
    of_another_group.filter.matchers = vec!["group=Shop".parse().unwrap()];
    for (action, letters, n_wanted) in [
        (restart(), "HUUU", 1),
        // An expired key: the fault is not the target's.
        (restart(), "HKKK", 0),
        (of_the_owner.clone(), "HKKK", 1),
        (of_the_owner, "HUUU", 0),
        // A slow response has no fault, so it is the target's.
        (of_another_rule.clone(), "HSS", 1),
        (of_another_rule, "HUUU", 0),
        (of_another_monitor, "HUUU", 0),
        (of_another_group, "HUUU", 0),
    ] {
        let decided = scenario(action.clone()).fold_letters(letters);
        assert_eq!(orders(&decided.deliveries).len(), n_wanted, "{letters} {:?}", action.filter);
    }
    let mut severe = restart();
    severe.filter.rules = vec![RuleId::new("slow").unwrap()];
    severe.filter.min_severity = Severity::Error;
    assert_eq!(orders(&scenario(severe).fold_letters("HSSS").deliveries), [""; 0]);
}

#[test]
fn the_monitors_of_an_action_share_its_attempts_unless_they_are_counted_for_each() {
    let monitors = || vec![monitor("api"), monitor("web")];
    let script = [("api", "HUUUUUUUUU"), ("web", "HUUUUUUUUU")];
    let together = FoldScenario::new(config_with(monitors(), restart())).fold_script(&script);
    assert_eq!(orders(&together.deliveries).len(), 3);
    let mut each = restart();
    each.policy.count = AttemptCount::PerMonitor;
    let each = FoldScenario::new(config_with(monitors(), each)).fold_script(&script);
    let orders = orders(&each.deliveries);
    for monitor in ["api", "web"] {
        assert_eq!(orders.iter().filter(|one| one.ends_with(monitor)).count(), 3, "{orders:?}");
    }
}

#[test]
fn attempts_are_counted_anew_only_after_an_hour_without_an_alert() {
    let mut scenario = scenario(restart());
    let flapping = scenario.fold_letters(&"HHUUUUUU".repeat(8));
    let executed = orders(&flapping.deliveries);
    let n_executed = executed.iter().filter(|one| one.contains("execute")).count();
    assert_eq!(n_executed, 3, "a flapping service is not restarted forever: {executed:?}");
    scenario.fold_letters("HH");
    // An hour has 120 intervals.
    scenario.skip(112);
    let early = scenario.fold_letters("HUU");
    assert_eq!(orders(&early.deliveries), [""; 0]);
    scenario.fold_letters("HH");
    scenario.skip(121);
    let late = scenario.fold_letters("HUU");
    assert_eq!(orders(&late.deliveries).len(), 1, "{:?}", orders(&late.deliveries));
}

#[test]
fn a_gap_in_the_log_does_not_renew_the_attempts_of_an_alert_that_still_fires() {
    let mut scenario = scenario(restart());
    let before = scenario.fold_letters("HUUUUUUUUUU");
    assert_eq!(orders(&before.deliveries).len(), 3);
    scenario.skip(200);
    let after = scenario.fold_letters("UUUUUU");
    assert_eq!(orders(&after.deliveries), [""; 0]);
}

#[test]
fn the_attempts_of_a_removed_action_are_dropped_after_the_end_of_its_alert() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let mut without = Config::clone(scenario.index.config());
    without.actions.clear();
    let mut later = FoldScenario::new(without);
    later.state = scenario.state.clone();
    later.skip(200);
    later.fold_letters("U");
    assert!(!later.state.actions.is_empty(), "the alert still fires");
    later.fold_letters("HHH");
    assert!(later.state.actions.is_empty());
}

#[test]
fn a_clock_that_was_set_back_lets_an_attempt_expire_within_its_cooldown() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let now = scenario.now() - Duration::from_hours(24);
    assert!(set_back(&mut scenario.state, now));
    let state = scenario.state.actions.values().next().unwrap();
    let attempt = &state.attempts[0];
    assert_eq!((state.fired_at, attempt.seen_at, attempt.at), (now, now, now));
    assert_eq!(attempt.expires_at, now + COOLDOWN);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(22), ..ProptestConfig::with_cases(200) })]

    /// Folds each log with doubled and delayed runs.
    #[test]
    fn doubled_and_delayed_runs_cause_no_further_attempt(
        letters in prop::collection::vec(prop::sample::select(vec!['H', 'U', 'U', 'U', '?', 'K']), 1..100),
        order in prop::collection::vec(0_usize..12, 200),
    ) {
        let runs: Vec<_> = letters.iter().enumerate().map(|(n, one)| run(n, &[("api", *one)])).collect();
        // Each run comes twice, each time up to twelve runs late.
        let mut arrivals: Vec<(usize, usize)> = (0..runs.len())
            .chain(0..runs.len())
            .zip(order.iter().cycle())
            .map(|(n, late)| (n + late, n))
            .collect();
        arrivals.sort_unstable();
        let mut scenario = scenario(restart());
        let mut ordered = Vec::new();
        for (_, n) in arrivals {
            ordered.extend(fold(&mut scenario.state, &runs[n], &scenario.index).deliveries);
        }
        let executed: Vec<_> = ordered
            .iter()
            .filter(|one| one.attempt().is_some_and(|one| one.order == AttemptOrder::Execute))
            .collect();
        // A hundred intervals are less than an hour, so that all attempts count.
        prop_assert!(executed.len() <= 3, "{:?}", orders(&ordered));
        for pair in executed.windows(2) {
            prop_assert!(pair[1].created_at >= pair[0].created_at + COOLDOWN, "{:?}", orders(&ordered));
        }
        let mut ids: Vec<_> = executed.iter().map(|one| &one.id).collect();
        ids.dedup();
        prop_assert_eq!(ids.len(), executed.len());
    }
}

#[test]
fn folding_again_from_a_checkpoint_decides_the_same_attempts() {
    let mut scenario = scenario(restart());
    scenario.fold_letters("HUU");
    let checkpoint = scenario.state.clone();
    let runs: Vec<_> = (3..12).map(|n| run(n, &[("api", 'U')])).collect();
    let folded = |state: &mut allclear_core::state::ShardState| {
        let decided = runs.iter().flat_map(|run| fold(state, run, &scenario.index).deliveries);
        decided.filter(|one| one.attempt().is_some()).map(|one| one.id).collect::<Vec<_>>()
    };
    let first = folded(&mut checkpoint.clone());
    assert_eq!(first.len(), 2);
    assert_eq!(folded(&mut checkpoint.clone()), first);
    assert_eq!(INTERVAL * 2, COOLDOWN);
}
