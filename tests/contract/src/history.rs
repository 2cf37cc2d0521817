//! Reading of decisions and counts.

use allclear_core::Timestamp;
use allclear_core::delivery::DeliveryState;
use allclear_core::event::{AlertRecord, SuppressedBy};
use allclear_core::id::ShardId;
use allclear_core::ports::{CommitState, Outbox, ReadHistory, RecordRun};
use allclear_core::rollup::Period;
use allclear_core::run::{Lane, Run};
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::{Severity, Status};

use crate::samples::{
    alert, at, decision, firing_state, full_run, rollup_record, run, shard, transition,
};

/// Checks that all parts of a decision can be read as they were decided, sorted by time.
pub async fn every_part_of_a_decision_can_be_read(store: &(impl CommitState + ReadHistory)) {
    let mut first = decision("api", 0);
    let mut second = decision("web", 5);
    second.transitions[0].cause = None;
    second.transitions[0].to = Status::Unknown;
    second.alerts[0].severity = Severity::Info;
    second.alerts[0].resolved_at = Some(at(7));
    second.suppressions[0].by = SuppressedBy::NoChannel;
    second.rollups = vec![rollup_record("web", Period::Day, 5, 2)];
    let mut both = second.clone();
    both.append(first.clone());
    commit(store, 0, &both).await;

    let from = at(-10_000);
    first.append(second);
    let expected = first;
    assert_eq!(store.transitions(from).await.unwrap(), expected.transitions);
    assert_eq!(store.alerts(from).await.unwrap(), expected.alerts);
    assert_eq!(store.suppressions(from).await.unwrap(), expected.suppressions);
    assert_eq!(store.deliveries(from).await.unwrap(), expected.deliveries);
    assert_eq!(store.rollups(Period::Hour, from).await.unwrap(), expected.rollups[..1]);
    assert_eq!(store.rollups(Period::Day, from).await.unwrap(), expected.rollups[1..]);
}

/// Checks that a decision that is derived from the log again writes the same records, and that a
/// delivery is not created twice.
pub async fn a_repeated_decision_changes_nothing(
    store: &(impl CommitState + ReadHistory + Outbox),
) {
    let decision = decision("api", 0);
    commit(store, 0, &decision).await;
    let mut sent = decision.deliveries[0].clone();
    sent.n_tries = 1;
    sent.state = DeliveryState::Sent { at: at(1) };
    store.record_delivery(&sent).await.unwrap();
    commit(store, 1, &decision).await;

    let from = at(-10_000);
    assert_eq!(store.owed().await.unwrap(), []);
    assert_eq!(store.deliveries(from).await.unwrap(), [sent]);
    assert_eq!(store.transitions(from).await.unwrap(), decision.transitions);
    assert_eq!(store.alerts(from).await.unwrap(), decision.alerts);
    assert_eq!(store.suppressions(from).await.unwrap(), decision.suppressions);
    assert_eq!(store.rollups(Period::Hour, from).await.unwrap(), decision.rollups);
}

/// Checks that a resolved alert is stored as the same alert that fired.
pub async fn a_resolved_alert_replaces_the_firing_one(store: &(impl CommitState + ReadHistory)) {
    let fired = alert("api", 0, None);
    let resolved = alert("api", 0, Some(at(9)));
    commit(store, 0, &Decision { alerts: vec![fired.clone()], ..Decision::default() }).await;
    assert_eq!(store.alerts(at(0)).await.unwrap(), [fired]);
    commit(store, 1, &Decision { alerts: vec![resolved.clone()], ..Decision::default() }).await;
    assert_eq!(store.alerts(at(0)).await.unwrap(), [resolved]);
}

/// Checks that the rollup of a day, which is written again after each hour, replaces the earlier
/// one.
pub async fn a_rollup_that_grew_replaces_the_smaller_one(store: &(impl CommitState + ReadHistory)) {
    for (expected, n) in [(0, 2), (1, 3)] {
        let rollups = vec![rollup_record("api", Period::Day, 0, n)];
        commit(store, expected, &Decision { rollups, ..Decision::default() }).await;
    }
    let stored = store.rollups(Period::Day, at(-10_000)).await.unwrap();
    assert_eq!(stored, [rollup_record("api", Period::Day, 0, 3)]);
}

/// Checks that the given time is the first one that is read.
pub async fn history_begins_at_the_requested_time(
    store: &(impl CommitState + ReadHistory + RecordRun),
) {
    let mut decided = Decision::default();
    for minutes in [0, 60, 120] {
        let mut later = decision("api", minutes);
        later.alerts[0].resolved_at = Some(at(minutes + 1));
        decided.append(later);
        store.record_run(&run(minutes)).await.unwrap();
    }
    commit(store, 0, &decided).await;
    let from = at(60);
    assert_eq!(store.transitions(from).await.unwrap(), decided.transitions[1..]);
    assert_eq!(store.alerts(from).await.unwrap(), decided.alerts[1..]);
    assert_eq!(store.suppressions(from).await.unwrap(), decided.suppressions[1..]);
    assert_eq!(store.deliveries(from).await.unwrap(), decided.deliveries[1..]);
    let from_hour = Period::Hour.start_of(from);
    let rollups = store.rollups(Period::Hour, from_hour).await.unwrap();
    assert_eq!(rollups, decided.rollups[1..]);
    assert_eq!(store.runs(from).await.unwrap(), [run(60), run(120)]);
}

/// Checks that the earliest representable time selects everything.
pub async fn all_history_is_read_from_the_beginning_of_time(
    store: &(impl CommitState + ReadHistory + RecordRun),
) {
    let decided = decision("api", 0);
    commit(store, 0, &decided).await;
    store.record_run(&run(0)).await.unwrap();
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    assert_eq!(store.transitions(first).await.unwrap(), decided.transitions);
    assert_eq!(store.deliveries(first).await.unwrap(), decided.deliveries);
    assert_eq!(store.rollups(Period::Hour, first).await.unwrap(), decided.rollups);
    assert_eq!(store.runs(first).await.unwrap(), [run(0)]);
    assert_eq!(store.transitions(last).await.unwrap(), []);
    assert_eq!(store.runs(last).await.unwrap(), []);
}

/// Checks that an alert that is still firing is read at any age. The state contains it as long as
/// it fires.
pub async fn a_firing_alert_of_any_age_is_read(store: &(impl CommitState + ReadHistory)) {
    let open = alert("api", 0, None);
    let over = alert("web", 0, Some(at(1)));
    let alerts = vec![open.clone(), over];
    let state = firing_state(&open);
    let decision = Decision { alerts, ..Decision::default() };
    store.commit(&shard(), 0, &state, &decision).await.unwrap();
    store.commit(&shard(), 1, &state, &Decision::default()).await.unwrap();
    assert_eq!(store.alerts(at(1_000_000)).await.unwrap(), std::slice::from_ref(&open));
    assert_eq!(store.alerts(at(-10)).await.unwrap().len(), 2);
    let resolved = AlertRecord { resolved_at: Some(at(2)), ..open };
    commit(store, 2, &Decision { alerts: vec![resolved], ..Decision::default() }).await;
    assert_eq!(store.alerts(at(1_000_000)).await.unwrap(), []);
}

/// Checks that the runs of all shards are read in the order of their keys.
pub async fn runs_are_read_in_the_order_of_their_keys(store: &(impl RecordRun + ReadHistory)) {
    let mut slow = run(1);
    slow.key.lane = Lane::Slow;
    let elsewhere = Run { shard: ShardId::new("other").unwrap(), ..full_run(2) };
    for run in [&run(3), &elsewhere, &slow, &run(1), &run(0)] {
        store.record_run(run).await.unwrap();
    }
    assert_eq!(store.runs(at(1)).await.unwrap(), [run(1), slow, elsewhere, run(3)]);
}

/// Checks that runs alone do not create a shard.
pub async fn the_shards_are_those_with_a_state(
    store: &(impl CommitState + ReadHistory + RecordRun),
) {
    store.record_run(&run(0)).await.unwrap();
    assert_eq!(store.shards().await.unwrap(), []);
    let other = ShardId::new("other").unwrap();
    let transitions = vec![transition("api", 0)];
    commit(store, 0, &Decision { transitions, ..Decision::default() }).await;
    store.commit(&other, 0, &ShardState::default(), &Decision::default()).await.unwrap();
    let mut shards = store.shards().await.unwrap();
    shards.sort();
    assert_eq!(shards, [shard(), other]);
}

async fn commit(store: &impl CommitState, expected: u64, decision: &Decision) {
    store.commit(&shard(), expected, &ShardState::default(), decision).await.unwrap();
}
