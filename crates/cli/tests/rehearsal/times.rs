//! Times in the output of the commands, and times and places that they refuse.

use std::fs;

use allclear_core::Timestamp;

use crate::{CONFIG, allclear, record, stderr, stdout};

/// Checks that no time in a text is more exact than a millisecond.
fn assert_readable(text: &str) {
    assert!(text.contains("2026-11-02T0"), "{text}");
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | ')')) {
        let fraction = word.rsplit_once('.').map(|(_, fraction)| fraction);
        let digits = fraction.and_then(|fraction| fraction.strip_suffix('Z')).unwrap_or_default();
        let is_exact = digits.len() > 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
        assert!(!is_exact, "`{word}` in\n{text}");
    }
}

#[tokio::test]
async fn times_for_people_have_no_nanoseconds() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let run = |arguments: &[&str]| allclear(folder.path(), arguments);
    let period = ["simulate", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-02T01:00:00Z"];
    let simulated = run(&period);
    assert_readable(&stdout(&simulated));
    assert_readable(&stderr(&simulated));
    let text = stdout(&simulated);
    let id = text.lines().find_map(|line| line.trim().strip_prefix("id ")).unwrap();
    let id = id.split(' ').next().unwrap();
    assert_readable(&stdout(&run(&[&period[..], &["--explain", id]].concat())));
    let at = ["explain", "api", "--at", "2026-11-02T00:40:00.123456789Z"];
    assert_readable(&stdout(&run(&at)));
}

#[tokio::test]
async fn a_time_in_the_future_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    for (arguments, option) in [
        (&["explain", "api", "--at", "2126-11-02T00:00:00Z"][..], "--at"),
        (&["simulate", "--from", "2126-11-02T00:00:00Z"][..], "--from"),
        (&["simulate", "--from", "1h", "--to", "2126-11-02T00:00:00Z"][..], "--to"),
    ] {
        let output = allclear(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let message = format!("`{option} 2126-11-02T00:00:00Z` is in the future: it is ");
        assert!(stderr(&output).contains(&message), "{output:?}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the command reads the clock, too")]
async fn the_progress_of_a_simulation_until_now_ends_with_the_present() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let output = allclear(folder.path(), &["simulate", "--from", "2026-11-02T00:00:00Z"]);
    let progress = stderr(&output);
    let last = progress.lines().rfind(|line| line.contains("% replayed")).unwrap();
    assert!(last.starts_with("100% replayed, until "), "{progress}");
    let until = last.split(", until ").nth(1).unwrap().split(',').next().unwrap();
    let until: Timestamp = until.parse().unwrap();
    assert!(until <= Timestamp::now(), "{progress}");
}

#[test]
fn a_missing_file_or_folder_is_named_with_the_option_that_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("allclear.toml"), CONFIG).unwrap();
    for (arguments, message) in [
        (
            &["--before", "nope.toml"][..],
            "cannot read the config `nope.toml`; name another one with `--before`",
        ),
        (
            &["--config", "nope.toml"][..],
            "cannot read the config `nope.toml`; name one with `--config`",
        ),
        (&["--data", "nowhere"][..], "no database `nowhere/allclear.db`: nothing was recorded yet"),
    ] {
        let output = allclear(folder.path(), &[&["simulate", "--from", "1h"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(stderr(&output).contains(message), "{output:?}");
    }
}

#[test]
fn a_disabled_rule_is_said_to_be_disabled_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let off = "\n[[rule]]\nid = \"failure_rate\"\nenabled = false\n";
    fs::write(folder.path().join("allclear.toml"), format!("{CONFIG}{off}")).unwrap();
    for (rule, place) in [
        ("failure_rate", "disabled at `allclear.toml:10:1`"),
        ("service_recovery", "disabled by default"),
    ] {
        let output = allclear(folder.path(), &["route", "api", "--rule", rule]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            stderr(&output).contains(&format!("no alert of `{rule}` fires: the rule is {place}")),
            "{output:?}"
        );
    }
}
