//! Tests of the differences between two configs, as an operator reads them.

use allclear_config::{ConfigChangeKind, changes};

use crate::kinds::loaded;

const OLD: &str = "
[[monitor]]
id = 'api'
check.web = { url = 'https://api.acme.com/', expect = 'status == 200' }

[[monitor]]
id = 'edge'
check.port.number = 1

[[rule]]
id = 'queue_long'
condition = 'metrics.queue > 100'

[[channel]]
id = 'ops'
send.chat = { webhook_url = 'secret:chat' }
";

fn lines(old: &str, new: &str) -> Vec<String> {
    let changes = changes(&loaded(old).config, &loaded(new).config);
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn an_equivalent_config_has_no_changes() {
    let other_words = format!("# A comment.\n[defaults]\ninterval = '1m'\n{OLD}");
    assert_eq!(lines(OLD, &other_words), [""; 0]);
    let whole = include_str!("every_key.toml");
    assert_eq!(lines(whole, whole), [""; 0]);
}

#[test]
fn routes_are_compared_by_their_matchers() {
    let channel = "\n[[channel]]\nid = 'pager'\nsend.chat = { webhook_url = 'secret:chat' }\n";
    let old = format!(
        "{OLD}{channel}
[route]
channels = ['ops']
[[route.routes]]
matchers = ['severity>=error']
channels = ['pager']
group_wait = '30s'
[[route.routes]]
matchers = ['monitor=edge']
"
    );
    let new = format!(
        "{OLD}{channel}
[route]
channels = ['ops', 'pager']
[[route.routes]]
matchers = ['severity>=error']
channels = []
continue = true
active_times = [{{ days = ['monday'], from = '08:00', to = '18:00' }}]
group_by = []
reminders = {{}}
[[route.routes]]
matchers = ['monitor=edge', 'fault=target']
"
    );
    insta::assert_snapshot!(lines(&old, &new).join("\n"), @r"
    ~ route {}: channels [ops] → [ops, pager]
    ~ route {}/{severity>=error}: channels [pager] → [], continue none → true, active_times none → [each monday from 08:00 to 18:00 (UTC)], group_by none → [], reminders none → [], group_wait 30s → none
    + route {}/{monitor=edge,fault=target}
    - route {}/{monitor=edge}
    ");
    assert_eq!(
        lines(OLD, &old)[1..],
        ["+ route {}", "+ route {}/{severity>=error}", "+ route {}/{monitor=edge}"]
    );
    assert_eq!(lines(&old, &old), [""; 0]);
}

#[test]
fn additions_changes_and_removals_are_named_with_their_values() {
    let new = "
[page]
title = 'Acme'
[defaults]
concurrency = 64
controls = ['one.one.one.one:443']
[[monitor]]
id = 'api'
interval = '30s'
check.web = { url = 'https://api.acme.com/v2', expect = 'status == 200', method = 'HEAD' }
[[monitor]]
id = 'shop'
check.port.number = 2
[[rule]]
id = 'queue_long'
condition = 'metrics.queue > 50'
severity = 'error'
for = '5m'
[[rule]]
id = 'low_uptime'
enabled = false
[[channel]]
id = 'ops'
send.chat = { webhook_url = 'secret:team-chat' }
faults = ['target']
[[maintenance]]
id = 'upgrade'
title = 'Upgrade'
start = 2026-12-01T02:00:00Z
end = 2026-12-01T03:00:00Z
[[silence]]
until = 2026-12-01T00:00:00Z
matchers = ['monitor=api', 'rule=~low_.*']
author = 'ann'
comment = 'known'
";
    assert_eq!(
        lines(OLD, new),
        [
            r#"~ page: title "Status" → "Acme""#,
            "~ settings: concurrency 256 → 64, controls none → [one.one.one.one:443]",
            "~ monitor api: check.web.method none → \"HEAD\", check.web.url \
             \"https://api.acme.com/\" → \"https://api.acme.com/v2\", interval 1m → 30s",
            "+ monitor shop",
            "- monitor edge",
            "~ rule queue_long: condition \"metrics.queue > 100\" → \"metrics.queue > 50\", \
             severity warning → error, for 0s → 5m, confirm.count 4 → 1, confirm.of 7 → 1",
            "- rule low_uptime",
            "~ channel ops: send.chat.webhook_url \"secret:chat\" → \"secret:team-chat\", \
             faults none → [target]",
            "+ maintenance upgrade",
            r#"+ silence of monitor=api, rule=~"low_.*" by ann (known)"#,
        ]
    );
}

#[test]
fn removing_any_key_is_reported() {
    let whole = loaded(include_str!("every_key.toml")).config;
    let mut bare = loaded(OLD).config;
    bare.monitors = vec![whole.monitors[1].clone()];
    bare.monitors[0].id = whole.monitors[0].id.clone();
    bare.monitors[0].depends_on.clear();
    let changes = changes(&whole, &bare);
    let edge =
        changes.iter().find(|one| one.kind == "monitor" && one.action == ConfigChangeKind::Changed);
    let fields: Vec<&str> = edge.unwrap().fields.iter().map(|one| one.field.as_str()).collect();
    for field in [
        "name",
        "group",
        "check.port.number",
        "check.web.url",
        "check.web.headers.accept",
        "interval",
        "timeout",
        "recheck",
        "confirm.failures",
        "confirm.of",
        "quorum",
        "critical",
        "public",
        "expected_response_time",
        "tags",
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    let gone = |kind: &str| {
        changes
            .iter()
            .filter(|one| one.kind == kind && one.action == ConfigChangeKind::Removed)
            .count()
    };
    assert_eq!((gone("maintenance"), gone("silence")), (6, 1));
}

#[test]
fn another_order_on_the_page_is_a_change_of_the_page() {
    let config = loaded(OLD).config;
    let mut turned = config.clone();
    turned.monitors.reverse();
    let changes = changes(&config, &turned);
    let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["~ page: order of monitors [api, edge] → [edge, api]"]);
}

#[test]
fn confidential_values_are_not_shown() {
    let config = loaded(OLD).config;
    let with = |token: &str, url: &str| {
        let mut config = config.clone();
        config.monitors[0].check.params =
            serde_json::json!({ "token": token, "url": url, "password": "secret:one" });
        config
    };
    let old = with("a-long-random-token-1", "https://a.example/?token=abc");
    let mut new = with("a-long-random-token-2", "https://a.example/?token=def");
    new.monitors[0].check.params["password"] = "secret:two".into();
    let said: Vec<String> = changes(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["~ monitor api: check.web.password \"secret:one\" → \"secret:two\", \
          check.web.token changed, check.web.url changed"]
    );
}
