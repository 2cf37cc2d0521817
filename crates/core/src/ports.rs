//! The ports: one trait per capability. A handler's signature names the ones it needs, and so is
//! its permission list.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::budget::{BudgetKey, Reservation, Reserved};
use crate::catalog::KnownCatalog;
use crate::checker::{Beat, Secrets};
use crate::claim::{Claim, Claimed};
use crate::config::Config;
use crate::cost::Cost;
use crate::delivery::{Delivery, DeliveryId, Predecessor};
use crate::event::{AlertRecord, Suppression, Transition};
use crate::id::{MonitorId, RegionId, SecretName, ShardId};
use crate::note::Note;
use crate::rollup::{Period, RollupRecord};
use crate::run::Run;
use crate::state::{Decision, Folded, ShardState};

/// The error of an operation of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has written since this was read. A normal outcome: read again, decide again.
    #[error("{operation}: somebody else has written `{object}` since it was read")]
    Conflict {
        /// The failed operation.
        operation: &'static str,
        /// On what.
        object: String,
    },
    /// The store did not answer, or is busy. Trying again may help.
    #[error("{operation} `{object}`: the store is not available")]
    Unavailable {
        /// The failed operation.
        operation: &'static str,
        /// On what.
        object: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The stored value cannot be read. It is left unchanged.
    #[error("{operation} `{object}`: what is stored cannot be read")]
    Corrupt {
        /// The failed operation.
        operation: &'static str,
        /// On what.
        object: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Returns true if the same call may succeed a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Unavailable { .. } => true,
            Self::Corrupt { .. } => false,
        }
    }
}

/// The result of a store's operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// The result of recording a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It has been written.
    New,
    /// A run with the same key was there; nothing was written.
    Already,
}

/// Recording a run.
pub trait RecordRun: Send + Sync {
    /// Writes `run` unless one with its key is there.
    fn record_run(&self, run: &Run) -> impl Future<Output = StoreResult<Recorded>> + Send;
}

/// The extent of the log that a reader reads. If the store charges for reads, an hour of runs each minute
/// costs more than everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookBack {
    /// To the horizon: everything that may still be folded.
    Horizon,
    /// To this time, because nothing older is known to be new.
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
    /// The runs of `shard` that `folded` does not contain yet, in the order of their keys; at most
    /// `limit` of them, the oldest first. All that `folded` contains has come from this log.
    ///
    /// Runs before [`Folded::horizon`] are too late: they stay in the log and are not handed out.
    /// With a [`LookBack::To`] later than the horizon, those before it need not be handed out.
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

/// A stored state, and how often it has been written.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The number of times that it was written.
    pub version: Version,
    /// The state.
    pub state: ShardState,
}

/// Loading the state of a shard.
pub trait LoadState: Send + Sync {
    /// The version of the stored state alone; 0 where there is none.
    fn state_version(&self, shard: &ShardId) -> impl Future<Output = StoreResult<Version>> + Send;

    /// The stored state; `None` where there is none.
    fn load_state(
        &self,
        shard: &ShardId,
    ) -> impl Future<Output = StoreResult<Option<Checkpoint>>> + Send;
}

/// Committing a state with all that was decided on the way to it.
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
    /// Nothing was read.
    pub const START: Self = Self(0);
}

/// Reading, claiming and recording deliveries.
pub trait Outbox: Send + Sync {
    /// Returns the deliveries that are owed, in the order they were decided.
    fn owed(&self) -> impl Future<Output = StoreResult<Vec<Delivery>>> + Send {
        async { Ok(self.owed_since(OwedMark::START).await?.0) }
    }

    /// Returns the deliveries that are owed and were decided since `mark`, in the order they were
    /// decided, and the next mark. Reading takes no longer with more deliveries before the mark.
    ///
    /// From [`OwedMark::START`] on, all are returned. After a later mark those may be missing that
    /// another process has read, so that all are to be read from time to time.
    fn owed_since(
        &self,
        mark: OwedMark,
    ) -> impl Future<Output = StoreResult<(Vec<Delivery>, OwedMark)>> + Send;

    /// Returns the state of a delivery.
    fn predecessor(&self, id: &DeliveryId)
    -> impl Future<Output = StoreResult<Predecessor>> + Send;

    /// Claims the next try of `delivery` with `claim`, in place of `left`, the claim of another
    /// notifier that the caller considers abandoned.
    ///
    /// Succeeds only if the delivery is owed, was tried exactly as often as `delivery` says, and has no
    /// claim for this try but `left` or one of the same owner. So the owner recognizes a claim whose
    /// answer was lost. Of several notifiers that claim the same try, one succeeds. The result of the
    /// try ends the claim.
    fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        left: Option<&Claim>,
    ) -> impl Future<Output = StoreResult<Claimed>> + Send;

    /// Writes what became of a delivery. One that is no longer owed is left as it is.
    fn record_delivery(&self, delivery: &Delivery) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Reading what has been decided and counted, for the page and for reports.
pub trait ReadHistory: Send + Sync {
    /// The shards that have a state.
    fn shards(&self) -> impl Future<Output = StoreResult<Vec<ShardId>>> + Send;

    /// The stored rollups of all monitors that start at `from` or later, by time.
    fn rollups(
        &self,
        period: Period,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<RollupRecord>>> + Send;

    /// The transitions at `from` or later, by time.
    fn transitions(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Transition>>> + Send;

    /// The alerts that fired at `from` or later or fire still, by time.
    fn alerts(&self, from: Timestamp)
    -> impl Future<Output = StoreResult<Vec<AlertRecord>>> + Send;

    /// The decisions at `from` or later not to tell of an alert, by time.
    fn suppressions(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Suppression>>> + Send;

    /// The deliveries decided at `from` or later, by time.
    fn deliveries(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Delivery>>> + Send;

    /// The runs scheduled at `from` or later, in the order of their keys.
    fn runs(&self, from: Timestamp) -> impl Future<Output = StoreResult<Vec<Run>>> + Send;
}

/// Reading beats.
pub trait ReadBeats: Send + Sync {
    /// The latest beat of each of `monitors` that has one.
    fn beats(
        &self,
        monitors: &[MonitorId],
    ) -> impl Future<Output = StoreResult<Vec<(MonitorId, Beat)>>> + Send;
}

/// Recording beats.
pub trait RecordBeat: Send + Sync {
    /// Replaces `previous`, the latest beat of `monitor` as it was read, with the one that follows
    /// on it. If another process has recorded one since, nothing is written and the result is a
    /// [`StoreError::Conflict`]: read again, and let the beat follow on that one.
    fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Reading the notes of checkers.
pub trait ReadNotes: Send + Sync {
    /// The note of each of `monitors` that has one in `region`.
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

/// Counting the money that checks spend, for all processes and regions together.
pub trait ReserveBudget: Send + Sync {
    /// Adds `amount` to what `key` has spent, unless the sum would then exceed `cap`. Both happen in
    /// one step: of requests that come at the same time, no more are granted than the cap allows. A
    /// call that fails may have counted the amount.
    fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> impl Future<Output = StoreResult<Reserved>> + Send;

    /// Replaces the amount of `reservation` with `actual`, and returns what its budget has spent
    /// then. It is applied at most once, also where its answer is lost: a call that fails must not be
    /// made again, and may leave the reserved amount counted.
    fn settle(
        &self,
        reservation: &Reservation,
        actual: Cost,
    ) -> impl Future<Output = StoreResult<Cost>> + Send;
}

/// Reading which models the providers have.
pub trait ReadCatalogs: Send + Sync {
    /// Returns the known catalog of each monitor's provider, in the order of the monitors' ids.
    fn catalogs(&self) -> impl Future<Output = StoreResult<Vec<(MonitorId, KnownCatalog)>>> + Send;
}

/// Recording which models a provider has.
pub trait RecordCatalog: Send + Sync {
    /// Replaces what is known of the provider of `monitor`.
    fn record_catalog(
        &self,
        monitor: &MonitorId,
        known: &KnownCatalog,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// A request to AWS before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The name of the service in signatures: `bedrock`.
    pub service: &'a str,
    /// The region that it goes to.
    pub region: &'a str,
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// The headers that are signed beside `host`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The headers to add to a request, of which the values are confidential; or why there are none.
pub type Signing<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<(String, SecretString)>, String>> + Send + 'a>>;

/// Signing requests to AWS with the identity that the process runs under.
pub trait SignRequest: Send + Sync + std::fmt::Debug {
    /// The signature of `request` at `now`, as headers.
    fn sign<'a>(&'a self, request: Unsigned<'a>, now: Timestamp) -> Signing<'a>;
}

/// Removing what has outlived its time.
pub trait Prune: Send + Sync {
    /// Removes what is older than the retention in `settings` at `now`. Nothing owed is removed.
    fn prune(
        &self,
        settings: &crate::config::Settings,
        now: Timestamp,
    ) -> impl Future<Output = StoreResult<()>> + Send;
}

/// The error of reading a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none of this name.
    #[error("there is no secret `{name}`: {hint}")]
    Missing {
        /// The name.
        name: SecretName,
        /// The place in which to store the secret.
        hint: String,
    },
    /// The place where it is kept did not answer.
    #[error("secret `{name}` cannot be read: {message}")]
    Unavailable {
        /// The name.
        name: SecretName,
        /// The cause.
        message: String,
    },
}

/// The permitted age of a secret's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the process that read it.
    Cached,
    /// Read now: the last one was refused, and may have been rotated since.
    Fresh,
}

/// Reading secrets.
pub trait ReadSecrets: Send + Sync {
    /// The values of `names`, all of them.
    fn secrets(
        &self,
        names: &[SecretName],
        freshness: Freshness,
    ) -> impl Future<Output = Result<Secrets, SecretError>> + Send;
}

/// A config that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedConfig {
    /// The parsed config.
    pub config: Config,
    /// The text that it was read from, for people.
    pub text: String,
    /// The time at which it was applied.
    pub at: Timestamp,
    /// By whom, as far as the machine it was applied from knows.
    pub by: String,
}

/// Reading the config in force. Each version is kept as it was applied.
pub trait ReadConfig: Send + Sync {
    /// The version in force; 0 where none was ever applied.
    fn config_version(&self) -> impl Future<Output = StoreResult<Version>> + Send;

    /// One version; `None` where there is none of this number.
    fn applied_config(
        &self,
        version: Version,
    ) -> impl Future<Output = StoreResult<Option<AppliedConfig>>> + Send;

    /// Returns the remedy for a config that cannot be used, as a part of a message.
    fn remedy(&self) -> &'static str {
        "apply a config with `allclear apply`"
    }
}

/// Putting a config in force.
pub trait ApplyConfig: Send + Sync {
    /// Writes `applied` as the version after `expected` and puts it in force, if `expected` is in
    /// force. A [`StoreError::Conflict`] has left the old one in force.
    fn apply_config(
        &self,
        expected: Version,
        applied: &AppliedConfig,
    ) -> impl Future<Output = StoreResult<Version>> + Send;
}

/// Something that came in and can never be handled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Poison {
    /// A stable code: `run_unreadable`.
    pub code: &'static str,
    /// The problem and its remedy.
    pub reason: String,
    /// The record as it was received.
    pub record: serde_json::Value,
}

/// Setting aside records that can never be handled. They do not block the records after them and are not
/// lost.
pub trait SetAside: Send + Sync {
    /// Puts `poison` where a person finds it.
    fn set_aside(&self, poison: &Poison) -> impl Future<Output = StoreResult<()>> + Send;
}

/// Waking the generator after a change that the page shows.
pub trait WakeGenerator: Send + Sync {
    /// Asks for the page to be made now. Does not wait until it is.
    fn wake_generator(&self) -> impl Future<Output = StoreResult<()>> + Send;
}

/// One file to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedFile<'a> {
    /// The path relative to the site: `api/v2/summary.json`.
    pub path: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// The value of the `Cache-Control` header.
    pub cache_control: &'a str,
    /// The content of the file.
    pub content: &'a [u8],
}

/// The error of publishing a site. The last good version stays published.
#[derive(Debug, thiserror::Error)]
#[error("the site could not be published: `{path}`")]
pub struct PublishError {
    /// The file that failed.
    pub path: String,
    /// The cause.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Publishing a site.
pub trait PublishSite: Send + Sync {
    /// Publishes `files` in their order, those that have changed; each file wholly or not at all.
    fn publish(
        &self,
        files: &[PublishedFile<'_>],
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}
