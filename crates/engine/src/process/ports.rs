//! The ports of a process that runs all services.

use allclear_core::Timestamp;
use allclear_core::ports::{
    BeatWatchdog, Outbox, Prune, PublishSite, ReadOperatorEntries, ReadSecrets, RecordRun,
};
use allclear_core::state::ShardState;

use crate::evaluate::{EvaluateStore, Evaluated};
use crate::notify::SweepReport;
use crate::probe::{CheckStore, ProbeReport};
use crate::process::beat_pace::BeatPace;
use crate::publish::PageStore;

/// The adapters of a process that runs all services.
pub trait ProcessPorts: Observe + 'static {
    /// The store.
    type Store: EvaluateStore + PageStore + CheckStore + ReadOperatorEntries + Outbox + Prune;
    /// The log to which runs are written. It may keep them in memory while the store is unavailable.
    type Log: RecordRun;
    /// The secrets.
    type Secrets: ReadSecrets;
    /// The place to which the page is published. A publication may block its thread.
    type Site: PublishSite;
    /// The client of the watchdog outside.
    type Watchdog: BeatWatchdog;

    /// Returns the store.
    fn store(&self) -> &Self::Store;

    /// Returns the log to which runs are written.
    fn log(&self) -> &Self::Log;

    /// Returns the secrets.
    fn secrets(&self) -> &Self::Secrets;

    /// Returns the place to which the page is published.
    fn site(&self) -> &Self::Site;

    /// Returns the client of the watchdog outside.
    fn watchdog(&self) -> &Self::Watchdog;

    /// Returns the pace of the beats, which outlives the services when the config changes.
    fn beat_pace(&self) -> &BeatPace;
}

/// The observer of the services, which displays and supervises their results.
pub trait Observe: Send + Sync {
    /// Receives the outcomes of a prober invocation.
    fn probed(&self, report: &ProbeReport);

    /// Receives the result of an evaluation, and the folded state. The state is `None` after an error.
    fn evaluated(&self, evaluated: &Evaluated, state: Option<&ShardState>);

    /// Receives the results of deliveries.
    fn swept(&self, report: &SweepReport);

    /// Returns the time since which the store refuses writes, if the page has to show that.
    fn impaired_since(&self) -> Option<Timestamp>;

    /// Returns true if the operator knows that the store is unavailable. Its errors are then logged at the
    /// level `debug`.
    fn is_store_trouble_known(&self) -> bool;
}
