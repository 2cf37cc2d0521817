//! The records of a DynamoDB stream, as the handlers take them. No I/O.
//!
//! Only the key of a record is parsed. The services read the content from the table, because earlier
//! records may be missing from the batch and because the image may be older than the stored item. So each
//! run and each delivery is decoded once, by the store. The image is kept as it came, for the case that the
//! store cannot decode the item.
//!
//! A record without a usable key is a [`PoisonRecord`] and does not affect the others.

use allclear_aws::dynamo::keys;
use allclear_core::ports::PoisonRecord;
use allclear_engine::{Code, RecordKind, StoredRecord, StreamRecord};
use serde_json::Value;

/// Returns true for a batch of records. A record of another source becomes a dead letter in the handler.
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
    let what = what(record).unwrap_or_else(|UnreadableRecord { code, reason }| {
        RecordKind::Poison(PoisonRecord { code: code.as_str(), reason, record: record.clone() })
    });
    StreamRecord { sequence: sequence.unwrap_or_default().to_owned(), what }
}

/// The reason why a record cannot be read.
struct UnreadableRecord {
    code: Code,
    reason: String,
}

fn what(record: &Value) -> Result<RecordKind, UnreadableRecord> {
    let unreadable = |what: &str| UnreadableRecord {
        code: Code::EventUnreadable,
        reason: format!("the stream record has no {what}"),
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
    let stored = || StoredRecord { key: keys::record(pk, sk), record: record.clone() };
    if keys::is_run(pk) {
        let (shard, run) = keys::parse_run(pk, sk).ok_or_else(|| UnreadableRecord {
            code: Code::RunUnreadable,
            reason: format!("cannot decode item `{pk}` / `{sk}`: not the key of a run"),
        })?;
        let scheduled_at = run.scheduled_at;
        return Ok(RecordKind::Run { shard, scheduled_at, stored: stored() });
    }
    if pk == keys::DELIVERY && sk.starts_with(keys::NEW) {
        return Ok(RecordKind::Delivery(stored()));
    }
    Ok(RecordKind::Other)
}
