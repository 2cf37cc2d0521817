//! The cost of an evaluation, counted in operations and not in time.

use std::sync::atomic::{AtomicBool, Ordering};

use allclear_expression::{Binding, EvaluationBudget, Truth};
use serde_json::{Map, Value, json};

use crate::vocabulary::compile;

const MANY: u64 = 100_000_000;
const MEMORY: usize = 16 * 1024 * 1024;

fn cost(condition: &str, document: &Value) -> (Truth, u64) {
    let condition = compile(condition).unwrap();
    let mut budget = EvaluationBudget::new(MANY, MEMORY);
    let truth = condition.evaluate_within(&mut budget, |name| match name {
        "json" => Some(Binding::Json(document)),
        "body" => document.as_str().map(|text| Binding::Text(text.into())),
        _ => None,
    });
    (truth, budget.spent())
}

fn items(n: usize) -> Value {
    let item = |id| json!({"id": id, "name": format!("item number {id}"), "version": "1"});
    json!({"version": "1", "items": (0..n).map(item).collect::<Vec<_>>()})
}

#[test]
fn a_condition_over_a_list_costs_the_same_for_each_item() {
    let condition = "json.items.all(item, item.version == json.version)";
    let per_item: Vec<u64> = [1_000, 2_000, 4_000, 8_000]
        .into_iter()
        .map(|n| {
            let (truth, spent) = cost(condition, &items(n));
            assert_eq!(truth, Truth::True);
            (spent - 5) / n as u64
        })
        .collect();
    assert!(per_item.iter().all(|cost| *cost == per_item[0]), "{per_item:?}");
    assert!(per_item[0] < 20, "{per_item:?}");
}

#[test]
fn an_object_of_a_million_keys_is_searched_and_not_copied() {
    let keys: Map<String, Value> =
        (0..1_000_000).map(|n| (format!("key {n}"), Value::from(n))).collect();
    let document = Value::Object(keys);
    let (truth, spent) = cost("json['key 999999'] == 999999 && 'key 5' in json", &document);
    assert_eq!(truth, Truth::True);
    assert!(spent < 30, "{spent}");
    let (truth, spent) = cost("json.all(key, key.startsWith('key'))", &document);
    assert_eq!(truth, Truth::True);
    assert!(spent < 10_000_000, "{spent}");
}

#[test]
fn a_condition_over_budget_fails_even_inside_a_logical_operator() {
    let document = json!((0..1_000).collect::<Vec<_>>());
    for condition in [
        "json.all(a, json.all(b, json.all(c, a + b + c >= 0)))",
        "json.all(a, json.all(b, json.all(c, a + b + c >= 0))) || true",
        "json.exists(a, json.exists(b, json.exists(c, json.exists(d, a + b + c < 0))))",
        "json.map(a, json.map(b, json.map(c, [a, b, c]))) == []",
    ] {
        let condition = compile(condition).unwrap();
        let mut budget = EvaluationBudget::new(100_000, MEMORY);
        let truth = condition.evaluate_within(&mut budget, |name| {
            (name == "json").then_some(Binding::Json(&document))
        });
        assert_eq!(truth, Truth::OverBudget, "{condition}");
        assert!(budget.spent() < 200_000);
    }
}

#[test]
fn a_condition_cannot_build_more_than_its_memory() {
    let mut doubling = "'0123456789abcdef'".to_owned();
    for _ in 0..9 {
        doubling = format!("[{doubling}].map(x, x + x + x + x)[0]");
    }
    // The text would have 4 MiB, of which the budget of own values allows a quarter.
    let condition = compile(&format!("size({doubling}) > 0 || status == 1"));
    let message = condition.unwrap_err().message;
    assert_eq!(message, "the condition costs too much, whatever its values are");
    let text = Value::String("x".repeat(1_000_000));
    let list = Value::Array(vec![text; 100]);
    let (truth, _) = cost("json.map(a, a + a) == []", &list);
    assert_eq!(truth, Truth::OverBudget);
}

#[test]
fn comparing_and_searching_long_texts_is_paid_for() {
    let body = Value::String("a".repeat(1_000_000));
    for condition in [
        "body.contains('ab')",
        "body.endsWith('b')",
        "body == body + ''",
        "size(body) == 5",
        "body.matches('a{5}b')",
    ] {
        let (_, spent) = cost(condition, &body);
        assert!(spent > 1_000_000 / 64, "{condition}: {spent}");
        assert!(spent < 1_000_000, "{condition}: {spent}");
    }
}

#[test]
fn a_pattern_over_a_large_hostile_body_is_bounded() {
    let refused = compile(r"body.matches('(?i)[\\p{L}]{1,200}b')").unwrap_err();
    assert_eq!(
        refused.message,
        "invalid pattern of `matches`: it is too large with its repetitions expanded"
    );
    assert_eq!(refused.range, 13..35);
    let body = Value::String("abaabaaab".repeat(120_000));
    for pattern in ["(a|aa|aaa|b)+c", "(.*)(.*)(.*)(.*)=", "[ab]{20}a[ab]{30}c", r"\\b(a|b)+\\bc"] {
        let condition = compile(&format!("body.matches('{pattern}')")).unwrap();
        let mut budget = EvaluationBudget::new(20_000_000, MEMORY);
        let truth = condition
            .evaluate_within(&mut budget, |_| body.as_str().map(|text| Binding::Text(text.into())));
        assert!(matches!(truth, Truth::False | Truth::OverBudget), "{pattern}: {truth:?}");
    }
}

#[test]
fn an_evaluation_stops_when_it_is_asked_to() {
    let document = json!((0..100_000).collect::<Vec<_>>());
    let condition = compile("json.all(n, n >= 0)").unwrap();
    let stop = AtomicBool::new(false);
    let mut budget = EvaluationBudget::new(MANY, MEMORY).stopped_by(&stop);
    stop.store(true, Ordering::Relaxed);
    let truth = condition.evaluate_within(&mut budget, |_| Some(Binding::Json(&document)));
    assert_eq!(truth, Truth::Stopped);
    assert!(budget.spent() < 2_100, "{}", budget.spent());
}

#[test]
fn each_variable_is_looked_up_once() {
    let n_lookups = std::cell::Cell::new(0);
    let document = json!({"a": 1});
    let condition = compile("json.a == 1 && json.a == json.a && json.a < 2").unwrap();
    let truth = condition.evaluate(|_| {
        n_lookups.set(n_lookups.get() + 1);
        Some(Binding::Json(&document))
    });
    assert_eq!((truth, n_lookups.get()), (Truth::True, 1));
}
