//! Batches of the table's stream, which wake a service.
//!
//! A stream resumes from the first record that was reported as failed. A transient failure is therefore
//! reported, and a record that can never be handled becomes a dead letter and is acknowledged.
//!
//! A record only announces a change. A service derives its work from the store, which is the only decoder of
//! the content: the store may hold earlier records that the batch lacks, and an image in the stream may be
//! older than the stored record. A record that the store could not decode is found after the work, with
//! [`FindUnreadable`], and moved to the dead letters unchanged.

use allclear_core::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Code;
use crate::wake::{Event, Service};
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::ports::{DeadLetters, FindUnreadable, PoisonRecord, RecordKey, Unreadable};

/// One record of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// Its sequence number in the stream.
    pub sequence: String,
    /// Its meaning for the services.
    pub what: RecordKind,
}

/// The meaning of a record for the services.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordKind {
    /// A run was written.
    Run {
        /// The shard of the run.
        shard: ShardId,
        /// The scheduled time of the run.
        scheduled_at: Timestamp,
        /// The stored run.
        stored: StoredRecord,
    },
    /// Deliveries were decided. They are stored together.
    Delivery(StoredRecord),
    /// A change that concerns no service.
    Other,
    /// It cannot be read.
    Poison(PoisonRecord),
}

/// A record of the store, as a stream announces it. Its content is not decoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredRecord {
    /// The key of the record in the store.
    pub key: RecordKey,
    /// The record of the stream, as it was received.
    pub record: Value,
}

impl RecordKind {
    /// Returns true if the record wakes `service`.
    #[must_use]
    pub fn wakes(&self, service: Service) -> bool {
        let event = match self {
            Self::Run { .. } => Event::RunRecorded,
            Self::Delivery(_) => Event::DeliveryOwed,
            Self::Other | Self::Poison(_) => return false,
        };
        event.wakes().contains(&service)
    }

    /// Returns the stored record that is announced, if any.
    fn stored(&self) -> Option<&StoredRecord> {
        match self {
            Self::Run { stored, .. } | Self::Delivery(stored) => Some(stored),
            Self::Other | Self::Poison(_) => None,
        }
    }
}

/// The reason why a service was woken.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// Records of a stream, in their order.
    Records(Vec<StreamRecord>),
    /// The schedule.
    Schedule,
}

/// The answer to a stream: the record from which it resumes. Empty if all records were handled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatchItemFailures {
    #[serde(rename = "batchItemFailures")]
    items: Vec<BatchItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct BatchItem {
    #[serde(rename = "itemIdentifier")]
    sequence: String,
}

impl BatchItemFailures {
    /// Returns the answer that resumes at the first of `records` whose position is in `failed`.
    #[must_use]
    pub fn from_first(records: &[StreamRecord], failed: impl IntoIterator<Item = usize>) -> Self {
        let first = failed.into_iter().min().and_then(|position| records.get(position));
        let item = |record: &StreamRecord| BatchItem { sequence: record.sequence.clone() };
        Self { items: first.map(item).into_iter().collect() }
    }

    /// Returns the record from which the stream resumes; `None` if all were handled.
    #[must_use]
    pub fn sequence(&self) -> Option<&str> {
        self.items.first().map(|item| item.sequence.as_str())
    }
}

/// Moves the records that cannot be read to the dead letters. Returns the positions of those that could not be moved,
/// which stay in the stream.
pub async fn move_poison_records<A: DeadLetters>(
    records: &[StreamRecord],
    dead_letters: &A,
) -> Vec<usize> {
    let mut kept = Vec::new();
    for (position, record) in records.iter().enumerate() {
        if let RecordKind::Poison(poison) = &record.what
            && !move_to_dead_letters(poison, dead_letters).await
        {
            kept.push(position);
        }
    }
    kept
}

/// Moves the records for `service` that `store` could not decode to the dead letters. Returns the positions of
/// those that could not be moved, which stay in the stream.
pub async fn move_unreadable_records<S: FindUnreadable, A: DeadLetters>(
    records: &[StreamRecord],
    service: Service,
    store: &S,
    dead_letters: &A,
) -> Vec<usize> {
    let mut kept = Vec::new();
    for (position, StreamRecord { what, .. }) in records.iter().enumerate() {
        if let Some(StoredRecord { key, record }) = what.stored().filter(|_| what.wakes(service))
            && let Some(Unreadable { code, reason }) = store.unreadable(key)
            && !move_to_dead_letters(
                &PoisonRecord { code, reason, record: record.clone() },
                dead_letters,
            )
            .await
        {
            kept.push(position);
        }
    }
    kept
}

/// Moves `poison` to the dead letters. Returns true on success.
pub async fn move_to_dead_letters<A: DeadLetters>(poison: &PoisonRecord, dead_letters: &A) -> bool {
    let code = poison.code;
    match dead_letters.send_to_dead_letters(poison).await {
        Ok(()) => {
            tracing::error!(
                code,
                reason = poison.reason,
                "moved a record to the dead-letter queue"
            );
            true
        }
        Err(error) => {
            let (code, error) = (Code::DeadLettersUnavailable.as_str(), chain(&error));
            tracing::error!(code, error, "failed to move a record to the dead-letter queue");
            false
        }
    }
}
