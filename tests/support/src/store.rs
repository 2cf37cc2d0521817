//! The store in memory. One module for each group of ports; what they share is here.

mod call;
mod checks;
mod config;
mod fault;
mod history;
mod incidents;
mod next_notices;
mod operator_entries;
mod outbox;
mod past;
mod prune;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_core::Timestamp;
use allclear_core::beat::Beat;
use allclear_core::budget::BudgetKey;
use allclear_core::catalog::KnownCatalog;
use allclear_core::checker_state::Note;
use allclear_core::claim::Claim;
use allclear_core::cost::Cost;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertId, AlertRecord, Suppression, Transition};
use allclear_core::id::{EntryId, MonitorId, RegionId, ShardId};
use allclear_core::incident::{AutomaticIncident, IncidentEntry, IncidentId};
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{
    AppliedConfig, Checkpoint, PoisonRecord, RecordKey, StoreResult, Unreadable, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, ShardState};

pub use self::call::{Call, CallOutcome, Hook, Hooked, Operation};
use self::fault::Plan;
pub use self::fault::PlannedFault;
use self::outbox::Deliveries;

/// A store in memory. Clones are handles of the same store.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    /// The hook of this handle.
    hook: Option<Arc<dyn Hook>>,
}

#[derive(Default)]
struct Shared {
    content: Mutex<Content>,
    plan: Mutex<Plan>,
    observers: Mutex<Vec<Observer>>,
}

/// Sees each write that has an effect. The store is locked meanwhile, so it must not be called.
type Observer = Arc<dyn Fn(&Write<'_>) + Send + Sync>;

/// A write that has had its effect.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    /// A new run.
    Run(&'a Run),
    /// A state, with what was decided.
    Commit {
        /// The shard.
        shard: &'a ShardId,
        /// The new version.
        version: Version,
        /// The state.
        state: &'a ShardState,
        /// The decision.
        decision: &'a Decision,
    },
    /// A claim on a delivery.
    Claim(&'a Delivery, &'a Claim),
    /// The result of a delivery that was owed.
    Delivery(&'a Delivery),
    /// A beat.
    Beat(&'a MonitorId, &'a Beat),
    /// Notes of checkers.
    Notes(&'a RegionId, &'a [(MonitorId, Note)]),
    /// The sum that a budget has spent.
    Budget(&'a BudgetKey, Cost),
    /// The models of a provider.
    Catalog(&'a MonitorId, &'a KnownCatalog),
    /// An entry of an operator.
    OperatorEntry(&'a OperatorEntry),
    /// An entry of an operator about an incident.
    IncidentEntry(&'a IncidentEntry),
    /// A config.
    Config(&'a AppliedConfig),
}

/// The records.
#[derive(Default)]
struct Content {
    runs: BTreeMap<ShardId, BTreeMap<RunKey, Run>>,
    checkpoints: BTreeMap<ShardId, Checkpoint>,
    transitions: BTreeMap<(Timestamp, MonitorId, Timestamp), Transition>,
    alerts: BTreeMap<AlertId, AlertRecord>,
    suppressions: BTreeMap<(Timestamp, AlertId, &'static str), Suppression>,
    rollups: BTreeMap<(Period, Timestamp, MonitorId), RollupRecord>,
    too_late: Vec<(ShardId, RunKey)>,
    deliveries: Deliveries,
    beats: BTreeMap<MonitorId, Beat>,
    notes: BTreeMap<(RegionId, MonitorId), Note>,
    budgets: BTreeMap<BudgetKey, Cost>,
    catalogs: BTreeMap<MonitorId, KnownCatalog>,
    operator_entries: BTreeMap<EntryId, OperatorEntry>,
    incidents: BTreeMap<IncidentId, AutomaticIncident>,
    incident_entries: BTreeMap<(IncidentId, Timestamp), IncidentEntry>,
    past_entries: BTreeMap<(Timestamp, EntryId), OperatorEntry>,
    configs: Vec<AppliedConfig>,
    dead_letters: Vec<PoisonRecord>,
    next_notices: BTreeMap<ShardId, Option<Timestamp>>,
    unreadable: BTreeMap<RecordKey, Unreadable>,
    n_wakes: usize,
}

impl MemoryStore {
    /// Returns a handle of the same store whose calls go through `hook`.
    #[must_use]
    pub fn with_hook(&self, hook: Arc<dyn Hook>) -> Self {
        Self { shared: Arc::clone(&self.shared), hook: Some(hook) }
    }

    /// Plans a fault. Of several that are due, the first that was planned happens.
    pub fn inject(&self, fault: PlannedFault) {
        lock(&self.shared.plan).add(fault);
    }

    /// Ends all planned faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.plan).clear();
    }

    /// Returns the number of calls of `operation` so far, those with a fault included.
    #[must_use]
    pub fn n_calls(&self, operation: Operation) -> usize {
        lock(&self.shared.plan).n_calls(operation)
    }

    /// Has `observer` see each write from now on. It must not call the store.
    pub fn observe(&self, observer: impl Fn(&Write<'_>) + Send + Sync + 'static) {
        lock(&self.shared.observers).push(Arc::new(observer));
    }

    /// Returns the dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<PoisonRecord> {
        self.content().dead_letters.clone()
    }

    /// Returns how often the generator was woken.
    #[must_use]
    pub fn n_wakes(&self) -> usize {
        self.content().n_wakes
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.shared.content)
    }

    fn notify_observers(&self, write: &Write<'_>) {
        let observers = lock(&self.shared.observers).clone();
        for observer in &observers {
            observer(write);
        }
    }

    /// Makes a call: waits for the hook, gets its outcome, has its effect.
    async fn call<T>(
        &self,
        call: Call,
        effect: impl FnOnce(&mut Content, &Call) -> StoreResult<T> + Send,
    ) -> StoreResult<T> {
        self.call_with_fate(call, |content, call, _| effect(content, call)).await
    }

    /// The same, with an effect that depends on the outcome.
    async fn call_with_fate<T>(
        &self,
        call: Call,
        effect: impl FnOnce(&mut Content, &Call, CallOutcome) -> StoreResult<T> + Send,
    ) -> StoreResult<T> {
        let outcome = self.outcome_of(&call).await;
        match outcome {
            CallOutcome::Unavailable => return Err(call.unavailable("throttled")),
            CallOutcome::Conflict => return Err(call.conflict()),
            CallOutcome::Corrupt => return Err(call.corrupt()),
            CallOutcome::Hangs => return std::future::pending().await,
            CallOutcome::TakesLong(time) => tokio::time::sleep(time).await,
            CallOutcome::Works | CallOutcome::Stale | CallOutcome::AnswerLost => {}
        }
        let result = effect(&mut self.content(), &call, outcome);
        if let Some(hook) = &self.hook {
            hook.after(&call).await;
        }
        if outcome == CallOutcome::AnswerLost {
            return Err(call.unavailable("the answer was lost"));
        }
        result
    }

    async fn outcome_of(&self, call: &Call) -> CallOutcome {
        let hooked = match &self.hook {
            Some(hook) => hook.before(call).await,
            None => CallOutcome::Works,
        };
        let planned = lock(&self.shared.plan).outcome_of(call);
        if planned == CallOutcome::Works { hooked } else { planned }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
