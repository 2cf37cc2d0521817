//! The ports in memory. Each record lies there as the bytes that the table would hold, so that reading
//! and writing take the processor time that they take in a function.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_aws::dynamo::items::{self, Item, Retention};
use allclear_aws::dynamo::{encoding, units};
use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::ShardId;
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, LookBack, PublishError, PublishSite, PublishedFile,
    ReadDeliveries, ReadHistory, ReadIncidents, ReadOperatorEntries, ReadRuns, StoreError,
    StoreResult, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, Folded, ShardState};
use md5::{Digest as _, Md5};

const FOR_EVER: Retention = Retention {
    runs: Duration::MAX,
    hours: Duration::MAX,
    days: Duration::MAX,
    events: Duration::MAX,
};

/// A table in memory.
#[derive(Default)]
pub struct Store(Mutex<Table>);

#[derive(Default)]
struct Table {
    runs: BTreeMap<RunKey, Item>,
    state: Option<(Version, Item)>,
    days: Vec<(Timestamp, Vec<u8>)>,
    transitions: Vec<Vec<u8>>,
    incidents: Vec<Vec<u8>>,
    sizes: Sizes,
}

/// The sizes of what was written, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// The largest run.
    pub run: usize,
    /// The largest state.
    pub state: usize,
    /// The largest item of a decision.
    pub decided: usize,
    /// The largest transaction.
    pub transaction: usize,
    /// The most items of a transaction.
    pub n_items: usize,
    /// The deliveries of all decisions.
    pub n_deliveries: usize,
}

impl Store {
    /// Records a run.
    pub fn record(&self, run: &Run) {
        let item = items::run(run, &FOR_EVER, 0);
        let mut table = self.table();
        table.sizes.run = table.sizes.run.max(units::item_bytes(&item));
        table.runs.insert(run.key.clone(), item);
    }

    /// Adds closed days.
    ///
    /// # Errors
    /// Where they cannot be encoded.
    pub fn add_days(&self, days: &[Vec<RollupRecord>]) -> anyhow::Result<()> {
        for day in days {
            let Some(first) = day.first() else { continue };
            self.table().days.push((first.start, encoding::encode_rollups(day)?));
        }
        Ok(())
    }

    /// Returns the sizes of what was written.
    pub fn sizes(&self) -> Sizes {
        self.table().sizes
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Corrupt { operation: "read", object: "memory".to_owned(), source: Box::new(error) }
}

impl ReadRuns for Store {
    async fn unfolded_runs(
        &self,
        _: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        let from = look_back.from(folded);
        let table = self.table();
        let unfolded = table.runs.iter().filter(|(key, _)| {
            from.is_none_or(|from| key.scheduled_at >= from) && !folded.contains(key)
        });
        unfolded.take(limit).map(|(_, item)| items::read_run(item).map_err(corrupt)).collect()
    }
}

impl LoadState for Store {
    async fn state_version(&self, _: &ShardId) -> StoreResult<Version> {
        Ok(self.table().state.as_ref().map_or(0, |(version, _)| *version))
    }

    async fn load_state(&self, _: &ShardId) -> StoreResult<Option<Checkpoint>> {
        let table = self.table();
        let Some((_, item)) = &table.state else { return Ok(None) };
        let (version, state) = items::read_checkpoint(item).map_err(corrupt)?;
        Ok(Some(Checkpoint { version, state }))
    }
}

/// Without content: no action is executed.
impl ReadDeliveries for Store {
    async fn read_deliveries(&self, _: &[DeliveryId]) -> StoreResult<Vec<Delivery>> {
        Ok(Vec::new())
    }
}

impl CommitState for Store {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let version = expected + 1;
        let checkpoint = items::checkpoint(shard, version, state).map_err(corrupt)?;
        let decided = items::decision(shard, version, decision, &FOR_EVER).map_err(corrupt)?;
        let mut table = self.table();
        let n_state = units::item_bytes(&checkpoint);
        let sizes: Vec<usize> = decided.iter().map(units::item_bytes).collect();
        let known = &mut table.sizes;
        known.state = known.state.max(n_state);
        known.decided = known.decided.max(sizes.iter().copied().max().unwrap_or_default());
        known.transaction = known.transaction.max(n_state + sizes.iter().sum::<usize>());
        known.n_items = known.n_items.max(1 + sizes.len());
        known.n_deliveries += decision.deliveries.len();
        table.state = Some((version, checkpoint));
        if !decision.transitions.is_empty() {
            let bytes = encoding::encode_value(&decision.transitions).map_err(corrupt)?;
            table.transitions.push(bytes);
        }
        if !decision.incidents.is_empty() {
            let bytes = encoding::encode_value(&decision.incidents).map_err(corrupt)?;
            table.incidents.push(bytes);
        }
        Ok(version)
    }
}

impl ReadOperatorEntries for Store {
    async fn operator_entries(&self, _: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        Ok(Vec::new())
    }
}

impl ReadIncidents for Store {
    async fn incidents(&self, _: Timestamp) -> StoreResult<Vec<AutomaticIncident>> {
        let mut latest = BTreeMap::new();
        for bytes in &self.table().incidents {
            let decided = encoding::decode_value::<Vec<AutomaticIncident>>(bytes);
            for one in decided.map_err(corrupt)? {
                latest.insert(one.id.clone(), one);
            }
        }
        Ok(latest.into_values().collect())
    }

    async fn incident_entries(&self) -> StoreResult<Vec<IncidentEntry>> {
        Ok(Vec::new())
    }
}

impl ReadHistory for Store {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        Ok(vec![ShardId::main()])
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        let mut all = Vec::new();
        if period == Period::Day {
            for (_, bytes) in self.table().days.iter().filter(|(start, _)| *start >= from) {
                all.extend(encoding::decode_rollups(bytes).map_err(corrupt)?);
            }
        }
        Ok(all)
    }

    async fn transitions(&self, _: Timestamp) -> StoreResult<Vec<Transition>> {
        let mut all: Vec<Transition> = Vec::new();
        for bytes in &self.table().transitions {
            all.extend(encoding::decode_value::<Vec<Transition>>(bytes).map_err(corrupt)?);
        }
        Ok(all)
    }

    async fn alerts(&self, _: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        Ok(Vec::new())
    }

    async fn suppressions(&self, _: Timestamp) -> StoreResult<Vec<Suppression>> {
        Ok(Vec::new())
    }

    async fn deliveries(&self, _: Timestamp) -> StoreResult<Vec<Delivery>> {
        Ok(Vec::new())
    }

    async fn runs(&self, _: Timestamp) -> StoreResult<Vec<Run>> {
        Ok(Vec::new())
    }
}

/// A bucket in memory, which keeps the hash of each file as S3 does.
#[derive(Default)]
pub struct Bucket(Mutex<BTreeMap<String, (usize, [u8; 16])>>);

impl Bucket {
    /// Returns the bytes of a file; `None` where there is none.
    pub fn size_of(&self, path: &str) -> Option<usize> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(path).map(|(size, _)| *size)
    }
}

impl PublishSite for Bucket {
    async fn publish(&self, published: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for file in published {
            let hash = Md5::digest(file.content).into();
            files.insert(file.path.to_owned(), (file.content.len(), hash));
        }
        Ok(())
    }
}
