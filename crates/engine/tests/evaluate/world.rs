//! The store in memory with runs of one monitor, and an evaluator for it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::id::ShardId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Verdict;
use allclear_core::ports::Version;
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Status;
use allclear_engine::evaluate::Evaluator;
use allclear_evaluate::ConfigIndex;
use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault, Write, samples};

/// The store in memory, and all decisions in order.
pub(crate) struct Store {
    memory: MemoryStore,
    pub(crate) decided: Arc<Mutex<Decision>>,
}

impl Default for Store {
    fn default() -> Self {
        let (memory, decided) = (MemoryStore::default(), Arc::<Mutex<Decision>>::default());
        let all = Arc::clone(&decided);
        memory.observe(move |write| {
            if let Write::Commit { decision, .. } = write {
                all.lock().unwrap().append(Decision::clone(decision));
            }
        });
        Self { memory, decided }
    }
}

impl Deref for Store {
    type Target = MemoryStore;

    fn deref(&self) -> &MemoryStore {
        &self.memory
    }
}

impl Store {
    pub(crate) fn version(&self) -> Version {
        self.checkpoint(&ShardId::main()).map_or(0, |one| one.version)
    }

    pub(crate) fn state(&self) -> Option<ShardState> {
        self.checkpoint(&ShardId::main()).map(|one| one.state)
    }

    pub(crate) fn transitions(&self) -> Vec<(Status, Status)> {
        self.decided.lock().unwrap().transitions.iter().map(|one| (one.from, one.to)).collect()
    }

    /// Fails the next `n` commits with `outcome`.
    pub(crate) fn fail_commits(&self, n: usize, outcome: CallOutcome) {
        self.inject(PlannedFault::on(Operation::Commit, outcome).times(n));
    }

    /// Fails one commit after `n`.
    pub(crate) fn fail_commit_after(&self, n: usize) {
        self.inject(PlannedFault::on(Operation::Commit, CallOutcome::Unavailable).after(n));
    }

    /// Makes each reading of a state meet `outcome`, until the faults are cleared.
    pub(crate) fn fail_loads(&self, shard: &ShardId, outcome: CallOutcome) {
        self.inject(PlannedFault::on(Operation::LoadState, outcome).of(shard).always());
    }

    pub(crate) fn record(&self, second: u64, verdict: Verdict) {
        self.record_in(&ShardId::main(), second, verdict);
    }

    pub(crate) fn record_in(&self, shard: &ShardId, second: u64, verdict: Verdict) {
        self.add_run(run_of(shard, second, verdict));
    }

    /// Records a run with a measurement.
    pub(crate) fn record_measured(
        &self,
        second: u64,
        metrics: &[(&str, f64)],
        labels: &[(&str, &str)],
    ) {
        let mut run = run_of(&ShardId::main(), second, Verdict::Healthy);
        let outcome = &mut run.outcomes[0];
        outcome.metrics = metrics.iter().map(|(name, one)| ((*name).to_owned(), *one)).collect();
        outcome.labels =
            labels.iter().map(|(name, one)| ((*name).to_owned(), (*one).to_owned())).collect();
        outcome.cost = Cost::from_dollars(0.01);
        self.add_run(run);
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub(crate) fn at(second: u64) -> Timestamp {
    start() + Duration::from_secs(second)
}

pub(crate) use allclear_support::samples::down;

fn run_of(shard: &ShardId, second: u64, verdict: Verdict) -> Run {
    samples::run(shard, at(second), vec![samples::outcome("api", verdict)])
}

pub(crate) fn config() -> Arc<Config> {
    let monitor = Monitor { name: "API".to_owned(), ..samples::monitor("api") };
    let rules = vec![samples::rule("down", "unhealthy")];
    Arc::new(Config { rules, ..samples::config(vec![monitor]) })
}

/// Returns an evaluator for a config.
pub(crate) fn evaluator_of(config: Arc<Config>) -> Evaluator {
    let index = ConfigIndex::new(config).unwrap().with_kinds(allclear_probes::kinds());
    Evaluator::new(Arc::new(index))
}
