//! Notices from a stream of changes: what a function is woken by.
//!
//! A stream is no queue. It goes on from the first record that was reported as failed, so what
//! can be tried again is reported, and what never can be is set aside and passed over.

use allclear_core::Timestamp;
use serde::Serialize;

use crate::failure::{Code, chain};
use allclear_core::id::ShardId;
use allclear_core::ports::{Poison, SetAside};

/// One record of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// Its place in the stream, as the stream names it.
    pub sequence: String,
    /// What it says.
    pub what: RecordKind,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordKind {
    /// A run was written.
    Run {
        /// Of which shard.
        shard: ShardId,
        /// For when.
        scheduled_at: Timestamp,
    },
    /// Deliveries were decided.
    Delivery,
    /// Nothing that a function waits for.
    Other,
    /// It cannot be read.
    Poison(Poison),
}

/// What woke a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// Records of a stream, in their order.
    Records(Vec<StreamRecord>),
    /// The schedule.
    Schedule,
}

/// What a stream is told: from which record it is to go on. Empty where all is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatchItemFailures {
    #[serde(rename = "batchItemFailures")]
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Item {
    #[serde(rename = "itemIdentifier")]
    sequence: String,
}

impl BatchItemFailures {
    /// Everything from the first of `records` whose position is in `failed`.
    #[must_use]
    pub fn from_first(records: &[StreamRecord], failed: impl IntoIterator<Item = usize>) -> Self {
        let first = failed.into_iter().min().and_then(|position| records.get(position));
        let item = |record: &StreamRecord| Item { sequence: record.sequence.clone() };
        Self { items: first.map(item).into_iter().collect() }
    }

    /// Where to go on from; `None` where all is done.
    #[must_use]
    pub fn sequence(&self) -> Option<&str> {
        self.items.first().map(|item| item.sequence.as_str())
    }
}

/// Sets aside the records that cannot be read. Returns the positions of those that could not be:
/// they stay in the stream, so that nobody loses them.
pub async fn set_poison_aside<A: SetAside>(records: &[StreamRecord], aside: &A) -> Vec<usize> {
    let mut kept = Vec::new();
    for (position, record) in records.iter().enumerate() {
        if let RecordKind::Poison(poison) = &record.what
            && !put(poison, aside).await
        {
            kept.push(position);
        }
    }
    kept
}

/// Sets `poison` aside. Returns whether it is there.
pub async fn put<A: SetAside>(poison: &Poison, aside: &A) -> bool {
    let code = poison.code;
    match aside.set_aside(poison).await {
        Ok(()) => {
            tracing::error!(code, reason = poison.reason, "set aside what cannot be handled");
            true
        }
        Err(error) => {
            let (code, error) = (Code::AsideUnavailable.as_str(), chain(&error));
            tracing::error!(code, error, "what cannot be handled could not be set aside");
            false
        }
    }
}
