//! The ports: one trait per capability. The signature of a handler names its ports, and so is its permission list.

mod incidents;
mod past;
mod read_deliveries;
mod secret_error;
mod sign_request;
mod site;
mod store_error;
mod wake;
mod watchdog;

use std::future::Future;

use jiff::Timestamp;
use serde::Serialize;

use crate::alert_group::MessageRef;
use crate::beat::Beat;
use crate::budget::{BudgetKey, Reservation, ReserveResult};
use crate::catalog::KnownCatalog;
use crate::checker_state::Note;
use crate::claim::{Claim, Claimed};
use crate::config::Config;
use crate::cost::Cost;
use crate::delivery::{Delivery, DeliveryId, Predecessor};
use crate::event::{AlertRecord, Suppression, Transition};
use crate::id::{EntryId, MonitorId, RegionId, SecretName, ShardId};
use crate::operator_entry::OperatorEntry;
use crate::rollup::{Period, RollupRecord};
use crate::run::Run;
use crate::secret::Secrets;
use crate::state::{Decision, Folded, ShardState};

pub use incidents::{ReadIncidents, RecordIncidentEntries};
pub use past::ReadPast;
pub use read_deliveries::ReadDeliveries;
pub use secret_error::SecretError;
pub use sign_request::{AccessKeys, SignRequest, Signing, SigningIdentity, Unsigned};
pub use site::{PublishError, PublishSite, PublishedFile};
pub use store_error::{StoreError, StoreResult};
pub use wake::{ReadNextNotices, RecordNextNotice, WakeEvaluator, WakeGenerator};
pub use watchdog::BeatWatchdog;

/// The result of recording a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The run was written.
    New,
    /// A run with the same key existed; nothing was written.
    Already,
}

/// Recording a run.
pub trait RecordRun: Send + Sync {
    /// Writes `run` unless a run with the same key exists.
    fn record_run(&self, run: &Run) -> impl Future<Output = StoreResult<Recorded>> + Send;
}

/// The extent of the log that a reader reads. If the store charges for reads, an hour of runs each minute
/// costs more than everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookBack {
    /// To the horizon: everything that may still be folded.
    Horizon,
    /// To this time, because no older run is known to be new.
    To(Timestamp),
}

impl LookBack {
    /// Returns the time at which reading begins; `None` for the beginning of the log.
    #[must_use]
    pub fn from(self, folded: &Folded) -> Option<Timestamp> {
        match self {
            Self::Horizon => folded.horizon(),
            Self::To(at) => folded.horizon().map(|horizon| horizon.max(at)),
        }
    }
}

/// Reading the log of runs.
pub trait ReadRuns: Send + Sync {
    /// Returns the runs of `shard` that `folded` does not contain yet, in the order of their keys; at most
    /// `limit` of them, the oldest first. All runs in `folded` must come from this log.
    ///
    /// Runs before [`Folded::horizon`] are too late: they stay in the log and are not returned. With a
    /// [`LookBack::To`] later than the horizon, runs before that time need not be returned.
    fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> impl Future<Output = StoreResult<Vec<Run>>> + Send;
}

/// The number of times that a shard's checkpoint was written; 0 if there is none.
pub type Version = u64;

/// A stored state with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The number of times that it was written.
    pub version: Version,
    /// The state.
    pub state: ShardState,
}

/// Loading the state of a shard.
pub trait LoadState: Send + Sync {
    /// Returns only the version of the stored state; 0 if there is none.
    fn state_version(&self, shard: &ShardId) -> impl Future<Output = StoreResult<Version>> + Send;

    /// Returns the stored state; `None` if there is none.
    fn load_state(
        &self,
        shard: &ShardId,
    ) -> impl Future<Output = StoreResult<Option<Checkpoint>>> + Send;
}

/// Committing a state with the decisions that led to it.
pub trait CommitState: Send + Sync {
    /// Writes `state` and `decision` in one transaction, if the stored version is `expected`, and
    /// returns the new version. A [`StoreError::Conflict`] has written nothing.
    fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> impl Future<Output = StoreResult<Version>> + Send;
}

/// The position up to which an outbox was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwedMark(pub u64);

impl OwedMark {
    /// The mark before anything was read.
    pub const START: Self = Self(0);
}

/// Reading, claiming and recording deliveries.
pub trait Outbox: Send + Sync {
    /// Returns the deliveries that are owed, in the order they were decided.
    fn owed(&self) -> impl Future<Output = StoreResult<Vec<Delivery>>> + Send {
        async { Ok(self.owed_since(OwedMark::START).await?.0) }
    }

    /// Returns the deliveries that are owed and were decided since `mark`, in the order they were decided,
    /// and the next mark. The time of the read does not depend on the number of deliveries before the mark.
    ///
    /// From [`OwedMark::START`] on, all are returned. After a later mark, deliveries that another process has
    /// read may be missing, so that the caller must read all from time to time.
    fn owed_since(
        &self,
        mark: OwedMark,
    ) -> impl Future<Output = StoreResult<(Vec<Delivery>, OwedMark)>> + Send;

    /// Returns the state of a delivery.
    fn predecessor(&self, id: &DeliveryId)
    -> impl Future<Output = StoreResult<Predecessor>> + Send;

    /// Returns the destination's reference of a message that was sent; `None` if the destination gave none, or if the
    /// delivery is no longer stored.
    fn message_ref(
        &self,
        id: &DeliveryId,
    ) -> impl Future<Output = StoreResult<Option<MessageRef>>> + Send;

    /// Claims the next try of `delivery` with `claim`, in place of `abandoned`, the claim of another
    /// notifier that the caller considers abandoned.
    ///
    /// Succeeds only if the delivery is owed, was tried exactly as often as `delivery` states, and has no
    /// claim for this try except `abandoned` or one of the same owner. The owner thereby recognizes a claim whose
    /// answer was lost. Of several notifiers that claim the same try, one succeeds. The result of the try
    /// ends the claim.
    fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        abandoned: Option<&Claim>,
    ) -> impl Future<Output = StoreResult<Claimed>> + Send;

    /// Writes the state of a delivery. A delivery that is no longer owed stays unchanged.
    fn record_delivery(&self, delivery: &Delivery) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Reading decisions and counts, for the page and for reports.
pub trait ReadHistory: Send + Sync {
    /// Returns the shards that have a state.
    fn shards(&self) -> impl Future<Output = StoreResult<Vec<ShardId>>> + Send;

    /// Returns the stored rollups of all monitors that start at `from` or later, by time.
    fn rollups(
        &self,
        period: Period,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<RollupRecord>>> + Send;

    /// Returns the transitions at `from` or later, by time.
    fn transitions(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Transition>>> + Send;

    /// Returns the alerts that fired at `from` or later or still fire, by time.
    fn alerts(&self, from: Timestamp)
    -> impl Future<Output = StoreResult<Vec<AlertRecord>>> + Send;

    /// Returns the suppressions at `from` or later, by time.
    fn suppressions(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Suppression>>> + Send;

    /// Returns the deliveries decided at `from` or later, by time.
    fn deliveries(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Delivery>>> + Send;

    /// Returns the runs scheduled at `from` or later, in the order of their keys.
    fn runs(&self, from: Timestamp) -> impl Future<Output = StoreResult<Vec<Run>>> + Send;
}

/// Reading beats.
pub trait ReadBeats: Send + Sync {
    /// Returns the latest beat of each of `monitors` that has one.
    fn beats(
        &self,
        monitors: &[MonitorId],
    ) -> impl Future<Output = StoreResult<Vec<(MonitorId, Beat)>>> + Send;
}

/// Recording beats.
pub trait RecordBeat: Send + Sync {
    /// Replaces `previous`, the latest beat of `monitor` as it was read, with its successor `beat`. If
    /// another process has recorded a beat since, nothing is written and the result is a
    /// [`StoreError::Conflict`]. The caller must then read again and derive the successor of the newer beat.
    fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Reading the entries that operators make at run time.
pub trait ReadOperatorEntries: Send + Sync {
    /// Returns the entries that are still needed at `now`, in the order of their ids: those in force, those to come,
    /// and those that have expired for as long as [`OperatorEntry::is_needed`] holds.
    fn operator_entries(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<OperatorEntry>>> + Send;
}

/// Recording the entries of operators.
pub trait RecordOperatorEntries: Send + Sync {
    /// Writes `entry`. If there is an entry of the same id, nothing is written and the result is a
    /// [`StoreError::Conflict`].
    fn add_operator_entry(
        &self,
        entry: &OperatorEntry,
    ) -> impl Future<Output = StoreResult<()>> + Send;

    /// Ends the entry `id` at `at` and returns it as ended; `None` if there is none.
    fn end_operator_entry(
        &self,
        id: &EntryId,
        at: Timestamp,
    ) -> impl Future<Output = StoreResult<Option<OperatorEntry>>> + Send;
}

/// Reading the notes of checkers.
pub trait ReadNotes: Send + Sync {
    /// Returns the note of each of `monitors` that has one in `region`.
    fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> impl Future<Output = StoreResult<Vec<(MonitorId, Note)>>> + Send;
}

/// Recording the notes of checkers.
pub trait RecordNotes: Send + Sync {
    /// Replaces the notes of these monitors in `region`.
    fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Counting the money that checks spend, over all processes and regions.
pub trait ReserveBudget: Send + Sync {
    /// Adds `amount` to the sum that `key` has spent, unless the sum would then exceed `cap`. Both happen in
    /// one step, so that concurrent requests never exceed the cap. A call that fails may have counted the
    /// amount.
    fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> impl Future<Output = StoreResult<ReserveResult>> + Send;

    /// Replaces the amount of `reservation` with `actual`, and returns the sum that its budget has spent
    /// afterwards. The change is applied at most once, even if the answer is lost: a call that fails must not
    /// be repeated, and may leave the reserved amount counted.
    fn settle(
        &self,
        reservation: &Reservation,
        actual: Cost,
    ) -> impl Future<Output = StoreResult<Cost>> + Send;
}

/// Reading the models that the providers offer.
pub trait ReadCatalogs: Send + Sync {
    /// Returns the known catalog of each monitor's provider, in the order of the monitors' ids.
    fn catalogs(&self) -> impl Future<Output = StoreResult<Vec<(MonitorId, KnownCatalog)>>> + Send;
}

/// Recording the models that a provider offers.
pub trait RecordCatalog: Send + Sync {
    /// Replaces the known catalog of the provider of `monitor`.
    fn record_catalog(
        &self,
        monitor: &MonitorId,
        known: &KnownCatalog,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Removing expired records.
pub trait Prune: Send + Sync {
    /// Removes the records that are older than the retention in `settings` at `now`. Owed deliveries are
    /// kept.
    fn prune(
        &self,
        settings: &crate::config::Settings,
        now: Timestamp,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// The permitted age of a secret's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFreshness {
    /// The value that this process has read before, if any.
    Cached,
    /// A value read now, because the last one was refused and may have been rotated since.
    Fresh,
}

/// Reading secrets.
pub trait ReadSecrets: Send + Sync {
    /// Returns the values of all `names`.
    fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> impl Future<Output = Result<Secrets, SecretError>> + Send;
}

/// A config that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedConfig {
    /// The parsed config.
    pub config: Config,
    /// The text of the config, for people.
    pub text: String,
    /// The time at which it was applied.
    pub at: Timestamp,
    /// The person who applied it, as far as the machine of the command shows it.
    pub by: String,
}

/// Reading the active config. Each applied version is kept unchanged.
pub trait ReadConfig: Send + Sync {
    /// Returns the active version; 0 if none was ever applied.
    fn config_version(&self) -> impl Future<Output = StoreResult<Version>> + Send;

    /// Returns one version; `None` if there is none of this number.
    fn applied_config(
        &self,
        version: Version,
    ) -> impl Future<Output = StoreResult<Option<AppliedConfig>>> + Send;

    /// Returns the remedy for a config that cannot be used, as a part of a message.
    fn remedy(&self) -> &'static str {
        "apply a config with `allclear apply`"
    }
}

/// Activating a config.
pub trait ApplyConfig: Send + Sync {
    /// Writes `applied` as the version after `expected` and activates it, if `expected` is active.
    /// After a [`StoreError::Conflict`] the old one is still active.
    fn apply_config(
        &self,
        expected: Version,
        applied: &AppliedConfig,
    ) -> impl Future<Output = StoreResult<Version>> + Send;
}

/// A received record that can never be handled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoisonRecord {
    /// A stable code: `run_unreadable`.
    pub code: &'static str,
    /// The problem and its remedy.
    pub reason: String,
    /// The record as it was received.
    pub record: serde_json::Value,
}

/// The dead-letter queue for records that can never be handled. They do not block the records after them and are not
/// lost.
pub trait DeadLetters: Send + Sync {
    /// Stores `poison` for inspection by an operator.
    fn send_to_dead_letters(
        &self,
        poison: &PoisonRecord,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// The key of a stored record, in the form that its store uses in messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(pub String);

/// The error of a stored record that was read and could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// A stable code: `run_unreadable`.
    pub code: &'static str,
    /// The record, and the problem with it.
    pub reason: String,
}

/// Finding the records that a store has left out of an answer because it could not decode them.
pub trait FindUnreadable: Send + Sync {
    /// Returns the error of the record `key`, if a read of this process has left it out. Reads nothing.
    fn unreadable(&self, key: &RecordKey) -> Option<Unreadable>;
}
