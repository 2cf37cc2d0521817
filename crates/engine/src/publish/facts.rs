//! The facts of the page, read from the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, ShardId};
use allclear_core::incident::{AutomaticIncident, IncidentEntry};
use allclear_core::ports::{
    Checkpoint, LoadState, LookBack, ReadHistory, ReadIncidents, ReadRuns, StoreError, Version,
};
use allclear_core::rollup::{Period, RollupRecord, Tally};
use allclear_core::state::{LATE_LIMIT, ShardState};
use allclear_core::window::Maintenance;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

/// The ports of a store that the generator uses.
pub trait PageStore: LoadState + ReadRuns + ReadHistory + ReadIncidents {}

impl<S> PageStore for S where S: LoadState + ReadRuns + ReadHistory + ReadIncidents {}

/// The period that the page covers.
const HISTORY: Duration = Duration::from_hours(90 * 24);

/// The period for which past incidents are read.
pub(crate) const PAST_INCIDENTS: Duration = HISTORY;

/// The most runs that are folded on top of a checkpoint: some minutes, at a run every second.
const MAX_UNFOLDED: usize = 2_000;

/// The facts of the page, before they are reduced to their public part.
#[derive(Debug, Default)]
pub struct PageFacts {
    /// The states of all shards, with every recorded run folded in.
    pub states: Vec<ShardState>,
    /// The versions of the stored states.
    pub versions: Vec<(ShardId, Version)>,
    /// The tallies of the last 90 days.
    pub days: Arc<DayTallies>,
    /// The incidents that the evaluator recorded: the open ones, and those of the last 90 days. The one that changed last
    /// counts, of several with one id.
    pub incidents: Vec<AutomaticIncident>,
    /// The entries of operators about incidents.
    pub incident_entries: Vec<IncidentEntry>,
    /// The maintenance windows of operators, beside those of the config.
    pub maintenances: Vec<Maintenance>,
}

/// The tally of each monitor on each day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DayTallies(HashMap<MonitorId, BTreeMap<Timestamp, Tally>>);

impl DayTallies {
    /// Returns the days of `monitor`, by their start.
    #[must_use]
    pub fn of(&self, monitor: &MonitorId) -> Option<&BTreeMap<Timestamp, Tally>> {
        self.0.get(monitor)
    }

    /// Adds `records`. Of two records of the same day the later one counts.
    fn add(&mut self, records: impl IntoIterator<Item = RollupRecord>) {
        for RollupRecord { monitor, start, rollup, .. } in records {
            self.0.entry(monitor).or_default().insert(start, rollup.tally);
        }
    }

    /// Removes the days before `from`.
    fn forget_before(&mut self, from: Timestamp) {
        for days in self.0.values_mut() {
            days.retain(|start, _| *start >= from);
        }
        self.0.retain(|_, days| !days.is_empty());
    }
}

impl FromIterator<RollupRecord> for DayTallies {
    fn from_iter<T: IntoIterator<Item = RollupRecord>>(records: T) -> Self {
        let mut days = Self::default();
        days.add(records);
        days
    }
}

/// The days that were read. Days that can no longer change are not read again.
#[derive(Debug, Default)]
pub(crate) struct KnownDays {
    days: Arc<DayTallies>,
    /// The day before which all days are known and can no longer change; `None` if there is none.
    settled_until: Option<Timestamp>,
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
    facts_with(&mut KnownDays::default(), &mut MemoryFacts::default(), store, index, now).await
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

/// Reads like [`facts()`], with the days that were read before, and with facts in memory.
pub(crate) async fn facts_with<S>(
    known: &mut KnownDays,
    present: &mut MemoryFacts,
    store: &S,
    index: &ConfigIndex,
    now: Timestamp,
) -> Result<PageFacts, StoreError>
where
    S: PageStore,
{
    let from = Period::Day.start_of(now - HISTORY);
    let mut facts = PageFacts::default();
    let mut settled_until = Some(Timestamp::MAX);
    let mut closed_days = Vec::new();
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
        // Only written days are settled, not those that are folded here.
        settled_until = settled_until.min(settled(&state));
        for run in &runs {
            // A state that was read before the evaluator's last commit yields decisions again that are
            // already stored.
            let decision = fold(&mut state, run, index);
            let rollups = decision.rollups.into_iter();
            closed_days.extend(rollups.filter(|rollup| rollup.period == Period::Day));
            facts.incidents.extend(decision.incidents);
        }
        facts.incidents.extend(state.incidents.values().cloned());
        facts.states.push(state);
        facts.versions.push((shard, version));
    }
    // After the states: an incident or a day that is closed in a state is in the store.
    facts.incidents.extend(store.incidents(now - PAST_INCIDENTS).await?);
    facts.incident_entries = store.incident_entries().await?;
    known.read(store, from, settled_until).await?;
    facts.days = Arc::clone(&known.days);
    // Days that this fold has closed are no longer in the states, and not yet in the store.
    if !closed_days.is_empty() {
        Arc::make_mut(&mut facts.days).add(closed_days);
    }
    Ok(facts)
}

impl KnownDays {
    /// Reads the days from `from` on that may have changed, and marks those before `settled_until` as final.
    async fn read<S: ReadHistory>(
        &mut self,
        store: &S,
        from: Timestamp,
        settled_until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        // A clock that was set back reopens days.
        let known_until = self.settled_until.min(settled_until);
        let read_from = known_until.map_or(from, |until| until.max(from));
        let records = store.rollups(Period::Day, read_from).await?;
        let days = Arc::make_mut(&mut self.days);
        days.forget_before(from);
        days.add(records);
        self.settled_until = settled_until;
        Ok(())
    }
}

/// Returns the first day that may still change in the store, according to the state.
fn settled(state: &ShardState) -> Option<Timestamp> {
    let open = state
        .monitors
        .values()
        .flat_map(|monitor| monitor.open.days.keys().chain(monitor.open.hours.keys()));
    // Twice the limit for late runs, because a read of the store may be slightly behind.
    let newest = state.folded.newest?.checked_sub(LATE_LIMIT * 2).ok()?;
    let first = open.min().copied().map_or(newest, |open| open.min(newest));
    Some(Period::Day.start_of(first))
}
