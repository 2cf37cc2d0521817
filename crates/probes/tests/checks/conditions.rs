//! Conditions over the answers of the `http` check: their cost, and protection against targets that
//! exploit it.

use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, LONG, bench};

/// A condition whose cost grows with the third power of the list's length.
const CUBIC: &str = "json.all(a, json.all(b, json.all(c, a + b + c >= 0)))";

async fn expect(bench: &CheckFixture, behavior: Behavior, condition: &str) -> Finding {
    bench.simulator.set("svc", behavior);
    let url = bench.simulator.http_url("/svc");
    let params = json!({ "url": url, "expect": condition, "max_body_bytes": 16 * 1024 * 1024 });
    bench.check("http", params).await
}

fn numbers(n: usize) -> Behavior {
    Behavior::json((0..n).collect())
}

#[tokio::test]
async fn a_list_of_eight_thousand_items_is_judged() {
    let bench = bench().await;
    let item = |id| json!({"id": id, "name": format!("item number {id}"), "version": "1"});
    let items: Vec<Value> = (0..8_000).map(item).collect();
    let behavior = Behavior::json(json!({"version": "1", "items": items}));
    let condition = "json.items.all(item, item.version == json.version)";
    expect(&bench, behavior, condition).await.assert_healthy();
}

#[tokio::test]
async fn an_object_of_a_million_keys_is_judged() {
    let bench = bench().await;
    let entries: Vec<String> = (0..1_000_000).map(|n| format!("\"{n}\":{n}")).collect();
    let body = format!("{{{}}}", entries.join(","));
    expect(&bench, Behavior::text(200, &body), "json['999999'] == 999999").await.assert_healthy();
    let twice = format!("{{{}1}}", "\"key\":".to_owned() + &"0,\"key\":".repeat(1_000_000));
    expect(&bench, Behavior::text(200, &twice), "json == {'key': 1}").await.assert_healthy();
}

#[tokio::test]
async fn a_condition_over_its_budget_is_the_fault_of_the_request() {
    let bench = bench().await;
    let finding = expect(&bench, numbers(1_000), CUBIC).await;
    let message =
        finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit).to_owned();
    assert!(message.starts_with(&format!("`{CUBIC}` exceeds its cost limit")), "{message}");
    assert!(finding.latency.is_some(), "the target did answer");
    // `expect` holds, and only `degraded` is undecided.
    let url = bench.simulator.http_url("/svc");
    let params = json!({ "url": url, "expect": "status == 200", "degraded": CUBIC });
    let finding = bench.check("http", params).await;
    finding.assert_cause(Status::Degraded, Fault::Request, Reason::ConditionLimit);
}

#[tokio::test]
async fn an_evaluation_ends_with_the_attempt() {
    let bench = bench().await;
    bench.simulator.set("svc", numbers(1_000));
    let params = json!({ "url": bench.simulator.http_url("/svc"), "expect": CUBIC });
    // The timeout is shorter than the budget lasts on any machine.
    let finding = bench.check_within(Duration::from_millis(100), "http", params).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
    assert_eq!(message, "cannot evaluate the conditions within 100ms");
}

#[tokio::test]
async fn a_costly_evaluation_holds_up_no_other_check() {
    let bench = bench().await;
    bench.simulator.set("costly", numbers(1_000));
    let costly = json!({ "url": bench.simulator.http_url("/costly"), "expect": CUBIC });
    let plain = json!({ "url": bench.simulator.http_url("/plain"), "expect": "status == 200" });
    // Both checks share one thread.
    let started = Instant::now();
    let costly = bench.check_within(LONG, "http", costly);
    let mut costly = std::pin::pin!(costly);
    let mut longest = Duration::ZERO;
    loop {
        let begun = Instant::now();
        tokio::select! {
            finding = &mut costly => {
                finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
                break;
            }
            finding = bench.check("http", plain.clone()) => {
                finding.assert_healthy();
                longest = longest.max(begun.elapsed());
            }
        }
    }
    let costly = started.elapsed();
    assert!(longest < costly / 2, "{longest:?} of {costly:?}");
}

#[tokio::test]
async fn json_that_the_monitor_cannot_read_is_not_the_targets_fault() {
    let bench = bench().await;
    let deep = "[".repeat(200) + &"]".repeat(200);
    let many = format!("[0{}]", ",0".repeat(2_000_000));
    for (body, condition, what) in [
        (
            deep.as_str(),
            "json[0] == 1",
            "has JSON that is nested deeper than 127 levels at line 1 column 128",
        ),
        (&many, "json[0] == 1", "has more than 2000000 values of JSON"),
        (
            r#"{"f":1e400}"#,
            "json.f > 1.5",
            "has a number that is too large to be represented at line 1 column 10",
        ),
        (
            r#"{"f":1e400}"#,
            "status == 200 && json.ok == true",
            "has a number that is too large to be represented at line 1 column 10",
        ),
    ] {
        let finding = expect(&bench, Behavior::text(200, body), condition).await;
        let message =
            finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
        assert_eq!(message, format!("`{condition}` was not evaluated: the body {what}"));
    }
    let url = bench.simulator.http_url("/svc");
    let params = json!({ "url": url, "expect": "status == 200", "degraded": "json.f > 1" });
    let finding = bench.check("http", params).await;
    finding.assert_cause(Status::Degraded, Fault::Request, Reason::ConditionLimit);
}

#[tokio::test]
async fn conditions_without_the_body_decide_even_if_the_body_cannot_be_read() {
    let bench = bench().await;
    let huge = r#"{"f":1e400}"#;
    let condition = "status == 200 && json.f > 1";
    let finding = expect(&bench, Behavior::text(404, huge), condition).await;
    finding.assert_down(Reason::AssertionFailed);
    let condition = "status == 404 || json.f > 1";
    expect(&bench, Behavior::text(404, huge), condition).await.assert_healthy();
}

#[tokio::test]
async fn a_condition_that_builds_too_much_is_the_fault_of_the_request() {
    let bench = bench().await;
    let text = "a".repeat(100_000);
    let body = json!({ "text": text, "list": (0..200).collect::<Vec<_>>() }).to_string();
    let condition = "json.list.map(n, json.text + json.text).size() == 200";
    let finding = expect(&bench, Behavior::text(200, &body), condition).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
}

#[tokio::test]
async fn whole_numbers_of_an_answer_stay_exact() {
    let bench = bench().await;
    let behavior = || Behavior::text(200, r#"{"id":9007199254740993}"#);
    expect(&bench, behavior(), "json.id == 9007199254740993").await.assert_healthy();
    let finding = expect(&bench, behavior(), "json.id == 9007199254740992").await;
    finding.assert_down(Reason::AssertionFailed);
}

#[tokio::test]
async fn headers_of_an_answer_are_found_in_any_case() {
    let bench = bench().await;
    let behavior = || Behavior::text(200, "ok").with_header("X-Version", "7");
    for condition in [
        "headers['X-Version'] == '7'",
        "headers['x-version'] == '7' && 'X-VERSION' in headers",
        "has(headers['X-version']) && !has(headers['X-Other'])",
    ] {
        expect(&bench, behavior(), condition).await.assert_healthy();
    }
}

#[tokio::test]
async fn a_pattern_over_a_large_body_is_bounded() {
    let bench = bench().await;
    let body = "a".repeat(1_000_000);
    let url = bench.simulator.http_url("/svc");
    let explosive = json!({ "url": url, "expect": r"body.matches('(?i)[\\p{L}]{1,200}b')" });
    let problems = bench.problems("http", explosive);
    assert_eq!(
        problems,
        ["expect: invalid pattern of `matches`: it is too large with its repetitions expanded"]
    );
    let condition = r"!body.matches('(?i)[\\p{L}]{1,5}b')";
    let finding = expect(&bench, Behavior::text(200, &body), condition).await;
    finding.assert_healthy();
}
