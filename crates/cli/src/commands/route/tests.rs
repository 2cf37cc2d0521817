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

[[monitor]]
id = "web"
tags = ["us"]
check.tcp = { address = "web.example.com:443" }

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

[[route.routes]]
matchers = ["region=~eu-.*"]
channels = ["owner"]
escalate = {}
"#;

/// Runs the command with these arguments and returns its lines, or the error.
fn routed(arguments: &[&str]) -> String {
    let config = crate::local::load_text("allclear.toml", CONFIG).unwrap().config;
    let index = ConfigIndex::new(config).unwrap().with_kinds(allclear_probes::kinds());
    let words = ["allclear", "route", "--at", "2026-11-28T10:00:00Z"];
    let parsed = Arguments::try_parse_from(words.iter().chain(arguments)).unwrap();
    let Command::Route(options) = parsed.command else { panic!("{:?}", parsed.command) };
    let at = "2026-11-28T10:00:00Z".parse().unwrap();
    match reports(&index, &options, at) {
        Ok(reports) if options.json => serde_json::to_string(&reports).unwrap(),
        Ok(reports) => reports.iter().flat_map(RoutingReport::lines).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_way_of_an_alert_names_each_route_matcher_and_channel_with_the_reason() {
    assert_snapshot!(routed(&["pay", "--rule", "service_down"]), @r#"
    service_down on pay: severity critical, fault target, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is target
        {}/{severity>=error} takes the alert
          ✓ severity>=error: it is critical
        {}/{group=payments,tag!=us} takes the alert
          ✓ group=payments: it is payments
          ✓ tag!=us: it is eu
          {}/{group=payments,tag!=us}/{rule=low_uptime} does not match
            ✗ rule=low_uptime: it is service_down
      channels of {}/{severity>=error}
        pager notified
        owner refused: its `faults` are credentials, quota
        settings: group_wait 10s; group_interval 5m; group_by monitor; reminders critical 4h doubling 3 times; escalate none
      channels of {}/{group=payments,tag!=us}
        team held: until 2026-11-30T07:00:00Z
        settings: group_wait 10s; group_interval 5m; group_by none; reminders none; escalate none
    "#);
    assert_snapshot!(routed(&["pay", "--rule", "service_down", "--fault", "quota"]), @r#"
    service_down on pay: severity critical, fault quota, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} takes the alert
          ✓ fault=~"quota|credentials": it is quota
      channels of {}/{fault=~"quota|credentials"}
        owner notified
        settings: group_wait 10s; group_interval 5m; group_by none; reminders critical 4h doubling 3 times; escalate none
    "#);
    assert_snapshot!(routed(&["pay", "--rule", "low_uptime"]), @r#"
    low_uptime on pay: severity warning, fault target, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is target
        {}/{severity>=error} does not match
          ✗ severity>=error: it is warning
        {}/{group=payments,tag!=us} matches, and a route below takes the alert
          ✓ group=payments: it is payments
          ✓ tag!=us: it is eu
          {}/{group=payments,tag!=us}/{rule=low_uptime} takes the alert
            ✓ rule=low_uptime: it is low_uptime
      channels of {}/{group=payments,tag!=us}/{rule=low_uptime}
        none, so nothing is sent
        settings: group_wait 10s; group_interval 5m; group_by none; reminders none; escalate none
    "#);
}

#[test]
fn a_severity_and_a_notice_of_allclear_itself_can_be_routed() {
    assert_snapshot!(routed(&["pay", "--rule", "low_uptime", "--severity", "error"]), @r#"
    low_uptime on pay: severity error, fault target, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is target
        {}/{severity>=error} takes the alert
          ✓ severity>=error: it is error
        {}/{group=payments,tag!=us} matches, and a route below takes the alert
          ✓ group=payments: it is payments
          ✓ tag!=us: it is eu
          {}/{group=payments,tag!=us}/{rule=low_uptime} takes the alert
            ✓ rule=low_uptime: it is low_uptime
      channels of {}/{severity>=error}
        pager notified
        owner refused: its `faults` are credentials, quota
        settings: group_wait 10s; group_interval 5m; group_by monitor; reminders critical 4h doubling 3 times; escalate none
      channels of {}/{group=payments,tag!=us}/{rule=low_uptime}
        none, so nothing is sent
        settings: group_wait 10s; group_interval 5m; group_by none; reminders none; escalate none
    "#);
    assert_snapshot!(routed(&["allclear"]), @r#"
    monitoring_impaired on allclear: severity error, fault monitor, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is monitor
        {}/{severity>=error} takes the alert
          ✓ severity>=error: it is error
        {}/{group=payments,tag!=us} does not match
          ✗ group=payments: it is none
          ✓ tag!=us: it is none
        {}/{region=~"eu-.*"} does not match
          ✗ region=~"eu-.*": it is none
      channels of {}/{severity>=error}
        pager notified
        owner refused: its `faults` are credentials, quota
        settings: group_wait 10s; group_interval 5m; group_by monitor; reminders critical 4h doubling 3 times; escalate none
    region_silent on allclear: severity warning, fault monitor, at 2026-11-28T10:00:00Z
      {} takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is monitor
        {}/{severity>=error} does not match
          ✗ severity>=error: it is warning
        {}/{group=payments,tag!=us} does not match
          ✗ group=payments: it is none
          ✓ tag!=us: it is none
        {}/{region=~"eu-.*"} does not match
          ✗ region=~"eu-.*": it is none
      channels of {}
        team notified
        settings: group_wait 10s; group_interval 5m; group_by none; reminders critical 4h doubling 3 times; escalate none
    summary on allclear: severity info, fault none, at 2026-11-28T10:00:00Z
      {} takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is none
        {}/{severity>=error} does not match
          ✗ severity>=error: it is info
        {}/{group=payments,tag!=us} does not match
          ✗ group=payments: it is none
          ✓ tag!=us: it is none
        {}/{region=~"eu-.*"} does not match
          ✗ region=~"eu-.*": it is none
      channels of {}
        team notified
        settings: group_wait 10s; group_interval 5m; group_by none; reminders critical 4h doubling 3 times; escalate none
    "#);
}

#[test]
fn the_regions_that_see_an_alert_can_be_named() {
    let web = ["web", "--rule", "high_response_time"];
    assert_snapshot!(routed(&[&web[..], &["--region", "eu-west-1"]].concat()), @r#"
    high_response_time on web: severity warning, fault target, region eu-west-1, at 2026-11-28T10:00:00Z
      {} matches, and a route below takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is target
        {}/{severity>=error} does not match
          ✗ severity>=error: it is warning
        {}/{group=payments,tag!=us} does not match
          ✗ group=payments: it is none
          ✗ tag!=us: it is us
        {}/{region=~"eu-.*"} takes the alert
          ✓ region=~"eu-.*": it is eu-west-1
      channels of {}/{region=~"eu-.*"}
        owner refused: its `faults` are credentials, quota
        settings: group_wait 10s; group_interval 5m; group_by none; reminders critical 4h doubling 3 times; escalate none
    "#);
    assert_snapshot!(routed(&[&web[..], &["--region=eu-west-1", "--region=us-east-1"]].concat()), @r#"
    high_response_time on web: severity warning, fault target, regions eu-west-1 and us-east-1, at 2026-11-28T10:00:00Z
      {} takes the alert
        {}/{fault=~"quota|credentials"} does not match
          ✗ fault=~"quota|credentials": it is target
        {}/{severity>=error} does not match
          ✗ severity>=error: it is warning
        {}/{group=payments,tag!=us} does not match
          ✗ group=payments: it is none
          ✗ tag!=us: it is us
        {}/{region=~"eu-.*"} does not match
          ✗ region=~"eu-.*": it is eu-west-1, us-east-1
      channels of {}
        team notified
        settings: group_wait 10s; group_interval 5m; group_by none; reminders critical 4h doubling 3 times; escalate none
    "#);
}

#[test]
fn without_a_rule_each_one_that_can_fire_is_shown() {
    let lines = routed(&["pay"]);
    let rules: Vec<&str> = lines
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_snapshot!(rules.join(" "), @"service_down high_response_time consecutive_failures failure_rate rate_limited low_uptime critical_service_down");
}

#[test]
fn the_way_of_an_alert_is_also_json() {
    assert_snapshot!(routed(&["pay", "--rule", "high_response_time", "--json"]), @r#"[{"monitor":"pay","rule":"high_response_time","severity":"warning","fault":"target","regions":[],"at":"2026-11-28T10:00:00Z","steps":[{"route":"{}","depth":0,"result":"passed","matchers":[]},{"route":"{}/{fault=~\"quota|credentials\"}","depth":1,"result":"no_match","matchers":[{"matcher":"fault=~\"quota|credentials\"","values":["target"],"holds":false}]},{"route":"{}/{severity>=error}","depth":1,"result":"no_match","matchers":[{"matcher":"severity>=error","values":["warning"],"holds":false}]},{"route":"{}/{group=payments,tag!=us}","depth":1,"result":"taken","matchers":[{"matcher":"group=payments","values":["payments"],"holds":true},{"matcher":"tag!=us","values":["eu"],"holds":true}]},{"route":"{}/{group=payments,tag!=us}/{rule=low_uptime}","depth":2,"result":"no_match","matchers":[{"matcher":"rule=low_uptime","values":["high_response_time"],"holds":false}]}],"taken_by":[{"route":"{}/{group=payments,tag!=us}","is_active":false,"active_from":"2026-11-30T07:00:00Z","channels":[{"channel":"team","result":"held","reason":"until 2026-11-30T07:00:00Z"}],"settings":{"group_wait":"10s","group_interval":"5m","group_by":[],"reminders":[],"escalate":null}}]}]"#);
}

#[test]
fn an_unknown_monitor_or_rule_is_refused_with_its_remedy() {
    assert_snapshot!(routed(&["pya"]), @"no monitor `pya` in the config: `allclear report` lists the monitors");
    assert_snapshot!(routed(&["pay", "--rule", "service_dwon"]), @"no rule `service_dwon` in the config: `pay` has service_down, high_response_time, consecutive_failures, failure_rate, rate_limited, low_uptime, critical_service_down");
    assert_snapshot!(routed(&["allclear", "--rule", "service_down"]), @"Allclear itself raises only `monitoring_impaired`, `region_silent` and `summary`");
}
