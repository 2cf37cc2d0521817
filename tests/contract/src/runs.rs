//! Recording of runs, and reading of runs that are not folded yet.

use allclear_core::id::{RegionId, ShardId};
use allclear_core::outcome::Verdict;
use allclear_core::ports::{LookBack, ReadRuns, RecordRun, Recorded};
use allclear_core::run::{Lane, Run};
use allclear_core::state::Folded;

use crate::samples::{full_run, key, outcome, run, shard};

/// Checks that no field of a run is lost or rounded.
pub async fn a_run_round_trips(store: &(impl RecordRun + ReadRuns)) {
    let mut empty = run(1);
    empty.outcomes.clear();
    for run in [full_run(0), empty] {
        assert_eq!(store.record_run(&run).await.unwrap(), Recorded::New);
    }
    let runs = unfolded(store, &Folded::default()).await;
    assert_eq!(runs[0], full_run(0));
    assert_eq!(runs[1].outcomes, []);
}

/// Checks that a schedule that fires twice records one run, and that the first one is kept.
pub async fn a_run_recorded_twice_is_recorded_once(store: &(impl RecordRun + ReadRuns)) {
    let mut second = run(0);
    second.outcomes.push(outcome("other", Verdict::Healthy));
    assert_eq!(store.record_run(&run(0)).await.unwrap(), Recorded::New);
    assert_eq!(store.record_run(&second).await.unwrap(), Recorded::Already);
    assert_eq!(unfolded(store, &Folded::default()).await, [run(0)]);
}

/// Checks that concurrent probers record one run.
pub async fn a_run_recorded_by_several_at_once_is_recorded_once(
    store: &(impl RecordRun + ReadRuns),
) {
    let run = run(0);
    let (a, b, c) =
        tokio::join!(store.record_run(&run), store.record_run(&run), store.record_run(&run));
    let recorded = [a.unwrap(), b.unwrap(), c.unwrap()];
    assert_eq!(recorded.iter().filter(|one| **one == Recorded::New).count(), 1);
    assert_eq!(unfolded(store, &Folded::default()).await, [run]);
}

/// Checks that another time, region, lane or shard makes another run.
pub async fn each_part_of_a_key_identifies_another_run(store: &(impl RecordRun + ReadRuns)) {
    let mut region = run(0);
    region.key.region = RegionId::new("eu-central-1").unwrap();
    let mut lane = run(0);
    lane.key.lane = Lane::Slow;
    let mut other = run(0);
    other.shard = ShardId::new("other").unwrap();
    for run in [run(0), run(1), region, lane, other] {
        assert_eq!(store.record_run(&run).await.unwrap(), Recorded::New);
    }
    assert_eq!(unfolded(store, &Folded::default()).await.len(), 4);
}

/// Checks that an empty log returns no runs.
pub async fn an_empty_log_has_no_unfolded_runs(store: &impl ReadRuns) {
    assert_eq!(unfolded(store, &Folded::default()).await, []);
    assert_eq!(unfolded(store, &folded([0, 1])).await, []);
}

/// Checks that runs are sorted by time, then region, then lane, regardless of the order in which
/// they were recorded.
pub async fn unfolded_runs_are_oldest_first_up_to_the_limit(store: &(impl RecordRun + ReadRuns)) {
    let mut slow = run(1);
    slow.key.lane = Lane::Slow;
    let mut elsewhere = run(1);
    elsewhere.key.region = RegionId::new("a-region").unwrap();
    for run in [&run(2), &slow, &run(0), &elsewhere, &run(1)] {
        store.record_run(run).await.unwrap();
    }
    let all = [run(0), elsewhere, run(1), slow, run(2)];
    assert_eq!(unfolded(store, &Folded::default()).await, all);
    for limit in 0..=all.len() {
        let some = store
            .unfolded_runs(&shard(), &Folded::default(), LookBack::Horizon, limit)
            .await
            .unwrap();
        assert_eq!(some, all[..limit]);
    }
    let some = store.unfolded_runs(&shard(), &folded([0]), LookBack::Horizon, 2).await.unwrap();
    assert_eq!(some, all[1..3]);
}

/// Checks that folded runs are not returned again.
pub async fn folded_runs_are_excluded(store: &(impl RecordRun + ReadRuns)) {
    for minutes in 0..6 {
        store.record_run(&run(minutes)).await.unwrap();
    }
    assert_eq!(unfolded(store, &folded([0, 1, 2, 3])).await, [run(4), run(5)]);
    assert_eq!(unfolded(store, &folded([0, 1, 2, 3, 4, 5])).await, []);
}

/// Checks that a run is returned even if newer runs were folded before it arrived.
pub async fn a_late_run_within_the_limit_is_unfolded(store: &(impl RecordRun + ReadRuns)) {
    for minutes in [0, 30, 59] {
        store.record_run(&run(minutes)).await.unwrap();
    }
    let folded = folded([0, 30, 59]);
    assert_eq!(unfolded(store, &folded).await, []);
    let mut slow = run(30);
    slow.key.lane = Lane::Slow;
    store.record_run(&slow).await.unwrap();
    store.record_run(&run(10)).await.unwrap();
    store.record_run(&run(60)).await.unwrap();
    assert_eq!(unfolded(store, &folded).await, [run(10), slow, run(60)]);
    let oldest = store.unfolded_runs(&shard(), &folded, LookBack::Horizon, 1).await.unwrap();
    assert_eq!(oldest, [run(10)]);
}

/// Checks that a run that is more than an hour late stays in the log and is not returned for
/// folding.
pub async fn a_run_beyond_the_horizon_is_excluded(store: &(impl RecordRun + ReadRuns)) {
    let folded = folded([0, 120]);
    for minutes in [0, 120, 5, 59] {
        store.record_run(&run(minutes)).await.unwrap();
    }
    assert_eq!(unfolded(store, &folded).await, []);
}

/// Checks that the horizon itself is included.
pub async fn a_run_at_the_horizon_is_included(store: &(impl RecordRun + ReadRuns)) {
    for minutes in [120, 60] {
        store.record_run(&run(minutes)).await.unwrap();
    }
    assert_eq!(unfolded(store, &folded([120])).await, [run(60)]);
}

/// Checks that the runs of a shard do not include those of another shard.
pub async fn runs_of_another_shard_are_excluded(store: &(impl RecordRun + ReadRuns)) {
    let other = ShardId::new("other").unwrap();
    let other_run = Run { shard: other.clone(), ..run(0) };
    store.record_run(&run(0)).await.unwrap();
    store.record_run(&other_run).await.unwrap();
    assert_eq!(unfolded(store, &Folded::default()).await, [run(0)]);
    assert_eq!(
        store.unfolded_runs(&other, &Folded::default(), LookBack::Horizon, 10).await.unwrap(),
        [other_run]
    );
    assert_eq!(store.unfolded_runs(&other, &folded([0]), LookBack::Horizon, 10).await.unwrap(), []);
}

async fn unfolded(store: &impl ReadRuns, folded: &Folded) -> Vec<Run> {
    store.unfolded_runs(&shard(), folded, LookBack::Horizon, 1_000).await.unwrap()
}

fn folded(minutes: impl IntoIterator<Item = i64>) -> Folded {
    let mut folded = Folded::default();
    for minutes in minutes {
        folded.insert(key(minutes));
    }
    folded
}
