//! Loading and committing of the state of a shard.

use allclear_core::event::AlertId;
use allclear_core::id::ShardId;
use allclear_core::ports::{
    Checkpoint, CommitState, LoadState, Outbox, ReadHistory, StoreError, StoreResult, Version,
};
use allclear_core::rollup::Period;
use allclear_core::state::{Decision, ShardState};

use crate::samples::{at, decision, monitor, rule, shard, state};

/// Checks a shard without any commit.
pub async fn a_shard_without_a_state_has_version_0(store: &impl LoadState) {
    assert_eq!(store.state_version(&shard()).await.unwrap(), 0);
    assert_eq!(store.load_state(&shard()).await.unwrap(), None);
}

/// Checks that each commit increases the version by one.
pub async fn versions_count_from_1(store: &(impl LoadState + CommitState)) {
    for expected in 0..3 {
        let version = commit(store, expected, &state(), &Decision::default()).await.unwrap();
        assert_eq!(version, expected + 1);
        assert_eq!(store.state_version(&shard()).await.unwrap(), version);
    }
}

/// Checks that no part of a state is lost or rounded in the store.
pub async fn a_state_round_trips(store: &(impl LoadState + CommitState)) {
    for (expected, state) in [(0, state()), (1, ShardState::default())] {
        let version = commit(store, expected, &state, &Decision::default()).await.unwrap();
        let loaded = store.load_state(&shard()).await.unwrap();
        assert_eq!(loaded, Some(Checkpoint { version, state }));
    }
}

/// Checks that a state of thousands of monitors comes back, is listed as one shard, and may become
/// smaller.
pub async fn a_state_of_thousands_of_monitors_round_trips(
    store: &(impl LoadState + CommitState + ReadHistory),
) {
    let large = large_state(3_000);
    for (expected, state) in [(0, &large), (1, &state()), (2, &large)] {
        let decided = if expected == 2 { decision("api", 0) } else { Decision::default() };
        let version = commit(store, expected, state, &decided).await.unwrap();
        let loaded = store.load_state(&shard()).await.unwrap();
        assert_eq!(loaded, Some(Checkpoint { version, state: state.clone() }));
        assert_eq!(store.shards().await.unwrap(), [shard()]);
        is_conflict(&commit(store, expected, &ShardState::default(), &decision("late", 1)).await);
    }
}

/// Returns a state of monitors that are down, each for a different reason.
fn large_state(n: usize) -> ShardState {
    let mut large = state();
    let (_, down) = large.monitors.iter().find(|(_, one)| !one.alerts.is_empty()).unwrap();
    let down = down.clone();
    for n in 0..n {
        let mut one = down.clone();
        let digits = format!(
            "{:032x}",
            (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        );
        one.cause.as_mut().unwrap().message = format!("no answer from {digits}");
        for alert in one.alerts.values_mut() {
            let firing = alert.firing.as_mut().unwrap();
            firing.message = format!("{digits} is unhealthy");
            firing.id = AlertId::new(&monitor(&format!("service-{n}")), &rule(), at(2));
        }
        large.monitors.insert(monitor(&format!("service-{n}")), one);
    }
    large
}

/// Checks that commits of different shards do not conflict.
pub async fn shards_have_their_own_versions(store: &(impl LoadState + CommitState)) {
    let other = ShardId::new("other").unwrap();
    commit(store, 0, &state(), &Decision::default()).await.unwrap();
    assert_eq!(store.state_version(&other).await.unwrap(), 0);
    store.commit(&other, 0, &ShardState::default(), &Decision::default()).await.unwrap();
    assert_eq!(store.load_state(&shard()).await.unwrap().unwrap().state, state());
    assert_eq!(store.load_state(&other).await.unwrap().unwrap().state, ShardState::default());
}

/// Checks that neither the state nor any part of the decision is written.
pub async fn a_conflict_writes_nothing(
    store: &(impl LoadState + CommitState + ReadHistory + Outbox),
) {
    is_conflict(&commit(store, 1, &state(), &decision("early", 0)).await);
    assert_eq!(store.load_state(&shard()).await.unwrap(), None);
    commit(store, 0, &state(), &Decision::default()).await.unwrap();
    for wrong in [0, 2] {
        is_conflict(&commit(store, wrong, &ShardState::default(), &decision("late", 1)).await);
    }
    let stored = Checkpoint { version: 1, state: state() };
    assert_eq!(store.load_state(&shard()).await.unwrap(), Some(stored));
    assert_eq!(store.owed().await.unwrap(), []);
    let from = at(-10_000);
    assert_eq!(store.transitions(from).await.unwrap(), []);
    // Alerts that fire according to the state itself may be read.
    let alerts = store.alerts(from).await.unwrap();
    assert!(!alerts.iter().any(|one| ["early", "late"].contains(&one.monitor.as_str())));
    assert_eq!(store.suppressions(from).await.unwrap(), []);
    assert_eq!(store.deliveries(from).await.unwrap(), []);
    assert_eq!(store.rollups(Period::Hour, from).await.unwrap(), []);
}

/// Checks that an evaluator that lost can read the new version, decide again and commit.
pub async fn a_lost_commit_succeeds_on_the_new_version(
    store: &(impl LoadState + CommitState + Outbox),
) {
    commit(store, 0, &state(), &decision("winner", 0)).await.unwrap();
    is_conflict(&commit(store, 0, &state(), &decision("loser", 1)).await);
    let version = store.state_version(&shard()).await.unwrap();
    commit(store, version, &state(), &decision("loser", 1)).await.unwrap();
    let owed = store.owed().await.unwrap();
    let named: Vec<&str> = owed.iter().map(|one| one.notification.monitor.as_str()).collect();
    assert_eq!(named, ["winner", "loser"]);
}

/// Checks that of two evaluators that read the same version, only one can commit.
pub async fn one_of_two_racing_commits_wins(store: &(impl LoadState + CommitState + Outbox)) {
    for expected in 0..10 {
        let minutes = i64::try_from(expected).unwrap();
        let (one, two) = (decision("one", minutes), decision("two", minutes));
        let (own_state, other_state) = (state(), ShardState::default());
        let results = tokio::join!(
            commit(store, expected, &own_state, &one),
            commit(store, expected, &other_state, &two)
        );
        let winner = match results {
            (Ok(_), lost) => {
                is_conflict(&lost);
                "one"
            }
            (lost, Ok(_)) => {
                is_conflict(&lost);
                "two"
            }
            (Err(one), Err(two)) => panic!("both lost: {one}, {two}"),
        };
        let loaded = store.load_state(&shard()).await.unwrap().unwrap();
        assert_eq!(loaded.version, expected + 1);
        assert_eq!(loaded.state, if winner == "one" { own_state } else { other_state });
        let owed = store.owed().await.unwrap();
        assert_eq!(owed.len(), usize::try_from(expected + 1).unwrap());
        assert_eq!(owed.last().unwrap().notification.monitor.as_str(), winner);
    }
}

async fn commit(
    store: &impl CommitState,
    expected: Version,
    state: &ShardState,
    decision: &Decision,
) -> StoreResult<Version> {
    store.commit(&shard(), expected, state, decision).await
}

fn is_conflict(result: &StoreResult<Version>) {
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
}
