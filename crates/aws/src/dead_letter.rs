//! The dead-letter queue, in SQS: records that can never be handled.
//!
//! A message is the [`PoisonRecord`] as JSON: `code`, `reason` and `record`. Its attribute `code` names
//! the kind of failure. A record that is too large for a message is cut; the stream itself keeps
//! the record for a day.

use allclear_core::ports::{DeadLetters, PoisonRecord, StoreError, StoreResult};
use serde_json::{Value, json};

use crate::cloud::{AwsService, Cloud};
use crate::signed::protocol::ApiOperation;
use crate::signed::{CallError, Signed};

const SEND_MESSAGE: ApiOperation =
    ApiOperation { version: "1.0", prefix: "AmazonSQS", name: "SendMessage" };

/// The largest body of a message, in bytes. It is below the limit of SQS, because attributes count
/// too.
const MAX_BODY_BYTES: usize = 250_000;

/// Sends poison records to a queue, where an operator finds them.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Signed,
    queue_url: String,
}

/// The reason that a record could not be sent to the queue.
#[derive(Debug, thiserror::Error)]
#[error("the dead-letter queue returned `{code}`{hint}")]
pub struct DeadLetterError {
    /// AWS's code; `no answer` if there was none.
    pub code: String,
    /// The remedy, with a leading separator; empty if there is none.
    pub hint: &'static str,
    /// The reason.
    #[source]
    pub source: CallError,
}

impl SqsDeadLetters {
    /// Creates the adapter for the queue with this URL.
    #[must_use]
    pub fn new(cloud: &Cloud, queue_url: impl Into<String>) -> Self {
        let client = Signed::new(cloud.clone(), AwsService::Sqs);
        Self { client, queue_url: queue_url.into() }
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn send_to_dead_letters(&self, poison: &PoisonRecord) -> StoreResult<()> {
        let input = json!({
            "QueueUrl": self.queue_url,
            "MessageBody": body(poison),
            "MessageAttributes": {
                "code": { "DataType": "String", "StringValue": poison.code },
            },
        });
        let sent = self.client.json(SEND_MESSAGE, &input).await;
        sent.map(|_| ()).map_err(|error| StoreError::Unavailable {
            operation: "send to dead-letter queue",
            object: self.queue_url.clone(),
            source: Box::new(explained(error)),
        })
    }
}

fn explained(source: CallError) -> DeadLetterError {
    let hint = match source.code() {
        Some("AccessDenied" | "AccessDeniedException") => ": allow `sqs:SendMessage` on it",
        Some("QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue") => {
            ": no queue at `ALLCLEAR_DEAD_LETTER_QUEUE`; deploy the stack, or fix the address"
        }
        _ => "",
    };
    DeadLetterError { code: source.code().unwrap_or("no answer").to_owned(), hint, source }
}

/// Returns the body of the message: the whole record, or the beginning of one that is too large.
fn body(poison: &PoisonRecord) -> String {
    let whole = text(poison.code, &poison.reason, &poison.record);
    if whole.len() <= MAX_BODY_BYTES {
        return whole;
    }
    let reason: String = poison.reason.chars().take(10_000).collect();
    let record = poison.record.to_string();
    let mut kept = MAX_BODY_BYTES / 2;
    loop {
        // In a text within a text, each quotation mark takes at least one more byte.
        let end = (0..=kept).rev().find(|end| record.is_char_boundary(*end)).unwrap_or(0);
        let beginning = record.get(..end).unwrap_or(&record);
        let cut = json!({
            "note": "the record is too large for the queue; only its beginning is kept",
            "n_bytes": record.len(),
            "beginning": beginning,
        });
        let text = text(poison.code, &reason, &cut);
        if text.len() <= MAX_BODY_BYTES || kept == 0 {
            return text;
        }
        kept /= 2;
    }
}

/// Returns JSON without the two characters that JSON allows and SQS does not.
fn text(code: &str, reason: &str, record: &Value) -> String {
    let text = json!({ "code": code, "reason": reason, "record": record }).to_string();
    text.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poison(record: Value) -> PoisonRecord {
        PoisonRecord { code: "run_unreadable", reason: "version 9 is unknown".to_owned(), record }
    }

    #[test]
    fn a_record_is_queued_unchanged() {
        let record = json!({ "dynamodb": { "NewImage": { "b": { "B": "AAEC\u{ffff}" } } } });
        let body = body(&poison(record.clone()));
        assert!(!body.contains('\u{ffff}'));
        let read: Value = serde_json::from_str(&body).unwrap();
        let wanted = json!({
            "code": "run_unreadable", "reason": "version 9 is unknown", "record": record
        });
        assert_eq!(read, wanted);
    }

    #[test]
    fn a_record_that_is_too_large_is_cut_with_a_note() {
        for large in ["x".repeat(600_000), "ä\"".repeat(300_000), "\u{1}".repeat(300_000)] {
            let record = json!({ "large": large });
            let body = body(&poison(record.clone()));
            assert!(body.len() <= MAX_BODY_BYTES && body.len() > 40_000, "{}", body.len());
            let read: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(read["record"]["n_bytes"], record.to_string().len());
            let beginning = read["record"]["beginning"].as_str().unwrap();
            assert!(record.to_string().starts_with(beginning));
        }
    }
}
