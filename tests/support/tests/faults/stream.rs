//! The stream of the store, as DynamoDB and Lambda deliver it: records of one key in order, those of
//! different keys in any; a batch at a time, again and again until it is acknowledged or too old.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use allclear_engine::{RecordKind, StreamRecord};
use tokio::sync::Notify;

use crate::ledger::lock;

/// One shard of the stream for one function.
#[derive(Default)]
pub(crate) struct StreamShard {
    records: Mutex<VecDeque<StreamRecord>>,
    news: Notify,
}

impl StreamShard {
    pub(crate) fn push(&self, record: StreamRecord) {
        lock(&self.records).push_back(record);
        self.news.notify_one();
    }

    /// Waits until there are records.
    pub(crate) async fn wait(&self) {
        while self.is_empty() {
            self.news.notified().await;
        }
    }

    /// Returns the first `n` records. They stay until they are removed.
    pub(crate) fn batch(&self, n: usize) -> Vec<StreamRecord> {
        lock(&self.records).iter().take(n).cloned().collect()
    }

    /// Removes the first `n` records.
    pub(crate) fn remove(&self, n: usize) {
        lock(&self.records).drain(..n);
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.records).is_empty()
    }
}

/// The shards of the stream.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) of_evaluator: [StreamShard; 2],
    pub(crate) of_notifier: [StreamShard; 2],
    n_records: AtomicU64,
    /// The last record that was delivered to each function.
    delivered: [AtomicU64; 2],
}

impl Streams {
    /// Adds a record to the shard that its key falls into.
    pub(crate) fn push(&self, shards: &[StreamShard; 2], key: u64, what: RecordKind) {
        let shard = &shards[usize::try_from(key % 2).unwrap()];
        shard.push(StreamRecord { sequence: self.next_sequence(), what });
    }

    pub(crate) fn next_sequence(&self) -> String {
        self.n_records.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// Notes that a record is delivered to a function. Returns the newest one before it.
    pub(crate) fn note_delivered(&self, function: usize, number: u64) -> u64 {
        self.delivered[function].fetch_max(number, Ordering::Relaxed)
    }

    pub(crate) fn are_empty(&self) -> bool {
        self.of_evaluator.iter().chain(&self.of_notifier).all(StreamShard::is_empty)
    }
}

/// Returns the number of a record in the whole stream.
pub(crate) fn number_of(record: &StreamRecord) -> u64 {
    record.sequence.parse().unwrap()
}
