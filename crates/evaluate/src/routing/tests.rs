use std::time::Duration;

use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Page, Settings};
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::MonitorLabels;
use allclear_core::monitor::CheckSpec;
use allclear_core::notification_settings::GroupBy;
use allclear_core::route::RouteSettings;
use allclear_core::rule::RuleScope;
use allclear_core::status::Fault;
use allclear_core::window::{OpeningDays, OpeningHours, WeekDay, WindowSchedule};

use super::*;

/// Returns a tree of one route for each text: two spaces of margin for each level, `!` for one that continues,
/// matchers, and the channels after `->`.
fn tree(lines: &str) -> Route {
    let mut levels = vec![Route::default()];
    let close = |levels: &mut Vec<Route>| {
        let child = levels.pop().unwrap();
        levels.last_mut().unwrap().routes.push(child);
    };
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let text = line.trim_start();
        let depth = (line.len() - text.len()) / 2;
        while levels.len() > depth + 1 {
            close(&mut levels);
        }
        let (text, after_match) = match text.strip_prefix('!') {
            Some(text) => (text, AfterMatch::Continue),
            None => (text, AfterMatch::Stop),
        };
        let (matchers, channels) = text.split_once("->").unwrap_or((text, "inherited"));
        let ids = || channels.split_whitespace().map(|id| ChannelId::new(id).unwrap()).collect();
        levels.push(Route {
            matchers: matchers.split_whitespace().map(|text| text.parse().unwrap()).collect(),
            channels: (channels != "inherited").then(ids),
            after_match,
            ..Route::default()
        });
    }
    while levels.len() > 1 {
        close(&mut levels);
    }
    levels.pop().unwrap()
}

fn config(root: Route) -> Config {
    let monitor = |name: &str, group: Option<&str>, tags: &[&str]| Monitor {
        group: group.map(str::to_owned),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Monitor::new(
            MonitorId::new(name).unwrap(),
            CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null },
        )
    };
    let channel = |name: &str| Channel {
        id: ChannelId::new(name).unwrap(),
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: RuleScope::default(),
        },
    };
    Config {
        page: Page::titled("Test"),
        settings: Settings::default(),
        monitors: vec![monitor("pay", Some("shop"), &["eu", "db"]), monitor("web", None, &[])],
        rules: Vec::new(),
        channels: ["team", "pager", "owner"].map(channel).to_vec(),
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::default(),
        routing: Some(root),
        watchdog: None,
    }
}

/// Returns the receivers of an alert `down` at a time, each `channel` or `(channel)` if its route is not active.
fn receivers(
    config: &Config,
    (monitor, severity, fault): (&str, Severity, Option<Fault>),
    at: &str,
) -> String {
    let tree = RoutingTree::new(config).unwrap();
    let (id, rule) = (MonitorId::new(monitor).unwrap(), RuleId::new("down").unwrap());
    let monitor = config.monitor(&id);
    let own = monitor.map_or_else(|| MonitorLabels::of_unknown(&id), MonitorLabels::of);
    let labels = AlertLabels { monitor: own, rule: &rule, severity, fault, regions: &[] };
    let alert = RoutedAlert { labels, monitor, rule: None };
    let Receivers { active, held } = tree.receivers(&alert, config, at.parse().unwrap());
    let active = active.iter().map(|one| one.channel.to_string());
    let all: Vec<String> =
        active.chain(held.iter().map(|one| format!("({})", one.channel))).collect();
    let taking = tree.taking(&labels);
    let steps = tree.steps(&labels);
    let taken = steps.iter().filter(|step| step.result == StepResult::Taken);
    assert!(taken.map(|step| &step.route.id).eq(taking.iter().map(|route| &route.id)));
    all.join(" ")
}

const NOON: &str = "2026-11-30T12:00:00Z";

#[test]
fn an_alert_takes_the_first_way_through_the_tree_that_matches() {
    use Severity::{Critical, Info, Warning};
    let target = Some(Fault::Target);
    for (lines, alert, expected) in [
        // Without routes, the root goes to all channels.
        ("", ("pay", Critical, target), "team pager owner"),
        // The first child that matches wins.
        ("group=shop -> pager\ntag=eu -> owner", ("pay", Critical, target), "pager"),
        ("group=shop -> pager\ntag=eu -> owner", ("web", Critical, target), "team pager owner"),
        // It continues.
        ("!group=shop -> pager\ntag=eu -> owner", ("pay", Critical, target), "pager owner"),
        ("!group=shop -> pager\ntag=us -> owner", ("pay", Critical, target), "pager"),
        (
            "!group=shop -> pager\ntag=eu -> owner\n-> team",
            ("pay", Critical, target),
            "pager owner",
        ),
        // Depth first: a child of the first match, or the match itself.
        (
            "group=shop -> pager\n  severity>=error -> owner\n-> team",
            ("pay", Critical, target),
            "owner",
        ),
        (
            "group=shop -> pager\n  severity>=error -> owner\n-> team",
            ("pay", Warning, target),
            "pager",
        ),
        // A child that continues leaves its parent out.
        ("group=shop -> pager\n  !severity>=error -> owner", ("pay", Critical, target), "owner"),
        // Channels are inherited over several levels, and an empty list is inherited, too.
        ("group=shop -> pager owner\n  tag=eu\n    tag=db", ("pay", Info, target), "pager owner"),
        ("group=shop ->\n  tag=eu", ("pay", Info, target), ""),
        // All matchers of a route must hold.
        ("group=shop fault=quota -> owner", ("pay", Info, target), "team pager owner"),
        ("group=shop fault=quota -> owner", ("pay", Info, Some(Fault::Quota)), "owner"),
        // An alert without a fault, a monitor without a group.
        ("fault= -> owner\n-> pager", ("web", Info, None), "owner"),
        ("group= -> owner\n-> pager", ("web", Info, target), "owner"),
        ("severity<=warning -> owner", ("web", Warning, target), "owner"),
        // A notice of Allclear about itself.
        (
            "monitor=allclear -> owner\n-> pager",
            ("allclear", Critical, Some(Fault::Monitor)),
            "owner",
        ),
        // A channel that several routes lead to is named once.
        ("!tag=eu -> pager team\n!tag=db -> team owner", ("pay", Info, target), "pager team owner"),
    ] {
        let found = receivers(&config(tree(lines)), alert, NOON);
        assert_eq!(found, expected, "{lines}\n{alert:?}");
    }
}

#[test]
fn a_channel_filter_and_the_channels_of_a_rule_narrow_the_receivers() {
    let mut config = config(tree("tag=eu -> pager owner team"));
    config.channels[0].filter.min_severity = Severity::Error;
    config.channels[1].filter.faults = vec![Fault::Quota];
    config.channels[2].filter.scope.monitors = vec![MonitorId::new("web").unwrap()];
    for (severity, fault, expected) in [
        (Severity::Critical, Fault::Quota, "pager team"),
        (Severity::Warning, Fault::Quota, "pager"),
        (Severity::Warning, Fault::Target, ""),
    ] {
        assert_eq!(receivers(&config, ("pay", severity, Some(fault)), NOON), expected);
    }
}

#[test]
fn a_route_is_active_at_local_times_and_another_route_does_not_wait_for_it() {
    let mut root = tree("!tag=eu -> pager team\ntag=db -> team owner");
    let days = vec![WeekDay::Monday, WeekDay::Friday];
    let hours = OpeningHours::within_a_day("18:00".parse().unwrap(), "08:00".parse().unwrap());
    root.routes[0].active_times = vec![WindowSchedule::Repeated {
        days: OpeningDays::Weekly(days),
        hours,
        time_zone: "Europe/Berlin".to_owned(),
    }];
    let config = config(root);
    for (at, expected) in [
        // Monday, 17:59 and 18:00 in Berlin.
        ("2026-11-30T16:59:00Z", "team owner (pager)"),
        ("2026-11-30T17:00:00Z", "pager team owner"),
        // Tuesday, 07:59 and 08:00.
        ("2026-12-01T06:59:59Z", "pager team owner"),
        ("2026-12-01T07:00:00Z", "team owner (pager)"),
        // In summer, 18:00 is an hour earlier.
        ("2026-07-03T16:00:00Z", "pager team owner"),
        ("2026-07-03T15:59:59Z", "team owner (pager)"),
    ] {
        assert_eq!(receivers(&config, ("pay", Severity::Info, None), at), expected, "{at}");
    }
    let route = &config.routing.as_ref().unwrap().routes[0];
    let from = |at: &str| route.active_from(at.parse().unwrap()).unwrap().to_string();
    assert_eq!(from("2026-12-01T07:00:00Z"), "2026-12-04T17:00:00Z");
    assert_eq!(from("2026-12-04T17:00:00Z"), "2026-12-04T17:00:00Z");
}

#[test]
fn settings_are_inherited_over_several_levels() {
    let mut root = tree("tag=eu\n  tag=db\n    severity>=error");
    let outer = &mut root.routes[0];
    outer.settings =
        RouteSettings { group_wait: Some(Duration::from_secs(1)), ..RouteSettings::default() };
    outer.routes[0].settings =
        RouteSettings { group_by: Some(vec![GroupBy::Rule]), ..RouteSettings::default() };
    let config = config(root);
    let tree = RoutingTree::new(&config).unwrap();
    let last = &tree.nodes()[3].settings;
    assert_eq!(
        (last.group_wait, last.group_by.as_slice()),
        (Duration::from_secs(1), &[GroupBy::Rule][..])
    );
    assert_eq!(last.reminders, config.notifications.reminders);
    assert_eq!(tree.nodes()[0].settings, config.notifications);
}

#[test]
fn an_invalid_pattern_is_an_error() {
    let config = config(tree("monitor=~( -> team"));
    assert!(RoutingTree::new(&config).unwrap_err().to_string().contains("unclosed group"));
}
