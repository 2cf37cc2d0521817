//! The facts of the page, read from the store.

use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::ports::{
    Checkpoint, LoadState, LookBack, ReadHistory, ReadIncidents, ReadRuns, StoreError, Version,
};
use allclear_core::state::ShardState;
use allclear_core::window::Maintenance;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

use crate::publish::history::{KnownHistory, PageHistory, SettledUntil};
use crate::publish::known_incidents::KnownIncidents;
use crate::publish::provider_facts::ProviderFacts;

/// The ports of a store that the generator uses.
pub trait PageStore: LoadState + ReadRuns + ReadHistory + ReadIncidents {}

impl<S> PageStore for S where S: LoadState + ReadRuns + ReadHistory + ReadIncidents {}

/// The most runs that are folded on top of a checkpoint: some minutes, at a run every second.
const MAX_UNFOLDED: usize = 2_000;

/// The facts of the page, before they are reduced to their public part.
#[derive(Debug, Default)]
pub struct PageFacts {
    /// The states of all shards, with every recorded run folded in.
    pub states: Vec<ShardState>,
    /// The versions of the stored states.
    pub versions: Vec<(ShardId, Version)>,
    /// The hours of the last week, and the days of the last 13 months.
    pub history: Arc<PageHistory>,
    /// The incidents that the evaluator recorded: the open ones, and those of the last 13 months. The one that changed
    /// last counts, of several with one id.
    pub incidents: Vec<AutomaticIncident>,
    /// The entries of operators about incidents.
    pub incident_entries: Vec<IncidentEntry>,
    /// The providers of the public monitors.
    pub providers: ProviderFacts,
    /// The maintenance windows of operators, beside those of the config.
    pub maintenances: Vec<EnteredMaintenance>,
}

/// A maintenance window of an operator.
#[derive(Debug, Clone)]
pub struct EnteredMaintenance {
    /// The window.
    pub window: Maintenance,
    /// The time at which the operator entered it.
    pub entered_at: Timestamp,
}

impl EnteredMaintenance {
    /// Returns the windows of operators.
    #[must_use]
    pub fn all(index: &ConfigIndex) -> Vec<Self> {
        let windows = index.entered_maintenances();
        windows.map(|(window, entered_at)| Self { window: window.clone(), entered_at }).collect()
    }
}

/// Reads the facts of the page. A checkpoint may be minutes old, so the runs since are folded in. The
/// resulting decisions are dropped, because only the evaluator commits them.
///
/// # Errors
///
/// Fails if the states, runs, rollups or incidents cannot be read.
pub async fn facts<S>(
    store: &S,
    index: &ConfigIndex,
    now: Timestamp,
) -> Result<PageFacts, StoreError>
where
    S: PageStore,
{
    facts_with(&mut SettledFacts::default(), &mut MemoryFacts::default(), store, index, now).await
}

/// Facts that were read before and cannot change.
#[derive(Debug, Default)]
pub(crate) struct SettledFacts {
    history: KnownHistory,
    incidents: KnownIncidents,
}

/// Facts that the process has in memory and that are newer than the store.
#[derive(Debug, Clone, Default)]
pub struct MemoryFacts {
    /// The state of the main shard with all runs folded in, if the checkpoint is minutes old.
    pub state: Option<ShardState>,
    /// The time since which no outcome can be written, if channels were notified of that. The page then shows
    /// impaired monitoring.
    pub impaired_since: Option<Timestamp>,
}

impl MemoryFacts {
    /// Returns the checkpoint of `shard`, from memory if it is there. The state in memory is used once.
    async fn load<S: LoadState>(
        &mut self,
        store: &S,
        shard: &ShardId,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let present = self.state.take_if(|_| *shard == ShardId::main());
        let checkpoint = match present {
            Some(state) => Some(Checkpoint { version: store.state_version(shard).await?, state }),
            None => store.load_state(shard).await?,
        };
        Ok(checkpoint.map(|mut checkpoint| {
            let since = &mut checkpoint.state.impairment.since;
            *since = since.or(self.impaired_since);
            checkpoint
        }))
    }
}

/// Reads like [`facts()`], with the facts that were read before, and with facts in memory.
pub(crate) async fn facts_with<S>(
    known: &mut SettledFacts,
    present: &mut MemoryFacts,
    store: &S,
    index: &ConfigIndex,
    now: Timestamp,
) -> Result<PageFacts, StoreError>
where
    S: PageStore,
{
    let mut facts = PageFacts { providers: ProviderFacts::of(index), ..PageFacts::default() };
    let mut settled: Vec<Option<SettledUntil>> = Vec::new();
    let mut closed = Vec::new();
    let mut shards = store.shards().await?;
    // The main shard is not listed before its first checkpoint, but may have runs.
    if !shards.contains(&ShardId::main()) {
        shards.push(ShardId::main());
    }
    for shard in shards {
        let (version, mut state) = match present.load(store, &shard).await? {
            Some(checkpoint) => (checkpoint.version, checkpoint.state),
            None => (0, ShardState::default()),
        };
        let runs =
            store.unfolded_runs(&shard, &state.folded, LookBack::Horizon, MAX_UNFOLDED).await?;
        // Only written periods are settled, not those that are folded here.
        settled.push(SettledUntil::of(&state));
        for run in &runs {
            // A state that was read before the evaluator's last commit yields decisions again that are
            // already stored.
            let decision = fold(&mut state, run, index);
            closed.extend(decision.rollups);
            facts.incidents.extend(decision.incidents);
        }
        facts.incidents.extend(state.incidents.values().cloned());
        facts.states.push(state);
        facts.versions.push((shard, version));
    }
    // After the states: an incident or a period that is closed in a state is in the store.
    let settled = settled.into_iter().reduce(SettledUntil::and).flatten();
    facts.incidents.extend(known.incidents.read(store, settled, now).await?);
    facts.incident_entries = store.incident_entries().await?;
    facts.history = known.history.read(store, settled, now).await?;
    // Periods that this fold has closed are no longer in the states, and not yet in the store.
    if !closed.is_empty() {
        Arc::make_mut(&mut facts.history).add(closed);
    }
    Ok(facts)
}
