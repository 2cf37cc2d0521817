//! The dead-letter queue, in SQS of the local AWS.

use std::error::Error as _;

use allclear_aws::cloud::AwsService;
use allclear_aws::dead_letter::SqsDeadLetters;
use allclear_core::ports::{DeadLetters, PoisonRecord};
use serde_json::{Value, json};

use crate::{ministack, unique};

fn poison(record: Value) -> PoisonRecord {
    PoisonRecord { code: "run_unreadable", reason: "version 9 is unknown".to_owned(), record }
}

#[tokio::test]
async fn a_poison_record_of_any_size_is_queued_with_its_reason() {
    let cloud = ministack::cloud();
    let client = aws_sdk_sqs::Client::new(&cloud.config_of(AwsService::Sqs));
    let queue = client.create_queue().queue_name(unique("aside")).send().await.unwrap();
    let queue = queue.queue_url.unwrap();
    let aside = SqsDeadLetters::new(&cloud, &queue);
    aside.send_to_dead_letters(&poison(json!({ "eventID": "1" }))).await.unwrap();
    aside
        .send_to_dead_letters(&poison(json!({ "large": "x\u{1}\"ä".repeat(200_000) })))
        .await
        .unwrap();

    let receive = client.receive_message().queue_url(&queue).max_number_of_messages(10);
    let received = receive.message_attribute_names("All").send().await.unwrap();
    let messages = received.messages.unwrap();
    assert_eq!(messages.len(), 2, "on {}", ministack::place());
    for message in &messages {
        let attributes = message.message_attributes.as_ref().unwrap();
        assert_eq!(attributes["code"].string_value.as_deref(), Some("run_unreadable"));
    }
    let mut bodies: Vec<Value> = messages
        .iter()
        .map(|message| serde_json::from_str(message.body.as_ref().unwrap()).unwrap())
        .collect();
    bodies.sort_by_key(|body: &Value| body.to_string().len());
    assert_eq!(bodies[0]["record"], json!({ "eventID": "1" }));
    assert_eq!(bodies[0]["reason"], "version 9 is unknown");
    assert!(bodies[1]["record"]["note"].as_str().unwrap().contains("too large"));
}

#[tokio::test]
async fn a_missing_queue_is_reported_with_the_remedy() {
    let cloud = ministack::cloud();
    let queue = "http://127.0.0.1/000000000000/no-such-queue";
    let error = SqsDeadLetters::new(&cloud, queue)
        .send_to_dead_letters(&poison(json!({})))
        .await
        .unwrap_err();
    assert!(error.to_string().contains(queue), "{error}");
    let why = error.source().unwrap().to_string();
    assert!(why.contains("`ALLCLEAR_DEAD_LETTER_QUEUE`"), "{why}");
}
