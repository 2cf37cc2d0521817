//! Routes: the channels of an alert, the settings of its groups, and active times.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::SuppressedBy;
use allclear_core::id::{ChannelId, ShardId, SummaryId};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{
    Escalation, GroupBy, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::route::{AfterMatch, EscalationSetting, Route, RouteSettings};
use allclear_core::rule::Rule;
use allclear_core::status::{Fault, Severity};
use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_core::window::{OpeningDays, OpeningHours, WeekDay, WindowSchedule};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::tick;
use allclear_evaluate::summary::{History, SummaryFacts, compose};
use serde_json::json;

use crate::scenario::{FoldScenario, channel, config, monitor, notices, rule, start, suppressed};

const MINUTE: Duration = Duration::from_mins(1);

pub(crate) fn ids(names: &[&str]) -> Vec<ChannelId> {
    names.iter().map(|name| ChannelId::new(name).unwrap()).collect()
}

pub(crate) fn route(matchers: &[&str], channels: &[&str]) -> Route {
    let matchers = matchers.iter().map(|text| text.parse().unwrap()).collect();
    Route { matchers, channels: Some(ids(channels)), ..Route::default() }
}

fn continuing(route: Route) -> Route {
    Route { after_match: AfterMatch::Continue, ..route }
}

fn with_settings(route: Route, settings: RouteSettings) -> Route {
    Route { settings, ..route }
}

/// Returns the route, active from this time of Saturday, the day of the scenarios, up to noon.
pub(crate) fn from(time: &str, route: Route) -> Route {
    let hours = OpeningHours::within_a_day(time.parse().unwrap(), "12:00".parse().unwrap());
    let days = OpeningDays::Weekly(vec![WeekDay::Saturday]);
    let times = WindowSchedule::Repeated { days, hours, time_zone: "UTC".to_owned() };
    Route { active_times: vec![times], ..route }
}

/// Returns a config with the routes `routes` below a root that goes to `team`, and further channels.
pub(crate) fn routed(monitors: Vec<Monitor>, routes: Vec<Route>) -> Config {
    let root = Route { channels: Some(ids(&["team"])), routes, ..Route::default() };
    Config {
        channels: ["team", "pager", "owner"].map(channel).to_vec(),
        routing: Some(root),
        watchdog: None,
        ..config(monitors, vec![rule("down", "unhealthy", Severity::Critical)])
    }
}

fn in_group(name: &str, group: &str) -> Monitor {
    Monitor { group: Some(group.to_owned()), ..monitor(name) }
}

/// Returns the channels of the deliveries of this kind, sorted.
pub(crate) fn receivers(deliveries: &[Delivery], kind: NoticeKind) -> Vec<&str> {
    let of_kind = deliveries.iter().filter(|one| one.notification.kind == kind);
    let mut channels: Vec<&str> = of_kind.map(|one| one.channel.as_str()).collect();
    channels.sort_unstable();
    channels
}

fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}Z").parse().unwrap()
}

#[test]
fn an_alert_goes_by_the_first_route_that_matches_and_its_end_goes_the_same_way() {
    let routes = vec![
        route(&["monitor=other"], &["owner"]),
        route(&["severity>=error"], &["pager"]),
        route(&[], &["owner"]),
    ];
    let mut scenario = FoldScenario::new(routed(vec![monitor("api")], routes));
    let down = scenario.fold_letters("HUU");
    assert_eq!(notices(&down.deliveries), ["10:01:00 pager api firing critical down"]);
    let up = scenario.fold_letters("HH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["pager"]);
}

#[test]
fn a_route_without_a_matching_child_takes_the_alert_and_children_inherit_channels() {
    let inner = Route { channels: None, ..route(&["rule=down"], &[]) };
    let outer = Route { routes: vec![inner], ..route(&["group=shop"], &["pager", "owner"]) };
    let monitors = vec![in_group("api", "shop"), monitor("web")];
    let mut scenario = FoldScenario::new(routed(monitors, vec![outer]));
    let down = scenario.fold_script(&[("api", "HUU"), ("web", "HUU")]);
    let wanted = [
        "10:01:00 owner api firing critical down",
        "10:01:00 pager api firing critical down",
        "10:01:00 team web firing critical down",
    ];
    assert_eq!(notices(&down.deliveries), wanted);
}

#[test]
fn a_route_that_continues_shares_the_alert_and_a_channel_is_notified_once() {
    let routes = vec![
        continuing(route(&["fault=target"], &["pager"])),
        continuing(route(&["severity=critical"], &["owner", "pager"])),
        route(&["severity=info"], &["team"]),
    ];
    let mut scenario = FoldScenario::new(routed(vec![monitor("api")], routes));
    let down = scenario.fold_letters("HUUUU");
    assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["owner", "pager"]);
    let up = scenario.fold_letters("HH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["owner", "pager"]);
}

#[test]
fn the_filter_of_a_channel_and_the_channels_of_a_rule_narrow_a_route() {
    let mut config = routed(vec![monitor("api")], vec![route(&[], &["pager", "owner", "team"])]);
    config.channels[2].filter.faults = vec![Fault::Quota];
    config.rules[0].channels = ids(&["pager", "owner"]);
    let down = FoldScenario::new(config).fold_letters("HUU");
    assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["pager"]);
}

#[test]
fn a_route_without_channels_sends_nothing() {
    let mut scenario =
        FoldScenario::new(routed(vec![monitor("api")], vec![route(&["monitor=api"], &[])]));
    let down = scenario.fold_letters("HUU");
    assert!(down.deliveries.is_empty());
    assert_eq!(suppressed(&down), [("down".to_owned(), SuppressedBy::NoChannel)]);
}

#[test]
fn alerts_are_grouped_by_the_settings_of_their_route() {
    let settings = RouteSettings { group_by: Some(vec![GroupBy::Monitor]), ..Default::default() };
    let routes = vec![with_settings(route(&["group=shop"], &["team"]), settings)];
    let monitors = vec![in_group("a", "shop"), in_group("b", "shop"), monitor("c"), monitor("d")];
    let mut config = routed(monitors, routes);
    config.notifications.group_wait = Duration::from_secs(10);
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU"), ("c", "HUU"), ("d", "HUU")]);
    let sent = scenario.tick(Duration::from_secs(10)).deliveries;
    let listed = |one: &Delivery| 1 + one.notification.details.others.len();
    let mut listed: Vec<(&str, usize)> =
        sent.iter().map(|one| (one.notification.monitor.as_str(), listed(one))).collect();
    listed.sort_unstable();
    assert_eq!(listed, [("a", 1), ("b", 1), ("c", 2)]);
}

#[test]
fn an_alert_does_not_join_a_group_of_another_route_or_of_other_values() {
    let on_host = |name: &str| {
        let mut monitor = in_group(name, "shop");
        monitor.check.params = json!({ "url": format!("https://app.example.com/{name}") });
        monitor
    };
    let mut config = routed(["a", "b", "c"].map(on_host).to_vec(), vec![]);
    config.routing.as_mut().unwrap().routes = vec![route(&["monitor=c"], &["team"])];
    let mut scenario = FoldScenario::new(config);
    scenario.fold_script(&[("a", "HUU"), ("b", "HUU"), ("c", "HHH")]);
    let joined = scenario.fold_script(&[("a", "UUU"), ("b", "UUU"), ("c", "UUU")]);
    assert_eq!(receivers(&joined.deliveries, NoticeKind::Updated), [""; 0]);
    assert_eq!(notices(&joined.deliveries), ["10:02:00 team c firing critical down"]);
}

#[test]
fn a_channel_whose_route_waits_longer_is_notified_after_the_others() {
    let waits = |wait| RouteSettings { group_wait: Some(wait), ..Default::default() };
    let routes = vec![
        continuing(with_settings(route(&[], &["pager"]), waits(Duration::ZERO))),
        with_settings(route(&[], &["owner"]), waits(MINUTE * 2)),
    ];
    let mut config = routed(vec![monitor("api")], routes);
    // An alert about an account, which gets no further channels after the first one.
    config.rules[0] = Rule { fault: Some(Fault::Quota), ..config.rules[0].clone() };
    let mut scenario = FoldScenario::new(config);
    let down = scenario.fold_letters("HUU");
    assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["pager"]);
    assert!(scenario.tick(MINUTE).deliveries.is_empty());
    let later = scenario.tick(MINUTE * 2);
    assert_eq!(receivers(&later.deliveries, NoticeKind::Firing), ["owner"]);
    assert!(scenario.tick(MINUTE * 9).deliveries.is_empty());
    let up = scenario.fold_letters("HH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["owner", "pager"]);
}

#[test]
fn the_end_goes_where_the_firing_notice_went_after_a_change_of_the_routes() {
    let monitors = || vec![monitor("api")];
    let before = routed(monitors(), vec![route(&["monitor=api"], &["pager"])]);
    let mut scenario = FoldScenario::new(before);
    assert_eq!(receivers(&scenario.fold_letters("HUU").deliveries, NoticeKind::Firing), ["pager"]);
    let mut after = routed(monitors(), vec![route(&["tag=other"], &["owner"])]);
    after.channels.retain(|one| one.id.as_str() != "team");
    scenario.index = ConfigIndex::new(Arc::new(after)).unwrap();
    let up = scenario.fold_letters("UHH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["pager"]);
    assert!(scenario.state.alert_groups.is_empty());
}

#[test]
fn a_group_keeps_the_settings_of_its_route_and_gets_the_general_ones_without_it() {
    let every = |minutes| {
        let every = MINUTE * minutes;
        let growth = ReminderGrowth::Constant;
        vec![ReminderPolicy { severity: Severity::Critical, every, growth, limit: 9 }]
    };
    let of_route = || {
        let settings = RouteSettings { reminders: Some(every(10)), ..Default::default() };
        vec![with_settings(route(&["monitor=api"], &["pager"]), settings)]
    };
    let with = |routes| {
        let mut config = routed(vec![monitor("api")], routes);
        config.notifications.reminders = every(60);
        config
    };
    let mut scenario = FoldScenario::new(with(of_route()));
    scenario.fold_letters("HUU");
    let reminder = scenario.tick(MINUTE * 10);
    assert_eq!(receivers(&reminder.deliveries, NoticeKind::Reminder), ["pager"]);
    let mut with_another = of_route();
    with_another.insert(0, route(&["group=shop"], &["owner"]));
    scenario.index = ConfigIndex::new(Arc::new(with(with_another))).unwrap();
    let reminder = scenario.tick(MINUTE * 20);
    assert_eq!(receivers(&reminder.deliveries, NoticeKind::Reminder), ["pager"]);
    scenario.index = ConfigIndex::new(Arc::new(with(Vec::new()))).unwrap();
    assert_eq!(receivers(&scenario.tick(MINUTE * 79).deliveries, NoticeKind::Reminder), [""; 0]);
    let reminder = scenario.tick(MINUTE * 80);
    assert_eq!(receivers(&reminder.deliveries, NoticeKind::Reminder), ["pager"]);
}

#[test]
fn an_alert_outside_the_active_time_of_its_route_is_sent_when_the_time_comes() {
    let routes = vec![from("10:05", route(&[], &["pager"]))];
    let mut scenario = FoldScenario::new(routed(vec![monitor("api")], routes));
    let down = scenario.fold_letters("HUUU");
    assert!(down.deliveries.is_empty());
    assert_eq!(suppressed(&down), [("down".to_owned(), SuppressedBy::InactiveRoute)]);
    let reason = &down.suppressions[0].reason;
    assert_eq!(reason, "its route {}/{} is not active until 2026-11-21T10:05:00Z");
    let (_, next_at) = tick(&mut scenario.state, &scenario.index, at("10:02:00"));
    assert_eq!(next_at, Some(at("10:05:00")));
    let (sent, _) = tick(&mut scenario.state, &scenario.index, at("10:05:00"));
    assert_eq!(notices(&sent.deliveries), ["10:05:00 pager api firing critical down"]);
}

#[test]
fn an_alert_that_ends_before_the_active_time_is_not_sent() {
    let routes = vec![from("10:05", route(&[], &["pager"]))];
    let mut config = routed(vec![monitor("api")], routes);
    let recovery = rule("service_recovery", "healthy && was_unhealthy", Severity::Info);
    config.rules.push(Rule { momentary: true, ..recovery });
    let mut scenario = FoldScenario::new(config);
    assert!(scenario.fold_letters("HUUHH").deliveries.is_empty());
    assert!(scenario.tick(MINUTE * 9).deliveries.is_empty());
}

#[test]
fn a_route_that_is_not_active_holds_only_its_own_channels() {
    let routes =
        vec![continuing(from("10:05", route(&[], &["owner", "pager"]))), route(&[], &["pager"])];
    let mut config = routed(vec![monitor("api")], routes);
    config.rules[0] = Rule { fault: Some(Fault::Quota), ..config.rules[0].clone() };
    let mut scenario = FoldScenario::new(config);
    let down = scenario.fold_letters("HUUU");
    assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["pager"]);
    assert_eq!(suppressed(&down), []);
    let (sent, _) = tick(&mut scenario.state, &scenario.index, at("10:05:00"));
    assert_eq!(receivers(&sent.deliveries, NoticeKind::Firing), ["owner"]);
    let (again, _) = tick(&mut scenario.state, &scenario.index, at("10:06:00"));
    assert!(again.deliveries.is_empty());
    let up = scenario.fold_letters("HH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["owner", "pager"]);
}

#[test]
fn an_end_is_sent_outside_the_active_time_and_reminders_and_escalations_wait() {
    let every = ReminderPolicy {
        severity: Severity::Critical,
        every: MINUTE * 10,
        growth: ReminderGrowth::Constant,
        limit: 9,
    };
    let escalation = Escalation {
        after: MINUTE * 20,
        min_severity: Severity::Critical,
        channels: ids(&["owner"]),
    };
    let settings = RouteSettings {
        reminders: Some(vec![every]),
        escalation: EscalationSetting::On(escalation),
        ..RouteSettings::default()
    };
    let mut office = from("10:00", with_settings(route(&[], &["pager"]), settings));
    // The route is active up to 10:05, and again on the next Saturday.
    let WindowSchedule::Repeated { hours, .. } = &mut office.active_times[0] else { panic!() };
    *hours = OpeningHours::within_a_day("10:00".parse().unwrap(), "10:05".parse().unwrap());
    let mut scenario = FoldScenario::new(routed(vec![monitor("api")], vec![office]));
    assert_eq!(scenario.fold_letters("HUU").deliveries.len(), 1);
    let (held, next_at) = tick(&mut scenario.state, &scenario.index, at("11:00:00"));
    assert!(held.deliveries.is_empty());
    let next_week = start() + Duration::from_hours(24 * 7);
    assert_eq!(next_at, Some(next_week));
    let mut later = scenario.state.clone();
    let (sent, _) = tick(&mut later, &scenario.index, next_week);
    assert_eq!(receivers(&sent.deliveries, NoticeKind::Reminder), ["pager"]);
    assert_eq!(receivers(&sent.deliveries, NoticeKind::Firing), ["owner"]);
    scenario.skip(20);
    let up = scenario.fold_letters("HH");
    assert_eq!(receivers(&up.deliveries, NoticeKind::Resolved), ["pager"]);
}

#[test]
fn a_notice_that_allclear_cannot_measure_goes_by_the_routes() {
    let routes = vec![
        continuing(route(&["monitor=allclear", "fault=monitor"], &["owner"])),
        from("10:02", route(&["rule=monitoring_impaired"], &["pager"])),
    ];
    let mut scenario = FoldScenario::new(routed(vec![monitor("api")], routes));
    let impaired = scenario.fold_letters("HIII");
    assert_eq!(receivers(&impaired.deliveries, NoticeKind::Firing), ["owner"]);
    assert_eq!(impaired.alerts.len(), 1);
    let later = scenario.fold_letters("II");
    assert_eq!(
        notices(&later.deliveries),
        ["10:02:00 pager allclear firing error monitoring_impaired"]
    );
    assert!(later.alerts.is_empty(), "it is the same alert");
    let over = scenario.fold_letters("HH");
    assert_eq!(receivers(&over.deliveries, NoticeKind::Resolved), ["owner", "pager"]);
}

#[test]
fn a_summary_without_channels_goes_by_the_routes_at_its_own_time() {
    let to = |matchers: &[&str]| from("11:00", route(matchers, &["owner", "pager"]));
    let sent_to = |routes, channels: &[&str]| {
        let config = Config {
            summaries: vec![Summary {
                id: SummaryId::new("daily").unwrap(),
                every: SummaryPeriod::Day,
                at: "09:00".parse().unwrap(),
                time_zone: "UTC".to_owned(),
                channels: ids(channels),
            }],
            ..routed(vec![monitor("api")], routes)
        };
        let scenario = FoldScenario::new(config);
        let summary = &scenario.index.config().summaries[0];
        let covered = summary.covered(start()).unwrap();
        let shard = ShardId::main();
        let history = History::default();
        let (index, state) = (&scenario.index, &scenario.state);
        let facts = SummaryFacts { shard: &shard, index, state, history: &history };
        let sent = compose(summary, &covered, facts);
        receivers(&sent, NoticeKind::Summary).join(" ")
    };
    assert_eq!(sent_to(vec![to(&["rule=summary", "monitor=allclear"])], &[]), "owner pager");
    assert_eq!(sent_to(vec![to(&["severity>=warning"])], &[]), "team");
    assert_eq!(sent_to(vec![to(&["rule=summary"])], &["team"]), "team");
}

#[test]
fn without_routes_the_filters_of_the_channels_decide_alone() {
    let mut config = Config { routing: None, ..routed(vec![monitor("api")], Vec::new()) };
    config.channels[2].filter.min_severity = Severity::Info;
    config.channels[1].filter.faults = vec![Fault::Quota];
    config.notifications = NotificationSettings::immediate();
    let down = FoldScenario::new(config).fold_letters("HUU");
    assert_eq!(receivers(&down.deliveries, NoticeKind::Firing), ["owner", "team"]);
}
