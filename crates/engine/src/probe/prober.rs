//! The prober: the checks of a config, ready to be made, and the ports that it needs.

use std::sync::Arc;

use allclear_core::budget::MemoryBudgets;
use allclear_core::checker::{CheckKinds, Checkers};
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::ports::{
    ReadBeats, ReadCatalogs, ReadNotes, RecordCatalog, RecordNotes, RecordRun, ReserveBudget,
};
use allclear_core::window::Opening;

use crate::probe::concurrency::Lanes;
use crate::probe::connectivity::Controls;
use crate::probe::state_cache::NoteCache;

/// The error of building a prober from a config.
#[derive(Debug, thiserror::Error)]
#[error("invalid check of monitor `{monitor}`: {what}")]
pub struct BuildError {
    /// The monitor whose check cannot be built.
    pub monitor: MonitorId,
    /// The problem of the check.
    pub what: String,
}

/// The ports of a store that checks use.
pub trait CheckStore:
    ReadBeats + ReadNotes + RecordNotes + ReserveBudget + ReadCatalogs + RecordCatalog
{
}

impl<S> CheckStore for S where
    S: ReadBeats + ReadNotes + RecordNotes + ReserveBudget + ReadCatalogs + RecordCatalog
{
}

/// The ports of the prober. A store that has all of them is both parts. A process that keeps runs in memory
/// while its store is unavailable has a separate log.
pub trait ProbeStore: Sync {
    /// The log.
    type Log: RecordRun;
    /// The other ports.
    type Checks: CheckStore;

    /// Returns the log to which runs are written.
    fn log(&self) -> &Self::Log;

    /// Returns the store that checks use.
    fn checks(&self) -> &Self::Checks;
}

impl<S: RecordRun + CheckStore> ProbeStore for S {
    type Log = S;
    type Checks = S;

    fn log(&self) -> &S {
        self
    }

    fn checks(&self) -> &S {
        self
    }
}

/// Checks the monitors of a config.
pub struct Prober {
    pub(crate) config: Arc<Config>,
    pub(crate) shard: ShardId,
    pub(crate) region: RegionId,
    pub(crate) checkers: Checkers,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) controls: Controls,
    pub(crate) listener_gap: Option<Opening>,
    pub(crate) without_state: bool,
    pub(crate) notes: NoteCache,
    /// The counters of checks that do not use the store.
    pub(crate) budgets: MemoryBudgets,
}

impl Prober {
    /// Builds the checks of `config`.
    ///
    /// # Errors
    ///
    /// Fails if the parameters of a check are invalid. The error names the first such monitor.
    pub fn new(
        config: Arc<Config>,
        kinds: &dyn CheckKinds,
        region: RegionId,
    ) -> Result<Self, BuildError> {
        let build = |monitor: &Monitor| match kinds.build(&monitor.check) {
            Ok(checker) => Ok((monitor.id.clone(), Arc::from(checker))),
            Err(problems) => {
                let messages: Vec<String> = problems.into_iter().map(|one| one.what).collect();
                Err(BuildError { monitor: monitor.id.clone(), what: messages.join("; ") })
            }
        };
        let checkers = config.monitors.iter().map(build).collect::<Result<Checkers, _>>()?;
        Ok(Self::with_checkers(config, checkers, kinds, region))
    }

    /// Creates a prober with checkers that were built when the config was read.
    pub fn with_checkers(
        config: Arc<Config>,
        checkers: Checkers,
        kinds: &dyn CheckKinds,
        region: RegionId,
    ) -> Self {
        let lanes = Arc::new(Lanes::new(config.settings.concurrency));
        let controls = Controls::new(&config, kinds, &checkers);
        let shard = ShardId::main();
        Self {
            config,
            shard,
            region,
            checkers,
            lanes,
            controls,
            listener_gap: None,
            without_state: false,
            notes: NoteCache::default(),
            budgets: MemoryBudgets::default(),
        }
    }

    /// Returns the prober with `gap` as a period in which no process received beats. A job whose beat was due
    /// in it is unknown rather than missing.
    #[must_use]
    pub fn with_listener_gap(mut self, gap: Opening) -> Self {
        self.listener_gap = Some(gap);
        self
    }

    /// Returns the prober with at most `n` checks under way at the same time, including those that hang. A
    /// process with few descriptors would otherwise run out of them, and checks would fail.
    #[must_use]
    pub fn with_at_most(mut self, n: usize) -> Self {
        self.lanes = Arc::new(Lanes::new(self.config.settings.concurrency).with_at_most(n));
        self
    }

    /// Returns the prober without memory: it reads no notes and stores none, so that monitors that only
    /// resemble those of a config do not change them. The spending of the checks is counted in this process,
    /// against caps of its own.
    #[must_use]
    pub fn without_state(mut self) -> Self {
        self.without_state = true;
        self
    }

    /// Returns the monitors that listen for beats, by the token of their beats.
    pub fn beat_tokens(&self) -> impl Iterator<Item = (String, MonitorId)> {
        self.checkers
            .iter()
            .filter_map(|(id, checker)| Some((checker.beat_token()?.to_owned(), id.clone())))
    }
}
