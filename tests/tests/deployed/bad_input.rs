//! Invalid input of the functions: each kind has a stable error code, and none prevents the
//! processing of the rest.

use serde_json::{Value, json};

use crate::outage::{CONFIG, monitor, slack_is_the_simulator};
use crate::stack::{ALL, Function, Stack};
use crate::stream::{Manner, Stream};
use crate::time::{minute, past_hour, scheduled};

#[tokio::test]
async fn every_function_rejects_an_invalid_event() {
    let stack = Stack::new("events").await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    let no_events = [
        json!("checkout"),
        json!(17),
        json!({ "Records": "none" }),
        json!({ "scheduled_time": "yesterday" }),
        json!({ "monitors": 3 }),
        json!({ "check": "http" }),
    ];
    for event in &no_events {
        let answer = stack.invoke(Function::Prober, event).await;
        assert!(
            ["event_unreadable", "check_invalid"].contains(&answer.code()),
            "{event}: {answer:?}"
        );
    }
    for function in [Function::Evaluator, Function::Notifier, Function::Generator] {
        let of_other_sources = [json!({ "Records": [{}] }), json!({ "source": "aws.s3" })];
        for event in no_events[..3].iter().chain(&of_other_sources) {
            let answer = stack.invoke(function, event).await;
            assert_eq!(answer.code(), "event_unreadable", "{function:?} {event}");
        }
    }
    // Records without a sequence number also go to the dead-letter queue: one of the evaluator, one
    // of the notifier.
    let aside = stack.aside().receive().await;
    let unnumbered = aside.iter().filter(|body| body.contains("event_unreadable"));
    assert_eq!(unnumbered.count(), 2, "{aside:?}");
    let line = stack.logged(Function::Evaluator, "event_unreadable").await;
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(line.to_string().contains("event_unreadable"), "{line}");
    // No partial result is left.
    assert!(stack.items("run#main").await.is_empty());
}

#[tokio::test]
async fn every_function_reports_a_missing_config() {
    let stack = Stack::new("unconfigured").await;
    for function in ALL {
        let answer = stack.invoke(function, &scheduled(past_hour())).await;
        assert_eq!(answer.code(), "config_missing", "{function:?}");
        assert!(answer.answer["errorMessage"].as_str().unwrap().contains("allclear apply"));
    }
}

#[tokio::test]
async fn an_invalid_config_is_reported_while_the_last_valid_one_stays_active() {
    let stack = Stack::new("config").await;
    slack_is_the_simulator(&stack).await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    let hour = past_hour();
    stack.probe(minute(hour, 0)).await;
    let current = stack.items("config").await;
    let version = |item: &&Value| item["sk"]["S"].as_str().unwrap().starts_with('v');
    let mut broken = current.iter().find(version).unwrap().clone();
    let second = broken["sk"]["S"].as_str().unwrap().trim_end_matches('1').to_owned() + "2";
    broken["sk"]["S"] = json!(second);
    let (name, _) =
        broken.as_object().unwrap().iter().find(|(_, value)| value.get("B").is_some()).unwrap();
    let name = name.clone();
    broken[&name] = json!({ "B": "bm8gY29uZmln" });
    stack.put(broken).await;
    let mut pointer = current.iter().find(|item| item["sk"]["S"] == "current").unwrap().clone();
    pointer["n"] = json!({ "N": "2" });
    stack.put(pointer).await;

    for (n, is_cold) in [(1, false), (2, true)] {
        if is_cold {
            assert_ne!(stack.kill(Function::Prober).await, 0);
        }
        let answer = stack.invoke(Function::Prober, &scheduled(minute(hour, n))).await;
        assert_eq!(answer.code(), "config_unreadable", "{answer:?}");
    }
    assert_eq!(stack.items("run#main").await.len(), 3, "the checks go on");
    stack.logged(Function::Prober, "config_unreadable").await;

    // A valid config ends the alert.
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "prompt_store"))).await;
    stack.probe(minute(hour, 3)).await;
    assert_eq!(stack.simulator.hits("prompt_store").len(), 1);
}

#[tokio::test]
async fn unreadable_records_go_to_the_dead_letter_queue_and_the_others_are_processed() {
    let stack = Stack::new("poison").await;
    stack.stop_streams().await;
    slack_is_the_simulator(&stack).await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    stack.simulator.set("doc_store", allclear_simulator::Behavior::status(500));
    let hour = past_hour();
    stack.probe(minute(hour, 0)).await;
    let good = stack.items("run#main").await.remove(0);
    let body = good["b"]["B"].as_str().unwrap();
    // A body in an unknown format, a truncated body, a record without a binary body, and an invalid
    // key.
    let of_a_later_version = "/".to_owned() + &body[1..];
    let cut = &body[..body.len() / 8 * 4];
    let at = |n| format!("{}#us-east-1#main", minute(hour, n));
    for (sk, b) in [
        (at(1), json!({ "B": of_a_later_version })),
        (at(2), json!({ "B": cut })),
        (at(3), json!({ "S": "text" })),
        ("whenever".to_owned(), json!({ "B": body })),
    ] {
        stack.put(json!({ "pk": { "S": "run#main" }, "sk": { "S": sk }, "b": b })).await;
    }
    stack.probe(minute(hour, 4)).await;

    let mut stream = Stream::to(&stack, Function::Evaluator).await;
    stream.deliver(&stack, Manner::Once, 0).await;
    assert_eq!(stream.n_failed, 0, "poison is acknowledged");
    let aside = stack.aside().receive().await;
    assert_eq!(aside.len(), 4, "{aside:?}");
    let codes = ["record_version_unknown", "run_unreadable"];
    for body in &aside {
        assert!(codes.iter().any(|code| body.contains(code)), "{body}");
    }
    assert!(aside.iter().any(|body| body.contains("record_version_unknown")), "{aside:?}");
    // The two valid runs around them were folded: two failures confirm the outage.
    let exported = stack.export().await;
    let down = |one: &&Value| one["monitor"] == "doc_store" && one["to"] == "unhealthy";
    assert_eq!(exported["transitions"].as_array().unwrap().iter().filter(down).count(), 1);
}

#[tokio::test]
async fn a_missing_secret_is_not_an_outage() {
    let stack = Stack::new("secret").await;
    let url = stack.simulator.http_url("/billing/health");
    let check =
        format!("check.http = {{ url = \"{url}\", auth = {{ bearer = \"secret:billing\" }} }}");
    let monitors = format!("\n[[monitor]]\nid = \"billing\"\ninterval = \"60s\"\n{check}\n");
    stack.set_secrets(json!({ "slack": stack.simulator.inbox_url("slack") })).await;
    stack.apply(&format!("{CONFIG}{monitors}{}", monitor(&stack, "doc_store"))).await;
    let hour = past_hour();
    for n in 0..3 {
        stack.probe(minute(hour, n)).await;
    }
    stack.logged(Function::Prober, "secret_missing").await;
    stack.swept().await;
    let exported = stack.export().await;
    let of = |id: &str| exported["monitored_deployments"][id]["health_history"][2].clone();
    assert_eq!(of("billing")["status"], "unknown");
    assert_eq!(of("billing")["fault"], "monitor");
    assert!(of("billing")["message"].as_str().unwrap().contains("billing"));
    assert_eq!(of("doc_store")["status"], "healthy");
    assert!(stack.simulator.hits("billing").is_empty(), "asked without its key");
}

#[tokio::test]
async fn a_function_that_lacks_a_variable_names_it() {
    let stack = Stack::new("variables").await;
    for function in ALL {
        stack.set_variables(function, &[("ALLCLEAR_TABLE", "")]).await;
        let answer = stack.invoke(function, &scheduled(past_hour())).await;
        assert_eq!(answer.code(), "environment_missing", "{function:?}");
        let what = answer.answer["errorMessage"].as_str().unwrap();
        assert!(what.contains("`ALLCLEAR_TABLE`"), "{what}");
    }
}
