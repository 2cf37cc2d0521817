//! Random configs with errors of every sort.

use std::panic::catch_unwind;

use crate::lenient::load_any;
use crate::random::{Random, is_debug_text};

const N_MUTATIONS: u64 = 5_000;

const SOURCES: [&str; 4] = [
    SHORT,
    include_str!("../../../../allclear.toml"),
    include_str!("../config/every_key.toml"),
    include_str!("../config/many_mistakes.toml"),
];

/// A short config with one object of every sort, which loads quickly.
const SHORT: &str = r#"[page]
title = "Example"

[defaults]
interval = "1m"
timeout = "10s"

[[monitor]]
id = "api"
group = "core"
tags = ["eu"]
check.http = { url = "https://example.com/", expect = "status == 200 && json.ok == true" }

[[monitor]]
id = "dns"
[monitor.check.dns]
name = "example.com"
degraded = 'response_time_ms > 200'

[[rule]]
id = "slow"
condition = """
response_time_ms > expected_response_time_ms * 2
  && consecutive_failures >= 2"""
severity = "warning"

[[channel]]
id = "team"
send.chat = { webhook_url = "secret:hook" }

[route]
channels = ["team"]

[[route.routes]]
matchers = ["severity>=error"]
active_times = [{ days = ["monday"], from = "08:00" }]
routes = [{ matchers = ["tag=eu"], continue = true }]

[[silence]]
matchers = ["monitor=api"]
until = "2030-01-01T00:00:00Z"
comment = "moving"
author = "me"
"#;

/// Pieces that are inserted at random places.
const PIECES: [&str; 24] = [
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "é",
    "\u{202e}",
    "[[monitor]]\n",
    "check.http = 5\n",
    "id = \"a\"\n",
    "\\u0000",
    "\\q",
    "-",
];

const NUMBERS: [&str; 8] = [
    "0",
    "-1",
    "9223372036854775808",
    "99999999999999999999999999",
    "1e999",
    "nan",
    "0x_",
    "1979-05-27",
];

#[test]
fn thousands_of_mutated_configs_are_read_or_refused_with_their_places() {
    mutate(0..N_MUTATIONS / 2);
}

/// The second half of the seeds, in a test of its own so that both halves run in parallel.
#[test]
fn more_thousands_of_mutated_configs_are_read_or_refused_with_their_places() {
    mutate(N_MUTATIONS / 2..N_MUTATIONS);
}

fn mutate(seeds: std::ops::Range<u64>) {
    let n = seeds.end - seeds.start;
    let mut n_refused = 0;
    for seed in seeds {
        let mut random = Random::new(seed + 1);
        // Long configs are mutated less often, because they take longest to load.
        let source = match seed % 20 {
            0 => SOURCES[1],
            1 => SOURCES[3],
            2..6 => SOURCES[2],
            _ => SOURCES[0],
        };
        let mut text = source.to_owned();
        for _ in 0..=random.below(3) {
            text = mutated(&text, &mut random);
        }
        n_refused += u64::from(is_refused_with_places(seed, &text));
    }
    assert!(n_refused > n / 2, "{n_refused} of {n} were refused");
}

#[test]
fn the_mutated_configs_are_valid_originally() {
    for source in &SOURCES[..2] {
        assert!(load_any(source).is_ok(), "{:?}", load_any(source).err());
    }
}

#[test]
fn deep_configs_are_refused() {
    for n in [100, 1_000, 20_000] {
        for text in [
            format!("page = {}", "[".repeat(n)),
            format!("page = {}{}", "[".repeat(n), "]".repeat(n)),
            format!("page = {}1{}", "{a=".repeat(n), "}".repeat(n)),
            format!("{}a = 1", "a.".repeat(n)),
            format!("page.{}a = 1", "a.".repeat(n)),
            format!("[{}a]\nb = 1", "a.".repeat(n)),
            format!("[[monitor]]\ncheck.http.{}a = 1", "a.".repeat(n)),
            format!("[[monitor]]\nid = \"a\"\ncheck.http.a = {}{}", "[".repeat(n), "]".repeat(n)),
            "[[monitor]]\n".repeat(n.min(2_000)),
        ] {
            assert!(is_refused_with_places(0, &text), "{}", text.get(..60).unwrap_or(&text));
        }
    }
}

/// Loads the text and checks each problem. Returns true if the text is rejected.
fn is_refused_with_places(seed: u64, text: &str) -> bool {
    let result = catch_unwind(|| load_any(text));
    let Ok(result) = result else { panic!("seed {seed} panicked:\n{text}") };
    let Err(problems) = result else { return false };
    assert!(!problems.problems.is_empty(), "seed {seed}");
    let n_lines = text.split('\n').count();
    for problem in &problems.problems {
        let what = &problem.what;
        assert!((1..=n_lines).contains(&problem.line), "seed {seed}: {problem:?}");
        let width = text.split('\n').nth(problem.line - 1).map_or(0, |line| line.chars().count());
        assert!((1..=width + 1).contains(&problem.column), "seed {seed}: {problem:?}");
        assert!(!what.trim().is_empty(), "seed {seed}: {problem:?}");
        assert!(!is_debug_text(&own_words(what, text)), "seed {seed}: {problem:?}");
    }
    true
}

/// Returns the message without its quotations of the text, which may contain anything.
fn own_words(message: &str, text: &str) -> String {
    let parts = message.split('`').enumerate();
    let own =
        parts.filter(|(index, part)| index % 2 == 0 || !text.contains(part.trim_end_matches('…')));
    own.map(|(_, part)| part).collect::<Vec<_>>().join("`")
}

#[test]
fn quotations_are_removed_from_a_message() {
    let message = "unknown group `Netwo((((…";
    assert_eq!(own_words(message, "groups = [\"Netwo(((((((\"]"), "unknown group ");
    assert_eq!(own_words("`Some(1)` is wrong", "x = 1"), "`Some(1)` is wrong");
}

/// Returns the text with one more error.
fn mutated(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.is_empty() {
        return random.one(&PIECES).to_owned();
    }
    let at = random.below(bytes.len());
    let to = (at + 1 + random.below(40)).min(bytes.len());
    match random.below(10) {
        0 => bytes[at] ^= 1 << random.below(7),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..to)),
        3 => {
            let part = bytes[at..to].to_vec();
            bytes.splice(at..at, part);
        }
        4 => drop(bytes.splice(at..at, random.one(&PIECES).bytes())),
        5 => {
            let piece = random
                .one(&["[", "{a=", "a.", "(", "\"", "!", "["])
                .repeat(1 + random.below(3_000));
            bytes.splice(at..at, piece.into_bytes());
        }
        6 => return with_value(text, random, |random| random.one(&NUMBERS).to_owned()),
        7 => {
            let values: Vec<String> =
                text.lines().filter_map(|line| Some(line.split_once('=')?.1.to_owned())).collect();
            return with_value(text, random, |random| match values.as_slice() {
                [] => String::new(),
                values => values[random.below(values.len())].clone(),
            });
        }
        8 => {
            let lines: Vec<&str> = text.lines().collect();
            let (from, into) = (random.below(lines.len().max(1)), random.below(lines.len().max(1)));
            let mut lines = lines;
            if from < lines.len() && into < lines.len() {
                lines.insert(into, lines[from]);
            }
            return lines.join("\n");
        }
        _ => {
            let condition = crate::conditions::any(random);
            return with_value(text, random, |_| format!("{condition:?}"));
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the text with a different value on one of its lines.
fn with_value(text: &str, random: &mut Random, value: impl Fn(&mut Random) -> String) -> String {
    let with_values: Vec<usize> = text
        .lines()
        .enumerate()
        .filter_map(|(number, line)| line.contains('=').then_some(number))
        .collect();
    if with_values.is_empty() {
        return text.to_owned();
    }
    let chosen = with_values[random.below(with_values.len())];
    let value = value(random);
    let changed = text.lines().enumerate().map(|(number, line)| match line.split_once('=') {
        Some((key, _)) if number == chosen => format!("{key}= {value}"),
        Some(_) | None => line.to_owned(),
    });
    changed.collect::<Vec<_>>().join("\n")
}
