//! The records of a DynamoDB stream, as the handlers take them. No I/O.
//!
//! A record that cannot be read is a [`Poison`] and does not affect the others.

use allclear_core::ports::Poison;
use allclear_engine::{RecordKind, StreamRecord};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use allclear_aws::dynamo::items::{self, Item, ItemError};
use allclear_aws::dynamo::keys;

const EVENT_UNREADABLE: &str = "event_unreadable";
const RUN_UNREADABLE: &str = "run_unreadable";
const STORE_CORRUPT: &str = "store_corrupt";
const VERSION_UNKNOWN: &str = "record_version_unknown";

/// Returns true for a batch of records. A record of another service is set aside by the handler.
#[must_use]
pub fn is_stream_event(event: &Value) -> bool {
    event.get("Records").is_some_and(Value::is_array)
}

/// Returns the records of a batch in their order; none if the event is no batch.
#[must_use]
pub fn notices(event: &Value) -> Vec<StreamRecord> {
    let records = event.get("Records").and_then(Value::as_array);
    records.into_iter().flatten().map(notice).collect()
}

fn notice(record: &Value) -> StreamRecord {
    let sequence = record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str);
    let what = what(record).unwrap_or_else(|Unreadable { code, reason }| {
        RecordKind::Poison(Poison { code, reason, record: record.clone() })
    });
    StreamRecord { sequence: sequence.unwrap_or_default().to_owned(), what }
}

/// The reason why a record cannot be read.
struct Unreadable {
    code: &'static str,
    reason: String,
}

fn what(record: &Value) -> Result<RecordKind, Unreadable> {
    let unreadable = |what: &str| Unreadable {
        code: EVENT_UNREADABLE,
        reason: format!("the record of the stream has no {what}: nothing can be done with it"),
    };
    let name = record.get("eventName").and_then(Value::as_str);
    let name = name.ok_or_else(|| unreadable("`eventName`"))?;
    if record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).is_none() {
        return Err(unreadable("`dynamodb.SequenceNumber`"));
    }
    let key = |name: &str| {
        let place = format!("/dynamodb/Keys/{name}/S");
        let key = record.pointer(&place).and_then(Value::as_str);
        key.ok_or_else(|| unreadable(&format!("key `{name}`")))
    };
    let (pk, sk) = (key(keys::PK)?, key(keys::SK)?);
    // An expired item concerns no service.
    if name == "REMOVE" {
        return Ok(RecordKind::Other);
    }
    if keys::is_run(pk) {
        let run = image(record, pk, sk)
            .and_then(|item| items::read_run(&item))
            .map_err(|error| unread(RUN_UNREADABLE, pk, sk, &error))?;
        return Ok(RecordKind::Run { shard: run.shard, scheduled_at: run.key.scheduled_at });
    }
    if pk == keys::DELIVERY && sk.starts_with(keys::NEW) {
        image(record, pk, sk)
            .and_then(|item| items::read_new_deliveries(&item))
            .map_err(|error| unread(STORE_CORRUPT, pk, sk, &error))?;
        return Ok(RecordKind::Delivery);
    }
    Ok(RecordKind::Other)
}

fn unread(code: &'static str, pk: &str, sk: &str, error: &ItemError) -> Unreadable {
    let is_newer = matches!(error, ItemError::Decode(error) if error.is_unknown_format());
    Unreadable {
        code: if is_newer { VERSION_UNKNOWN } else { code },
        reason: format!("the item `{pk}` / `{sk}` cannot be read: {error}"),
    }
}

/// The item as it was written: its keys and its body.
fn image(record: &Value, pk: &str, sk: &str) -> Result<Item, ItemError> {
    let body = record.pointer(&format!("/dynamodb/NewImage/{}/B", items::BODY));
    let body = body.and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
    let body = body.ok_or(ItemError::Missing(items::BODY))?;
    let mut item = items::keyed(pk, sk);
    items::set(&mut item, items::BODY, AttributeValue::B(Blob::new(body)));
    Ok(item)
}
