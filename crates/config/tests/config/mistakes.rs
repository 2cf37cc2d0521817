//! Tests of invalid configs: every error is reported at once, each at its place.

use crate::kinds::{loaded, problems};
use insta::assert_snapshot;

/// A valid monitor, for texts that test something else.
const MONITOR: &str = "\n[[monitor]]\nid = \"a\"\ncheck.port.number = 1\n";

#[test]
fn an_unknown_word_gets_the_nearest_word_or_the_hint_of_the_schema() {
    let text = |zone: &str| {
        format!("[[monitor]]\nid = \"a\"\ncheck.port = {{ number = 1, zone = \"{zone}\" }}\n")
    };
    assert_snapshot!(problems(&text("zonee-c")), @"allclear.toml:3:35: `zone` cannot be `zonee-c`: did you mean `zone-c`?");
    assert_snapshot!(problems(&text("nowhere")), @"allclear.toml:3:35: `zone` cannot be `nowhere`: `zone-q` is for any other");
}

#[test]
fn numbers_that_json_cannot_express_are_refused() {
    let text = "
[[monitor]]
id = \"a\"
check.web = { url = \"https://a\", budget = inf, factors = [1.0, -inf, nan] }
";
    assert_snapshot!(problems(text), @r"
    allclear.toml:4:43: `budget` cannot be inf: write a finite number
    allclear.toml:4:64: `factors` cannot be -inf: write a finite number
    allclear.toml:4:70: `factors` cannot be nan: write a finite number
    ");
}

#[test]
fn each_error_of_a_file_gets_a_message() {
    assert_snapshot!(problems(include_str!("many_mistakes.toml")), @r#"
    allclear.toml:4:7: `status.acme.com` is not a web address: write `https://status.example.com`
    allclear.toml:7:1: unknown key `intervall`: did you mean `interval`?
    allclear.toml:8:11: `timeout` is a whole number, not a string: write it with a unit, in quotes: `"10s"`
    allclear.toml:9:24: 3 failures of the last 2 outcomes can never occur: set `of` to 3 or more, or `failures` to 2 or less
    allclear.toml:13:12: `30s` is not a value: put it in quotes: `"30s"`
    allclear.toml:14:54: unknown variable `stauts`: did you mean `status`?
    allclear.toml:19:11: the timeout `45s` is longer than the interval `20s`: set `timeout` to `20s` or less, or check less often (interval at allclear.toml:18:12)
    allclear.toml:20:23: unknown monitor `databse`: did you mean `database`?
    allclear.toml:21:21: `ftp://example.com` is not a web address: write `https://…`
    allclear.toml:21:51: `method` cannot be `GETT`: did you mean `GET`?
    allclear.toml:21:85: `X-Api-Key` holds a secret: write `secret:a-name` and keep the value under that name outside of the config
    allclear.toml:26:25: `number` cannot be 99999: write a number from 1 to 65535
    allclear.toml:30:15: the dependencies make a cycle: `database` → `cache` → `database`: remove one of them
    allclear.toml:31:7: unknown kind of check `prot`: did you mean `port`?
    allclear.toml:34:6: duplicate monitor id `api`: rename one of them (first at allclear.toml:17:6)
    allclear.toml:36:1: more than one kind of check: `port`, `web`: keep one, and move each of the others to its own entry
    allclear.toml:40:7: `No Spaces` is not an id: an id has only `a-z`, `0-9`, `-`, `_` and `.`, and begins with a letter or a digit: write `no-spaces`
    allclear.toml:41:15: unknown key `urll`: did you mean `url`?
    allclear.toml:45:34: unknown variable `metrcs`: did you mean `metrics`?
    allclear.toml:46:12: `severity` cannot be `fatal`: choose from `info`, `warning`, `error`, `critical`
    allclear.toml:47:13: unknown channel `opps`: did you mean `ops`?
    allclear.toml:50:6: the rule `service_dwon` lacks a `condition`: did you mean the built-in rule `service_down`?
    allclear.toml:55:29: `webhook_url` holds a secret: write `secret:a-name` and keep the value under that name outside of the config
    allclear.toml:56:9: unknown tag `none`: add it to a monitor, or remove it here
    allclear.toml:62:7: the window ends before it begins: swap them, or check the dates and offsets (start at allclear.toml:61:9)
    allclear.toml:67:20: `days` cannot be `sundy`: did you mean `sunday`?
    allclear.toml:67:37: `2 am` is not a time of day: write `"02:00"`
    allclear.toml:67:56: the duration of a repeated window is out of range: choose more than `0s` and up to `31d`
    allclear.toml:68:13: unknown time zone `Europe/Berln`: did you mean `Europe/Berlin`?
    allclear.toml:70:1: `silence` lacks the key `comment`: add `comment` (the reason for the silence)
    allclear.toml:71:13: unknown rule `low_uptme`: did you mean `low_uptime`?
    allclear.toml:72:9: `2026-12-01T00:00:00` has no time zone: write `2026-12-01T00:00:00Z` for UTC, or add a `time_zone`
    "#);
}

#[test]
fn an_empty_file_gets_an_example() {
    assert_snapshot!(problems(""), @r#"allclear.toml:1:1: no monitor is configured: add a `[[monitor]]` with an `id` and `check.http = { url = "https://…" }`"#);
    assert_snapshot!(problems("monitor = []\n"), @r#"allclear.toml:1:1: no monitor is configured: add a `[[monitor]]` with an `id` and `check.http = { url = "https://…" }`"#);
}

#[test]
fn a_list_written_as_a_table_gets_a_hint_about_brackets() {
    assert_snapshot!(problems("[monitor]\nid = \"a\"\ncheck.port.number = 1\n"), @"allclear.toml:1:1: `monitor` is a table, not a list: write `[[monitor]]`, with two pairs of brackets");
    assert_snapshot!(problems("[monitor]\nid = \"a\"\n[monitor]\nid = \"b\"\n"), @"allclear.toml:3:2: duplicate key `monitor`: write `[[monitor]]`, with two pairs of brackets, each time");
    assert_snapshot!(problems(&format!("[[page]]\ntitle = \"x\"\n{MONITOR}")), @"allclear.toml:1:1: `page` is a list, not a table: write `[page]`, with one pair of brackets");
}

#[test]
fn keys_of_other_monitoring_tools_get_a_hint() {
    assert_snapshot!(problems("[[services]]\nid = \"a\"\n"), @"allclear.toml:1:3: unknown key `services`: did you mean `monitor`?");
    let text = "[[monitor]]\nid = \"a\"\nfrequency = \"60s\"\ncheck.port.number = 1\ncolour = 1\n";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:3:1: unknown key `frequency`: did you mean `interval`?
    allclear.toml:5:1: unknown key `colour`: choose from `category`, `check`, `confirm`, `critical`, `depends_on`, `expected_response_time`, `group`, `id`, `interval`, `name`, `public`, `quorum`, `recheck`, `runbook`, `tags`, `thresholds`, `timeout`
    "#);
}

#[test]
fn missing_keys_are_named_with_their_meaning() {
    assert_snapshot!(problems("[[monitor]]\nname = \"A\"\n\n[[monitor]]\nid = \"b\"\ncheck = {}\n"), @r#"
    allclear.toml:1:1: `monitor` lacks the key `check`: add `check` (the check that is run: `check.http = { url = "https://example.com" }`)
    allclear.toml:1:1: `monitor` lacks the key `id`: add `id` (its stable name: up to 64 lower-case letters, digits, `-`, `_` and `.`)
    allclear.toml:6:9: no kind of check: choose from `port`, `web`
    "#);
    assert_snapshot!(problems("[[monitor]]\nid = \"a\"\n[monitor.check.web]\nmethod = \"GET\"\n"), @"allclear.toml:3:1: `web` lacks the key `url`: add `url` (the address)");
    assert_snapshot!(problems("[[monitor]]\nid = \"a\"\ncheck.port = { number = 1, login = {} }\n"), @"allclear.toml:3:36: `login` lacks the key `user`: add `user` (who)");
    let text = "[[rule]]\nid = \"x\"\n[[maintenance]]\nid = \"m\"\ntitle = \"M\"\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @r#"
    allclear.toml:2:6: the rule `x` lacks a `condition`: add one, such as `condition = "consecutive_failures >= 3"`
    allclear.toml:3:1: the window has no time: write `start` and `end`, `weekly` or `monthly`
    "#);
}

#[test]
fn an_error_causes_one_message() {
    // An invalid `start` or a misspelled condition must not also be reported as missing, and an
    // invalid monitor must still count as existing.
    let text = "\
[[maintenance]]
id = \"m\"
title = \"M\"
start = \"tomorrow\"
end = 2026-12-01T00:00:00Z
[[rule]]
id = \"x\"
conditon = \"healthy\"
[[monitor]]
id = \"a\"
check.web.uri = \"https://example.com\"
[[monitor]]
id = \"b\"
depends_on = [\"a\"]
check.port.number = \"1\"
";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:4:9: `tomorrow` is not a date with a time: write `2026-12-01T02:00:00Z`, or `2026-12-01T02:00:00` beside a `time_zone`
    allclear.toml:8:1: unknown key `conditon`: did you mean `condition`?
    allclear.toml:11:11: unknown key `uri`: did you mean `url`?
    allclear.toml:15:21: `number` is a string, not a whole number: write it without quotes
    "#);
}

#[test]
fn places_inside_strings_are_exact_with_escapes_and_several_lines() {
    let text =
        "[[rule]]\nid = \"x\"\ncondition = \"\"\"\nstatus == \"unhealthy\"\n  && uptme > 1\"\"\"\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @"allclear.toml:5:6: unknown variable `uptme`: known: `status`, `previous_status`, `healthy`, `degraded`, `unhealthy`, `was_unhealthy`, `critical`, `fault`, `response_time_ms`, `expected_response_time_ms`, `usual_response_time_ms`, `consecutive_failures`, `consecutive_successes`, `uptime_percentage`, `intermittent_failure_percentage`, `intermittent_failures`, `metrics`, `monitor`, `group`, `tags`");
    let text = "[[rule]]\nid = \"x\"\ncondition = 'status = \"unhealthy\"'\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @"allclear.toml:3:21: cannot parse the condition: unexpected `=`: compare with `==`");
    let text = "[[monitor]]\nid = \"a\"\n[monitor.check.web]\nurl = \"http://x\"\nexpect = \"body == \\\"\\u00e9\\\" && stat == 1\"\n";
    assert_snapshot!(problems(text), @"allclear.toml:5:33: unknown variable `stat`: did you mean `status`?");
}

#[test]
fn syntax_errors_have_places_and_affect_only_their_lines() {
    let text = "[page]\ntitle = Acme\ntitel = \"x\"\ntitle = \"Acme\"\nurl = \ncontact = \"mailto:a@b\n[defaults]\nrecheck = yes\ntimout = \"1s\"\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @r#"
    allclear.toml:2:9: `Acme` is not a value: put it in quotes: `"Acme"`
    allclear.toml:3:1: unknown key `titel`: did you mean `title`?
    allclear.toml:4:1: duplicate key `title`: keep one of them (first at allclear.toml:2:1)
    allclear.toml:5:7: a value is missing: write one after the `=`
    allclear.toml:6:22: invalid string: close it with `"`, or escape what is in it
    allclear.toml:8:11: `yes` is not a value: write `true`
    allclear.toml:9:1: unknown key `timout`: did you mean `timeout`?
    "#);
    let text = "[[monitor]]\nid = \"a\"\ntags = [\"x\",\n[[monitor]]\nid = \"b\"\ncheck.port.number = 1\n[[channel]]\nid = \"c\"\n";
    assert_snapshot!(problems(text), @"allclear.toml:3:8: this `[` is never closed: close it");
    let text = "[defaults]\ninterval \"60s\"\ntimout = \"1s\"\nrecheck = True\n[[monitor]]\nid = \"a\"\ncheck.web.url = 1\ndepends_on = [edge]\n";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:2:10: a key has no value: write `=` and a value
    allclear.toml:3:1: unknown key `timout`: did you mean `timeout`?
    allclear.toml:4:11: `True` is not a value: write `true`
    allclear.toml:7:17: `url` is a whole number, not a string: put it in quotes
    allclear.toml:8:15: `edge` is not a value: put it in quotes: `"edge"`
    "#);
    let text = "[page]\ntitle = \"\"\"Acme\nurl = \"x\"\n[[monitor]]\nid = \"a\"\ncheck.web = { url = \"http://x\",\ntagz = []\n";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:2:9: this `"""` is never closed: close it
    allclear.toml:3:7: `x` is not a web address: write `https://status.example.com`
    allclear.toml:6:13: this `{` is never closed: close it
    allclear.toml:7:1: unknown key `tagz`: did you mean `tags`?
    "#);
    assert_snapshot!(problems("[page\ntitle = \"x\"\n"), @"allclear.toml:1:6: this header is not closed: close it with `]`");
}

#[test]
fn a_secret_is_never_quoted() {
    let text = "\
[[monitor]]
id = \"sk-abcdefghijklmnop1234\"
check.web = { url = \"https://ann:hunter2pass@example.com\", method = \"gsk_abcdefghijkl1234567\" }
[[channel]]
id = \"c\"
send.chat.webhook_url = \"hunter2pass\"
";
    let problems = problems(text);
    for secret in ["hunter2pass", "abcdefghijklmnop1234", "abcdefghijkl1234567"] {
        assert!(!problems.contains(secret), "{problems}");
    }
    assert_snapshot!(problems, @r#"
    allclear.toml:3:21: `url` holds a secret: write `secret:a-name` and keep the value under that name outside of the config
    allclear.toml:3:69: `method` holds a secret: write `secret:a-name` and keep the value under that name outside of the config
    allclear.toml:6:25: `webhook_url` must name a secret: write `secret:name`
    "#);
}

/// Returns a config with a monitor of this id and name.
fn named(id: &str, name: &str) -> String {
    format!("[[monitor]]\nid = \"{id}\"\nname = \"{name}\"\ncheck.port.number = 1\n")
}

#[test]
fn an_id_with_the_prefix_of_a_key_is_accepted() {
    let doubts = |id: &str| {
        let more = "[[channel]]\nid = \"log\"\nsend.chat.webhook_url = \"secret:hook\"\n";
        let loaded = loaded(&format!("{}{more}monitors = [\"{id}\"]\n", named(id, id)));
        loaded.warnings.iter().map(|one| one.in_file("allclear.toml")).collect::<Vec<_>>()
    };
    for id in
        ["xai-grok-4-completions", "sk-learn-model-server-check", "hf_hub-llama-3-70b-instruct"]
    {
        assert_eq!(doubts(id), [""; 0], "{id}");
    }
    // An id that looks random causes a warning that does not quote it.
    let found = named("gsk_abcdefghijkl1234567", "Groq");
    let found =
        loaded(&found).warnings.iter().map(|one| one.in_file("x")).collect::<Vec<_>>().join("\n");
    assert!(found.contains("x:2:6: `id` looks like a secret"), "{found}");
    assert!(!found.contains("abcdefghijkl"), "{found}");
}

#[test]
fn a_hostile_config_gets_a_short_list_of_short_problems() {
    let huge = "x".repeat(1 << 20);
    let lines = format!("{}{}", named("a", "A"), "unknown_key_of_a_long_name = 1\n".repeat(20_000));
    let quoted = named(&format!("\\u202e\\u0000\\n{huge}"), "A");
    let path = format!("[[monitor]]\nid = \"a\"\ncheck.{huge} = 1\n");
    let many: String = (0..20_000).map(|n| named(&format!("m{n} \\u001b[31m"), "A")).collect();
    for text in [lines, quoted, path, many, huge] {
        let found = problems(&text);
        assert!(found.len() < 20_000, "{} bytes: {}…", found.len(), &found[..500]);
        let is_hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!found.contains(is_hidden), "{found:?}");
        assert!(found.lines().all(|line| line.len() < 1_500), "{found}");
    }
}

#[test]
fn a_cut_list_of_problems_states_the_number_of_others() {
    let many: String = (0..70).map(|n| named(&format!("M{n}"), "A")).collect();
    let found = problems(&many);
    assert_eq!(found.lines().count(), 51, "{found}");
    assert_eq!(found.lines().last(), Some("and 20 more"));
}

#[test]
fn reserved_names_are_refused() {
    let text = "[[monitor]]\nid = \"allclear\"\ncheck.port.number = 1\n[[rule]]\nid = \"monitoring_impaired\"\nseverity = \"info\"\n[[rule]]\nid = \"region_silent\"\n";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:2:6: the monitor id `allclear` is reserved: Allclear uses it for its own status; choose another
    allclear.toml:5:6: the rule `monitoring_impaired` cannot be changed: choose its recipients with `faults = ["monitor"]` on a channel
    allclear.toml:8:6: the rule `region_silent` cannot be changed: choose its recipients with `faults = ["monitor"]` on a channel
    "#);
}

#[test]
fn a_quorum_is_a_word_or_a_number_of_regions() {
    let text = |quorum: &str| problems(&format!("{MONITOR}quorum = {quorum}\n"));
    assert_snapshot!(text("\"most\""), @"allclear.toml:5:10: `quorum` cannot be `most`: choose from `any`, `majority`, `all`");
    assert_snapshot!(text("0"), @"allclear.toml:5:10: `quorum` cannot be 0: write a number from 1 to 60");
    assert_snapshot!(text("true"), @"allclear.toml:5:10: `quorum` is a boolean, not a whole number or a string: put it in quotes");
}

#[test]
fn each_cycle_is_reported_once_with_its_members() {
    let monitor = |id: &str, parents: &str| {
        format!("[[monitor]]\nid = \"{id}\"\ndepends_on = [{parents}]\ncheck.port.number = 1\n")
    };
    let text = [
        monitor("a", "\"b\""),
        monitor("b", "\"c\", \"e\""),
        monitor("c", "\"a\""),
        monitor("d", "\"a\", \"d\""),
        monitor("e", ""),
    ];
    assert_snapshot!(problems(&text.concat()), @r#"
    allclear.toml:11:15: the dependencies make a cycle: `a` → `b` → `c` → `a`: remove one of them
    allclear.toml:15:20: `d` depends on itself: leave it out
    "#);
}

#[test]
fn a_long_cycle_is_named_in_part() {
    let monitor = |n: usize| {
        let parent = (n + 1) % 30;
        format!("[[monitor]]\nid = \"m{n}\"\ndepends_on = [\"m{parent}\"]\ncheck.port.number = 1\n")
    };
    let text: String = (0..30).map(monitor).collect();
    assert_snapshot!(problems(&text), @"allclear.toml:119:15: the dependencies make a cycle: `m0` → `m1` → `m2` → `m3` → `m4` → `m5` → `m6` → `m7` → `m8` → `m9` → 19 more → `m29` → `m0`: remove one of them");
}

#[test]
fn impossible_times_and_numbers_are_refused() {
    let text = "\
[defaults]
timeout = \"30s\"
concurrency = 0
controls = [\"one.one.one.one\"]
keep = { runs = \"5m\" }
[[monitor]]
id = \"a\"
interval = \"5s\"
expected_response_time = \"0s\"
check.port.number = 1
[[monitor]]
id = \"b\"
interval = \"20s\"
check.port.number = 1
[[monitor]]
id = \"c\"
interval = \"2d\"
timeout = \"0s\"
confirm = { of = 1 }
check.port.number = 70_000_000_000_000_000_000
[[channel]]
id = \"o\"
groups = [\"g\"]
faults = [\"targets\"]
send.journal = { x = 1 }
";
    assert_snapshot!(problems(text), @r#"
    allclear.toml:3:15: `concurrency` cannot be 0: write a number from 1 to 10000
    allclear.toml:4:13: `one.one.one.one` is not a host with a port: write `one.one.one.one:443`, or `[2606:4700:4700::1111]:443`
    allclear.toml:5:17: `runs` are kept for less than an hour: keep them for `1d` or more
    allclear.toml:8:12: `interval` cannot be `5s`: choose from `10s` to `1d`
    allclear.toml:9:26: `expected_response_time` cannot be `0s`: write for example `800ms`
    allclear.toml:13:12: the timeout `30s` is longer than the interval `20s`: set `timeout` to `20s` or less, or check less often
    allclear.toml:17:12: `interval` cannot be `2d`: choose from `10s` to `1d`
    allclear.toml:18:11: a timeout of zero fails each check: write `10s`
    allclear.toml:19:18: 2 failures of the last 1 outcomes can never occur: set `of` to 2 or more, or `failures` to 1 or less
    allclear.toml:20:21: `number` cannot be 70_000_000_000_000_000_000: write a number from 1 to 65535
    allclear.toml:23:11: unknown group `g`: add it to a monitor, or remove it here
    allclear.toml:24:11: `faults` cannot be `targets`: did you mean `target`?
    allclear.toml:25:18: unknown key `x`: leave it out: there are no keys here
    "#);
}

#[test]
fn windows_need_a_time_zone_or_an_offset_and_one_schedule() {
    let text = "\
[[maintenance]]
id = \"a\"
title = \"A\"
start = 2026-12-01T02:00:00
end = 2026-12-01T04:00:00Z
[[maintenance]]
id = \"b\"
title = \"\"
start = 2026-12-01T02:00:00Z
weekly = { days = [], from = 02:00:00, duration = \"0s\" }
[[maintenance]]
id = \"c\"
title = \"C\"
end = 2026-12-01T02:00:00Z
";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @r#"
    allclear.toml:4:9: `2026-12-01T02:00:00` has no time zone: write `2026-12-01T02:00:00Z` for UTC, or add a `time_zone`
    allclear.toml:8:9: `title` is empty: write at least one character
    allclear.toml:10:10: a window has more than one schedule: write `start` and `end`, `weekly` or `monthly`, and only one of them
    allclear.toml:10:19: `days` is empty: name at least one
    allclear.toml:11:1: a window has no `start`: write `start` and `end`, `weekly` or `monthly`
    "#);
}

#[test]
fn a_weekly_window_without_days_is_refused() {
    let text = "[[maintenance]]\nid = \"m\"\ntitle = \"M\"\nweekly = { from = 02:00:00, duration = \"1h\" }\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @"allclear.toml:4:10: `weekly` lacks the key `days`: add `days` (the days on which the window opens)");
}

#[test]
fn a_daily_summary_has_no_weekday() {
    let text = "[[monitor]]\nid = \"a\"\ncheck.port.number = 1\n[[summary]]\nid = \"daily\"\n\
                every = \"day\"\nweekday = \"friday\"\nchannels = [\"nobody\"]\n[[summary]]\nid = \"x\"\n";
    let problems = crate::kinds::load_any(text).unwrap_err().to_string();
    for part in [
        "7:11: a daily summary has no `weekday`: leave it out, or write `every = \"week\"`",
        "8:13: unknown channel `nobody`",
        "lacks",
    ] {
        assert!(problems.contains(part), "{part} is not in {problems}");
    }
}

#[test]
fn hidden_characters_in_names_and_titles_are_refused() {
    for hidden in ["\\u202e", "\\u200b", "\\u001b", "\\u2066\\u00ad"] {
        for key in ["name", "group"] {
            let text =
                format!("[[monitor]]\nid = \"a\"\n{key} = \"a{hidden}b\"\ncheck.port.number = 1\n");
            let found = problems(&text);
            let start = format!("allclear.toml:3:{}: `{key}` has hidden characters", key.len() + 4);
            assert!(found.starts_with(&start), "{found}");
            assert!(found.contains("\\u{"), "the character is shown: {found}");
        }
        let text = format!("{MONITOR}[page]\ntitle = \"a{hidden}b\"\n");
        assert!(problems(&text).contains("`title` has hidden characters"));
    }
    // Joiners in emoji and letters of other scripts are allowed.
    for name in ["\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"] {
        let text = format!("[[monitor]]\nid = \"a\"\nname = \"{name}\"\ncheck.port.number = 1\n");
        assert_eq!(loaded(&text).config.monitors.len(), 1, "{name}");
    }
}

#[test]
fn an_invalid_default_proxy_is_reported_once_at_its_place() {
    let text = |proxy: &str| {
        let monitor =
            |id: &str| format!("[[monitor]]\nid = \"{id}\"\ncheck.web.url = \"https://a\"\n");
        format!("defaults.proxy = \"{proxy}\"\n{}{}", monitor("a"), monitor("b"))
    };
    assert_snapshot!(problems(&text("http://ann:pw@proxy.test")), @"allclear.toml:1:18: `proxy` holds a secret: write `secret:a-name` and keep the value under that name outside of the config");
    assert_snapshot!(problems(&text("socks5://proxy.test")), @"allclear.toml:1:18: invalid `proxy`: `socks5` proxies are not supported: write for example `http://proxy.example.com:3128`, `secret:name` for a secret with such a URL, or `none`");
    // The kind of check rejects it.
    assert_snapshot!(problems(&text("https://proxy.test")), @"allclear.toml:1:18: `https` proxies are not supported");
}

#[test]
fn a_condition_has_only_a_hint_that_applies() {
    let rule = |condition: &str| {
        let rule = format!("[[rule]]\nid = \"r\"\ncondition = \"{condition}\"\n");
        problems(&format!("{MONITOR}{rule}"))
    };
    assert_snapshot!(rule("1 / 0 > response_time_ms"), @"allclear.toml:7:14: the condition is invalid: division by zero");
    assert_snapshot!(rule("18446744073709551615 * 2 > response_time_ms"), @"allclear.toml:7:14: the condition is invalid: the result is too large for a whole number");
    assert_snapshot!(rule("response_time_ms > 99999999999999999999"), @"allclear.toml:7:33: `99999999999999999999` is too large for a number");
    assert_snapshot!(rule("response_time_ms > 1e400"), @"allclear.toml:7:33: `1e400` is too large for a number");
    assert_snapshot!(rule("response_time_ms > group"), @"allclear.toml:7:14: the condition is invalid: cannot compare a number with a text: use values of one kind; `string`, `int` and `double` convert a value");
    assert_snapshot!(rule("response_time_ms.ms > 1"), @"allclear.toml:7:14: the condition is invalid: a number has no field `ms`");
    assert_snapshot!(rule("response_time_ms"), @"allclear.toml:7:14: the condition is invalid: it is a number, not true or false: compare the value, for example with `==` or `<`");
}

#[test]
fn mistakes_in_the_watchdog_are_reported_at_their_places() {
    let problems = |table: &str| problems(&format!("{table}\n{MONITOR}"));
    assert_snapshot!(problems("[watchdog]\nurl = 'https://beats.example.com/a'"), @"allclear.toml:2:7: the value is a secret and must not be in the config: keep the value under a name outside of the config, and write `secret:NAME`");
    assert_snapshot!(problems("[watchdog]\nevery = '1m'"), @"allclear.toml:1:1: `watchdog` lacks the key `url`: add `url` (the secret that holds the URL to which each beat is posted: `secret:NAME`)");
    assert_snapshot!(problems("[watchdog]\nurl = 'secret:a'\nevery = '10s'"), @"allclear.toml:3:9: `every` cannot be `10s`: choose from `1m` to `1h`");
    assert_snapshot!(problems("[watchdog]\nurl = 'secret:a'\nevery = '2h'"), @"allclear.toml:3:9: `every` cannot be `2h`: choose from `1m` to `1h`");
    assert_snapshot!(problems("[watchdog]\nurl = 'secret:a'\ninterval = '2m'"), @"allclear.toml:3:1: unknown key `interval`: choose from `every`, `url`");
}
