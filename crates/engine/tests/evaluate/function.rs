//! The evaluator as a function: records or the schedule in, unfinished records out.

use allclear_core::config::Config;
use allclear_core::id::{MaintenanceId, ShardId};
use allclear_core::outcome::Verdict;
use allclear_core::ports::{PoisonRecord, RecordKey, Unreadable};
use allclear_core::rule::RuleScope;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::evaluate::{DEPLOYED_CHECKPOINT_EVERY, EvaluateHandler};
use allclear_engine::{
    BatchItemFailures, Code, InvocationFailure, RecordKind, StoredRecord, StreamRecord, Trigger,
};
use serde_json::json;

use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault};

use crate::world::{Store, at, config, down};

#[derive(Default)]
struct World {
    store: Store,
}

impl World {
    /// Creates a world with an active config.
    fn new() -> Self {
        let world = Self::default();
        world.store.put_config(Config::clone(&config()));
        world
    }

    fn function(&self) -> EvaluateHandler<MemoryStore, MemoryStore, MemoryStore> {
        let store: &MemoryStore = &self.store;
        EvaluateHandler::new(store.clone(), store.clone(), store.clone())
    }

    fn n_wakes(&self) -> usize {
        self.store.n_calls(Operation::WakeGenerator)
    }

    fn dead_letters(&self) -> Vec<&'static str> {
        self.store.dead_letters().iter().map(|one| one.code).collect()
    }

    /// Fails all calls of `operation`.
    fn fail(&self, operation: Operation) {
        self.store.inject(PlannedFault::on(operation, CallOutcome::Unavailable).always());
    }

    /// Makes a version of the config unreadable.
    fn damage_config(&self, version: u64) {
        self.store.inject(
            PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).of(&version).always(),
        );
    }

    /// Creates a world in which a target fails at 30 s and 60 s, and is healthy at 0 s and from 90
    /// s on.
    fn with_an_outage() -> Self {
        let world = Self::new();
        for (second, verdict) in OUTAGE {
            world.store.record(second, verdict());
        }
        world
    }
}

const OUTAGE: [(u64, fn() -> Verdict); 5] =
    [(0, healthy), (30, down), (60, down), (90, healthy), (120, healthy)];

fn healthy() -> Verdict {
    Verdict::Healthy
}

fn other() -> ShardId {
    ShardId::new("other").unwrap()
}

fn written_in(shard: &ShardId, second: u64, sequence: &str) -> StreamRecord {
    let what = RecordKind::Run {
        shard: shard.clone(),
        scheduled_at: at(second),
        stored: StoredRecord { key: key_of(second), record: json!({ "run": second }) },
    };
    StreamRecord { sequence: sequence.to_owned(), what }
}

fn key_of(second: u64) -> RecordKey {
    RecordKey(format!("run at {second}"))
}

fn written(second: u64) -> StreamRecord {
    written_in(&ShardId::main(), second, &second.to_string())
}

fn poison(sequence: &str) -> StreamRecord {
    let record = serde_json::json!({ "dynamodb": {} });
    let what = PoisonRecord { code: "run_unreadable", reason: "no body".to_owned(), record };
    StreamRecord { sequence: sequence.to_owned(), what: RecordKind::Poison(what) }
}

async fn wake(world: &World, wake: &Trigger) -> Result<BatchItemFailures, InvocationFailure> {
    world.function().handle(wake, at(130)).await
}

async fn records(world: &World, records: Vec<StreamRecord>) -> Option<String> {
    let unfinished = wake(world, &Trigger::Records(records)).await.unwrap();
    unfinished.sequence().map(str::to_owned)
}

#[tokio::test]
async fn duplicate_or_reordered_records_produce_the_same_state() {
    let expected = World::with_an_outage();
    for (second, _) in OUTAGE {
        assert_eq!(records(&expected, vec![written(second)]).await, None);
    }
    assert_eq!(expected.store.transitions().len(), 3);
    for order in [vec![120, 0, 60, 90, 30], vec![0, 0, 30, 30, 60, 90, 120, 60]] {
        let disturbed = World::with_an_outage();
        let mut function = disturbed.function();
        for second in order {
            let batch = Trigger::Records(vec![written(second)]);
            function.handle(&batch, at(130)).await.unwrap();
        }
        assert_eq!(disturbed.store.state(), expected.store.state());
        assert_eq!(
            *disturbed.store.decided.lock().unwrap(),
            *expected.store.decided.lock().unwrap()
        );
    }
}

#[tokio::test]
async fn the_next_invocation_completes_one_that_ended_between_its_writes() {
    // More than one fold processes, so that there are three writes.
    let backlog = || {
        let world = World::new();
        for n in 0..1_200 {
            world.store.record(n * 2, if n % 100 < 50 { healthy() } else { down() });
        }
        world
    };
    let batch = || Trigger::Records(vec![written(0)]);
    let expected = backlog();
    expected.function().handle(&batch(), at(3_000)).await.unwrap();
    assert_eq!(expected.store.version(), 3);
    for n_writes in 0..3 {
        let world = backlog();
        world.store.fail_commit_after(n_writes);
        let unfinished = world.function().handle(&batch(), at(3_000)).await.unwrap();
        assert_eq!(unfinished.sequence(), Some("0"));
        assert_eq!(world.store.version(), n_writes as u64);
        world.function().handle(&batch(), at(3_000)).await.unwrap();
        assert_eq!(world.store.state(), expected.store.state());
        assert_eq!(*world.store.decided.lock().unwrap(), *expected.store.decided.lock().unwrap());
    }
}

#[tokio::test]
async fn the_stream_resumes_from_the_first_retryable_record() {
    let world = World::with_an_outage();
    world.store.record_in(&other(), 0, healthy());
    world.store.fail_loads(&other(), CallOutcome::Unavailable);
    let batch = vec![
        written_in(&ShardId::main(), 0, "101"),
        written_in(&other(), 0, "99"),
        written_in(&other(), 0, "102"),
    ];
    let unfinished = wake(&world, &Trigger::Records(batch.clone())).await.unwrap();
    assert_eq!(
        serde_json::to_value(&unfinished).unwrap(),
        serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "99" }] })
    );
    assert_eq!(world.store.transitions().len(), 3, "the other shard is evaluated");
    world.store.clear_faults();
    let unfinished = wake(&world, &Trigger::Records(batch)).await.unwrap();
    let nothing = serde_json::json!({ "batchItemFailures": [] });
    assert_eq!(serde_json::to_value(&unfinished).unwrap(), nothing);
    assert_eq!(world.store.transitions().len(), 4);
}

#[tokio::test]
async fn a_malformed_record_goes_to_the_dead_letters_and_the_others_are_processed() {
    let world = World::with_an_outage();
    let batch = vec![written(0), poison("1"), written(30)];
    assert_eq!(records(&world, batch).await, None);
    assert_eq!(world.store.transitions().len(), 3);
    assert_eq!(world.dead_letters(), ["run_unreadable"]);
    assert_eq!(world.store.dead_letters()[0].record["dynamodb"], serde_json::json!({}));
}

#[tokio::test]
async fn an_undecodable_run_goes_to_the_dead_letters_as_the_stream_sent_it() {
    let world = World::with_an_outage();
    let reason = "invalid bytes".to_owned();
    world.store.mark_unreadable(key_of(45), Unreadable { code: "run_unreadable", reason });
    let batch = vec![written(0), written(45), written(30)];
    assert_eq!(records(&world, batch.clone()).await, None);
    assert_eq!(world.store.transitions().len(), 3, "the others are evaluated");
    let [poison] = &world.store.dead_letters()[..] else { panic!("{:?}", world.dead_letters()) };
    assert_eq!((poison.code, poison.reason.as_str()), ("run_unreadable", "invalid bytes"));
    assert_eq!(poison.record, json!({ "run": 45 }));
    world.fail(Operation::DeadLetters);
    assert_eq!(records(&world, batch).await.as_deref(), Some("45"), "it stays in the stream");
}

#[tokio::test]
async fn a_record_that_the_dead_letter_queue_refuses_stays_in_the_stream() {
    let world = World::with_an_outage();
    world.fail(Operation::DeadLetters);
    let batch = vec![written(0), poison("1"), poison("2")];
    assert_eq!(records(&world, batch).await.as_deref(), Some("1"));
    assert_eq!(world.store.transitions().len(), 3, "the others are evaluated");
}

#[tokio::test]
async fn an_unreadable_state_is_a_dead_letter_for_the_stream_and_fails_the_sweep() {
    let world = World::with_an_outage();
    world.store.fail_loads(&ShardId::main(), CallOutcome::Corrupt);
    assert_eq!(records(&world, vec![written(0), written(30)]).await, None);
    assert_eq!(world.dead_letters(), ["store_corrupt"]);
    assert_eq!(world.store.dead_letters()[0].record["shard"], "main");
    let failure = wake(&world, &Trigger::Schedule).await.unwrap_err();
    assert_eq!(failure.code, Code::StoreCorrupt);
    world.fail(Operation::DeadLetters);
    assert_eq!(records(&world, vec![written(30)]).await.as_deref(), Some("30"));
}

#[tokio::test]
async fn a_sweep_evaluates_every_shard_although_one_fails() {
    let world = World::with_an_outage();
    world.store.record_in(&other(), 0, healthy());
    records(&world, vec![written_in(&other(), 0, "1")]).await;
    world.store.record_in(&other(), 30, down());
    world.store.record_in(&other(), 60, down());
    world.store.fail_loads(&ShardId::main(), CallOutcome::Unavailable);
    let failure = wake(&world, &Trigger::Schedule).await.unwrap_err();
    assert_eq!(failure.code, Code::StoreUnavailable);
    assert_eq!(world.store.transitions().len(), 2, "of the other shard");
    world.store.clear_faults();
    wake(&world, &Trigger::Schedule).await.unwrap();
    assert_eq!(
        world.store.transitions().len(),
        5,
        "the main shard needs no checkpoint to be found"
    );
}

#[tokio::test]
async fn a_change_wakes_the_generator_and_a_failed_wake_up_fails_nothing() {
    let world = World::with_an_outage();
    world.fail(Operation::WakeGenerator);
    assert_eq!(records(&world, vec![written(0)]).await, None);
    assert_eq!(world.n_wakes(), 1);
    records(&world, vec![written(0)]).await;
    assert_eq!(world.n_wakes(), 1, "nothing has changed");
}

#[tokio::test]
async fn a_start_and_an_end_of_maintenance_wake_the_generator_once_each() {
    let world = World::default();
    let maintenance = Maintenance {
        id: MaintenanceId::new("soon").unwrap(),
        title: "Soon".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: at(60), end: at(120) },
        ended_at: None,
    };
    let config = Config { maintenances: vec![maintenance], ..Config::clone(&config()) };
    world.store.put_config(config);
    let mut function = world.function();
    let mut n_wakes = Vec::new();
    for second in [0, 30, 59, 60, 90, 119, 150, 180] {
        function.handle(&Trigger::Schedule, at(second)).await.unwrap();
        n_wakes.push(world.n_wakes());
    }
    assert_eq!(n_wakes, [0, 0, 0, 1, 1, 1, 2, 2]);
}

#[tokio::test]
async fn decisions_committed_before_a_failure_wake_the_generator() {
    let world = World::new();
    for n in 0..600 {
        world.store.record(n * 2, if n % 100 < 50 { healthy() } else { down() });
    }
    world.store.fail_commit_after(1);
    let batch = Trigger::Records(vec![written(0)]);
    let unfinished = world.function().handle(&batch, at(1_300)).await.unwrap();
    assert_eq!(unfinished.sequence(), Some("0"), "the second of two writes failed");
    assert_eq!(world.n_wakes(), 1);
}

#[tokio::test]
async fn empty_batches_and_records_of_other_services_cause_no_work() {
    let world = World::with_an_outage();
    assert_eq!(records(&world, Vec::new()).await, None);
    let noise = StreamRecord { sequence: "1".to_owned(), what: RecordKind::Other };
    assert_eq!(records(&world, vec![noise]).await, None);
    assert!(world.store.state().is_none());
}

#[tokio::test]
async fn an_unreadable_config_fails_the_sweep_but_not_the_stream() {
    let world = World::with_an_outage();
    world.store.put_config(Config::clone(&config()));
    world.damage_config(2);
    assert_eq!(records(&world, vec![written(0)]).await, None);
    assert_eq!(world.store.transitions().len(), 3, "with the version before");
    let failure = wake(&world, &Trigger::Schedule).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigUnreadable);
    let empty = World::default();
    let failure = wake(&empty, &Trigger::Records(vec![written(0)])).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigMissing);
    empty.store.put_config(Config::clone(&config()));
    wake(&empty, &Trigger::Schedule).await.unwrap();
}

#[tokio::test]
async fn an_older_config_ends_no_alert_of_an_unknown_rule() {
    let world = World::default();
    let without_rules = Config { rules: Vec::new(), ..Config::clone(&config()) };
    world.store.put_config(without_rules.clone());
    world.store.put_config(Config::clone(&config()));
    world.store.record(0, down());
    world.store.record(30, down());
    assert_eq!(records(&world, vec![written(0)]).await, None);
    let n_alerts = || world.store.decided.lock().unwrap().alerts.len();
    assert_eq!(n_alerts(), 1);
    // A new process finds that the active config cannot be read.
    world.damage_config(2);
    assert_eq!(wake(&world, &Trigger::Schedule).await.unwrap_err().code, Code::ConfigUnreadable);
    assert_eq!(n_alerts(), 1, "it fires still");
    world.store.clear_faults();
    wake(&world, &Trigger::Schedule).await.unwrap();
    assert_eq!(n_alerts(), 1);
    // Removing the rule ends its alert.
    world.store.put_config(without_rules);
    wake(&world, &Trigger::Schedule).await.unwrap();
    assert_eq!(n_alerts(), 2);
}

#[tokio::test]
async fn a_quiet_hour_writes_the_state_at_most_as_often_as_the_bill_estimates() {
    let world = World::new();
    let mut function = world.function();
    for minute in 0..60 {
        let second = minute * 60;
        world.store.record(second, healthy());
        let records = Trigger::Records(vec![written(second)]);
        function.handle(&records, at(second + 5)).await.unwrap();
    }
    let checkpoints = 3600 / DEPLOYED_CHECKPOINT_EVERY.as_secs();
    let n_commits = world.store.n_calls(Operation::Commit) as u64;
    // The first run is committed too.
    assert!((checkpoints..=checkpoints + 1).contains(&n_commits), "{n_commits} commits");
}
