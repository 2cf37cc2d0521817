//! Random conditions: valid by the grammar, wrong in one place, or arbitrary text.

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use allclear_core::text::escaped;
use allclear_expression::{Binding, Expression, ExpressionError};
use serde_json::{Value, json};

use crate::lenient::{condition, load_any};
use crate::random::{Random, is_debug_text};

const N_CONDITIONS: u64 = 3_000;

#[test]
fn thousands_of_conditions_are_evaluated_or_refused_with_a_place() {
    let document = json!({"a": 1, "b": [1, 2, {"c": "x"}], "t": "text", "n": null});
    let (mut n_sound, mut n_refused) = (0, 0);
    for seed in 0..N_CONDITIONS {
        let text = any(&mut Random::new(seed + 1));
        let result = catch_unwind(|| {
            let condition = condition(&text)?;
            evaluate(&condition, &document);
            Ok::<(), ExpressionError>(())
        });
        let Ok(result) = result else { panic!("seed {seed} panicked: {text}") };
        let Err(error) = result else {
            n_sound += 1;
            continue;
        };
        n_refused += 1;
        assert!(text.get(error.range.clone()).is_some(), "seed {seed}: {error:?}");
        assert!(!error.message.trim().is_empty(), "seed {seed}: {error:?}");
        assert!(!is_debug_text(&error.message), "seed {seed}: {error:?}");
        assert!(error.message.len() < 500, "seed {seed}: {error:?}");
        if seed % 4 == 0 {
            assert_has_its_place_in_a_config(seed, &text, &error);
        }
    }
    assert!(n_sound > 300 && n_refused > 1_000, "{n_sound} sound, {n_refused} refused");
}

fn evaluate(condition: &Expression, document: &Value) {
    let headers = BTreeMap::from([("etag".to_owned(), "x".to_owned())]);
    let _ = condition.evaluate(|name| match name {
        "json" => Some(Binding::Json(document)),
        "headers" => Some(Binding::Headers(&headers)),
        "body" => Some(Binding::Text("some text".into())),
        "status" | "response_time_ms" => Some(Binding::Number(200.5)),
        _ => None,
    });
}

/// Checks that a config reports the error within the string that holds the condition.
fn assert_has_its_place_in_a_config(seed: u64, text: &str, error: &ExpressionError) {
    let written = toml::Value::String(text.to_owned()).to_string();
    let config = format!("[[monitor]]\nid = \"a\"\ncheck.http.expect = {written}\n");
    let problems = load_any(&config).expect_err("the condition is wrong").problems;
    // Problems show hidden characters as escapes, and cut long texts.
    let message = escaped(&error.message);
    let is_shown = |what: &str| message.starts_with(what.trim_end_matches('…'));
    let problem = problems.iter().find(|problem| is_shown(&problem.what));
    // A text that looks like a secret is not quoted.
    let problem = problem.unwrap_or_else(|| panic!("seed {seed}: {problems:?}\n{config}"));
    let last = config.trim_end().split('\n').count();
    assert!((3..=last).contains(&problem.line), "seed {seed}: {problem:?}");
    assert!(problem.line > 3 || problem.column > "check.http.expect = ".len(), "seed {seed}");
}

/// Generates a condition of any sort.
pub(crate) fn any(random: &mut Random) -> String {
    match random.below(5) {
        0 => sound(random, 4),
        1 => {
            let text = sound(random, 4);
            broken(&text, random)
        }
        2 => {
            let n_words = 1 + random.below(60);
            garbage(random, n_words)
        }
        3 => {
            let piece = random.one(&[
                "(",
                "!",
                "-",
                "[",
                "a.",
                "1+",
                "1?",
                "true?1:",
                "json.all(a,",
                "{1:",
            ]);
            piece.repeat(1 + random.below(600)) + &sound(random, 1)
        }
        _ => {
            let around = sound(random, 2);
            let levels = random.below(80);
            "(".repeat(levels) + &around + &")".repeat(levels)
        }
    }
}

/// Generates a valid condition with at most `levels` levels of nesting.
fn sound(random: &mut Random, levels: usize) -> String {
    if levels == 0 {
        return random
            .one(&[
                "1",
                "200",
                "1.5",
                "'text'",
                "true",
                "null",
                "status",
                "json.a",
                "json.b",
                "body",
                "headers['ETag']",
                "json.t",
                "response_time_ms",
                "[1, 2]",
                "{'a': 1}",
                "r'\\d'",
                "9007199254740993",
                "json.b[2].c",
                "0x10",
                "5u",
                "\"\\u00e9\"",
                "''",
            ])
            .to_owned();
    }
    let mut part = || sound(random, levels - 1);
    let (a, b, c) = (part(), part(), part());
    match random.below(16) {
        0 => format!("{a} && {b}"),
        1 => format!("{a} || {b}"),
        2 => format!("!({a})"),
        3 => format!("{a} ? {b} : {c}"),
        4 => format!("{a} {} {b}", random.one(&["==", "!=", "<", "<=", ">", ">=", "in"])),
        5 => format!("({a} {} {b})", random.one(&["+", "-", "*", "/", "%"])),
        6 => format!("{a}.{}({b})", random.one(&["contains", "startsWith", "endsWith", "size"])),
        7 => format!(
            "({a}).matches('{}')",
            random.one(&["^a", "\\\\d+", "(", "a{9999}", "[[:alpha:]]"])
        ),
        8 => format!(
            "json.b.{}(x, {a})",
            random.one(&["all", "exists", "exists_one", "map", "filter"])
        ),
        9 => format!("[{a}, {b}].{}(x, x == {c})", random.one(&["all", "exists", "filter"])),
        10 => format!(
            "{}({a})",
            random.one(&["size", "int", "double", "string", "bool", "type", "max"])
        ),
        11 => format!("has(json.{})", random.one(&["a", "zz", "b"])),
        12 => format!("json[{a}] == {b}"),
        13 => format!("({a}) == ({b})"),
        14 => format!("-({a}) < {b}"),
        _ => format!("status == 200 && json.a == {a}"),
    }
}

/// Inserts one error into a condition.
fn broken(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len());
    match random.below(4) {
        0 => drop(characters.remove(at)),
        1 => {
            characters
                .insert(at, *random.one(&[&'(', &'\'', &'.', &'=', &'é', &'\\', &'\0', &'&']));
        }
        2 => characters.truncate(at),
        _ => characters[at] = *random.one(&[&')', &'"', &'!', &'9', &'[', &'?', &'\u{202e}']),
    }
    characters.into_iter().collect()
}

/// Generates `n` words and signs in random order.
fn garbage(random: &mut Random, n: usize) -> String {
    let words = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "==",
        "=",
        "<",
        ">=",
        "&&",
        "||",
        "&",
        "in",
        "true",
        "null",
        "status",
        "json",
        "all",
        "has",
        "size",
        "x",
        "1",
        "1.",
        "0x",
        "1e",
        "'a'",
        "'",
        "\"",
        "'''",
        "b'a'",
        "r'\\'",
        "//",
        "\n",
        "é",
        "\u{0}",
        "\\",
        "`a`",
        "999999999999999999999",
        "1e999",
        "for",
        "int",
        "@",
        "$",
        "~",
        ";",
    ];
    (0..n).map(|_| random.one(&words)).collect::<Vec<_>>().join(random.one(&["", " "]))
}
