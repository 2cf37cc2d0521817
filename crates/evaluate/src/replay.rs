//! The replay of recorded runs: the production `fold` and `tick`, in the order of time.
//!
//! A run is folded at the time at which it was recorded, which follows from its scheduled time, its lag and its
//! duration. Between the runs, the decisions that depend on time alone are made when they are due. The entries of
//! operators count from the time at which they were made, and the recorded results of attempts of actions from the time
//! at which the attempts were settled. A replay of the same runs under the same config therefore
//! makes the decisions that the evaluator made.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::id::ShardId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, ShardState};

use crate::ConfigIndex;
use crate::attempts::{RecordedAttempt, RecordedResults};
use crate::fold::{fold, set_back, tick};

/// A replay of one shard.
#[derive(Debug)]
pub struct Replay {
    state: ShardState,
    index: ConfigIndex,
    /// The entries of operators that an evaluator reads now.
    made: Vec<OperatorEntry>,
    /// The entries that are made later, the next one last.
    later: Vec<OperatorEntry>,
    /// The attempts of actions that were recorded. Other attempts have no result.
    results: RecordedResults,
    /// The runs that are recorded later, by the time of that.
    waiting: BTreeMap<FoldOrder, Run>,
    next_notice_at: Option<Timestamp>,
}

/// The place of a run in the order in which runs are folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct FoldOrder {
    recorded_at: Timestamp,
    run: RunKey,
    shard: ShardId,
}

impl FoldOrder {
    fn of(run: &Run) -> Self {
        Self { recorded_at: recorded_at(run), run: run.key.clone(), shard: run.shard.clone() }
    }
}

/// Returns the time at which a run was recorded.
#[must_use]
pub fn recorded_at(run: &Run) -> Timestamp {
    run.recorded_at()
}

impl Replay {
    /// Creates a replay under a config that begins with an empty state.
    #[must_use]
    pub fn new(index: ConfigIndex) -> Self {
        Self {
            state: ShardState::default(),
            index,
            made: Vec::new(),
            later: Vec::new(),
            results: RecordedResults::default(),
            waiting: BTreeMap::new(),
            next_notice_at: None,
        }
    }

    /// Returns the replay with a state to begin with.
    #[must_use]
    pub fn with_state(self, state: ShardState) -> Self {
        Self { state, ..self }
    }

    /// Returns the replay with the entries of operators, each of which counts from its creation.
    #[must_use]
    pub fn with_entries(mut self, entries: Vec<OperatorEntry>) -> Self {
        self.later = entries;
        self.later.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        self
    }

    /// Returns the replay with the recorded attempts of actions, each of whose results counts from its settlement. The
    /// result of an attempt that the replay decides at another time counts as long after its order as it was recorded.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<RecordedAttempt>) -> Self {
        self.results = RecordedResults::new(attempts);
        self
    }

    /// Adds an entry that an operator makes now.
    pub fn add_entry(&mut self, entry: OperatorEntry) {
        self.made.push(entry);
        self.use_entries();
    }

    /// Returns the state after the latest step.
    #[must_use]
    pub fn state(&self) -> &ShardState {
        &self.state
    }

    /// Returns the config with the entries of operators that have been made.
    #[must_use]
    pub fn index(&self) -> &ConfigIndex {
        &self.index
    }

    /// Returns the time at which a decision is due without a further run.
    #[must_use]
    pub fn next_notice_at(&self) -> Option<Timestamp> {
        self.next_notice_at
    }

    /// Plays everything before `until`: `runs`, the runs that wait from earlier calls, and the decisions that are due.
    /// Passes each decision on with its time. No run that is scheduled before `until` may follow in a later call.
    pub fn play(
        &mut self,
        runs: Vec<Run>,
        until: Timestamp,
        mut decided: impl FnMut(Timestamp, Decision),
    ) {
        for run in runs {
            self.waiting.insert(FoldOrder::of(&run), run);
        }
        while let Some(now) = self.next_at().filter(|next| *next < until) {
            let mut runs = Vec::new();
            let is_recorded = |order: &FoldOrder| order.recorded_at <= now;
            while let Some(first) = self.waiting.first_entry().filter(|it| is_recorded(it.key())) {
                runs.push(first.remove());
            }
            let decision = self.step(now, &runs);
            if !decision.is_empty() {
                decided(now, decision);
            }
        }
    }

    /// Folds runs at `now` and decides what is due, like one call of the evaluator.
    pub fn step(&mut self, now: Timestamp, runs: &[Run]) -> Decision {
        self.make_entries(now);
        set_back(&mut self.state, now);
        self.results.record(&mut self.state, now);
        let mut decision = Decision::default();
        for run in runs {
            decision.append(fold(&mut self.state, run, &self.index));
        }
        let (decided, next_at) = tick(&mut self.state, &self.index, now);
        decision.append(decided);
        // A decision that stays due would be made again and again.
        self.next_notice_at = next_at.filter(|next| *next > now);
        decision
    }

    /// Returns the time of the next step.
    fn next_at(&self) -> Option<Timestamp> {
        let recorded = self.waiting.first_key_value().map(|(order, _)| order.recorded_at);
        recorded.into_iter().chain(self.next_notice_at).min()
    }

    /// Adds the entries that were made by `now`, and drops those that no service reads any more.
    fn make_entries(&mut self, now: Timestamp) {
        let n_needed = self.made.iter().filter(|entry| entry.is_needed(now)).count();
        let mut has_changed = n_needed < self.made.len();
        self.made.retain(|entry| entry.is_needed(now));
        while let Some(entry) = self.later.pop_if(|entry| entry.created_at <= now) {
            if entry.is_needed(now) {
                self.made.push(entry);
                has_changed = true;
            }
        }
        if has_changed {
            self.use_entries();
        }
    }

    fn use_entries(&mut self) {
        self.index = self.index.with_entries(self.made.clone().into());
    }
}
