//! Tasks: embeddings, rerank, speech, transcription and images, at every provider that has them.

use crate::llm::BillingCheck;
use allclear_core::checker::PriorState;
use allclear_core::cost::Cost;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_llm::provider::Provider;
use allclear_llm::providers;
use allclear_llm::task::Task;
use allclear_simulator::Behavior;
use allclear_simulator::llm::{self, LlmBehavior, Operation, Row, RowImpact};
use serde_json::{Value, json};

use super::{KEY, TestServer, merged, only};
use crate::support::{FindingExt, bench, build};

/// Returns the parameters of a task with an interval of five minutes.
fn task(provider: &Provider, task: Task) -> Value {
    let is_versioned = |it: &allclear_llm::task::TaskEndpoint| {
        it.task() == task && it.path.contains("{api_version}")
    };
    let version = provider.tasks.iter().any(is_versioned).then_some("2025-04-01");
    let own = json!({
        "api": task.name(),
        "api_version": version,
        "price": { "output": null, "request": 0.001 },
        "steps": { "completion": "5m" },
    });
    merged(only(&["completion"]), own)
}

async fn world(provider: &str, of: Task, more: Value) -> TestServer {
    let table = providers::find(provider).unwrap();
    TestServer::of(provider, merged(task(table, of), more)).await
}

fn every_task() -> Vec<(&'static Provider, Task)> {
    let providers = providers::all().iter().copied();
    let tasks =
        providers.flat_map(|table| table.task_names().into_iter().map(move |it| (table, it)));
    tasks.collect()
}

fn status_of(row: &Row) -> Status {
    match row.impact {
        RowImpact::Healthy => Status::Healthy,
        RowImpact::Degraded => Status::Degraded,
        RowImpact::Fails => Status::Unhealthy,
        RowImpact::Inconclusive => Status::Unknown,
    }
}

#[tokio::test]
async fn every_task_of_every_provider_is_healthy_and_measured() {
    for (table, task) in every_task() {
        let mut world = world(table.name, task, json!({})).await;
        let finding = world.at(0).await;
        let about = format!("{} {}: {finding:#?}", table.name, task.name());
        assert_eq!(finding.status(), Status::Healthy, "{about}");
        assert!(finding.metrics["answer_bytes"] > 0.0, "{about}");
        assert_eq!(finding.metrics.contains_key("dimensions"), task == Task::Embeddings, "{about}");
        assert!(finding.cost >= Cost::from_dollars(0.001), "{about}");
        assert_eq!(finding.cost, world.spent(0).await, "{about}");
        assert!(finding.latency.is_some(), "{about}");
        assert_eq!(world.hits(&format!("{}.completion", table.name)), 1, "{about}");
    }
}

#[tokio::test]
async fn every_row_of_every_task_gets_its_verdict_and_names_its_rule() {
    let mut wrong = Vec::new();
    let mut n_rows = 0;
    for (table, task) in every_task() {
        let world = world(table.name, task, json!({})).await;
        // A row without an API is an answer to any of them, except rows with a stream.
        let is_of_it = |row: &&Row| {
            row.operation == Operation::Completion
                && match row.api.as_deref() {
                    Some(api) => api == task.name(),
                    None => row.status >= 400 && row.impact != RowImpact::Healthy,
                }
        };
        for row in llm::rows(table.name).iter().filter(is_of_it) {
            world.set(&format!("{}.completion", table.name), LlmBehavior::row(&row.name));
            let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
            let cause = finding.verdict.cause();
            let found = cause.map(|cause| (cause.fault.as_str(), cause.reason.code()));
            let expected = row.fault.as_deref().zip(row.reason.as_deref());
            let has_rule = finding.labels.contains_key("classified_by");
            if (found, finding.status(), has_rule) != (expected, status_of(row), found.is_some()) {
                let about = format!("{} {} {}", table.name, task.name(), row.name);
                wrong.push(format!("{about}: {finding:?}, not {expected:?}"));
            }
            n_rows += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {n_rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_rows > 1_500, "{n_rows}");
}

#[tokio::test]
async fn a_revoked_key_is_a_credentials_fault_with_every_task() {
    for (table, task) in every_task().into_iter().filter(|(table, _)| !table.is_key_optional) {
        let mut world = world(table.name, task, json!({})).await;
        world.bench.simulator.revoke_keys([KEY]);
        let finding = world.at(0).await;
        finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
        assert_eq!(finding.cost, Cost::ZERO, "{}", table.name);
    }
}

#[tokio::test]
async fn a_truncated_or_hanging_answer_is_a_target_fault_at_maximum_cost() {
    for task in [Task::Embeddings, Task::Speech, Task::Image] {
        let mut world = world("openai", task, json!({})).await;
        world.set(
            "openai.completion",
            LlmBehavior { cut_after_bytes: Some(60), ..LlmBehavior::default() },
        );
        let finding = world.at(0).await;
        finding.assert_down(Reason::ResponseTruncated);
        assert_eq!(finding.labels["classified_by"], "answer/broken-off");
        assert!(finding.cost >= Cost::from_dollars(0.001), "{finding:?}");
    }
    let mut world = world("openai", Task::Embeddings, json!({})).await;
    world.set("openai.completion", Behavior::Hang);
    let finding = world.at(0).await;
    finding.assert_down(Reason::Timeout);
    assert!(finding.cost >= Cost::from_dollars(0.001), "it may have been charged");
}

#[tokio::test]
async fn at_the_cap_no_task_is_requested() {
    let mut world = world("cohere", Task::Rerank, json!({ "max_cost_per_month": 0.0015 })).await;
    let first = world.at(0).await;
    first.assert_healthy();
    let paused = world.at(5).await;
    assert!(paused.labels["completion"].starts_with("paused: $"), "{paused:?}");
    assert_eq!((paused.cost, world.hits("cohere.completion")), (Cost::ZERO, 1));
}

#[tokio::test]
async fn a_killed_check_leaves_the_maximum_cost_of_its_task_reserved() {
    let world = world("openai", Task::Image, json!({ "price": { "request": 0.04 } })).await;
    world.set("openai.completion", Behavior::Hang);
    let checking = world.check(0, PriorState::Blank, BillingCheck::Usual);
    let asked = async {
        while world.hits("openai.completion") == 0 {
            tokio::task::yield_now().await;
        }
    };
    let counted = tokio::select! {
        finding = checking => panic!("{finding:?}"),
        () = asked => world.spent(0).await,
    };
    assert!(counted >= Cost::from_dollars(0.04), "{counted}");
}

#[tokio::test]
async fn a_changed_number_of_dimensions_can_degrade() {
    let more = json!({ "degraded": "dimensions != 1536" });
    let mut world = world("openai", Task::Embeddings, more).await;
    let finding = world.at(0).await;
    assert_eq!(finding.status(), Status::Degraded);
    let message = &finding.verdict.cause().unwrap().message;
    assert!(message.contains("embedding is degraded"), "{message}");
    assert!(message.contains("dimensions = 8.0"), "{message}");
}

#[tokio::test]
async fn a_failing_task_is_explained_by_the_free_steps_and_named() {
    let mut world = TestServer::of(
        "openai",
        json!({ "api": "embeddings", "price": { "output": null }, "steps": { "status_page": "off" } }),
    )
    .await;
    world.at(0).await.assert_healthy();
    world.row("openai.completion", "server_error");
    let finding = world.at(5).await;
    let message = finding.assert_down(Reason::ServerError);
    assert!(message.contains("embedding fails: "), "{message}");
    assert!(message.starts_with("key valid, models listed, "), "{message}");
    assert_eq!(finding.labels["works_up_to"], "models");
}

#[tokio::test]
async fn an_image_is_made_only_with_a_configured_interval() {
    let unasked = json!({ "api": "image", "model": "gpt-5-nano", "price": { "output": null } });
    let mut world = TestServer::of("openai", unasked).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!((world.hits("openai.completion"), finding.cost), (0, Cost::ZERO));
    let asked = json!({ "steps": { "completion": "1d" } });
    let mut world = self::world("openai", Task::Image, asked).await;
    world.at(0).await.assert_healthy();
    assert_eq!(world.hits("openai.completion"), 1);
}

#[tokio::test]
async fn parameters_that_a_task_does_not_take_are_named() {
    let bench = bench().await;
    let wrong = |more: Value| -> Vec<String> {
        let params = merged(json!({ "provider": "openai", "api_key": "secret:key" }), more);
        let problems = build(&bench.probes, "llm", params).err().unwrap();
        problems.into_iter().map(|it| format!("{}: {}", it.path.join("."), it.what)).collect()
    };
    assert_eq!(
        wrong(json!({ "api": "sing" })),
        ["api: unknown API `sing` of `openai`; known: chat, responses, embeddings, speech, \
          transcription, image"]
    );
    let more = json!({ "api": "embeddings", "question": true, "first_token_timeout": "5s" });
    assert_eq!(
        wrong(more),
        [
            "question: no question is asked with `api = \"embeddings\"`",
            "first_token_timeout: no tokens are streamed with `api = \"embeddings\"`",
        ]
    );
    let price = |price: Value| wrong(json!({ "api": "embeddings", "price": price }));
    assert_eq!(
        price(json!({ "output": 1.0 })),
        ["price.output: a task has no tokens of an answer"]
    );
    assert_eq!(price(json!({})), ["price: no price is written"]);
    assert_eq!(price(json!({ "request": -1.0 })), ["price.request: `-1` is not a price"]);
    let chat = |price: Value| wrong(json!({ "model": "m", "price": price }));
    assert_eq!(chat(json!({ "input": 1.0 })), ["price: `input` or `output` is missing"]);
    assert_eq!(
        chat(json!({ "request": 1.0 })),
        ["price.request: a completion is charged by tokens"]
    );
}

#[tokio::test]
async fn without_a_known_price_the_highest_of_the_task_is_assumed() {
    let more = merged(only(&["completion"]), json!({ "api": "rerank", "model": "unheard-of" }));
    let bench = bench().await;
    let mut params = merged(json!({ "price": null }), more);
    params["price"] = Value::Null;
    let mut world = TestServer::on(bench, "cohere", params);
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.labels["price"], "assumed");
    assert!(finding.cost >= Cost::from_dollars(0.0025), "{finding:?}");
}
