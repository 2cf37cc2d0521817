//! Entries of operators in the evaluator: read before each evaluation, and kept if they cannot be read.

use allclear_core::config::Config;
use allclear_core::event::SuppressedBy;
use allclear_core::id::{EntryId, ShardId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::outcome::Verdict;
use allclear_engine::Event;
use allclear_engine::evaluate::{EntriesRead, EvaluateHandler, Shards};
use allclear_engine::{BatchItemFailures, Trigger};
use allclear_evaluate::ConfigIndex;
use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault, samples};
use serde_json::json;
use std::sync::Arc;

use crate::world::{Store, at, config, down};

fn silence(until: u64) -> OperatorEntry {
    OperatorEntry {
        id: EntryId::new("silence").unwrap(),
        created_at: at(0),
        author: "ann".to_owned(),
        comment: String::new(),
        expires_at: Some(at(until)),
        content: EntryContent::Silence {
            matchers: vec!["monitor=api".parse().unwrap()],
            starts_at: at(0),
        },
    }
}

fn with_channel() -> Arc<Config> {
    let channels = vec![samples::channel("ops", "log", json!({}))];
    Arc::new(Config { channels, ..Config::clone(&config()) })
}

fn shards() -> Shards {
    Shards::new(Arc::new(ConfigIndex::new(with_channel()).unwrap()))
}

/// Records an outage from 0 s on, and evaluates at `second`.
async fn evaluate(shards: &mut Shards, store: &Store, second: u64) -> (usize, EntriesRead) {
    store.record(second, if second == 0 { Verdict::Healthy } else { down() });
    let memory: &MemoryStore = store;
    let evaluated = shards.evaluate(memory, &ShardId::main(), at(0), at(second)).await;
    assert!(evaluated.error.is_none(), "{:?}", evaluated.error);
    (evaluated.committed.deliveries.len(), evaluated.entries)
}

#[tokio::test]
async fn a_new_entry_is_in_force_at_the_next_evaluation() {
    let (store, mut shards) = (Store::default(), shards());
    assert!(matches!(evaluate(&mut shards, &store, 0).await, (0, EntriesRead::Same)));
    store.put_operator_entry(silence(100));
    assert!(matches!(evaluate(&mut shards, &store, 30).await, (0, EntriesRead::Changed)));
    assert!(matches!(evaluate(&mut shards, &store, 60).await, (0, EntriesRead::Same)));
    let suppressions = store.decided.lock().unwrap().suppressions.clone();
    assert_eq!(suppressions[0].by, SuppressedBy::Silence);
    // An alert that still fires when the silence ends is notified then.
    assert!(matches!(evaluate(&mut shards, &store, 120).await, (1, EntriesRead::Same)));
}

#[tokio::test]
async fn an_ended_entry_is_not_in_force_any_more() {
    let (store, mut shards) = (Store::default(), shards());
    store.put_operator_entry(silence(10_000));
    for second in [0, 30, 60] {
        assert_eq!(evaluate(&mut shards, &store, second).await.0, 0);
    }
    store.put_operator_entry(silence(10_000).ended(at(61)));
    assert!(matches!(evaluate(&mut shards, &store, 90).await, (1, EntriesRead::Changed)));
}

#[tokio::test]
async fn entries_that_cannot_be_read_stay_in_force_as_last_read() {
    for outcome in [CallOutcome::Unavailable, CallOutcome::Corrupt] {
        let (store, mut shards) = (Store::default(), shards());
        store.put_operator_entry(silence(10_000));
        assert_eq!(evaluate(&mut shards, &store, 0).await.0, 0);
        store.inject(PlannedFault::on(Operation::ReadOperatorEntries, outcome).always());
        for second in [30, 60, 90] {
            let evaluated = evaluate(&mut shards, &store, second).await;
            assert!(matches!(evaluated, (0, EntriesRead::Failed(_))), "{outcome:?} {evaluated:?}");
        }
        assert_eq!(store.transitions().len(), 2, "the evaluation goes on");
        store.clear_faults();
        assert!(matches!(evaluate(&mut shards, &store, 120).await, (0, EntriesRead::Same)));
    }
}

#[tokio::test]
async fn a_change_of_entries_changes_the_page() {
    let (store, mut shards) = (Store::default(), shards());
    let memory: &MemoryStore = &store;
    store.put_operator_entry(silence(100));
    let evaluated = shards.evaluate(memory, &ShardId::main(), at(0), at(0)).await;
    assert_eq!(evaluated.events().collect::<Vec<_>>(), [Event::PageChanged]);
    let evaluated = shards.evaluate(memory, &ShardId::main(), at(0), at(1)).await;
    assert_eq!(evaluated.events().count(), 0);
}

#[tokio::test]
async fn the_function_wakes_the_generator_for_a_change_and_survives_a_failed_read() {
    let store = Store::default();
    store.put_config(Config::clone(&with_channel()));
    let memory: &MemoryStore = &store;
    let mut function = EvaluateHandler::new(memory.clone(), memory.clone(), memory.clone());
    let unfinished: BatchItemFailures = function.handle(&Trigger::Schedule, at(0)).await.unwrap();
    assert_eq!(unfinished.sequence(), None);
    assert_eq!(store.n_wakes(), 0);
    store.put_operator_entry(silence(100));
    function.handle(&Trigger::Schedule, at(1)).await.unwrap();
    assert_eq!(store.n_wakes(), 1);
    store.inject(
        PlannedFault::on(Operation::ReadOperatorEntries, CallOutcome::Unavailable).always(),
    );
    store.record(0, Verdict::Healthy);
    store.record(30, down());
    store.record(60, down());
    function.handle(&Trigger::Schedule, at(60)).await.unwrap();
    assert_eq!(store.transitions().len(), 2);
    assert!(store.decided.lock().unwrap().deliveries.is_empty());
}
