//! The label `region` of an alert, by which routes and silences select it.

use std::time::Duration;

use allclear_core::delivery::NoticeKind;
use allclear_core::event::SuppressedBy;
use allclear_core::id::EntryId;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::quorum::Quorum;
use allclear_core::route::Route;
use allclear_core::rule::Rule;
use allclear_core::state::Decision;
use allclear_core::status::{Fault, Severity};

use crate::regions::fold_regions;
use crate::routes::{from, receivers, route, routed};
use crate::scenario::{FoldScenario, INTERVAL, monitor, notices, rule, start, suppressed};

fn rules() -> Vec<Rule> {
    vec![
        rule("partly", "degraded", Severity::Warning),
        rule("down", "unhealthy", Severity::Critical),
    ]
}

/// Returns a shard of one monitor `api` with these routes below a root that goes to `team`.
fn scenario(quorum: Quorum, rules: Vec<Rule>, routes: Vec<Route>) -> FoldScenario {
    let mut api = monitor("api");
    api.quorum = quorum;
    let mut config = routed(vec![api], routes);
    config.rules = rules;
    FoldScenario::new(config)
}

/// Folds runs of three regions.
fn fold_three(scenario: &mut FoldScenario, from: usize, letters: [&str; 3]) -> Decision {
    let [eu, us, ap] = letters;
    fold_regions(scenario, from, &[("eu", eu), ("us", us), ("ap", ap)])
}

#[test]
fn an_alert_that_one_region_sees_goes_by_the_route_of_the_region_and_its_end_likewise() {
    let routes = vec![route(&["region=us"], &["owner"]), route(&["region=eu"], &["pager"])];
    for quorum in [Quorum::Majority, Quorum::Any] {
        let mut scenario = scenario(quorum, rules(), routes.clone());
        let down = fold_three(&mut scenario, 0, ["HHUUUU", "HHHHHH", "HHHHHH"]);
        assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["pager"], "{quorum}");
        let up = fold_three(&mut scenario, 6, ["HHHH", "HHHH", "HHHH"]);
        assert_eq!(receivers(&up.deliveries, NoticeKind::Firing), Vec::<&str>::new(), "{quorum}");
        assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["pager"], "{quorum}");
    }
}

#[test]
fn all_regions_of_an_alert_must_match() {
    let routes = vec![route(&["region=eu"], &["pager"]), route(&["region=~eu|us"], &["owner"])];
    let firing = |letters| {
        let mut scenario = scenario(Quorum::Majority, rules(), routes.clone());
        notices(&fold_three(&mut scenario, 0, letters).deliveries)
    };
    // A quorum sees it, and the third region does not.
    assert_eq!(
        firing(["HUUU", "HUUU", "HHHH"]),
        ["10:01:00 owner api firing critical down"],
        "two regions"
    );
    assert_eq!(
        firing(["HUUU", "HUUU", "HUUU"]),
        ["10:01:00 team api firing critical down"],
        "all regions"
    );
    assert_eq!(
        firing(["HHHH", "HHHH", "HUUU"]),
        ["10:01:00 team api firing warning partly"],
        "another region"
    );
}

#[test]
fn further_regions_that_see_the_trouble_add_the_channels_of_their_route() {
    let routes = vec![route(&["region=eu"], &["pager"])];
    let rules = vec![rule("trouble", "degraded || unhealthy", Severity::Warning)];
    let mut scenario = scenario(Quorum::Majority, rules, routes);
    let first = fold_three(&mut scenario, 0, ["HUUU", "HHHH", "HHHH"]);
    assert_eq!(receivers(&first.deliveries, NoticeKind::Firing), ["pager"]);
    // One outcome of another region is not confirmed.
    let blip = fold_three(&mut scenario, 4, ["UU", "UH", "HH"]);
    assert_eq!(receivers(&blip.deliveries, NoticeKind::Firing), Vec::<&str>::new());
    let all = fold_three(&mut scenario, 6, ["UUU", "UUU", "UUU"]);
    assert_eq!(receivers(&all.deliveries, NoticeKind::Firing), ["team"]);
    let over = fold_three(&mut scenario, 9, ["HHHH", "HHHH", "HHHH"]);
    assert_eq!(receivers(&over.deliveries, NoticeKind::Resolved), ["pager", "team"]);
}

#[test]
fn an_alert_keeps_its_region_while_it_fires_after_the_trouble() {
    let routes = vec![route(&["region=eu"], &["pager"])];
    let keep_firing_for = Duration::from_mins(10);
    let partly = Rule { keep_firing_for, ..rule("partly", "degraded", Severity::Warning) };
    let mut scenario = scenario(Quorum::Majority, vec![partly], routes);
    let decided = fold_three(&mut scenario, 0, ["HUUUHHHHHHHH", "HHHHHHHHHHHH", "HHHHHHHHHHHH"]);
    assert_eq!(receivers(&decided.deliveries, NoticeKind::Firing), ["pager"]);
    assert_eq!(decided.alerts.len(), 1, "it still fires");
}

#[test]
fn a_channel_that_waits_for_its_active_time_keeps_the_region() {
    let routes = vec![from("10:03", route(&["region=eu"], &["pager"]))];
    let mut scenario = scenario(Quorum::Majority, rules(), routes);
    let night = fold_three(&mut scenario, 0, ["HUUUU", "HHHHH", "HHHHH"]);
    assert_eq!(notices(&night.deliveries), Vec::<String>::new());
    let day = fold_three(&mut scenario, 5, ["UUU", "HHH", "HHH"]);
    assert_eq!(notices(&day.deliveries), ["10:03:00 pager api firing warning partly"]);
}

#[test]
fn the_alert_about_a_silent_region_goes_by_the_route_of_the_region() {
    let of_region = |channel| route(&["region=eu", "rule=region_silent"], &[channel]);
    let routes = vec![of_region("owner"), route(&["region=us"], &["pager"])];
    let mut scenario = scenario(Quorum::Majority, rules(), routes);
    let silent =
        fold_three(&mut scenario, 0, ["HH............", "HHHHHHHHHHHHHH", "HHHHHHHHHHHHHH"]);
    assert_eq!(receivers(&silent.deliveries, NoticeKind::Firing), ["owner"]);
    let over = fold_three(&mut scenario, 14, ["HHHH", "HHHH", "HHHH"]);
    assert_eq!(receivers(&over.deliveries, NoticeKind::Resolved), ["owner"]);
}

#[test]
fn the_state_of_an_account_has_no_region() {
    let mut credit = rule("refused", "unhealthy || degraded", Severity::Warning);
    credit.fault = Some(Fault::Quota);
    let routes = vec![route(&["region=eu"], &["pager"])];
    let mut scenario = scenario(Quorum::Majority, vec![credit], routes);
    let decided = fold_three(&mut scenario, 0, ["HUUU", "HHHH", "HHHH"]);
    assert_eq!(receivers(&decided.deliveries, NoticeKind::Firing), ["team"]);
}

#[test]
fn a_silence_of_a_region_mutes_what_that_region_alone_sees() {
    let rules = vec![rule("trouble", "degraded || unhealthy", Severity::Warning)];
    let mut scenario = scenario(Quorum::Majority, rules, Vec::new());
    let silence = OperatorEntry {
        id: EntryId::new("silence").unwrap(),
        created_at: start(),
        author: "ann".to_owned(),
        comment: "the network of eu".to_owned(),
        expires_at: Some(start() + INTERVAL * 100),
        content: EntryContent::Silence {
            matchers: vec!["region=eu".parse().unwrap()],
            starts_at: start(),
        },
    };
    scenario.index = scenario.index.with_entries(vec![silence].into());
    let muted = fold_three(&mut scenario, 0, ["HUUU", "HHHH", "HHHH"]);
    assert_eq!(suppressed(&muted), [("trouble".to_owned(), SuppressedBy::Silence)]);
    assert_eq!(notices(&muted.deliveries), Vec::<String>::new());
    let wider = fold_three(&mut scenario, 4, ["UUU", "UUU", "HHH"]);
    assert_eq!(receivers(&wider.deliveries, NoticeKind::Firing), ["team"]);
}
