//! Tests of `[route]`: its meaning, its errors and the warnings about it.

use allclear_config::ConfigError;
use allclear_core::route::Route;
use insta::assert_snapshot;

use crate::kinds::{loaded, problems};

const MONITORS: &str = "
[[monitor]]
id = 'api'
group = 'Shop'
tags = ['eu']
check.port.number = 1

[[monitor]]
id = 'web'
check.port.number = 2

[[channel]]
id = 'team'
send.journal = {}

[[channel]]
id = 'pager'
send.journal = {}
";

fn warnings(routes: &str) -> String {
    let warnings = loaded(&format!("{MONITORS}{routes}")).warnings;
    let lines = warnings.iter().map(|problem: &ConfigError| problem.in_file("allclear.toml"));
    lines.collect::<Vec<_>>().join("\n")
}

fn errors(routes: &str) -> String {
    problems(&format!("{MONITORS}{routes}"))
}

#[test]
fn a_tree_of_routes_is_read_with_all_its_keys() {
    let config = loaded(include_str!("every_key.toml")).config;
    let root = config.routing.unwrap();
    let ids: Vec<String> = root.tree().iter().map(|one| one.id.to_string()).collect();
    assert_snapshot!(ids.join("\n"), @r#"
    {}
    {}/{severity>=error,group=~"Net.*"}
    {}/{severity>=error,group=~"Net.*"}/{tag=eu}
    {}/{severity>=error,group=~"Net.*"}/{tag=eu}/{fault=quota}
    {}/{rule=queue_long}
    "#);
    let night = root.routes[0].active_times.iter().map(ToString::to_string);
    assert_snapshot!(night.collect::<Vec<_>>().join("\n"), @r"
    each saturday, sunday from 00:00 to 00:00 of the next day (UTC)
    each monday, tuesday, wednesday, thursday, friday, saturday, sunday from 18:00 to 08:00 of the next day (Europe/Berlin)
    ");
}

#[test]
fn a_config_without_routes_has_none_and_an_empty_root_goes_to_all_channels() {
    assert_eq!(loaded(MONITORS).config.routing, None);
    let config = loaded(&format!("{MONITORS}[route]\n")).config;
    assert_eq!(config.routing, Some(Route::default()));
    assert_eq!(warnings("[route]\n"), "");
}

#[test]
fn errors_of_routes_are_reported_at_their_place_at_any_depth() {
    assert_snapshot!(errors("
[route]
channels = ['teem']
matchers = ['group=Shop']

[[route.routes]]
matchers = ['group>=Shop', 'severity=>error', 'severity=fatal', 'rule=~(', 'fault!=keys']
channels = ['pagr']
active_times = [{ days = ['sundy'], from = '8', time_zone = 'Berlin' }]
group_by = ['host']
escalate = { to = ['nobody'] }

[[route.routes.routes]]
continues = true
reminders = { critical = { every = '1m' } }

[[route.routes.routes.routes]]
channel = 'team'
"), @r#"
    allclear.toml:21:13: unknown channel `teem`: did you mean `team`?
    allclear.toml:22:1: unknown key `matchers`: choose from `channels`, `routes`
    allclear.toml:25:13: `group>=Shop` compares something other than severities: write `severity>=` or `severity<=` with one of `info`, `warning`, `error`, `critical`
    allclear.toml:25:28: `severity=>error` has `=` before `>` or `<`: write `>=` or `<=`: `severity>=error`; a value that begins with `>` or `<` needs quotes
    allclear.toml:25:47: unknown severity `fatal`: choose from `info`, `warning`, `error`, `critical`
    allclear.toml:25:65: the pattern of `rule=~"("` is not a regular expression: unclosed group: write a regular expression that matches the whole value
    allclear.toml:25:76: unknown fault `keys`: choose from `target`, `credentials`, `quota`, `throttled`, `request`, `monitor`
    allclear.toml:26:13: unknown channel `pagr`: did you mean `pager`?
    allclear.toml:27:27: `days` cannot be `sundy`: did you mean `sunday`?
    allclear.toml:27:44: `8` is not a time of day: write `"02:00"`
    allclear.toml:27:61: unknown time zone `Berlin`: write an IANA name such as `Europe/Berlin` or `UTC`
    allclear.toml:28:13: `group_by` cannot be `host`: choose from `monitor`, `group`, `rule`, `severity`
    allclear.toml:29:12: `escalate` lacks the key `after`: write `{ after = "15m", to = ["managers"] }`, or `{}` for no escalation
    allclear.toml:29:20: unknown channel `nobody`: choose from `team`, `pager`
    allclear.toml:32:1: unknown key `continues`: did you mean `continue`?
    allclear.toml:33:36: a reminder follows in less than 5 minutes: write `5m` or more
    allclear.toml:36:1: unknown key `channel`: did you mean `channels`?
    "#);
}

#[test]
fn an_empty_escalation_switches_an_inherited_one_off() {
    let config = loaded(&format!(
        "{MONITORS}
[notifications]
escalate = {{ after = '5m', to = ['pager'] }}
[route]
[[route.routes]]
matchers = ['group=Shop']
[[route.routes.routes]]
matchers = ['tag=eu']
escalate = {{}}
[[route.routes.routes]]
matchers = ['tag=us']
escalate = {{ after = '1h', to = ['team'] }}
"
    ))
    .config;
    let shop = &config.routing.unwrap().routes[0];
    let inherited = shop.settings.over(&config.notifications);
    assert_eq!(inherited.escalation, config.notifications.escalation);
    assert_eq!(shop.routes[0].settings.over(&inherited).escalation, None);
    let replaced = shop.routes[1].settings.over(&inherited).escalation.unwrap();
    assert_eq!((replaced.after.as_secs(), replaced.channels[0].as_str()), (3600, "team"));
}

#[test]
fn an_escalation_without_its_channels_or_its_time_is_reported() {
    assert_snapshot!(errors("
[route]
[[route.routes]]
escalate = { after = '5m' }
[[route.routes]]
escalate = { min_severity = 'error' }
[[route.routes]]
escalate = { after = '5m', to = [] }
"), @r#"
    allclear.toml:22:12: `escalate` lacks the key `to`: write `{ after = "15m", to = ["managers"] }`, or `{}` for no escalation
    allclear.toml:24:12: `escalate` lacks the key `after`: write `{ after = "15m", to = ["managers"] }`, or `{}` for no escalation
    allclear.toml:24:12: `escalate` lacks the key `to`: write `{ after = "15m", to = ["managers"] }`, or `{}` for no escalation
    allclear.toml:26:33: `to` is empty: name at least one
    "#);
}

#[test]
fn a_region_in_a_matcher_need_not_be_known_but_must_be_possible() {
    let matchers = |text: &str| format!("[route]\n[[route.routes]]\nmatchers = [{text}]\n");
    assert_eq!(warnings(&matchers("'region=eu-west-1', 'region!=', 'region=~eu-.*'")), "");
    assert_snapshot!(errors(&matchers("'region=EU west'")), @"allclear.toml:21:13: no region has the name `EU west`: an id has only `a-z`, `0-9`, `-`, `_` and `.`, and begins with a letter or a digit");
}

#[test]
fn alerts_of_a_region_that_no_channel_gets_are_warned_of() {
    assert_snapshot!(warnings("
[[channel]]
id = 'owner'
faults = ['credentials']
send.journal = {}
[route]
channels = ['team', 'pager']
[[route.routes]]
matchers = ['region=eu-west-1']
channels = ['owner']
"), @"allclear.toml:26:1: no channel gets the alerts of `service_down` on `api` with the fault `target` in the region `eu-west-1` and of 28 more: add a channel that accepts them, or see `allclear route api --rule service_down --fault target --region eu-west-1`");
}

#[test]
fn names_in_matchers_that_the_config_does_not_have_are_warned_of() {
    assert_snapshot!(warnings("
[route]
[[route.routes]]
matchers = ['monitor=apy', 'group=Shopp', 'tag!=us', 'rule=service_dwon']
[[route.routes]]
matchers = ['monitor=~ap.*', 'group=']
[[route.routes]]
matchers = ['monitor=allclear', 'rule=monitoring_impaired']
[[route.routes]]
matchers = ['rule=summary']
"), @r"
    allclear.toml:22:13: unknown monitor `apy`: did you mean `api`?
    allclear.toml:22:28: unknown group `Shopp`: did you mean `Shop`?
    allclear.toml:22:43: unknown tag `us`: choose from `eu`
    allclear.toml:22:54: unknown rule `service_dwon`: did you mean `service_down`?
    ");
}

#[test]
fn a_route_behind_one_that_takes_all_its_alerts_is_warned_of() {
    assert_snapshot!(warnings("
[route]
[[route.routes]]
matchers = ['tag=eu']
continue = true
[[route.routes]]
matchers = ['tag=eu']
[[route.routes]]
matchers = ['severity>=error', 'tag=eu']
[[route.routes]]
[[route.routes]]
matchers = ['group=Shop']
"), @r"
    allclear.toml:26:1: no alert reaches this route, because one before it takes them: move this route before the other, or set `continue = true` there (the other at allclear.toml:24:1)
    allclear.toml:29:1: no alert reaches this route, because one before it takes them: move this route before the other, or set `continue = true` there (the other at allclear.toml:28:1)
    ");
}

#[test]
fn a_channel_that_no_route_names_is_warned_of() {
    assert_snapshot!(warnings("[route]\nchannels = ['team']\n"), @"allclear.toml:16:1: no route leads to the channel `pager`: name it in the `channels` of a route");
    let named = [
        "[notifications]\nescalate = { after = '5m', to = ['pager'] }\n",
        "[[summary]]\nid = 'daily'\nevery = 'day'\nchannels = ['pager']\n",
        "[[route.routes]]\nmatchers = ['tag=eu']\nchannels = ['pager']\n",
    ];
    for other in named {
        assert_eq!(warnings(&format!("[route]\nchannels = ['team']\n{other}")), "", "{other}");
    }
}

#[test]
fn alerts_that_no_channel_gets_are_warned_of_once_for_each_route() {
    let owner = "
[[channel]]
id = 'owner'
faults = ['credentials', 'quota']
min_severity = 'critical'
groups = ['Shop']
send.journal = {}
";
    assert_snapshot!(warnings(&format!("{owner}
[route]
channels = ['team', 'pager']
[[route.routes]]
matchers = ['fault=~quota|credentials']
channels = ['owner']
[[route.routes]]
matchers = ['monitor=web', 'rule=low_uptime']
channels = []
")), @"allclear.toml:29:1: no channel gets the alerts of `service_down` on `web` with the fault `credentials` and of 14 more: add a channel that accepts them, or see `allclear route web --rule service_down --fault credentials`");
    assert_snapshot!(warnings(&format!("{owner}
[route]
channels = ['owner']
[[route.routes]]
matchers = ['fault=target']
channels = ['team', 'pager']
")), @"allclear.toml:27:1: no channel gets the alerts of `service_down` on `api` with the fault `throttled` and of 51 more: add a channel that accepts them, or see `allclear route api --rule service_down --fault throttled`");
}

#[test]
fn monitors_that_routes_treat_alike_are_tried_once() {
    let monitor = |n: usize| format!("[[monitor]]\nid = 'm{n}'\ncheck.port.number = 1\n");
    let many: String = (0..3_000).map(monitor).collect();
    let route = "[route]\nchannels = ['team', 'pager']\n[[route.routes]]\nmatchers = ['monitor=m2999']\nchannels = ['owner']\n";
    let owner = "[[channel]]\nid = 'owner'\nfaults = ['quota']\nsend.journal = {}\n";
    let found = warnings(&format!("{owner}{many}{route}"));
    assert!(found.contains("on `m2999`"), "{found}");
}
