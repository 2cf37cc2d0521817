//! Tests of monitors that are checked from several regions.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::RegionId;
use allclear_core::quorum::Quorum;
use allclear_core::region_state::PartialFailure;
use allclear_core::rollup::Tally;
use allclear_core::rule::{Rule, RuleConfirmation};
use allclear_core::run::Run;
use allclear_core::state::{Decision, MonitorState};
use allclear_core::status::{Fault, Severity, Status};
use allclear_evaluate::fold::{fold, set_back};

use crate::scenario::{
    FoldScenario, builtin_rules, config, id, monitor, notices, rule, run, start, transitions,
};

pub(crate) const REGIONS: [&str; 3] = ["eu", "us", "ap"];

pub(crate) fn region(name: &str) -> RegionId {
    RegionId::new(name).unwrap()
}

pub(crate) fn run_of(n: usize, name: &str, letter: char) -> Run {
    let mut run = run(n, &[("api", letter)]);
    run.key.region = region(name);
    run
}

/// Returns a shard of one monitor `api` with this quorum.
pub(crate) fn scenario(quorum: Quorum, rules: Vec<Rule>) -> FoldScenario {
    let mut api = monitor("api");
    api.quorum = quorum;
    FoldScenario::new(config(vec![api], rules))
}

fn quiet(quorum: Quorum) -> FoldScenario {
    scenario(quorum, Vec::new())
}

/// Folds the run `from` and those after it: one letter per run of each region, `.` for no run.
pub(crate) fn fold_regions(
    scenario: &mut FoldScenario,
    from: usize,
    script: &[(&str, &str)],
) -> Decision {
    let mut decided = Decision::default();
    for n in 0..script[0].1.len() {
        for (name, letters) in script {
            let letter = letters.chars().nth(n).unwrap();
            if letter != '.' {
                let run = run_of(from + n, name, letter);
                decided.append(fold(&mut scenario.state, &run, &scenario.index));
            }
        }
    }
    decided
}

/// Folds runs of three regions from the start.
fn fold_three(scenario: &mut FoldScenario, letters: [&str; 3]) -> Decision {
    let script: Vec<(&str, &str)> = REGIONS.into_iter().zip(letters).collect();
    fold_regions(scenario, 0, &script)
}

pub(crate) fn api(scenario: &FoldScenario) -> &MonitorState {
    &scenario.state.monitors[&id("api")]
}

fn message(scenario: &FoldScenario) -> &str {
    api(scenario).cause.as_ref().map_or("", |cause| cause.message.as_str())
}

fn tally(scenario: &FoldScenario) -> Tally {
    let mut total = Tally::default();
    let open = &api(scenario).open;
    for rollup in open.hours.values().chain(open.days.values()) {
        total.merge(&rollup.tally);
    }
    total
}

#[test]
fn a_majority_of_three_regions_confirms_an_outage_since_its_first_failure() {
    let mut scenario = quiet(Quorum::Majority);
    let decided = fold_three(&mut scenario, ["HUUUHH", "HUUUHH", "HHHHHH"]);
    assert_eq!(
        transitions(&decided),
        [
            "10:00:00 api unknown → healthy",
            "10:00:30 api healthy → unhealthy",
            "10:02:00 api unhealthy → healthy",
        ]
    );
    let cause = decided.transitions[1].cause.clone().unwrap();
    assert_eq!(cause.message, "2 of 3 regions: eu, us: status 503, want 2xx");
    assert_eq!((cause.fault, cause.reason.code()), (Fault::Target, "http_status"));
}

#[test]
fn a_minority_that_fails_is_degraded_and_named_and_sends_no_notice() {
    let mut scenario = scenario(Quorum::Majority, builtin_rules());
    let decided = fold_three(&mut scenario, ["HHUUUUUUUU", "HHHHHHHHHH", "HHHHHHHHHH"]);
    assert_eq!(
        transitions(&decided),
        ["10:00:00 api unknown → healthy", "10:01:00 api healthy → degraded"]
    );
    assert_eq!(message(&scenario), "1 of 3 regions: eu: status 503, want 2xx");
    assert_eq!(api(&scenario).cause.as_ref().unwrap().reason.code(), "some_regions");
    assert_eq!(api(&scenario).partial, Some(PartialFailure { failing: 1, of: 3 }));
    assert_eq!(api(&scenario).consecutive_failures, 0);
    assert_eq!(notices(&decided.deliveries), Vec::<String>::new());

    let over = fold_regions(&mut scenario, 10, &[("eu", "HH"), ("us", "HH"), ("ap", "HH")]);
    assert_eq!(transitions(&over), ["10:05:00 api degraded → healthy"]);
    assert_eq!(api(&scenario).partial, None);
}

#[test]
fn an_outage_of_all_regions_is_never_degraded_first() {
    let mut scenario = quiet(Quorum::Majority);
    let decided = fold_three(&mut scenario, ["HUUHH", "HUUHH", "HUUHH"]);
    assert_eq!(
        transitions(&decided),
        [
            "10:00:00 api unknown → healthy",
            "10:00:30 api healthy → unhealthy",
            "10:01:30 api unhealthy → healthy",
        ]
    );
    assert_eq!(
        decided.transitions[1].cause.as_ref().unwrap().message,
        "all 3 regions: status 503, want 2xx"
    );
}

#[test]
fn a_minority_becomes_an_outage_when_the_quorum_is_reached() {
    let mut scenario = quiet(Quorum::Majority);
    let decided = fold_three(&mut scenario, ["HUUUUUH", "HHHUUUU", "HHHHHHH"]);
    assert_eq!(
        transitions(&decided),
        [
            "10:00:00 api unknown → healthy",
            "10:00:30 api healthy → degraded",
            "10:01:30 api degraded → unhealthy",
        ]
    );
    let partly = fold_regions(&mut scenario, 7, &[("eu", "HH"), ("us", "UU"), ("ap", "HH")]);
    assert_eq!(transitions(&partly), ["10:03:00 api unhealthy → degraded"]);
    assert_eq!(message(&scenario), "1 of 3 regions: us: status 503, want 2xx");
}

#[test]
fn each_quorum_decides_with_its_number_of_regions() {
    for (quorum, statuses) in [
        (Quorum::Any, [Status::Healthy, Status::Unhealthy, Status::Unhealthy, Status::Unhealthy]),
        (
            Quorum::Majority,
            [Status::Healthy, Status::Degraded, Status::Unhealthy, Status::Unhealthy],
        ),
        (Quorum::All, [Status::Healthy, Status::Degraded, Status::Degraded, Status::Unhealthy]),
        (
            Quorum::Count(2),
            [Status::Healthy, Status::Degraded, Status::Unhealthy, Status::Unhealthy],
        ),
        (
            Quorum::Count(9),
            [Status::Healthy, Status::Degraded, Status::Degraded, Status::Unhealthy],
        ),
    ] {
        for (n_failing, expected) in statuses.into_iter().enumerate() {
            let mut scenario = quiet(quorum);
            let letters = [0, 1, 2].map(|n| if n < n_failing { "HUUU" } else { "HHHH" });
            fold_three(&mut scenario, letters);
            assert_eq!(api(&scenario).status, expected, "{quorum}, {n_failing} fail");
        }
    }
}

#[test]
fn a_silent_region_leaves_the_vote_after_three_minutes_and_is_noticed_once() {
    let mut scenario = scenario(Quorum::Majority, Vec::new());
    fold_three(&mut scenario, ["HUUU", "HHHH", "HHHH"]);
    assert_eq!(api(&scenario).status, Status::Degraded);
    // `ap` reports no more. Its last run was that of 10:01:30.
    let script = [("eu", "UUUUUU"), ("us", "HHHHHH")];
    let before = fold_regions(&mut scenario, 4, &script);
    assert!(before.alerts.is_empty(), "{:?}", before.alerts);
    assert_eq!(message(&scenario), "1 of 3 regions: eu: status 503, want 2xx");
    let script = [("eu", "UUUUUU"), ("us", "HHHHHH")];
    let after = fold_regions(&mut scenario, 10, &script);
    assert_eq!(notices(&after.deliveries), ["10:05:00 team allclear firing warning region_silent"]);
    let notification = &after.deliveries[0].notification;
    assert_eq!(notification.title(), "A region is silent");
    assert_eq!(
        notification.message,
        "no outcome from ap since 2026-11-21T10:01:30Z, while other regions report"
    );
    assert_eq!(message(&scenario), "1 of 2 regions: eu: status 503, want 2xx");

    let script = [("eu", "HHH"), ("us", "HHH"), ("ap", ".HH")];
    let again = fold_regions(&mut scenario, 16, &script);
    assert_eq!(
        notices(&again.deliveries),
        ["10:08:30 team allclear resolved warning region_silent"]
    );
    assert_eq!(again.deliveries[0].notification.title(), "Resolved: a region was silent");
    assert_eq!(api(&scenario).regions.len(), 3);
}

#[test]
fn the_regions_that_still_report_decide_about_an_outage() {
    let mut scenario = quiet(Quorum::Majority);
    fold_three(&mut scenario, ["HHHH", "HHHH", "HHHH"]);
    let silent = fold_regions(&mut scenario, 4, &[("eu", "HHHHHHHH"), ("us", "........")]);
    assert!(silent.transitions.is_empty());
    let outage = fold_regions(&mut scenario, 12, &[("eu", "UU")]);
    assert_eq!(transitions(&outage), ["10:06:00 api healthy → unhealthy"]);
    assert_eq!(message(&scenario), "region eu: status 503, want 2xx");
}

#[test]
fn two_silent_regions_have_an_alert_each() {
    let mut scenario = quiet(Quorum::Majority);
    fold_three(&mut scenario, ["HHHH", "HHHH", "HHHH"]);
    let decided = fold_regions(&mut scenario, 4, &[("eu", "HHHHHHHHHH")]);
    assert_eq!(decided.alerts.len(), 2);
    assert_ne!(decided.alerts[0].id, decided.alerts[1].id);
    assert_ne!(decided.deliveries[0].id, decided.deliveries[1].id);
}

#[test]
fn a_pause_of_all_regions_makes_none_of_them_silent() {
    let mut scenario = scenario(Quorum::Majority, Vec::new());
    fold_three(&mut scenario, ["HH", "HH", "HH"]);
    let script = [("eu", "UUH"), ("us", "HHH"), ("ap", "HHH")];
    let decided = fold_regions(&mut scenario, 200, &script);
    assert!(decided.alerts.is_empty(), "{:?}", decided.alerts);
    assert_eq!(
        transitions(&decided),
        ["11:40:00 api healthy → degraded"],
        "the vote waits for the regions that have not reported since the pause"
    );
}

#[test]
fn a_region_that_was_removed_is_forgotten_after_a_day() {
    let mut scenario = quiet(Quorum::Majority);
    fold_three(&mut scenario, ["HHHH", "HHHH", "HUUU"]);
    let n_runs_of_a_day = 24 * 120;
    let letters = "H".repeat(n_runs_of_a_day + 10);
    let decided = fold_regions(&mut scenario, 4, &[("eu", &letters), ("us", &letters)]);
    let kinds: Vec<String> = notices(&decided.deliveries);
    assert_eq!(
        kinds,
        [
            "10:05:00 team allclear firing warning region_silent",
            "10:02:00 team allclear resolved warning region_silent"
        ]
    );
    assert_eq!(
        decided.deliveries[1].notification.message,
        "ap was silent for a day and no longer counts as a region"
    );
    assert_eq!(api(&scenario).regions.len(), 2);
    assert_eq!(scenario.state.reporting.regions.len(), 2);
}

#[test]
fn a_monitor_with_a_long_interval_does_not_make_its_region_silent() {
    let mut hourly = monitor("api");
    hourly.interval = Duration::from_hours(1);
    let mut scenario = FoldScenario::new(config(vec![hourly], Vec::new()));
    for hour in 0..4 {
        let script = [("eu", "H"), ("us", "H"), ("ap", "H")];
        let decided = fold_regions(&mut scenario, hour * 120, &script);
        assert!(decided.alerts.is_empty(), "{:?}", decided.alerts);
    }
    assert_eq!(tally(&scenario).n_measured, 4);
}

#[test]
fn the_order_of_arrival_within_a_round_does_not_matter() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let letters = ["HUUUHHHH", "HUUUUHHH", "HHHHHHHH"];
    let mut all = Vec::new();
    for order in orders {
        let mut scenario = quiet(Quorum::Majority);
        let script: Vec<_> = order.iter().map(|n| (REGIONS[*n], letters[*n])).collect();
        let decided = fold_regions(&mut scenario, 0, &script);
        all.push((transitions(&decided), message(&scenario).to_owned(), tally(&scenario)));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
    assert_eq!(
        all[0].0,
        [
            "10:00:00 api unknown → healthy",
            "10:00:30 api healthy → unhealthy",
            "10:02:00 api unhealthy → degraded",
            "10:02:30 api degraded → healthy",
        ]
    );
}

#[test]
fn a_late_run_of_a_region_counts_in_its_own_row() {
    let mut scenario = quiet(Quorum::All);
    fold_regions(&mut scenario, 0, &[("eu", "HHUU"), ("us", "HH..")]);
    assert_eq!(api(&scenario).status, Status::Healthy);
    let late = fold_regions(&mut scenario, 2, &[("us", "UU")]);
    assert_eq!(transitions(&late), ["10:01:00 api healthy → unhealthy"]);
    let older = fold_regions(&mut scenario, 1, &[("us", "H")]);
    assert!(older.is_empty(), "an outcome before the latest of its region changes nothing");
    assert_eq!(api(&scenario).status, Status::Unhealthy);
}

#[test]
fn a_region_without_measurement_leaves_the_vote() {
    let mut scenario = scenario(Quorum::Majority, builtin_rules());
    let decided = fold_three(&mut scenario, ["HUUUUUUU", "HIIIIIII", "HUUUUUUU"]);
    assert_eq!(
        transitions(&decided),
        ["10:00:00 api unknown → healthy", "10:00:30 api healthy → unhealthy"]
    );
    assert_eq!(message(&scenario), "all 2 regions: status 503, want 2xx");
    assert_eq!(scenario.state.impairment.since, None, "the other regions can measure");
    let sent = notices(&decided.deliveries);
    assert!(sent.contains(&"10:01:00 team allclear firing warning region_silent".to_owned()));
    assert!(sent.iter().any(|one| one.contains("api firing critical")), "{sent:?}");
    assert!(!sent.iter().any(|one| one.contains("monitoring_impaired")), "{sent:?}");

    let over = fold_regions(&mut scenario, 8, &[("eu", "UU"), ("us", "UU"), ("ap", "UU")]);
    assert_eq!(
        notices(&over.deliveries),
        ["10:04:30 team allclear resolved warning region_silent"]
    );
}

#[test]
fn monitoring_is_impaired_when_no_region_can_measure() {
    let mut scenario = scenario(Quorum::Majority, builtin_rules());
    let decided = fold_three(&mut scenario, ["HIIII", "HIIII", "HIIII"]);
    assert_eq!(
        notices(&decided.deliveries),
        ["10:01:00 team allclear firing error monitoring_impaired"]
    );
    assert_eq!(api(&scenario).status, Status::Unknown);
    let over = fold_regions(&mut scenario, 5, &[("eu", "HHH"), ("us", "III"), ("ap", "III")]);
    assert_eq!(
        notices(&over.deliveries),
        [
            "10:03:00 team allclear resolved error monitoring_impaired",
            "10:03:00 team allclear firing warning region_silent",
            "10:03:00 team allclear firing warning region_silent",
        ]
    );
    assert_eq!(api(&scenario).status, Status::Healthy);
}

#[test]
fn a_refused_key_in_one_region_is_no_trouble_of_the_target() {
    let mut scenario = quiet(Quorum::Any);
    fold_three(&mut scenario, ["HHHHH", "HKKKK", "HHHHH"]);
    let cause = api(&scenario).cause.as_ref().unwrap();
    assert_eq!((api(&scenario).status, cause.fault), (Status::Degraded, Fault::Credentials));
    assert_eq!(message(&scenario), "1 of 3 regions: us: status 401");
    assert_eq!(tally(&scenario).uptime_percentage(), Some(100.0));
    assert_eq!(tally(&scenario).degraded_s, 0);
}

#[test]
fn consecutive_failures_count_rounds_in_which_the_quorum_fails() {
    let rules = vec![rule("three", "consecutive_failures >= 3", Severity::Critical)];
    let mut scenario = scenario(Quorum::Majority, rules);
    fold_three(&mut scenario, ["HUU", "HUU", "HHH"]);
    assert_eq!(api(&scenario).consecutive_failures, 2);
    let decided = fold_regions(&mut scenario, 3, &[("eu", "U"), ("us", "U"), ("ap", "H")]);
    assert_eq!(api(&scenario).consecutive_failures, 3);
    assert_eq!(notices(&decided.deliveries), ["10:01:30 team api firing critical three"]);
}

#[test]
fn one_slow_region_confirms_no_rule_about_the_response_time() {
    let slow = Rule {
        confirm: RuleConfirmation::SAMPLES,
        ..rule("slow", "response_time_ms > 200", Severity::Warning)
    };
    for (letters, n_alerts) in [
        (["HSSSSSSSS", "HHHHHHHHH", "HHHHHHHHH"], 0),
        (["HSSSSSSSS", "HSSSSSSSS", "HHHHHHHHH"], 1),
        // One slow round is one sample.
        (["HSHHHHHHH", "HSHHHHHHH", "HSHHHHHHH"], 0),
    ] {
        let mut scenario = scenario(Quorum::Majority, vec![slow.clone()]);
        let decided = fold_three(&mut scenario, letters);
        assert_eq!(decided.alerts.len(), n_alerts, "{letters:?}");
    }
}

#[test]
fn a_rule_over_a_metric_reads_the_median_of_the_regions() {
    let condition = "metrics.load > 80.0";
    for (values, fires) in [([90.0, 10.0, 10.0], false), ([90.0, 90.0, 10.0], true)] {
        let rules = vec![rule("load", condition, Severity::Warning)];
        let mut scenario = scenario(Quorum::Majority, rules);
        let mut decided = Decision::default();
        for n in 0..3 {
            for (name, value) in REGIONS.into_iter().zip(values) {
                let mut run = run_of(n, name, 'H');
                run.outcomes[0].metrics = BTreeMap::from([("load".to_owned(), value)]);
                decided.append(fold(&mut scenario.state, &run, &scenario.index));
            }
        }
        assert_eq!(!decided.alerts.is_empty(), fires, "{values:?}");
    }
}

#[test]
fn time_counts_once_with_three_regions() {
    let mut scenario = quiet(Quorum::Majority);
    fold_three(&mut scenario, ["HHUUHHHHHH", "HHUUHHHHHH", "HHHHHHHHHH"]);
    let Tally { healthy_s, degraded_s, unhealthy_s, n_measured, .. } = tally(&scenario);
    assert_eq!((healthy_s, degraded_s, unhealthy_s, n_measured), (240, 0, 60, 10));
}

#[test]
fn a_round_is_over_when_a_region_reports_the_next_check() {
    let mut minutely = monitor("api");
    minutely.interval = Duration::from_mins(1);
    let mut scenario = FoldScenario::new(config(vec![minutely], Vec::new()));
    for n in 0..3 {
        fold_regions(&mut scenario, n * 2, &[("eu", "H"), ("us", "H"), ("ap", "H")]);
    }
    // `ap` has stopped and is not silent yet: the outage is confirmed one interval later.
    let mut decided = Decision::default();
    for n in 3..6 {
        decided.append(fold_regions(&mut scenario, n * 2, &[("eu", "U"), ("us", "U")]));
    }
    assert_eq!(transitions(&decided), ["10:03:00 api healthy → unhealthy"]);
    assert_eq!(decided.transitions[0].confirmed_at, start() + Duration::from_mins(4));
}

#[test]
fn a_clock_that_was_set_back_bounds_the_times_of_the_regions() {
    let mut scenario = quiet(Quorum::Majority);
    fold_three(&mut scenario, ["HUUU", "HHHH", "HHHH"]);
    let now = start() - Duration::from_hours(2);
    assert!(set_back(&mut scenario.state, now));
    let latest = |state: &MonitorState| -> Vec<Timestamp> {
        let of_region = |region: &allclear_core::region_state::RegionState| {
            region.recent.iter().map(|one| one.at).chain([region.since]).max()
        };
        state.regions.values().filter_map(of_region).collect()
    };
    assert!(latest(api(&scenario)).iter().all(|at| *at <= now));
    assert!(scenario.state.reporting.newest() <= Some(now));
}
