//! Comparison with the evaluator of another implementation of CEL, for everything that both define
//! alike.

use std::collections::HashMap;
use std::sync::Arc;

use allclear_expression::{Binding, Truth};
use cel::{Context, Program};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::vocabulary::compile;

fn document() -> Value {
    json!({
        "n": 3, "m": -2, "x": 1.5, "t": "text", "u": "te", "yes": true, "none": null,
        "numbers": [1, 2, 3], "texts": ["a", "te", "b"], "empty": [],
        "items": [{"v": 1, "t": "a"}, {"v": 2}, {"v": 3, "t": "b"}],
        "object": {"a": 1, "b": 2},
    })
}

/// The document as the other implementation takes it.
fn converted(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => cel::Value::Int(whole),
            None => cel::Value::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(values) => cel::Value::List(Arc::new(values.iter().map(converted).collect())),
        Value::Object(entries) => {
            let entries: HashMap<String, cel::Value> =
                entries.iter().map(|(key, value)| (key.clone(), converted(value))).collect();
            cel::Value::Map(entries.into())
        }
    }
}

/// A whole number. Division is left out: it is exact here and rounds there.
fn whole() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-5_i64..6).prop_map(|n| format!("({n})")),
        Just("json.n".to_owned()),
        Just("json.m".to_owned()),
        Just("json.missing".to_owned()),
        Just("size(json.numbers)".to_owned()),
        Just("json.t.size()".to_owned()),
        Just("json.object.a".to_owned()),
        Just("json.items[1].v".to_owned()),
        (0..5).prop_map(|index| format!("json.numbers[{index}]")),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), "[-+*]", inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (truth_leaf(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            inner.prop_map(|a| format!("(-{a})")),
        ]
    })
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        "[a-c]{0,2}".prop_map(|text| format!("'{text}'")),
        Just("json.t".to_owned()),
        Just("json.u".to_owned()),
        Just("json.items[1].t".to_owned()),
        Just("json.texts[1]".to_owned()),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), inner).prop_map(|(a, b)| format!("({a} + {b})"))
    })
    .boxed()
}

fn truth_leaf() -> BoxedStrategy<String> {
    prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("json.yes".to_owned()),
        Just("has(json.n)".to_owned()),
        Just("has(json.missing)".to_owned()),
        Just("json.none == null".to_owned()),
        Just("(json.missing == 1)".to_owned()),
        Just("('a' in json.object)".to_owned()),
    ]
    .boxed()
}

fn truth() -> BoxedStrategy<String> {
    let compare = "(==|!=|<|<=|>|>=)";
    let leaf = prop_oneof![
        truth_leaf(),
        (whole(), compare, whole()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        (text(), compare, text()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        (whole(), compare).prop_map(|(a, op)| format!("({a} {op} json.x)")),
        whole().prop_map(|a| format!("({a} in json.numbers)")),
        text().prop_map(|a| format!("({a} in json.texts)")),
        (text(), "(contains|startsWith|endsWith)", text())
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        text().prop_map(|a| format!("{a}.matches('^[a-t]+$')")),
        ("(all|exists|exists_one)", whole(), compare)
            .prop_map(|(f, a, op)| format!("json.numbers.{f}(i, i {op} {a})")),
        ("(all|exists|exists_one)", text(), compare)
            .prop_map(|(f, a, op)| format!("json.items.{f}(i, i.t {op} {a})")),
        (whole(), "[-+*]")
            .prop_map(|(a, op)| format!("json.numbers.map(i, i {op} {a}) == [2, 3, 4]")),
        whole().prop_map(|a| format!("json.items.filter(i, i.v > {a}).size() == 2")),
        (whole(), whole())
            .prop_map(|(a, b)| format!("{{'a': {a}, 'b': 2}} == {{'b': 2, 'a': {b}}}")),
        (whole(), whole()).prop_map(|(a, b)| format!("[{a}, 1] + [2] == [{b}, 1, 2]")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn both_evaluators_agree(text in truth()) {
        let document = document();
        let program = Program::compile(&text).unwrap();
        let mut context = Context::default();
        context.add_variable_from_value("json", converted(&document));
        let reference = program.execute(&context);
        // Some mistakes are found when the condition is compiled.
        let Ok(condition) = compile(&text) else {
            prop_assert!(reference.is_err(), "{text}");
            return Ok(());
        };
        let result = condition.evaluate(|name| (name == "json").then_some(Binding::Json(&document)));
        match reference {
            Ok(cel::Value::Bool(true)) => prop_assert_eq!(result, Truth::True, "{}", text),
            Ok(cel::Value::Bool(false)) => prop_assert_eq!(result, Truth::False, "{}", text),
            _ => prop_assert!(matches!(result, Truth::Missing(_) | Truth::TypeMismatch(_)), "{text}: {result:?}"),
        }
    }
}
