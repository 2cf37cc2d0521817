//! The evaluator over a log and a checkpoint in memory: duplicate events, lost races, and processes
//! that end between two writes.

use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::id::{MaintenanceId, ShardId};
use allclear_core::incident::{IncidentPublishing, IncidentVisibility};
use allclear_core::outcome::Verdict;
use allclear_core::rule::RuleScope;
use allclear_core::state::Decision;
use allclear_core::status::Status;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::evaluate::{CHECKPOINT_EVERY, Evaluator};
use allclear_support::{CallOutcome, Operation};

use crate::world::{Store, at, config, down, evaluator_of};

async fn evaluate(evaluator: &mut Evaluator, store: &Store, second: u64) -> Decision {
    evaluator.evaluate(&**store, &ShardId::main(), at(second)).await.unwrap()
}

const OUTAGE: [(Status, Status); 2] =
    [(Status::Unknown, Status::Healthy), (Status::Healthy, Status::Unhealthy)];

#[tokio::test]
async fn duplicate_or_reordered_events_change_nothing() {
    let store = Store::default();
    let mut evaluator = evaluator_of(config());
    store.record(60, down());
    store.record(0, Verdict::Healthy);
    store.record(30, down());
    evaluate(&mut evaluator, &store, 61).await;
    assert_eq!(store.transitions(), OUTAGE);
    let version = store.version();
    assert!(evaluate(&mut evaluator, &store, 61).await.is_empty());
    assert!(evaluate(&mut evaluator_of(config()), &store, 62).await.is_empty());
    assert_eq!(store.version(), version);
}

#[tokio::test]
async fn a_process_killed_before_its_commit_loses_no_run() {
    let store = Store::default();
    for (second, verdict) in [(0, Verdict::Healthy), (30, down()), (60, down())] {
        store.record(second, verdict);
    }
    store.fail_commits(1, CallOutcome::Unavailable);
    let mut dying = evaluator_of(config());
    assert!(dying.evaluate(&*store, &ShardId::main(), at(61)).await.is_err());
    assert!(store.transitions().is_empty());
    evaluate(&mut evaluator_of(config()), &store, 62).await;
    assert_eq!(store.transitions(), OUTAGE);
}

#[tokio::test]
async fn an_evaluator_continues_after_a_failed_commit() {
    let store = Store::default();
    store.record(0, Verdict::Healthy);
    store.fail_commits(1, CallOutcome::Unavailable);
    let mut evaluator = evaluator_of(config());
    assert!(evaluator.evaluate(&*store, &ShardId::main(), at(1)).await.is_err());
    assert_eq!(evaluate(&mut evaluator, &store, 2).await.transitions.len(), 1);
}

#[tokio::test]
async fn a_lost_race_is_retried_and_decides_once() {
    let store = Store::default();
    let (mut a, mut b) = (evaluator_of(config()), evaluator_of(config()));
    store.record(0, Verdict::Healthy);
    evaluate(&mut a, &store, 1).await;
    evaluate(&mut b, &store, 1).await;
    store.record(30, down());
    store.record(60, down());
    store.fail_commits(3, CallOutcome::Conflict);
    evaluate(&mut a, &store, 61).await;
    evaluate(&mut b, &store, 61).await;
    assert_eq!(store.transitions(), OUTAGE);
    assert_eq!(store.decided.lock().unwrap().alerts.len(), 1);
}

#[tokio::test]
async fn a_race_that_is_lost_on_every_retry_is_reported() {
    let store = Store::default();
    store.record(0, Verdict::Healthy);
    store.fail_commits(usize::MAX, CallOutcome::Conflict);
    let error = evaluator_of(config()).evaluate(&*store, &ShardId::main(), at(1)).await;
    assert!(error.unwrap_err().source.is_retryable());
}

#[tokio::test]
async fn without_a_decision_checkpoints_are_rare_and_the_state_stays_in_memory() {
    let store = Store::default();
    let mut evaluator = evaluator_of(config());
    store.record(0, Verdict::Healthy);
    evaluate(&mut evaluator, &store, 1).await;
    let version = store.version();
    for second in (30..CHECKPOINT_EVERY.as_secs()).step_by(30) {
        store.record(second, Verdict::Healthy);
        evaluate(&mut evaluator, &store, second).await;
    }
    assert_eq!(store.version(), version);
    let due = CHECKPOINT_EVERY.as_secs() + 1;
    store.record(due, Verdict::Healthy);
    evaluate(&mut evaluator, &store, due).await;
    assert_eq!(store.version(), version + 1);
    assert_eq!(store.n_calls(Operation::LoadState), 1, "the state was read once");
}

/// Otherwise each process that ends before a checkpoint would start from the beginning.
#[tokio::test]
async fn a_state_from_the_future_is_reset_and_stored_at_once() {
    let store = Store::default();
    store.record(10_000_000, Verdict::Healthy);
    evaluate(&mut evaluator_of(config()), &store, 10_000_001).await;
    let version = store.version();
    evaluate(&mut evaluator_of(config()), &store, 60).await;
    assert_eq!(store.version(), version + 1);
    evaluate(&mut evaluator_of(config()), &store, 61).await;
    assert_eq!(store.version(), version + 1, "once");
}

#[tokio::test]
async fn a_newer_stored_state_replaces_the_state_in_memory() {
    let store = Store::default();
    let (mut a, mut b) = (evaluator_of(config()), evaluator_of(config()));
    store.record(0, Verdict::Healthy);
    evaluate(&mut a, &store, 1).await;
    store.record(30, down());
    store.record(60, down());
    evaluate(&mut b, &store, 61).await;
    store.record(90, Verdict::Healthy);
    store.record(120, Verdict::Healthy);
    evaluate(&mut a, &store, 121).await;
    assert_eq!(store.transitions().len(), 3);
    assert_eq!(store.transitions().last(), Some(&(Status::Unhealthy, Status::Healthy)));
}

#[tokio::test]
async fn a_final_checkpoint_that_loses_a_race_is_not_an_error() {
    let store = Store::default();
    let (mut a, mut b) = (evaluator_of(config()), evaluator_of(config()));
    store.record(0, Verdict::Healthy);
    evaluate(&mut a, &store, 1).await;
    store.record(30, Verdict::Healthy);
    evaluate(&mut a, &store, 31).await;
    store.record(60, down());
    store.record(90, down());
    evaluate(&mut b, &store, 91).await;
    let version = store.version();
    a.checkpoint(&*store).await.unwrap();
    assert_eq!(store.version(), version, "the newer state stays");
    store.record(120, Verdict::Healthy);
    evaluate(&mut b, &store, 121).await;
    store.fail_commits(1, CallOutcome::Unavailable);
    assert!(b.checkpoint(&*store).await.is_err(), "a store that fails is one");
}

#[tokio::test]
async fn a_backlog_longer_than_a_batch_is_folded_completely() {
    let store = Store::default();
    for n in 0..1_200 {
        store.record(n * 2, if n % 100 < 50 { Verdict::Healthy } else { down() });
    }
    evaluate(&mut evaluator_of(config()), &store, 3_000).await;
    assert_eq!(store.transitions().len(), 24);
}

#[tokio::test]
async fn a_new_config_publishes_an_open_draft_without_a_further_run() {
    let publishing = |publish_incidents| {
        let mut config = Config::clone(&config());
        config.settings.publish_incidents = publish_incidents;
        Arc::new(config)
    };
    let store = Store::default();
    for (second, verdict) in [(0, Verdict::Healthy), (30, down()), (60, down())] {
        store.record(second, verdict);
    }
    let mut first = evaluator_of(publishing(IncidentPublishing::None));
    let opened = evaluate(&mut first, &store, 61).await.incidents;
    assert_eq!(opened[0].visibility, IncidentVisibility::Draft);

    let mut second = evaluator_of(publishing(IncidentPublishing::All));
    let published = evaluate(&mut second, &store, 62).await.incidents;
    assert_eq!(published[0].visibility, IncidentVisibility::Published);
    let stored = store.state().unwrap().incidents;
    assert_eq!(stored.get(&opened[0].id), published.first(), "it is committed");
    assert!(evaluate(&mut second, &store, 63).await.is_empty(), "once");
}

#[tokio::test]
async fn a_removed_monitor_ends_at_the_reload_of_the_config_and_not_with_its_last_check() {
    let store = Store::default();
    for (second, verdict) in [(0, Verdict::Healthy), (30, down()), (60, down()), (90, down())] {
        store.record(second, verdict);
    }
    evaluate(&mut evaluator_of(config()), &store, 91).await;
    let without = Arc::new(Config { monitors: Vec::new(), ..Config::clone(&config()) });
    let removed = evaluate(&mut evaluator_of(without), &store, 200).await;
    let incident = &removed.incidents[0];
    assert_eq!(incident.resolved_at, Some(at(200)));
    assert_eq!(incident.episodes[0].end.unwrap().confirmed_at, at(200));
    assert_eq!(removed.transitions[0].at, at(200));
    assert_eq!(removed.alerts[0].resolved_at, Some(at(200)));
}

#[tokio::test]
async fn a_changed_window_is_stored_as_a_revision_although_nothing_is_decided() {
    let store = Store::default();
    store.record(0, Verdict::Healthy);
    let with = |title: &str| {
        let window = Maintenance {
            id: MaintenanceId::new("upgrade").unwrap(),
            title: title.to_owned(),
            description: None,
            scope: RuleScope::default(),
            schedule: WindowSchedule::Once { start: at(9_000), end: at(9_900) },
            ended_at: None,
        };
        Arc::new(Config { maintenances: vec![window], ..Config::clone(&config()) })
    };
    let revised_at = || store.state().unwrap().windows.values().next().unwrap().revised_at;
    evaluate(&mut evaluator_of(with("Upgrade")), &store, 10).await;
    assert_eq!(revised_at(), at(10));
    let version = store.version();
    assert!(evaluate(&mut evaluator_of(with("Upgrade")), &store, 20).await.is_empty());
    assert_eq!((revised_at(), store.version()), (at(10), version), "it is the same window");
    assert!(evaluate(&mut evaluator_of(with("Migration")), &store, 30).await.is_empty());
    assert_eq!(revised_at(), at(30));
}
