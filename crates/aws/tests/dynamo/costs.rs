//! What is written for a thousand checks, counted by the rules that DynamoDB bills by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_aws::dynamo::items;
use allclear_aws::dynamo::units::{self, CommitUnits};
use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{ChannelId, MonitorId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Confirmation, Monitor};
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, LookBack, ReadHistory, ReadRuns, StoreResult, Version,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::rule::{BUILTIN_RULES, BuiltinRule, DEFAULT_COOLDOWN, Rule, Scope};
use allclear_core::run::Run;
use allclear_core::state::{Decision, Folded, ShardState};
use allclear_core::status::Severity;
use allclear_engine::evaluate::Evaluator;
use allclear_evaluate::ConfigIndex;

use crate::realistic::{self, Dice, N_MONITORS};
use crate::table::FOR_EVER;

const HOURS: i64 = 25;

/// A log and a checkpoint in memory that count what writing them to DynamoDB costs.
#[derive(Default)]
struct Counting {
    runs: Mutex<BTreeMap<Timestamp, Run>>,
    checkpoint: Mutex<Option<Checkpoint>>,
    units: Mutex<BTreeMap<&'static str, u64>>,
    /// How many, and the size of the largest state.
    commits: Mutex<(u64, u64)>,
}

impl Counting {
    fn count(&self, what: &'static str, n_units: u64) {
        *self.units.lock().unwrap().entry(what).or_default() += n_units;
    }

    fn record(&self, run: Run) {
        self.count("runs", units::run(&run, &FOR_EVER));
        self.runs.lock().unwrap().insert(run.key.scheduled_at, run);
    }
}

impl ReadRuns for Counting {
    async fn unfolded_runs(
        &self,
        _: &ShardId,
        folded: &Folded,
        look_back: LookBack,
        limit: usize,
    ) -> StoreResult<Vec<Run>> {
        let from = look_back.from(folded).unwrap_or(Timestamp::MIN);
        let runs = self.runs.lock().unwrap();
        let unfolded = runs.range(from..).filter(|(_, run)| !folded.contains(&run.key));
        Ok(unfolded.take(limit).map(|(_, run)| run.clone()).collect())
    }
}

impl LoadState for Counting {
    async fn state_version(&self, _: &ShardId) -> StoreResult<Version> {
        Ok(self.checkpoint.lock().unwrap().as_ref().map_or(0, |one| one.version))
    }

    async fn load_state(&self, _: &ShardId) -> StoreResult<Option<Checkpoint>> {
        Ok(self.checkpoint.lock().unwrap().clone())
    }
}

impl CommitState for Counting {
    async fn commit(
        &self,
        shard: &ShardId,
        expected: Version,
        state: &ShardState,
        decision: &Decision,
    ) -> StoreResult<Version> {
        let version = expected + 1;
        let written = units::commit(shard, version, state, decision, &FOR_EVER).unwrap();
        let CommitUnits { state: checkpoint, rollups, events, deliveries, .. } = written;
        self.count("state", checkpoint);
        self.count("rollups", rollups);
        self.count("events", events);
        let sent = decision.deliveries.iter().map(|one| units::delivery(one).unwrap());
        self.count("deliveries", deliveries + sent.sum::<u64>());
        let mut commits = self.commits.lock().unwrap();
        let size = if decision.is_empty() { checkpoint } else { checkpoint / 2 };
        *commits = (commits.0 + 1, commits.1.max(size));
        *self.checkpoint.lock().unwrap() = Some(Checkpoint { version, state: state.clone() });
        Ok(version)
    }
}

/// Nobody asks for the history where no summary is configured.
impl ReadHistory for Counting {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        unreachable!()
    }

    async fn rollups(&self, _: Period, _: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        unreachable!()
    }

    async fn transitions(&self, _: Timestamp) -> StoreResult<Vec<Transition>> {
        unreachable!()
    }

    async fn alerts(&self, _: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        unreachable!()
    }

    async fn suppressions(&self, _: Timestamp) -> StoreResult<Vec<Suppression>> {
        unreachable!()
    }

    async fn deliveries(&self, _: Timestamp) -> StoreResult<Vec<Delivery>> {
        unreachable!()
    }

    async fn runs(&self, _: Timestamp) -> StoreResult<Vec<Run>> {
        unreachable!()
    }
}

fn config() -> Arc<Config> {
    let monitor = |id: MonitorId| Monitor {
        name: id.to_string(),
        id,
        group: None,
        check: CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null },
        interval: Duration::from_mins(1),
        timeout: Duration::from_secs(10),
        recheck: true,
        confirmation: Confirmation::default(),
        critical: false,
        public: true,
        expected_response_time: Some(Duration::from_secs(3)),
        depends_on: Vec::new(),
        tags: Vec::new(),
    };
    let rule = |builtin: &BuiltinRule| Rule {
        id: RuleId::new(builtin.id).unwrap(),
        condition: builtin.condition.to_owned(),
        severity: builtin.severity,
        hold_for: builtin.hold_for,
        cooldown: DEFAULT_COOLDOWN,
        scope: Scope::default(),
        channels: Vec::new(),
        fault: builtin.fault,
        momentary: builtin.momentary,
    };
    let channel = Channel {
        id: ChannelId::new("team").unwrap(),
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: Scope::default(),
        },
    };
    Arc::new(Config {
        page: Page { title: "Test".to_owned(), url: None, description: None, contact: None },
        settings: Settings::default(),
        monitors: realistic::ids().into_iter().map(monitor).collect(),
        rules: BUILTIN_RULES.iter().map(rule).collect(),
        channels: vec![channel],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
    })
}

#[tokio::test]
async fn a_thousand_checks_write_at_most_30_units() {
    let store = Counting::default();
    let shard = ShardId::main();
    let mut evaluator = Evaluator::deployed(Arc::new(ConfigIndex::new(config()).unwrap()));
    let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut dice = Dice(11);
    let mut n_told = 0;
    for minute in 0..HOURS * 60 {
        let at = start + Duration::from_mins(minute.unsigned_abs());
        // Two that fail for a quarter of an hour, a provider that fails in ten places at once, and
        // single failures that confirm nothing.
        let is_down = |n: usize| {
            (n == 3 && (200..215).contains(&minute))
                || (n == 77 && (900..915).contains(&minute))
                || (n / 10 == 4 && (1_200..1_212).contains(&minute))
                || i64::try_from(n * 61 % 1_440).unwrap() == minute
        };
        store.record(realistic::run(at, &mut dice, is_down));
        let now = at + Duration::from_secs(5);
        let decision = evaluator.evaluate_since(&store, &shard, at, now).await.unwrap();
        n_told += decision.deliveries.len();
    }
    assert!(n_told >= 24, "{n_told}");
    let n_checks = HOURS as f64 * 60.0 * N_MONITORS as f64;
    let units = store.units.lock().unwrap().clone();
    let per_thousand = |n_units: u64| n_units as f64 * 1_000.0 / n_checks;
    let (n_commits, largest) = *store.commits.lock().unwrap();
    println!("{n_commits} commits, {n_told} deliveries, the largest state takes {largest} units");
    for (what, n_units) in &units {
        println!("{what:>10}: {:5.2} units per 1,000 checks", per_thousand(*n_units));
    }
    let total = per_thousand(units.values().sum());
    println!("{:>10}: {total:5.2}", "all");
    assert!(total <= 30.0, "{total}");
    let state = store.checkpoint.lock().unwrap().clone().unwrap().state;
    let item = items::checkpoint(&shard, 1, &state).unwrap();
    assert_eq!(items::read_checkpoint(&item).unwrap(), (1, state));
}
