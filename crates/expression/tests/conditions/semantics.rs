//! The value of a condition over an answer.

use std::collections::BTreeMap;

use allclear_expression::{Binding, Truth};
use serde_json::{Value, json};

use crate::vocabulary::compile;

fn over(document: &Value, text: &str) -> Truth {
    let headers: BTreeMap<String, String> =
        [("content-type", "application/json"), ("x-count", "3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    let condition = compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    condition.evaluate(|name| match name {
        "json" => Some(Binding::Json(document)),
        "status" => Some(Binding::Number(200.0)),
        "headers" => Some(Binding::Headers(&headers)),
        "response_time_ms" => Some(Binding::Number(2001.5)),
        "body" => Some(Binding::Text("a body".into())),
        _ => None,
    })
}

fn all_hold(document: &Value, texts: &[&str]) {
    for text in texts {
        assert_eq!(over(document, text), Truth::True, "{text}");
    }
}

#[test]
fn whole_numbers_beyond_2_to_53_stay_exact() {
    let document: Value = serde_json::from_str(
        r#"{"id":9007199254740993,"max":18446744073709551615,"min":-9223372036854775808}"#,
    )
    .unwrap();
    assert_eq!(over(&document, "json.id == 9007199254740992"), Truth::False);
    all_hold(
        &document,
        &[
            "json.id == 9007199254740993",
            "json.id > 9007199254740992.0",
            "json.id != 9007199254740992.0",
            "json.id + 1.0 == 9007199254740994",
            "json.id - 9007199254740992 == 1",
            "json.id in [1, 9007199254740993]",
            "string(json.id) == '9007199254740993'",
            "json.max == 18446744073709551615 && json.max - 1 < json.max",
            "json.min == -9223372036854775808",
        ],
    );
    let too_large = over(&document, "json.max + 1 > 0");
    assert!(matches!(too_large, Truth::TypeMismatch(_)), "{too_large:?}");
    let too_small = over(&document, "json.min - 1 < 0");
    assert!(matches!(too_small, Truth::TypeMismatch(_)), "{too_small:?}");
}

#[test]
fn whole_numbers_and_doubles_mix() {
    let document = json!({"n": 7, "x": 3.5, "zero": 0});
    all_hold(
        &document,
        &[
            "status == 200 && status == 200.0 && status in [200, 204]",
            "response_time_ms > 1000 * 2",
            "response_time_ms * 2 == 4003",
            "json.n / 2 == json.x",
            "json.n % 4 == 3",
            "json.n * json.x == 24.5",
            "int('12') + double('0.5') == 12.5",
            "max([json.n, json.x, 5]) == 7 && min(json.n, json.x) == 3.5",
            "type(json.n) == int && type(json.x) == double && type(json) == map",
        ],
    );
    assert!(matches!(over(&document, "json.n / json.zero > 1"), Truth::TypeMismatch(_)));
}

#[test]
fn headers_are_found_in_any_case() {
    all_hold(
        &json!({}),
        &[
            "headers['Content-Type'] == 'application/json'",
            "headers[\"content-type\"] == 'application/json'",
            "'CONTENT-TYPE' in headers && !('Etag' in headers)",
            "has(headers['X-Count']) && !has(headers.Server)",
            "int(headers['X-Count']) == 3",
            "headers.exists(name, name == 'x-count')",
        ],
    );
    assert_eq!(over(&json!({}), "headers['ETag'] == 'x'"), Truth::Missing("ETag".to_owned()));
    // The keys of a document are what they are.
    assert_eq!(over(&json!({"a": 1}), "'A' in json"), Truth::False);
}

#[test]
fn an_error_is_absorbed_by_a_decisive_operand() {
    let document = json!({"a": 1, "list": [{"x": 1}, {}, {"x": "a"}]});
    all_hold(
        &document,
        &[
            "json.nothing > 1 || json.a == 1",
            "json.a == 1 || json.nothing > 1",
            "!(json.nothing > 1 && json.a == 2)",
            "json.list.exists(item, item.x > 0)",
            "!json.list.all(item, item.x > 1)",
            "json.a == 1 ? true : json.nothing",
            "has(json.nothing) ? json.nothing > 1 : true",
        ],
    );
    assert_eq!(
        over(&document, "json.nothing > 1 || json.a == 2"),
        Truth::Missing("nothing".into())
    );
    assert_eq!(over(&document, "json.list.all(item, item.x != 5)"), Truth::Missing("x".into()));
}

#[test]
fn documents_are_queried_by_all_expressions() {
    let document = json!({
        "status": "ok", "flags": [true, false], "none": null, "text": "ünï",
        "nested": {"list": [[1, 2], [3]], "by key": {"k": 1}},
    });
    all_hold(
        &document,
        &[
            "json.nested.list[0][1] == 2 && json['nested']['by key'].k == 1",
            "size(json.text) == 3 && json.text.size() == 3 && size(json.nested) == 2",
            "json.none == null && type(json.none) == type(null)",
            "json.nested.list.map(l, size(l)) == [2, 1]",
            "json.nested.list.filter(l, size(l) > 1) == [[1, 2]]",
            "[1, 2, 3].map(n, n > 1, n * 2) == [4, 6]",
            "json.flags.exists_one(f, f) && !json.flags.all(f, f)",
            "json.exists(key, key == 'status') && 'status' in json",
            "{'a': 1, 'b': [2]} == {'b': [2], 'a': 1} && {'a': 1}.a == 1",
            "json.status + '!' == \"ok!\" && ([1] + [2])[1] == 2",
            "json.status.matches('^o.$') && matches(json.status, r'k$')",
            "json.text.startsWith('ü') && json.text.endsWith('ï') && json.text.contains('n')",
            "'''o''' < 'p' // and a comment\n && true",
            "bool('true') && dyn(json.flags[0]) && string(1.5) == '1.5'",
            "-json.nested.list[0][0] == -1 && !!true",
            "json.status == 'ok' ? size([]) == 0 : false",
        ],
    );
    assert_eq!(over(&document, "json.nested.list[5][0] == 1"), Truth::Missing("[5]".to_owned()));
    for text in
        ["json.text > 1", "json.text.foo == 1", "json.none.exists(x, true)", "-json.text == 1"]
    {
        assert!(matches!(over(&document, text), Truth::TypeMismatch(_)), "{text}");
    }
}
