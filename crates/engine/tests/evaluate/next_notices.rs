//! Notices that are due without a new run: those due soon are waited for, and the times of later ones are recorded.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::Verdict;
use allclear_core::ports::ReadNextNotices as _;
use allclear_engine::evaluate::EvaluateHandler;
use allclear_engine::{BatchItemFailures, RecordKind, StoredRecord, StreamRecord, Trigger};
use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault, Write, samples};
use serde_json::json;
use tokio::time::Instant;

use crate::world::{Store, at, config, down};

/// A commit: the seconds since the beginning of the invocation, the shard, and the number of deliveries.
type SeenCommit = (u64, String, usize);

struct World {
    store: Store,
    commits: Arc<Mutex<Vec<SeenCommit>>>,
    began: Arc<Mutex<Instant>>,
}

impl World {
    /// Creates a world in which the first alert of a message waits for `group_wait`.
    fn waiting(group_wait: Duration) -> Self {
        let store = Store::default();
        let channels = vec![samples::channel("ops", "log", json!({}))];
        let notifications =
            NotificationSettings { group_wait, ..NotificationSettings::immediate() };
        store.put_config(Config { channels, notifications, ..Config::clone(&config()) });
        let (commits, began) =
            (Arc::<Mutex<Vec<SeenCommit>>>::default(), Arc::new(Mutex::new(Instant::now())));
        let (seen, start) = (Arc::clone(&commits), Arc::clone(&began));
        store.observe(move |write| {
            if let Write::Commit { shard, decision, .. } = write {
                let elapsed = start.lock().unwrap().elapsed().as_secs();
                let n_deliveries = decision.deliveries.len();
                seen.lock().unwrap().push((elapsed, shard.to_string(), n_deliveries));
            }
        });
        Self { store, commits, began }
    }

    /// Records an outage of the shard's monitor that fires at `second`.
    fn outage(&self, shard: &ShardId, second: u64) {
        self.store.record_in(shard, second - 60, Verdict::Healthy);
        self.store.record_in(shard, second - 30, down());
        self.store.record_in(shard, second, down());
    }

    fn function(&self) -> EvaluateHandler<MemoryStore, MemoryStore, MemoryStore> {
        let store: &MemoryStore = &self.store;
        EvaluateHandler::new(store.clone(), store.clone(), store.clone())
    }

    /// Invokes a new process at `second`.
    async fn invoke(&self, wake: &Trigger, second: u64) -> BatchItemFailures {
        *self.began.lock().unwrap() = Instant::now();
        self.function().handle(wake, at(second)).await.unwrap()
    }

    /// Returns the commits since the last call.
    fn commits(&self) -> Vec<SeenCommit> {
        std::mem::take(&mut *self.commits.lock().unwrap())
    }

    /// Returns the times that are recorded.
    async fn recorded(&self) -> Vec<(ShardId, Timestamp)> {
        self.store.next_notices().await.unwrap()
    }

    fn n_records(&self) -> usize {
        self.store.n_calls(Operation::RecordNextNotice)
    }
}

fn other() -> ShardId {
    ShardId::new("other").unwrap()
}

fn seen(second: u64, shard: &ShardId, n_deliveries: usize) -> SeenCommit {
    (second, shard.to_string(), n_deliveries)
}

/// Returns the batch of the stream that announces runs of these shards, with their positions as sequence numbers.
fn announced(shards: &[&ShardId]) -> Trigger {
    let record = |(n, shard): (usize, &&ShardId)| {
        let shard = ShardId::clone(shard);
        let what = RecordKind::Run { shard, scheduled_at: at(0), stored: StoredRecord::default() };
        StreamRecord { sequence: n.to_string(), what }
    };
    Trigger::Records(shards.iter().enumerate().map(record).collect())
}

#[tokio::test(start_paused = true)]
async fn every_shard_of_a_batch_is_evaluated_before_the_first_wait() {
    let world = World::waiting(Duration::from_secs(10));
    let (main, other) = (ShardId::main(), other());
    world.outage(&main, 60);
    world.outage(&other, 63);
    let unfinished = world.invoke(&announced(&[&main, &other]), 64).await;
    assert_eq!(unfinished.sequence(), None);
    let expected = [seen(0, &main, 0), seen(0, &other, 0), seen(6, &main, 1), seen(9, &other, 1)];
    assert_eq!(world.commits(), expected);
}

#[tokio::test(start_paused = true)]
async fn the_earliest_notice_of_all_shards_is_decided_first() {
    let world = World::waiting(Duration::from_secs(10));
    let (main, other) = (ShardId::main(), other());
    world.outage(&main, 63);
    world.outage(&other, 60);
    world.invoke(&announced(&[&main, &other]), 64).await;
    let expected = [seen(0, &main, 0), seen(0, &other, 0), seen(6, &other, 1), seen(9, &main, 1)];
    assert_eq!(world.commits(), expected);
}

#[tokio::test(start_paused = true)]
async fn notices_of_several_shards_that_are_due_at_once_are_all_decided() {
    let world = World::waiting(Duration::from_secs(10));
    let (main, other) = (ShardId::main(), other());
    world.outage(&main, 60);
    world.outage(&other, 60);
    world.invoke(&announced(&[&other, &main]), 64).await;
    let expected = [seen(0, &main, 0), seen(0, &other, 0), seen(6, &main, 1), seen(6, &other, 1)];
    assert_eq!(world.commits(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_fails_delays_no_notice_of_another_and_resumes_the_stream() {
    let world = World::waiting(Duration::from_secs(10));
    let (main, other) = (ShardId::main(), other());
    world.outage(&main, 60);
    world.outage(&other, 60);
    world.store.fail_loads(&main, CallOutcome::Unavailable);
    let unfinished = world.invoke(&announced(&[&main, &other]), 64).await;
    assert_eq!(unfinished.sequence(), Some("0"));
    assert_eq!(world.commits(), [seen(0, &other, 0), seen(6, &other, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_wait_resumes_the_stream_at_the_record_of_its_shard() {
    let world = World::waiting(Duration::from_secs(10));
    let (main, other) = (ShardId::main(), other());
    world.outage(&main, 60);
    world.outage(&other, 63);
    let third_commit = PlannedFault::on(Operation::Commit, CallOutcome::Unavailable).after(3);
    world.store.inject(third_commit);
    let unfinished = world.invoke(&announced(&[&main, &other]), 64).await;
    assert_eq!(unfinished.sequence(), Some("1"), "the notice of the main shard is committed");
    let expected = [seen(0, &main, 0), seen(0, &other, 0), seen(6, &main, 1)];
    assert_eq!(world.commits(), expected);
}

#[tokio::test(start_paused = true)]
async fn the_page_is_woken_before_the_wait() {
    let world = World::waiting(Duration::from_secs(10));
    world.outage(&ShardId::main(), 60);
    let batch = announced(&[&ShardId::main()]);
    let wait = world.invoke(&batch, 64);
    let early = tokio::time::timeout(Duration::from_secs(1), wait).await;
    assert!(early.is_err(), "the invocation waits for the notice");
    assert_eq!(world.store.n_wakes(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_notice_that_is_due_later_is_recorded_and_a_wake_at_that_time_decides_it() {
    let world = World::waiting(Duration::from_secs(90));
    let main = ShardId::main();
    world.outage(&main, 60);
    world.invoke(&announced(&[&main]), 64).await;
    assert_eq!(world.recorded().await, [(main.clone(), at(150))]);
    assert_eq!(world.commits(), [seen(0, &main, 0)], "it is too late to wait for");
    world.invoke(&Trigger::Schedule, 150).await;
    assert_eq!(world.commits(), [seen(0, &main, 1)]);
    assert!(world.recorded().await.iter().all(|(_, at)| *at > crate::world::at(150)));
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_time_is_recorded_once_and_again_by_a_sweep() {
    let world = World::waiting(Duration::ZERO);
    let main = ShardId::main();
    let mut function = world.function();
    for minute in 0..10 {
        world.store.record(minute * 60, Verdict::Healthy);
        function.handle(&announced(&[&main]), at(minute * 60 + 5)).await.unwrap();
    }
    assert_eq!(world.n_records(), 1);
    // Another process may have recorded a time that made the notifier wake this one.
    function.handle(&Trigger::Schedule, at(606)).await.unwrap();
    assert_eq!(world.n_records(), 2);
    assert_eq!(world.recorded().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_time_that_could_not_be_recorded_is_recorded_by_the_next_evaluation() {
    let world = World::waiting(Duration::from_secs(90));
    let main = ShardId::main();
    world.outage(&main, 60);
    world.store.inject(PlannedFault::on(Operation::RecordNextNotice, CallOutcome::Unavailable));
    let mut function = world.function();
    let unfinished = function.handle(&announced(&[&main]), at(64)).await.unwrap();
    assert_eq!(unfinished.sequence(), None, "the decisions are committed");
    assert_eq!(world.recorded().await, []);
    function.handle(&announced(&[&main]), at(66)).await.unwrap();
    assert_eq!(world.recorded().await, [(main, at(150))]);
}
