//! Tests of valid configs: their meaning, and the warnings about them.

use std::time::{Duration, Instant};

use crate::kinds::{loaded, problems};
use allclear_config::ConfigError;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Confirmation;
use allclear_core::quorum::Quorum;
use allclear_core::rule::RuleConfirmation;
use allclear_core::status::{Fault, Severity};
use allclear_core::window::WindowSchedule;
use insta::assert_snapshot;
use proptest::prelude::*;

const MONITOR: &str = "\n[[monitor]]\nid = \"a\"\ncheck.port.number = 1\n";

fn lines(problems: &[ConfigError]) -> String {
    let lines = problems.iter().map(|problem| problem.in_file("allclear.toml"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_key_reaches_the_config() {
    let loaded = loaded(include_str!("every_key.toml"));
    assert_eq!(lines(&loaded.warnings), "");
    assert_snapshot!(serde_json::to_string_pretty(&loaded.config).unwrap());
}

#[test]
fn a_monitor_inherits_the_quorum_and_can_change_it() {
    let quorum_of = |defaults: &str, own: &str| {
        let config = loaded(&format!("{defaults}\n{MONITOR}{own}\n")).config;
        config.monitors[0].quorum
    };
    assert_eq!(quorum_of("", "quorum = \"any\""), Quorum::Any);
    assert_eq!(quorum_of("", "quorum = \"majority\""), Quorum::Majority);
    assert_eq!(quorum_of("", "quorum = 2"), Quorum::Count(2));
    assert_eq!(quorum_of("[defaults]\nquorum = \"all\"", ""), Quorum::All);
    assert_eq!(quorum_of("[defaults]\nquorum = \"all\"", "quorum = 1"), Quorum::Count(1));
}

#[test]
fn one_monitor_is_a_valid_config() {
    let config = loaded(MONITOR).config;
    let monitor = config.monitor(&MonitorId::new("a").unwrap()).unwrap();
    assert_eq!(monitor.name, "a");
    assert_eq!(
        (monitor.interval, monitor.timeout),
        (Duration::from_mins(1), Duration::from_secs(10))
    );
    assert_eq!(monitor.confirmation, Confirmation::default());
    assert_eq!(monitor.quorum, Quorum::Majority);
    assert!(monitor.public && monitor.recheck && !monitor.critical);
    assert_eq!(config.page.title, "Status");
    let rules: Vec<&str> = config.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(
        rules,
        [
            "service_down",
            "high_response_time",
            "consecutive_failures",
            "failure_rate",
            "rate_limited",
            "low_uptime",
            "critical_service_down",
            "queue_stuck"
        ]
    );
    let of_kind = config.rules.last().unwrap();
    assert_eq!(of_kind.condition, "metrics.queue > 100");
    assert_eq!((of_kind.severity, of_kind.fault), (Severity::Warning, Some(Fault::Quota)));
}

#[test]
fn a_builtin_rule_that_is_off_by_default_is_enabled_by_an_entry() {
    let is_active = |entry: &str| {
        let config =
            loaded(&format!("{MONITOR}\n[[rule]]\nid = \"latency_anomaly\"\n{entry}")).config;
        config.rules.iter().any(|rule| rule.id.as_str() == "latency_anomaly")
    };
    assert!(is_active("enabled = true"));
    assert!(is_active("severity = \"error\""));
    assert!(!is_active("enabled = false"));
    let config = loaded(MONITOR).config;
    assert!(config.rules.iter().all(|rule| rule.id.as_str() != "latency_anomaly"));
}

#[test]
fn a_rule_over_a_measured_value_is_confirmed_by_several_outcomes() {
    let several = RuleConfirmation::SAMPLES;
    for (rule, expected) in [
        ("condition = \"response_time_ms > 200\"", several),
        ("condition = \"unhealthy || metrics.queue > 5\"", several),
        ("condition = \"response_time_ms > 200\"\nfor = \"1m\"", RuleConfirmation::ONE),
        ("condition = \"metrics.queue > 5\"\nfault = \"quota\"", RuleConfirmation::ONE),
        ("condition = \"metrics.queue > 5\"\nmomentary = true", RuleConfirmation::ONE),
        ("condition = \"consecutive_failures > 5\"", RuleConfirmation::ONE),
        (
            "condition = \"unhealthy\"\nconfirm = { count = 2, of = 9 }",
            RuleConfirmation { count: 2, of: 9 },
        ),
        (
            "condition = \"unhealthy\"\nconfirm = { count = 4 }",
            RuleConfirmation { count: 4, of: 4 },
        ),
    ] {
        let config = loaded(&format!("[[rule]]\nid = \"own\"\n{rule}\n{MONITOR}")).config;
        assert_eq!(config.rules.last().unwrap().confirm, expected, "{rule}");
    }
    let builtin = loaded(MONITOR).config.rules;
    let slow = builtin.iter().find(|rule| rule.id.as_str() == "high_response_time").unwrap();
    assert_eq!(slow.confirm, several);
}

#[test]
fn a_confirmation_that_cannot_be_is_refused_with_its_place() {
    let text =
        "[[rule]]\nid = \"own\"\ncondition = \"unhealthy\"\nconfirm = { count = 3, of = 2 }\n";
    let errors = problems(&format!("{text}{MONITOR}"));
    assert!(
        errors.contains("allclear.toml:4:21: 3 of the last 2 outcomes is not possible"),
        "{errors}"
    );
}

#[test]
fn a_builtin_rule_is_changed_in_part_and_switched_off() {
    let text = "
[defaults]
cooldown = \"1h\"
[[rule]]
id = \"service_down\"
for = \"5m\"
[[rule]]
id = \"low_uptime\"
enabled = false
";
    let rules = loaded(&format!("{text}{MONITOR}")).config.rules;
    assert_eq!(rules[0].hold_for, Duration::from_mins(5));
    assert_eq!(rules[0].condition, "status == \"unhealthy\"");
    assert_eq!(
        (rules[0].severity, rules[0].cooldown),
        (Severity::Critical, Duration::from_hours(1))
    );
    assert!(rules.iter().all(|rule| rule.id.as_str() != "low_uptime"));
    assert_eq!(rules.len(), 7);
}

#[test]
fn a_confirmation_is_inherited_key_by_key() {
    let of = |confirm: &str| {
        let text =
            format!("[defaults]\nconfirm = {{ failures = 2, of = 5, successes = 3 }}\n{MONITOR}");
        let config = loaded(&format!("{text}confirm = {confirm}\n")).config;
        let confirmation = config.monitors[0].confirmation;
        (confirmation.failures, confirmation.of, confirmation.successes)
    };
    assert_eq!(of("{}"), (2, 5, 3));
    assert_eq!(of("{ successes = 1 }"), (2, 5, 1));
    assert_eq!(of("{ failures = 3 }"), (3, 3, 3));
    assert_eq!(of("{ failures = 3, of = 4 }"), (3, 4, 3));
}

#[test]
fn local_times_are_read_in_their_time_zone() {
    let text = "
[[maintenance]]
id = \"m\"
title = \"M\"
start = 2026-12-01T02:00:00
end = \"2026-12-01T04:00:00+02:00\"
time_zone = \"europe/berlin\"
";
    let config = loaded(&format!("{text}{MONITOR}")).config;
    assert_eq!(
        config.maintenances[0].schedule,
        WindowSchedule::Once {
            start: "2026-12-01T01:00:00Z".parse().unwrap(),
            end: "2026-12-01T02:00:00Z".parse().unwrap(),
        }
    );
}

/// Returns the only window of a config, with `schedule` as its keys, in words.
fn window(schedule: &str) -> String {
    let text = format!("[[maintenance]]\nid = \"m\"\ntitle = \"M\"\n{schedule}\n{MONITOR}");
    loaded(&text).config.maintenances.remove(0).schedule.to_string()
}

#[test]
fn a_repeated_window_ends_at_a_local_time() {
    for (schedule, expected) in [
        (
            "weekly = { days = [\"friday\"], from = \"18:00\", to = \"sunday 18:00\" }\ntime_zone = \"Europe/Berlin\"",
            "each friday from 18:00 to sunday 18:00 (Europe/Berlin)",
        ),
        (
            "weekly = { days = [\"friday\", \"monday\", \"friday\"], from = \"22:00\", to = 02:00:00 }",
            "each friday, monday from 22:00 to 02:00 of the next day (UTC)",
        ),
        (
            "weekly = { days = [\"friday\"], from = \"22:00\", duration = \"90m\" }",
            "each friday from 22:00 for 1h30m (UTC)",
        ),
        (
            "monthly = { day = -1, from = \"18:00\", to = \"+2d 06:00\" }",
            "the last day of each month from 18:00 to 06:00 2 days later (UTC)",
        ),
        (
            "monthly = { weekday = \"tuesday\", nth = 2, from = \"18:00\", to = \"19:00\" }",
            "tuesday number 2 of each month from 18:00 to 19:00 (UTC)",
        ),
        (
            "start = 2026-12-08T22:00:00\nend = 2026-12-09T02:00:00\nrrule = \"FREQ=MONTHLY;BYDAY=2TU\"\ntime_zone = \"Europe/Berlin\"",
            "FREQ=MONTHLY;BYDAY=2TU from 22:00 to 02:00 of the next day (Europe/Berlin)",
        ),
        (
            "start = 2026-12-08T21:00:00Z\nend = 2026-12-08T22:00:00Z\nrrule = \"FREQ=WEEKLY\"\ntime_zone = \"Europe/Berlin\"",
            "FREQ=WEEKLY from 22:00 to 23:00 (Europe/Berlin)",
        ),
    ] {
        assert_eq!(window(schedule), expected, "{schedule}");
    }
}

#[test]
fn an_interval_that_the_kind_advises_against_causes_a_warning_at_its_monitor() {
    let channel = "\n[[channel]]\nid = \"log\"\nsend.journal = {}\n";
    let often = format!("{MONITOR}interval = \"10s\"\ntimeout = \"1s\"\n{channel}");
    assert_snapshot!(lines(&loaded(&often).warnings), @"allclear.toml:3:6: the monitor `a` is checked every 10s: 20 seconds suffice");
    let seldom = format!("{MONITOR}interval = \"20s\"\ntimeout = \"1s\"\n{channel}");
    assert!(!lines(&loaded(&seldom).warnings).contains("suffice"));
}

#[test]
fn alerts_without_a_recipient_cause_warnings() {
    assert_snapshot!(lines(&loaded(MONITOR).warnings), @"allclear.toml:1:1: no channel is configured, so no alert is sent: add a `[[channel]]` with an `id` and `send.log = {}`");
    let text = "
[[rule]]
id = \"service_down\"
tags = [\"eu\"]
[[rule]]
id = \"critical_service_down\"
severity = \"error\"
[[rule]]
id = \"consecutive_failures\"
channels = [\"owner\"]
[[channel]]
id = \"public\"
send.journal = {}
min_severity = \"critical\"
faults = [\"target\"]
monitors = [\"b\"]
[[channel]]
id = \"owner\"
send.journal = {}
faults = [\"credentials\", \"quota\"]
[[monitor]]
id = \"b\"
tags = [\"us\"]
check.port.number = 1
[[monitor]]
id = \"c\"
tags = [\"eu\"]
check.port.number = 1
";
    assert_snapshot!(lines(&loaded(text).warnings), @r#"
    allclear.toml:11:1: no alert of a monitor can reach the channel `public`: lower its `min_severity`, or choose monitors that a rule watches
    allclear.toml:11:1: no channel takes the faults `throttled`, `request`, `monitor`: add them to the `faults` of a channel
    "#);
}

#[test]
fn a_summary_without_a_recipient_causes_a_warning_unless_it_names_a_channel() {
    let text = "
[[channel]]
id = \"pager\"
send.journal = {}
min_severity = \"critical\"
[[summary]]
id = \"daily\"
every = \"day\"
";
    assert_snapshot!(lines(&loaded(&format!("{text}{MONITOR}")).warnings), @"allclear.toml:6:1: no channel takes the summary `daily`: name its `channels`");
    let named = format!("{text}channels = [\"pager\"]\n{MONITOR}");
    assert_eq!(lines(&loaded(&named).warnings), "");
}

#[test]
fn a_rule_of_the_config_may_set_its_fault() {
    let rule = "[[rule]]\nid = \"queue\"\ncondition = \"metrics.queue > 5\"\nfault = \"quota\"\n";
    let config = loaded(&format!("{rule}{MONITOR}")).config;
    assert_eq!(config.rules.last().unwrap().fault, Some(Fault::Quota));
}

#[test]
fn an_unknown_metric_causes_a_warning_with_a_suggestion() {
    let rule =
        |id: &str, condition: &str| format!("[[rule]]\nid = \"{id}\"\ncondition = '{condition}'\n");
    let known = [
        rule("a", "metrics.queue > 5 && metrics[\"queue_age_seconds\"] > 60"),
        rule("b", "has(metrics.left_requests) && metrics.left_tokens < 9"),
        rule("c", "metrics.price_eur > 1"),
    ];
    let channel = "[[channel]]\nid = \"log\"\nsend.journal = {}\n";
    let warnings = |rules: &[String]| {
        lines(&loaded(&format!("{}{channel}{MONITOR}", rules.concat())).warnings)
    };
    assert_eq!(warnings(&known), "");
    let unknown = [
        rule("a", "metrics.queue > 5 && metrics.queue_age_second > 60"),
        rule("b", "metrics[\"lefft_tokens\"] < 9"),
        rule("c", "metrics.prize_eur > 1 || metrics.left_ > 1"),
        rule("d", "critical && metrics.temperature > 30"),
    ];
    assert_snapshot!(warnings(&unknown), @r"
    allclear.toml:3:43: no kind of check measures `queue_age_second`, so the condition has no value for it: did you mean `queue_age_seconds`?
    allclear.toml:6:23: no kind of check measures `lefft_tokens`, so the condition has no value for it: did you mean `left_tokens`?
    allclear.toml:9:22: no kind of check measures `prize_eur`, so the condition has no value for it: did you mean `price_eur`?
    allclear.toml:9:47: no kind of check measures `left_`, so the condition has no value for it: `allclear check --json` shows what a check measures
    allclear.toml:12:34: no kind of check measures `temperature`, so the condition has no value for it: `allclear check --json` shows what a check measures
    ");
}

#[test]
fn redundant_and_expired_silences_cause_warnings() {
    let silence = |matchers: &str, until: &str| {
        format!(
            "[[silence]]\nmatchers = {matchers}\nuntil = {until}\nauthor = \"ann\"\ncomment = \"known\"\n"
        )
    };
    let text = [
        "[[channel]]\nid = \"c\"\nsend.journal = {}\n".to_owned(),
        silence("[\"monitor=a\", \"rule=low_uptime\"]", "2026-12-01T00:00:00Z"),
        silence("[\"severity=info\", \"monitor=a\"]", "2026-12-02T00:00:00Z"),
        silence("[\"monitor=a\"]", "2026-12-02T00:00:00Z"),
        silence("[\"monitor=a\"]", "2026-12-02T00:00:00Z"),
        MONITOR.to_owned(),
    ];
    let loaded = loaded(&text.concat());
    assert_snapshot!(lines(&loaded.warnings), @r#"
    allclear.toml:4:1: another silence contains this one: remove this one (the other at allclear.toml:14:1)
    allclear.toml:9:1: another silence contains this one: remove this one (the other at allclear.toml:14:1)
    allclear.toml:19:1: another silence contains this one: remove this one (the other at allclear.toml:14:1)
    "#);
    assert_eq!(loaded.expired("2026-11-30T23:59:59Z".parse().unwrap()), []);
    assert_snapshot!(lines(&loaded.expired("2026-12-01T00:00:00Z".parse().unwrap())), @"allclear.toml:4:1: this silence ended 2026-12-01T00:00:00Z: remove it");
}

#[test]
fn a_thousand_monitors_load_quickly() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..1000 {
        write!(
            text,
            "[[monitor]]\nid = \"m{n}\"\nname = \"Monitor {n}\"\ngroup = \"g{}\"\ndepends_on = [\"m{}\"]\n\
             tags = [\"eu\", \"llm\"]\ninterval = \"30s\"\n\
             check.web = {{ url = \"https://{n}.example.com\", expect = \"status == 200\" }}\n",
            n % 20,
            if n == 0 { 1001 } else { n - 1 },
        )
        .unwrap();
    }
    text.push_str("[[monitor]]\nid = \"m1001\"\ncheck.port.number = 1\n");
    let start = Instant::now();
    assert_eq!(loaded(&text).config.monitors.len(), 1001);
    // An unoptimized build takes a third of a second; the rest is a margin for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
}

#[test]
fn a_fault_filter_keeps_its_order() {
    let text = "[[channel]]\nid = \"c\"\nsend.journal = {}\nfaults = [\"quota\", \"target\"]\n";
    let config = loaded(&format!("{text}{MONITOR}")).config;
    assert_eq!(config.channels[0].filter.faults, [Fault::Quota, Fault::Target]);
}

/// Generates a valid config with one part replaced.
fn broken() -> impl Strategy<Value = String> {
    let text = include_str!("every_key.toml");
    let scrap = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}=\"'\n,.#\\\\a-z0-9 é-]{1,12}",
        Just("\"\"\"".to_owned()),
        Just("[[monitor]]\n".to_owned()),
        Just("= { a = [".to_owned()),
        Just("99999999999999999999".to_owned()),
    ];
    (0..text.len(), 0..60_usize, scrap).prop_map(move |(start, length, scrap)| {
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary((start + length).min(text.len())).max(start);
        format!("{}{scrap}{}", &text[..start], &text[end..])
    })
}

proptest! {
    #[test]
    fn a_broken_config_is_an_error_with_places_and_no_panic(text in broken()) {
        let n_lines = text.split('\n').count();
        if let Err(problems) = crate::kinds::load_any(&text) {
            prop_assert!(!problems.problems.is_empty());
            for problem in &problems.problems {
                prop_assert!((1..=n_lines).contains(&problem.line), "{problems}");
                let line = text.split('\n').nth(problem.line - 1).unwrap();
                prop_assert!(problem.column <= line.chars().count() + 1, "{problems}\n{line}");
                if let Some(excerpt) = &problem.excerpt {
                    let shown = excerpt.text();
                    prop_assert!(shown.get(excerpt.marked()).is_some(), "{excerpt:?}");
                    prop_assert!(!shown.contains(['\n', '\r']), "{excerpt:?}");
                }
            }
        }
    }

    #[test]
    fn any_text_is_an_error_or_a_config_and_no_panic(text in "\\PC{0,80}") {
        let _ = crate::kinds::load_any(&text);
    }
}

#[test]
fn the_default_proxy_is_that_of_each_check_that_has_a_proxy_and_does_not_set_it() {
    let config = loaded(
        r#"
defaults.proxy = "http://proxy.example:3128"
[[monitor]]
id = "inherits"
check.web = { url = "https://a" }
[[monitor]]
id = "direct"
check.web = { url = "https://b", proxy = "none" }
[[monitor]]
id = "own"
check.web = { url = "https://c", proxy = "secret:proxy" }
[[monitor]]
id = "has-none"
check.port = { number = 1 }
"#,
    )
    .config;
    let proxies: Vec<Option<&str>> = config
        .monitors
        .iter()
        .map(|monitor| monitor.check.params.get("proxy").and_then(serde_json::Value::as_str))
        .collect();
    let expected = [Some("http://proxy.example:3128"), Some("none"), Some("secret:proxy"), None];
    assert_eq!(proxies, expected);
}
