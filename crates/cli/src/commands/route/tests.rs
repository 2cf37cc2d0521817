use clap::Parser as _;
use insta::assert_snapshot;

use super::*;
use crate::arguments::{Arguments, Command};

const CONFIG: &str = r#"
[[monitor]]
id = "pay"
group = "payments"
tags = ["eu"]
check.http = { url = "https://pay.example.com/" }

[[channel]]
id = "team"
send.log = {}

[[channel]]
id = "pager"
min_severity = "error"
send.log = {}

[[channel]]
id = "owner"
faults = ["credentials", "quota"]
send.log = {}

[route]
channels = ["team"]

[[route.routes]]
matchers = ["fault=~quota|credentials"]
channels = ["owner"]

[[route.routes]]
matchers = ["severity>=error"]
channels = ["pager", "owner"]
continue = true
group_by = ["monitor"]

[[route.routes]]
matchers = ["group=payments", "tag!=us"]
active_times = [{ days = ["monday", "tuesday", "wednesday", "thursday", "friday"], from = "08:00", to = "18:00", time_zone = "Europe/Berlin" }]
reminders = {}

[[route.routes.routes]]
matchers = ["rule=low_uptime"]
channels = []
"#;

/// Runs the command with these arguments and returns its lines, or the error.
fn routed(arguments: &[&str]) -> String {
    let config = crate::local::load_text("allclear.toml", CONFIG).unwrap().config;
    let index =
        ConfigIndex::new(Arc::new(config)).unwrap().with_kinds(allclear_probes::kinds());
    let words = ["allclear", "route", "--at", "2026-11-28T10:00:00Z"];
    let parsed = Arguments::try_parse_from(words.iter().chain(arguments)).unwrap();
    let Command::Route(options) = parsed.command else { panic!("{:?}", parsed.command) };
    let at = "2026-11-28T10:00:00Z".parse().unwrap();
    match reports(&index, &options, at) {
        Ok(reports) if options.json => serde_json::to_string_pretty(&reports).unwrap(),
        Ok(reports) => reports.iter().flat_map(RoutingReport::lines).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_way_of_an_alert_names_each_route_matcher_and_channel_with_the_reason() {
    assert_snapshot!(routed(&["pay", "--rule", "service_down"]), @"");
    assert_snapshot!(routed(&["pay", "--rule", "service_down", "--fault", "quota"]), @"");
    assert_snapshot!(routed(&["pay", "--rule", "low_uptime"]), @"");
}

#[test]
fn a_severity_and_a_notice_of_allclear_itself_can_be_routed() {
    assert_snapshot!(routed(&["pay", "--rule", "low_uptime", "--severity", "error"]), @"");
    assert_snapshot!(routed(&["allclear"]), @"");
}

#[test]
fn without_a_rule_each_one_that_can_fire_is_shown() {
    let lines = routed(&["pay"]);
    let rules: Vec<&str> =
        lines.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(' ').next().unwrap()).collect();
    assert_snapshot!(rules.join(" "), @"");
}

#[test]
fn the_way_of_an_alert_is_also_json() {
    assert_snapshot!(routed(&["pay", "--rule", "high_response_time", "--json"]), @"");
}

#[test]
fn an_unknown_monitor_or_rule_is_refused_with_its_remedy() {
    assert_snapshot!(routed(&["pya"]), @"");
    assert_snapshot!(routed(&["pay", "--rule", "service_dwon"]), @"");
    assert_snapshot!(routed(&["allclear", "--rule", "service_down"]), @"");
}
