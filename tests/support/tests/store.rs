//! The hooks of the store: faults, observers, counts.

use std::sync::{Arc, Mutex};

use allclear_core::Timestamp;
use allclear_core::delivery::NoticeKind;
use allclear_core::id::ShardId;
use allclear_core::ports::{
    CommitState, LoadState, Outbox, RecordRun, Recorded, StoreError, StoreResult,
};
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};
use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault, Write, samples};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn run() -> Run {
    samples::run(&ShardId::main(), AT, Vec::new())
}

async fn commit(store: &MemoryStore, expected: u64) -> StoreResult<u64> {
    let (state, decision) = (ShardState::default(), Decision::default());
    store.commit(&ShardId::main(), expected, &state, &decision).await
}

fn is_unavailable<T>(result: &StoreResult<T>) -> bool {
    matches!(result, Err(StoreError::Unavailable { .. }))
}

#[tokio::test]
async fn a_failure_before_the_write_writes_nothing_and_one_after_it_writes() {
    for (outcome, then) in
        [(CallOutcome::Unavailable, Recorded::New), (CallOutcome::AnswerLost, Recorded::Already)]
    {
        let store = MemoryStore::default();
        store.inject(PlannedFault::on(Operation::RecordRun, outcome));
        assert!(is_unavailable(&store.record_run(&run()).await), "{outcome:?}");
        assert_eq!(store.record_run(&run()).await.unwrap(), then, "{outcome:?}");
    }
}

#[tokio::test]
async fn the_nth_call_fails_as_often_as_planned() {
    let store = MemoryStore::default();
    store.inject(
        PlannedFault::on(Operation::StateVersion, CallOutcome::Unavailable).after(2).times(2),
    );
    let mut failed = Vec::new();
    for _ in 0..6 {
        failed.push(is_unavailable(&store.state_version(&ShardId::main()).await));
    }
    assert_eq!(failed, [false, false, true, true, false, false]);
    assert_eq!(store.n_calls(Operation::StateVersion), 6);
}

#[tokio::test]
async fn a_fault_of_one_object_does_not_affect_the_others() {
    let store = MemoryStore::default();
    let other = ShardId::new("other").unwrap();
    store.inject(PlannedFault::on(Operation::LoadState, CallOutcome::Corrupt).of(&other).always());
    for _ in 0..2 {
        assert!(store.load_state(&ShardId::main()).await.is_ok());
        let read = store.load_state(&other).await;
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    }
    store.clear_faults();
    assert!(store.load_state(&other).await.is_ok());
}

#[tokio::test]
async fn a_conflict_writes_nothing_and_a_stale_version_is_the_one_before() {
    let store = MemoryStore::default();
    store.inject(PlannedFault::on(Operation::Commit, CallOutcome::Conflict));
    let lost = commit(&store, 0).await;
    assert!(matches!(lost, Err(StoreError::Conflict { .. })), "{lost:?}");
    commit(&store, 0).await.unwrap();
    commit(&store, 1).await.unwrap();
    store.inject(PlannedFault::on(Operation::StateVersion, CallOutcome::Stale));
    assert_eq!(store.state_version(&ShardId::main()).await.unwrap(), 1);
    assert_eq!(store.state_version(&ShardId::main()).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_never_answered() {
    let store = MemoryStore::default();
    store.inject(PlannedFault::on(Operation::RecordRun, CallOutcome::Hangs));
    let day = std::time::Duration::from_hours(24);
    assert!(tokio::time::timeout(day, store.record_run(&run())).await.is_err());
    assert!(store.all_runs().is_empty());
}

#[tokio::test]
async fn an_observer_sees_the_writes_that_have_an_effect() {
    let store = MemoryStore::default();
    let seen: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let names = Arc::clone(&seen);
    store.observe(move |write| {
        names.lock().unwrap().push(match write {
            Write::Run(_) => "run",
            Write::Commit { .. } => "commit",
            Write::Delivery(_) => "delivery",
            Write::Claim(..)
            | Write::Beat(..)
            | Write::Notes(..)
            | Write::Budget(..)
            | Write::Catalog(..)
            | Write::OperatorEntry(..)
            | Write::IncidentEntry(_)
            | Write::Config(_) => panic!("{write:?}"),
        });
    });
    for _ in 0..2 {
        store.record_run(&run()).await.unwrap();
    }
    commit(&store, 0).await.unwrap();
    commit(&store, 0).await.unwrap_err();
    let delivery = samples::delivery(NoticeKind::Firing, "a", "api", AT);
    store.add_delivery(delivery.clone());
    let sent = delivery.after_try(Ok(None), AT);
    for _ in 0..2 {
        store.record_delivery(&sent).await.unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), ["run", "commit", "delivery"]);
}
