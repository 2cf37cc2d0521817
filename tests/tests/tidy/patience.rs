//! No test is ignored, and none sleeps in the hope that an event has happened by then.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{extension, files, report, text};

/// Test files that may sleep, with the reason why the result does not depend on luck.
const MAY_SLEEP: [(&str, &str); 18] = [
    (
        "crates/actions/tests/executors/command.rs",
        "asks again until a process has begun or ended, or a deadline",
    ),
    (
        "crates/aws/tests/adapters/secrets.rs",
        "what was read within the last second counts as fresh: the test is about that second",
    ),
    ("crates/aws/tests/adapters/site.rs", "asks again until the server's clock has gone on"),
    ("crates/aws/tests/support/server.rs", "asks again until the server answers or ends"),
    (
        "crates/probes/tests/checks/command.rs",
        "asks again until a process has ended, or a deadline",
    ),
    (
        "crates/probes/tests/services/support/waiting.rs",
        "asks again until a server is ready, or a deadline",
    ),
    (
        "crates/probes/tests/services/support/process.rs",
        "asks again until a server listens, has stopped or has ended, or a deadline",
    ),
    ("crates/probes/tests/checks/hostile_services.rs", "the pace of a hostile server"),
    (
        "crates/local/tests/processes.rs",
        "a sleep picks the moment of a kill, or holds a lock for as long as the test measures",
    ),
    ("crates/engine/tests/notify/drain.rs", "the clock is paused: a sleep takes no time"),
    ("crates/engine/tests/process/world.rs", "the clock is paused: a sleep takes no time"),
    ("crates/engine/tests/probe/checks.rs", "the clock is paused: a sleep takes no time"),
    ("crates/engine/tests/probe/world.rs", "the clock is paused: a sleep takes no time"),
    ("tests/support/tests/faults/world.rs", "the clock is paused: a sleep takes no time"),
    ("tests/tests/end_to_end/attack.rs", "the pace at which a reader loads the page"),
    ("tests/tests/end_to_end/attack/clients.rs", "the pace of an attacker"),
    ("tests/tests/end_to_end/attack/heads.rs", "the pace of an attacker"),
    ("tests/tests/end_to_end/attack/server.rs", "the pace of an attacker"),
];

/// A library of tests, which is not in a folder named `tests`.
const LIBRARY_OF_TESTS: &str = "tests/contract/src/";

// Split into parts, so that this file does not contain the words.
const IGNORE: &str = concat!("#[", "ignore");
const SLEEPS: [&str; 3] =
    [concat!("sl", "eep("), concat!("sl", "eep_ms("), concat!("sl", "eep_until(")];

/// A forbidden property of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Impatience {
    Ignored,
    Sleeps,
}

/// Returns the lines of a file, counted from 1, in which a test sleeps or is ignored.
fn impatient_lines(path: &str, text: &str) -> Vec<(usize, Impatience)> {
    let first = first_test_line(path, text);
    let lines = text.lines().enumerate().skip(first);
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(index, line)| {
            let impatience = if line.contains(IGNORE) {
                Impatience::Ignored
            } else if SLEEPS.into_iter().any(|sleep| calls(line, sleep)) {
                Impatience::Sleeps
            } else {
                return None;
            };
            Some((index + 1, impatience))
        })
        .collect()
}

/// Returns the index of the first line that belongs to a test; the number of lines if there is
/// none.
fn first_test_line(path: &str, text: &str) -> usize {
    let is_tests = path.starts_with(LIBRARY_OF_TESTS)
        || path.contains("/tests/")
        || path.ends_with("/tests.rs");
    if is_tests {
        return 0;
    }
    // Unit tests are the last module of a file.
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let begins = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{');
    lines.windows(2).position(begins).unwrap_or(lines.len())
}

/// Checks whether a line calls a function of exactly this name.
fn calls(line: &str, call: &str) -> bool {
    let in_name = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(call).any(|(at, _)| !line[..at].ends_with(in_name))
}

#[test]
fn no_test_is_ignored_or_sleeps_for_luck() {
    let allowed = BTreeMap::from(MAY_SLEEP);
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    for path in files().iter().filter(|path| extension(path) == "rs") {
        for (line, impatience) in impatient_lines(path, &text(path).unwrap()) {
            match impatience {
                Impatience::Ignored => problems
                    .push(format!("{path}:{line}: a test is ignored: make it pass, or remove it")),
                Impatience::Sleeps if allowed.contains_key(path.as_str()) => {
                    used.insert(path.clone());
                }
                Impatience::Sleeps => problems.push(format!(
                    "{path}:{line}: a test sleeps: wait for what it waits for, or, if it asks again \
                     until a deadline, say so in tests/tests/tidy/patience.rs"
                )),
            }
        }
    }
    for path in allowed.keys().filter(|path| !used.contains(**path)) {
        problems.push(format!("{path} does not sleep: take it from tests/tests/tidy/patience.rs"));
    }
    report(&problems);
}

#[test]
fn a_sleep_is_seen_in_tests_only() {
    let sleep = concat!("    tokio::time::sl", "eep(second).await;");
    let unit = format!("{sleep}\n#[cfg(test)]\nmod tests {{\n{sleep}\n}}\n");
    assert_eq!(impatient_lines("crates/x/src/lib.rs", &unit), [(4, Impatience::Sleeps)]);
    for path in ["crates/x/tests/x.rs", "tests/contract/src/lib.rs", "crates/x/src/a/tests.rs"] {
        assert_eq!(impatient_lines(path, sleep), [(1, Impatience::Sleeps)], "{path}");
    }
    assert_eq!(impatient_lines("tests/simulator/src/dns.rs", sleep), []);
    assert_eq!(impatient_lines("crates/x/src/lib.rs", sleep), []);
}

#[test]
fn an_ignored_test_is_seen_and_a_comment_is_not_a_call() {
    let ignored = concat!("#[", "ignore = \"slow\"]");
    assert_eq!(impatient_lines("crates/x/tests/x.rs", ignored), [(1, Impatience::Ignored)]);
    for line in [concat!("// no sl", "eep(1) here"), concat!("over", "sl", "eep(1);")] {
        assert_eq!(impatient_lines("crates/x/tests/x.rs", line), []);
    }
}
