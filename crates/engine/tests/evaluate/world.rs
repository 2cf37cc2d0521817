//! A log, checkpoints and decisions in memory, which fail as they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::WithRetention;
use allclear_core::config::{Config, Page, Settings};
use allclear_core::cost::Cost;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Confirmation, Monitor};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{
    AppliedConfig, Checkpoint, CommitState, LoadState, LookBack, ReadConfig, ReadHistory, ReadRuns,
    StoreError, StoreResult, Version,
};
use allclear_core::reason::Reason;
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, Scope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Decision, Folded, ShardState};
use allclear_core::status::{Severity, Status};
use allclear_engine::evaluate::Evaluator;
use allclear_evaluate::ConfigIndex;

#[derive(Default)]
pub(crate) struct Store {
    runs: Mutex<Vec<Run>>,
    checkpoints: Mutex<BTreeMap<ShardId, Checkpoint>>,
    pub(crate) decided: Mutex<Decision>,
    pub(crate) n_reads: Mutex<usize>,
    /// How many commits are lost to somebody else's.
    pub(crate) n_conflicts: Mutex<usize>,
    /// How many commits fail for want of the store.
    pub(crate) n_failures: Mutex<usize>,
    /// How many commits succeed before one fails, once; `None` where none does.
    pub(crate) fails_after: Mutex<Option<usize>>,
    /// How many readings of the history fail.
    pub(crate) n_history_failures: Mutex<usize>,
    /// The shards whose state cannot be read.
    pub(crate) corrupt: Mutex<BTreeSet<ShardId>>,
    /// The shards whose state the store is too busy to give.
    pub(crate) busy: Mutex<BTreeSet<ShardId>>,
    /// The versions of the config; one that cannot be read is `None`.
    pub(crate) configs: Mutex<Vec<Option<Arc<Config>>>>,
}

impl Store {
    pub(crate) fn version(&self) -> Version {
        self.version_of(&ShardId::main())
    }

    fn version_of(&self, shard: &ShardId) -> Version {
        self.checkpoints.lock().unwrap().get(shard).map_or(0, |one| one.version)
    }

    pub(crate) fn states(&self) -> BTreeMap<ShardId, ShardState> {
        let checkpoints = self.checkpoints.lock().unwrap().clone();
        checkpoints.into_iter().map(|(shard, one)| (shard, one.state)).collect()
    }

    pub(crate) fn transitions(&self) -> Vec<(Status, Status)> {
        self.decided.lock().unwrap().transitions.iter().map(|one| (one.from, one.to)).collect()
    }

    pub(crate) fn record(&self, second: u64, verdict: Verdict) {
        self.record_in(&ShardId::main(), second, verdict);
    }

    pub(crate) fn record_in(&self, shard: &ShardId, second: u64, verdict: Verdict) {
        self.runs.lock().unwrap().push(run_of(shard, second, verdict));
    }

    /// Records a run in which something was measured.
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
        self.runs.lock().unwrap().push(run);
    }
}

fn unavailable(operation: &'static str, object: &str) -> StoreError {
    StoreError::Unavailable { operation, object: object.to_owned(), source: "busy".into() }
}

fn corrupt(operation: &'static str, object: &str) -> StoreError {
    StoreError::Corrupt { operation, object: object.to_owned(), source: "not a state".into() }
}

impl ReadRuns for &Store {
    async fn unfolded_runs(
        &self,
        shard: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        let mut runs = self.runs.lock().unwrap().clone();
        runs.retain(|run| run.shard == *shard);
        runs.retain(|run| look_back.from(folded).is_none_or(|from| run.key.scheduled_at >= from));
        runs.retain(|run| !folded.contains(&run.key) && !folded.is_too_late(&run.key));
        runs.sort_by(|a, b| a.key.cmp(&b.key));
        runs.truncate(limit);
        Ok(runs)
    }
}

impl LoadState for &Store {
    async fn state_version(&self, shard: &ShardId) -> StoreResult<Version> {
        Ok(self.version_of(shard))
    }

    async fn load_state(&self, shard: &ShardId) -> StoreResult<Option<Checkpoint>> {
        *self.n_reads.lock().unwrap() += 1;
        if self.corrupt.lock().unwrap().contains(shard) {
            return Err(corrupt("load", shard.as_str()));
        }
        if self.busy.lock().unwrap().contains(shard) {
            return Err(unavailable("load", shard.as_str()));
        }
        Ok(self.checkpoints.lock().unwrap().get(shard).cloned())
    }
}

impl CommitState for &Store {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let take = |counter: &Mutex<usize>| {
            let mut n = counter.lock().unwrap();
            let some = *n > 0;
            *n = n.saturating_sub(1);
            some
        };
        let left = self.fails_after.lock().unwrap().take();
        if take(&self.n_failures) || left == Some(0) {
            return Err(unavailable("commit", shard.as_str()));
        }
        *self.fails_after.lock().unwrap() = left.map(|n| n - 1);
        if take(&self.n_conflicts) || expected != self.version_of(shard) {
            let object = shard.to_string();
            return Err(StoreError::Conflict { operation: "commit", object });
        }
        let version = expected + 1;
        let checkpoint = Checkpoint { version, state: state.clone() };
        self.checkpoints.lock().unwrap().insert(shard.clone(), checkpoint);
        self.decided.lock().unwrap().append(decision.clone());
        Ok(version)
    }
}

impl ReadConfig for &Store {
    async fn config_version(&self) -> StoreResult<Version> {
        Ok(self.configs.lock().unwrap().len() as Version)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let configs = self.configs.lock().unwrap();
        let config = configs[usize::try_from(version).unwrap() - 1].clone();
        let config = config.ok_or_else(|| corrupt("read", "config"))?;
        let (text, by) = (String::new(), "a person".to_owned());
        Ok(Some(AppliedConfig { config: Config::clone(&config), text, at: start(), by }))
    }
}

impl WithRetention for &Store {
    fn with_retention_of(&self, _: &Settings) -> Self {
        self
    }
}

impl ReadHistory for &Store {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        Ok(self.checkpoints.lock().unwrap().keys().cloned().collect())
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        let mut rollups = self.decided.lock().unwrap().rollups.clone();
        rollups.retain(|record| record.period == period && record.start >= from);
        Ok(rollups)
    }

    async fn transitions(&self, from: Timestamp) -> StoreResult<Vec<Transition>> {
        let n_failures = &mut *self.n_history_failures.lock().unwrap();
        if *n_failures > 0 {
            *n_failures -= 1;
            return Err(unavailable("read", "transitions"));
        }
        let mut transitions = self.decided.lock().unwrap().transitions.clone();
        transitions.retain(|one| one.at >= from);
        Ok(transitions)
    }

    async fn alerts(&self, from: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        let mut alerts = self.decided.lock().unwrap().alerts.clone();
        alerts.retain(|one| one.fired_at >= from);
        Ok(alerts)
    }

    async fn suppressions(&self, _: Timestamp) -> StoreResult<Vec<Suppression>> {
        unreachable!("an evaluator reads nothing that was held")
    }

    async fn deliveries(&self, _: Timestamp) -> StoreResult<Vec<Delivery>> {
        unreachable!("an evaluator reads no deliveries")
    }

    async fn runs(&self, from: Timestamp) -> StoreResult<Vec<Run>> {
        let mut runs = self.runs.lock().unwrap().clone();
        runs.retain(|run| run.key.scheduled_at >= from);
        runs.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(runs)
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub(crate) fn at(second: u64) -> Timestamp {
    start() + Duration::from_secs(second)
}

pub(crate) fn down() -> Verdict {
    Verdict::Unhealthy(Cause::target(Reason::HttpStatus, "status 503"))
}

fn run_of(shard: &ShardId, second: u64, verdict: Verdict) -> Run {
    let monitor = MonitorId::new("api").unwrap();
    let scheduled_at = at(second);
    Run {
        shard: shard.clone(),
        key: RunKey { scheduled_at, region: RegionId::local(), lane: Lane::Main },
        lag: Duration::ZERO,
        took: Duration::ZERO,
        outcomes: vec![Outcome::new(monitor, Duration::ZERO, Finding::of(verdict), 1)],
    }
}

pub(crate) fn config() -> Arc<Config> {
    let monitor = Monitor {
        id: MonitorId::new("api").unwrap(),
        name: "API".to_owned(),
        group: None,
        check: CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null },
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
        recheck: true,
        confirmation: Confirmation::default(),
        critical: false,
        public: true,
        expected_response_time: None,
        depends_on: Vec::new(),
        tags: Vec::new(),
    };
    let rule = Rule {
        id: RuleId::new("down").unwrap(),
        condition: "unhealthy".to_owned(),
        severity: Severity::Critical,
        hold_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: Scope::default(),
        channels: Vec::new(),
        fault: None,
        momentary: false,
    };
    Arc::new(Config {
        page: Page { title: "Test".to_owned(), url: None, description: None, contact: None },
        settings: Settings::default(),
        monitors: vec![monitor],
        rules: vec![rule],
        channels: Vec::new(),
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
    })
}

/// Returns an evaluator for a config.
pub(crate) fn evaluator_of(config: Arc<Config>) -> Evaluator {
    let index = ConfigIndex::new(config).unwrap().with_kinds(allclear_probes::kinds());
    Evaluator::new(Arc::new(index))
}
