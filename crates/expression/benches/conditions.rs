//! The cost of conditions: per item of a list, per kilobyte of a text, and of small ones as most are.

#![expect(clippy::unwrap_used, reason = "a benchmark is no interface and fails by panicking")]

use std::hint::black_box;

use allclear_expression::{
    Binding, EvaluationBudget, Expression, ExpressionError, Truth, ValueKind, Variable,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

const VARIABLES: &[Variable] = &[
    Variable::new("status", ValueKind::Number, "the HTTP status"),
    Variable::new("body", ValueKind::Text, "the body as text"),
    Variable::new("json", ValueKind::Object, "the body as JSON"),
    Variable::new("response_time_ms", ValueKind::Number, "the response time, in milliseconds"),
];

/// Compiles a condition over the variables of an HTTP answer.
fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, VARIABLES)
}

/// Enough for whatever is measured here.
fn budget() -> EvaluationBudget<'static> {
    EvaluationBudget::new(u64::MAX, usize::MAX)
}

fn evaluate(condition: &Expression, document: &Value, body: &str) -> Truth {
    condition.evaluate_within(&mut budget(), |name| match name {
        "json" => Some(Binding::Json(document)),
        "body" => Some(Binding::Text(body.into())),
        "status" => Some(Binding::Number(200.0)),
        "response_time_ms" => Some(Binding::Number(123.0)),
        _ => None,
    })
}

fn items(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("per item");
    let conditions = [
        "json.items.all(item, item.version == json.version)",
        "json.items.filter(item, item.id % 2 == 0).size() > 0",
        "json.items.exists(item, item.name.matches('^item [a-z]+ -1$'))",
    ];
    for n in [1_000_u64, 8_000] {
        let item = |id| json!({"id": id, "name": format!("item number {id}"), "version": "1"});
        let items: Vec<Value> = (0..n).map(item).collect();
        let document = json!({ "version": "1", "items": items });
        group.throughput(Throughput::Elements(n));
        for condition in conditions {
            let compiled = compile(condition).unwrap();
            group.bench_with_input(
                BenchmarkId::new(condition, n),
                &document,
                |bencher, document| {
                    bencher.iter(|| black_box(evaluate(&compiled, document, "")));
                },
            );
        }
    }
    group.finish();
}

fn kilobytes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("per kilobyte");
    let conditions = [
        "body.contains('not there')",
        "size(body) == 0",
        "body.matches('(?i)not (there|here)')",
        "body.matches('[a-z]+ [0-9]{3,}!')",
    ];
    for n_kilobytes in [16_u64, 1_024] {
        let length = usize::try_from(n_kilobytes).unwrap() * 1_024;
        let body: String = "some text 12 ".chars().cycle().take(length).collect();
        group.throughput(Throughput::Bytes(n_kilobytes * 1_024));
        for condition in conditions {
            let compiled = compile(condition).unwrap();
            let id = BenchmarkId::new(condition, n_kilobytes);
            group.bench_with_input(id, &body, |bencher, body| {
                bencher.iter(|| black_box(evaluate(&compiled, &Value::Null, body)));
            });
        }
    }
    group.finish();
}

fn small(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("small");
    let document = json!({ "status": "ok", "version": 3 });
    for condition in
        ["status == 200", "status == 200 && json.status == 'ok' && response_time_ms < 500"]
    {
        let compiled = compile(condition).unwrap();
        group.bench_function(format!("evaluate {condition}"), |bencher| {
            bencher.iter(|| black_box(evaluate(&compiled, &document, "")));
        });
        group.bench_function(format!("compile {condition}"), |bencher| {
            bencher.iter(|| black_box(compile(condition).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, items, kilobytes, small);
criterion_main!(benches);
