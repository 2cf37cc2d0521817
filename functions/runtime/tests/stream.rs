//! Batches of the table's stream, with good and bad records.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is a failed test")]

use std::time::Duration;

use allclear_aws::dynamo::items::Retention;
use allclear_aws::dynamo::{items, keys};
use allclear_contract::samples;
use allclear_core::state::Decision;
use allclear_engine::{BatchItemFailures, RecordKind};
use allclear_runtime::stream::{is_stream_event, notices};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const FOR_EVER: Retention = Retention {
    runs: Duration::MAX,
    hours: Duration::MAX,
    days: Duration::MAX,
    events: Duration::MAX,
};

/// A record as Lambda gets it.
fn record(sequence: &str, name: &str, item: &items::Item) -> Value {
    let image: serde_json::Map<String, Value> =
        item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    json!({
        "eventID": "1", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1", "eventName": name,
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/x",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_300_000.0, "SizeBytes": 100,
            "StreamViewType": "NEW_IMAGE", "SequenceNumber": sequence,
            "Keys": { "pk": image["pk"], "sk": image["sk"] },
            "NewImage": image,
        }
    })
}

fn attribute(value: &AttributeValue) -> Value {
    let text = value.as_s().ok().map(|text| json!({ "S": text }));
    let number = value.as_n().ok().map(|number| json!({ "N": number }));
    let bytes = value.as_b().ok().map(|bytes| json!({ "B": STANDARD.encode(bytes.as_ref()) }));
    text.or(number).or(bytes).unwrap()
}

fn run_record(sequence: &str, minutes: i64) -> Value {
    record(sequence, "INSERT", &items::run(&samples::run(minutes), &FOR_EVER, 0))
}

fn code_of(what: &RecordKind) -> &str {
    match what {
        RecordKind::Poison(poison) => poison.code,
        RecordKind::Run { .. } => "run",
        RecordKind::Delivery(_) => "delivery",
        RecordKind::Other => "other",
    }
}

fn codes(records: &[Value]) -> Vec<String> {
    notices(&json!({ "Records": records }))
        .iter()
        .map(|one| code_of(&one.what).to_owned())
        .collect()
}

#[test]
fn a_bad_record_does_not_affect_its_neighbors() {
    let with = |pointer: &str, value: Value| {
        let mut record = run_record("5", 1);
        *record.pointer_mut(pointer).unwrap() = value;
        record
    };
    let without = |parent: &str, name: &str| {
        let mut record = run_record("5", 1);
        record.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        record
    };
    let cases = [
        (without("", "eventName"), "event_unreadable"),
        (without("", "dynamodb"), "event_unreadable"),
        (without("/dynamodb", "Keys"), "event_unreadable"),
        (without("/dynamodb", "SequenceNumber"), "event_unreadable"),
        (without("/dynamodb/Keys", "sk"), "event_unreadable"),
        (with("/dynamodb/Keys/pk", json!({ "N": "1" })), "event_unreadable"),
        (json!(null), "event_unreadable"),
        (json!("a word"), "event_unreadable"),
        (with("/dynamodb/Keys/sk/S", json!("yesterday#here#main")), "run_unreadable"),
    ];
    for (bad, code) in cases {
        let found = notices(&json!({ "Records": [run_record("1", 0), bad, run_record("9", 2)] }));
        let codes_found: Vec<&str> = found.iter().map(|one| code_of(&one.what)).collect();
        assert_eq!(codes_found, ["run", code, "run"], "{bad}");
        let RecordKind::Poison(poison) = &found[1].what else { panic!("{bad}") };
        assert_eq!(poison.record, bad);
        assert!(!poison.reason.is_empty());
        let RecordKind::Run { shard, scheduled_at, .. } = &found[2].what else { panic!("{bad}") };
        assert_eq!((shard, *scheduled_at), (&samples::shard(), samples::at(2)));
    }
}

#[test]
fn records_that_concern_no_service_are_ignored() {
    let decision = samples::decision("api", 0);
    let decided = items::decision(&samples::shard(), 1, &decision, &FOR_EVER).unwrap();
    let mut records: Vec<Value> = decided.iter().map(|item| record("1", "INSERT", item)).collect();
    let state = items::checkpoint(&samples::shard(), 1, &samples::state()).unwrap();
    let single = items::delivery(&decision.deliveries[0], "1").unwrap();
    records.push(record("2", "MODIFY", &state));
    records.push(record("3", "INSERT", &single));
    let mut removed = run_record("4", 0);
    removed["eventName"] = json!("REMOVE");
    removed["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    records.push(removed);
    assert_eq!(codes(&records), ["other", "other", "delivery", "other", "other", "other"]);
}

#[test]
fn the_content_of_a_record_is_kept_undecoded() {
    let deliveries = samples::decision("api", 0).deliveries;
    let decision = Decision { deliveries, ..Decision::default() };
    let decided = items::decision(&samples::shard(), 1, &decision, &FOR_EVER).unwrap();
    for (mut bad, code) in
        [(run_record("1", 0), "run"), (record("1", "INSERT", &decided[0]), "delivery")]
    {
        for body in [STANDARD.encode([2, 2, 3]), STANDARD.encode([77]), "no base64!".to_owned()] {
            bad["dynamodb"]["NewImage"]["b"]["B"] = json!(body);
            let found = notices(&json!({ "Records": [bad] }));
            assert_eq!(code_of(&found[0].what), code, "{bad}");
            let (RecordKind::Run { stored, .. } | RecordKind::Delivery(stored)) = &found[0].what
            else {
                panic!("{bad}")
            };
            let key = |name: &str| bad["dynamodb"]["Keys"][name]["S"].as_str().unwrap().to_owned();
            assert_eq!(stored.key, keys::record(&key("pk"), &key("sk")));
            assert_eq!(stored.record, bad);
        }
        bad["dynamodb"].as_object_mut().unwrap().remove("NewImage");
        assert_eq!(codes(&[bad]), [code], "the table has the content");
    }
}

#[test]
fn a_stream_batch_is_distinguished_from_other_events() {
    assert!(is_stream_event(&json!({ "Records": [] })));
    assert!(!is_stream_event(&json!({ "scheduled_time": "2026-11-21T22:31:00Z" })));
    assert!(!is_stream_event(&json!({ "Records": "none" })));
    assert!(notices(&json!(["Records"])).is_empty());
    let records = notices(&json!({ "Records": [run_record("7", 0), run_record("8", 1)] }));
    let unfinished = serde_json::to_value(BatchItemFailures::from_first(&records, [1])).unwrap();
    assert_eq!(unfinished, json!({ "batchItemFailures": [{ "itemIdentifier": "8" }] }));
}
