//! Limits of size and depth: refused with a place and never with an abort, on a small stack.

use allclear_expression::{Binding, Expression, ExpressionError, MAX_DEPTH, MAX_NODES, Truth};

use crate::vocabulary::compile;

/// The stack of a thread of the runtime.
const STACK: usize = 2 * 1024 * 1024;

/// Compiles, evaluates and drops the condition on a thread of its own.
fn on_a_small_stack(text: String) -> Result<Truth, ExpressionError> {
    let run = move || {
        let condition = compile(&text)?;
        Ok(condition.evaluate(|_| Some(Binding::Number(1.0))))
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap();
    thread.join().unwrap()
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = on_a_small_stack(text.to_owned()).unwrap_err();
    assert!(error.message.contains(message), "{}", error.message);
    assert!(text.get(error.range.clone()).is_some(), "{:?}", error.range);
}

#[test]
fn deep_conditions_are_refused_with_a_position() {
    let parentheses = |n: usize| "(".repeat(n) + "status == 200" + &")".repeat(n);
    refused(&parentheses(60), "nested too deeply: at most 50 levels");
    refused(&format!("status == {}", ["1"; 250].join("+")), "nested too deeply");
    let error = on_a_small_stack(parentheses(60)).unwrap_err();
    assert_eq!(error.range, MAX_DEPTH..MAX_DEPTH + 1, "the place is that of the level too many");
}

#[test]
fn long_chains_of_anything_end_with_an_error() {
    let most = Expression::MAX_BYTES;
    for piece in
        ["!", "[", "-", "(", "{", "a.", "status.", "1+", "1?", "true?false:", "size(", "has("]
    {
        let text = piece.repeat(most / piece.len());
        assert!(on_a_small_stack(text).is_err(), "{piece}");
    }
    for (piece, end) in [("true?false:", "true"), ("-", "1"), ("!", "true"), ("[", ""), ("1+", "1")]
    {
        let text = piece.repeat(most / piece.len() - 1) + end;
        assert!(on_a_small_stack(text).is_err(), "{piece}");
    }
    refused(&format!("status{}", ".a".repeat(1_900)), "nested too deeply");
    refused(&format!("status{}", "[0]".repeat(1_300)), "nested too deeply");
    refused(&format!("[{}1] == []", "1,".repeat(1_900)), "too large");
    refused(&"x".repeat(most + 1), "too long: at most 4000 bytes");
}

#[test]
fn nested_macros_are_limited() {
    let mut text = "true".to_owned();
    for n in 0..60 {
        text = format!("[1].all(a{n}, {text})");
    }
    refused(&text, "nested too deeply");
    // Each level multiplies what the one within costs.
    let mut text = "true".to_owned();
    for n in 0..12 {
        text = format!("[1, 2, 3, 4, 5].all(a{n}, {text})");
    }
    refused(&text, "costs too much");
}

#[test]
fn the_largest_conditions_work_on_a_small_stack() {
    let parentheses = "(".repeat(MAX_DEPTH - 1) + "status == 1" + &")".repeat(MAX_DEPTH - 1);
    assert_eq!(on_a_small_stack(parentheses), Ok(Truth::True));
    let sum = format!("{} > status", ["1"; MAX_DEPTH - 1].join("+"));
    assert_eq!(on_a_small_stack(sum), Ok(Truth::True));
    let many = ["status == 1"; MAX_NODES / 4].join(" && ");
    assert_eq!(on_a_small_stack(many), Ok(Truth::True));
    let mut text = "status == 1".to_owned();
    for n in 0..MAX_DEPTH - 3 {
        text = format!("[1].all(a{n}, {text})");
    }
    assert_eq!(on_a_small_stack(text), Ok(Truth::True));
}

#[test]
fn every_error_has_its_position() {
    for (text, message, place) in [
        ("status == 'a", "the text has no closing quote", "'"),
        ("status == b'a'", "a condition has texts, but no bytes", "b'a'"),
        (r"body == 'a\qb'", "unknown escape in a text", r"\q"),
        (
            "status == 99999999999999999999",
            "`99999999999999999999` is too large for a number",
            "99999999999999999999",
        ),
        ("status == 12abc", "`12abc` is not a number", "12abc"),
        ("status = 200", "cannot parse the condition: unexpected `=`", "="),
        ("status == 200 & true", "cannot parse the condition: unexpected `&`", "&"),
        ("(status == 200", "cannot parse the condition: unexpected end", ""),
        ("status == 200)", "cannot parse the condition: unexpected `)`", ")"),
        ("for == 1", "cannot parse the condition: unexpected `for`", "for"),
        (
            "body.matches(json.pattern)",
            "the pattern of `matches` is not a text in quotes",
            "json.pattern",
        ),
        ("body.matches('a(')", "invalid pattern of `matches`: unclosed group", "'a('"),
        ("size(body, body) > 1", "`size` takes 1 value", "size"),
        ("json.all(1, true)", "`all` takes a name and a condition", "all"),
        ("json.all(x)", "`all` takes a name and a condition", "all"),
        ("has(json)", "`has` asks for a field", "json"),
        ("status == 200 && boddy == ''", "unknown variable `boddy`", "boddy"),
        ("status == \u{1}", "cannot parse the condition: unexpected `\\u{1}`", "\u{1}"),
    ] {
        let error = compile(text).unwrap_err();
        assert_eq!(error.message, message, "{text}");
        assert_eq!(&text[error.range], place, "{text}");
    }
}
