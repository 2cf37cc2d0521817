//! Errors of maintenance windows and silences.

use insta::assert_snapshot;

use crate::kinds::problems;

/// A valid monitor.
const MONITOR: &str = "\n[[monitor]]\nid = \"a\"\ncheck.port.number = 1\n";

#[test]
fn a_repeated_window_needs_a_day_and_one_end() {
    let window = |schedule: &str| {
        let text = format!("[[maintenance]]\nid = \"m\"\ntitle = \"M\"\n{schedule}\n{MONITOR}");
        problems(&text)
    };
    for (schedule, expected) in [
        (
            "weekly = { days = [\"monday\"], from = \"02:00\" }",
            "4:10: a repeated window has no end: write `to = \"04:00\"`, or `duration = \"2h\"` for an elapsed time",
        ),
        (
            "weekly = { days = [\"monday\"], from = \"02:00\", to = \"04:00\", duration = \"2h\" }",
            "4:72: a window has both `to` and `duration`: keep one of them",
        ),
        (
            "weekly = { days = [\"monday\"], from = \"02:00\", to = \"+0d 01:00\" }",
            "4:52: the window ends before it begins: choose a later time",
        ),
        (
            "weekly = { days = [\"monday\"], from = \"02:00\", to = \"someday 4:00\" }",
            "4:52: `someday 4:00` is not a local time after the opening: write `\"04:00\"`, `\"sunday 18:00\"` or `\"+2d 18:00\"`",
        ),
        (
            "weekly = { days = [\"monday\"], from = \"02:00\", to = \"+32d 04:00\" }",
            "4:52: `+32d 04:00` is more than 31 days later: choose an end within 31 days",
        ),
        (
            "monthly = { from = \"02:00\", to = \"04:00\" }",
            "4:11: a monthly window needs a `day`, or a `weekday` with `nth`: write `day = -1`, or `weekday = \"tuesday\"` and `nth = 2`",
        ),
        (
            "monthly = { day = 0, from = \"02:00\", to = \"04:00\" }",
            "4:19: there is no day 0: write 1 for the first day, -1 for the last",
        ),
        (
            "monthly = { day = 1, nth = 2, from = \"02:00\", to = \"04:00\" }",
            "4:11: a monthly window needs a `day`, or a `weekday` with `nth`: write `day = -1`, or `weekday = \"tuesday\"` and `nth = 2`",
        ),
        (
            "rrule = \"FREQ=DAILY\"",
            "1:1: a window with `rrule` has no `start` and no `end`: write `start` and `end`, `weekly` or `monthly`",
        ),
        (
            "start = 2026-12-01T02:00:00Z\nend = 2026-12-01T04:00:00Z\nrrule = \"FREQ=HOURLY\"",
            "6:9: `FREQ=HOURLY` is not supported: write `FREQ=` with `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`",
        ),
        (
            "start = 2026-12-01T02:00:00Z\nend = 2026-12-01T04:00:00Z\nrrule = \"FREQ=WEEKLY;BYDAY=MO\"",
            "6:9: the rule `FREQ=WEEKLY;BYDAY=MO` does not include its first day, 2026-12-01: begin on a day of the rule; it repeats what begins at `start`",
        ),
    ] {
        assert_eq!(window(schedule), format!("allclear.toml:{expected}"), "{schedule}");
    }
}

#[test]
fn a_matcher_that_no_alert_can_match_is_refused() {
    let silence = |matcher: &str| {
        format!(
            "[[silence]]\nmatchers = ['{matcher}']\nuntil = 2026-12-01T00:00:00Z\nauthor = \"a\"\ncomment = \"c\"\n{MONITOR}"
        )
    };
    for (matcher, expected) in [
        ("monitor=b", "unknown monitor `b`"),
        ("group!=b", "unknown group `b`"),
        ("rule=low_uptme", "unknown rule `low_uptme`: did you mean `low_uptime`?"),
        ("severity=warn", "unknown severity `warn`: choose from `info`"),
        ("fault=x", "unknown fault `x`: choose from `target`"),
        ("rule=monitoring_impaired", "alerts of `monitoring_impaired` cannot be silenced"),
        ("host=eu", "unknown label `host`: write one of `monitor`"),
        ("region=EU west", "no region has the name `EU west`"),
        ("rule=~(", "the pattern of `rule=~\"(\"` is not a regular expression: unclosed group"),
        ("everything", "`everything` has no comparison: write a label"),
    ] {
        let found = problems(&silence(matcher));
        let found = found.strip_prefix("allclear.toml:2:13: ").unwrap_or_else(|| panic!("{found}"));
        assert!(found.starts_with(expected), "{matcher}: {found}");
    }
    for matcher in ["group=", "monitor=~later-.*"] {
        assert!(crate::kinds::load_any(&silence(matcher)).is_ok(), "{matcher}");
    }
}

#[test]
fn a_silence_does_not_end_before_it_begins() {
    let text = "[[silence]]\nmatchers = [\"monitor=a\"]\nstart = 2026-12-02T00:00:00Z\nuntil = 2026-12-01T00:00:00Z\nauthor = \"a\"\ncomment = \"c\"\n";
    assert_snapshot!(problems(&format!("{text}{MONITOR}")), @"allclear.toml:4:9: the silence ends before it begins: swap them, or check the dates and offsets (start at allclear.toml:3:9)");
}
