//! A DynamoDB that is busy, fails, repeats an answer or does not answer.

use std::time::Instant;

use allclear_aws::dynamo::items;
use allclear_contract::samples;
use allclear_core::delivery::DeliveryId;
use allclear_core::ports::{
    CommitState, LookBack, ReadDeliveries, ReadRuns, RecordBeat, RecordRun, Recorded, StoreError,
    StoreResult,
};
use allclear_core::state::{Decision, Folded, ShardState};
use serde_json::{Value, json};

use crate::scripted::{self, Answer, CALL_POLICY, error};
use crate::table::FOR_EVER;

fn done() -> Answer {
    Answer::With(200, json!({}))
}

/// Returns an item in the JSON of the protocol.
fn written(minutes: i64) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let item = items::run(&samples::run(minutes), &FOR_EVER, 0);
    let bytes = STANDARD.encode(item["b"].as_b().unwrap());
    let text = |name| json!({ "S": items::text(&item, name).unwrap() });
    json!({ "pk": text("pk"), "sk": text("sk"), "b": { "B": bytes } })
}

/// Returns deliveries that order attempts, in the JSON of the protocol.
fn attempts(n: usize) -> (Vec<DeliveryId>, Vec<Value>) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let item = |name: String| {
        let delivery = samples::attempts::ordered(&name, 0);
        let item = items::delivery(&delivery, "1").unwrap();
        let body = STANDARD.encode(item["b"].as_b().unwrap());
        let json = json!({ "pk": { "S": "delivery" }, "sk": { "S": delivery.id.as_str() },
                           "p": { "S": "1" }, "b": { "B": body } });
        (delivery.id, json)
    };
    (0..n).map(|n| item(format!("m{n:03}"))).unzip()
}

#[tokio::test]
async fn a_hundred_attempts_are_read_by_one_request_and_keys_that_were_left_out_by_another() {
    let (ids, items) = attempts(130);
    let found = |items: &[Value], left: &[Value]| {
        let mut answer = json!({ "Responses": { "table": items }, "UnprocessedKeys": {} });
        if !left.is_empty() {
            answer["UnprocessedKeys"] = json!({ "table": { "Keys": left } });
        }
        Answer::With(200, answer)
    };
    let left = json!({ "pk": { "S": "delivery" }, "sk": { "S": ids[99].as_str() } });
    let answers =
        vec![found(&items[..99], &[left]), found(&items[99..100], &[]), found(&items[100..], &[])];
    let (store, requests) = scripted::store(answers).await;
    let read = store.read_deliveries(&ids).await.unwrap();
    assert_eq!(read.len(), 130);
    let requests = requests.lock().unwrap();
    assert!(requests.iter().all(|(operation, _)| operation == "BatchGetItem"), "{requests:?}");
    let n_keys = |input: &Value| input["RequestItems"]["table"]["Keys"].as_array().unwrap().len();
    let n_keys: Vec<usize> = requests.iter().map(|(_, input)| n_keys(input)).collect();
    assert_eq!(n_keys, [100, 1, 30]);
    assert_eq!(requests[0].1["RequestItems"]["table"]["ConsistentRead"], true);
}

#[tokio::test]
async fn keys_that_are_left_out_of_each_answer_are_an_error_that_a_retry_may_resolve() {
    let (ids, _) = attempts(1);
    let left = json!({ "pk": { "S": "delivery" }, "sk": { "S": ids[0].as_str() } });
    let busy = json!({ "Responses": {}, "UnprocessedKeys": { "table": { "Keys": [left] } } });
    let (store, requests) = scripted::store(vec![Answer::With(200, busy); 9]).await;
    let error = store.read_deliveries(&ids).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(requests.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn items_beyond_a_page_are_read_from_the_next_page() {
    let key = json!({ "pk": { "S": "run#main" }, "sk": { "S": "1" } });
    let page = |minutes: &[i64], next: Option<&Value>| {
        let items: Vec<Value> = minutes.iter().map(|minute| written(*minute)).collect();
        let mut page = json!({ "Items": items, "Count": items.len() });
        if let Some(key) = next {
            page["LastEvaluatedKey"] = key.clone();
        }
        Answer::With(200, page)
    };
    let pages = vec![page(&[0, 1], Some(&key)), page(&[], Some(&key)), page(&[2], None)];
    let (store, requests) = scripted::store(pages.clone()).await;
    let shard = samples::shard();
    let read = async |store: &allclear_aws::dynamo::DynamoStore, limit| {
        store.unfolded_runs(&shard, &Folded::default(), LookBack::Horizon, limit).await.unwrap()
    };
    assert_eq!(read(&store, 10).await, [samples::run(0), samples::run(1), samples::run(2)]);
    let asked = requests.lock().unwrap().clone();
    let starts: Vec<&Value> = asked.iter().map(|(_, input)| &input["ExclusiveStartKey"]).collect();
    assert_eq!(starts, [&Value::Null, &key, &key]);
    // No further page is read once there are enough items.
    let (store, requests) = scripted::store(pages).await;
    assert_eq!(read(&store, 1).await, [samples::run(0)]);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_of_unreadable_runs_hide_no_readable_run() {
    let key = json!({ "pk": { "S": "run#main" }, "sk": { "S": "1" } });
    let mut unreadable = written(0);
    unreadable["b"] = json!({ "B": "CQ==" });
    let pages = vec![
        Answer::With(200, json!({ "Items": [unreadable], "LastEvaluatedKey": key })),
        Answer::With(200, json!({ "Items": [written(1), written(2)] })),
    ];
    let (store, _) = scripted::store(pages).await;
    let shard = samples::shard();
    let read = store.unfolded_runs(&shard, &Folded::default(), LookBack::Horizon, 1).await;
    assert_eq!(read.unwrap(), [samples::run(1)]);
}

#[tokio::test]
async fn calls_to_a_busy_or_failing_table_are_retried() {
    for bad in [
        error(400, "ProvisionedThroughputExceededException"),
        error(400, "ThrottlingException"),
        error(500, "InternalServerError"),
        error(503, "ServiceUnavailable"),
        Answer::Nothing,
    ] {
        let (store, requests) = scripted::store(vec![bad.clone(), bad.clone(), done()]).await;
        store.record_beat(&samples::monitor("api"), None, &samples::beat(0)).await.unwrap();
        assert_eq!(requests.lock().unwrap().len(), 3, "{bad:?}");
    }
}

#[tokio::test]
async fn retries_of_a_busy_table_end_in_time() {
    let busy = vec![error(400, "ThrottlingException"); 50];
    let (store, requests) = scripted::store(busy).await;
    let began = Instant::now();
    let result = store.record_beat(&samples::monitor("api"), None, &samples::beat(0)).await;
    let Err(StoreError::Unavailable { source, .. }) = result else { panic!("{result:?}") };
    assert!(source.to_string().contains("ThrottlingException"), "{source}");
    assert!(began.elapsed() < CALL_POLICY.total * 2);
    assert_eq!(requests.lock().unwrap().len(), CALL_POLICY.tries as usize);
}

#[tokio::test]
async fn a_missing_permission_is_reported_and_not_retried() {
    let (store, requests) = scripted::store(vec![error(400, "AccessDeniedException")]).await;
    let result = store.record_beat(&samples::monitor("api"), None, &samples::beat(0)).await;
    let Err(StoreError::Unavailable { source, .. }) = result else { panic!("{result:?}") };
    assert!(source.to_string().contains("AccessDeniedException"), "{source}");
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_write_with_a_lost_response_is_recognized() {
    let (store, _) = scripted::store(vec![Answer::Nothing, Answer::AlreadyThere]).await;
    assert_eq!(store.record_run(&samples::run(0)).await.unwrap(), Recorded::New);
    let (store, _) = scripted::store(vec![Answer::Nothing, Answer::AlreadyThere]).await;
    assert_eq!(commit(&store, &Decision::default()).await.unwrap(), 4);
    // The item of another process does not count.
    let theirs = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "no", "Item": { "n": { "N": "4" } },
    });
    let (store, _) =
        scripted::store(vec![Answer::Nothing, Answer::With(400, theirs.clone())]).await;
    assert_eq!(store.record_run(&samples::run(0)).await.unwrap(), Recorded::Already);
    let (store, _) = scripted::store(vec![Answer::Nothing, Answer::With(400, theirs)]).await;
    let lost = commit(&store, &Decision::default()).await;
    assert!(matches!(lost, Err(StoreError::Conflict { .. })), "{lost:?}");
}

#[tokio::test]
async fn each_try_of_a_transaction_has_the_same_token() {
    let (store, requests) = scripted::store(vec![Answer::Nothing, done()]).await;
    assert_eq!(commit(&store, &samples::decision("api", 0)).await.unwrap(), 4);
    let asked = requests.lock().unwrap().clone();
    let tokens: Vec<&str> =
        asked.iter().map(|(_, input)| input["ClientRequestToken"].as_str().unwrap()).collect();
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn a_canceled_transaction_is_a_conflict_only_after_another_commit() {
    let canceled = |codes: &[&str]| {
        let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
        Answer::With(
            400,
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "message": "canceled", "CancellationReasons": reasons,
            }),
        )
    };
    for (codes, is_conflict) in [
        (&["ConditionalCheckFailed", "None"][..], true),
        (&["None", "TransactionConflict"], true),
        (&["ThrottlingError", "None"], false),
        (&["ConditionalCheckFailed", "ProvisionedThroughputExceeded"], false),
        (&["ValidationError"], false),
    ] {
        let (store, _) = scripted::store(vec![canceled(codes); 8]).await;
        let result = commit(&store, &samples::decision("api", 0)).await;
        match result {
            Err(StoreError::Conflict { .. }) => assert!(is_conflict, "{codes:?}"),
            Err(StoreError::Unavailable { .. }) => assert!(!is_conflict, "{codes:?}"),
            other => panic!("{other:?}"),
        }
    }
}

async fn commit(
    store: &allclear_aws::dynamo::DynamoStore,
    decision: &Decision,
) -> StoreResult<u64> {
    store.commit(&samples::shard(), 3, &ShardState::default(), decision).await
}
