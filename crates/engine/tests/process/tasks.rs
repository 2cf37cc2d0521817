//! The tasks of the services when the config changes, and when the process ends.

use std::time::Duration;

use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::ShardId;
use allclear_engine::Event;
use allclear_engine::process::Tasks;
use allclear_support::{CallOutcome, Operation, PlannedFault, samples};
use tokio::time::timeout;

use crate::world::{World, advance, now};

const SECOND: Duration = Duration::from_secs(1);

fn delivery(monitor: &str) -> Delivery {
    samples::delivery(NoticeKind::Firing, "team", monitor, now())
}

#[tokio::test(start_paused = true)]
async fn the_notifier_of_a_new_config_starts_after_the_deliveries_in_flight() {
    let world = World::new();
    *world.inbox.takes.lock().unwrap() = SECOND * 10;
    let mut tasks = Tasks::default();
    world.store.add_delivery(delivery("first"));
    let runner = world.runner();
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.retire(&runner).await;
    world.store.add_delivery(delivery("second"));
    let next = world.runner();
    tasks.start(&next, async {});
    world.wakers.wake(Event::ConfigChanged);
    let ended = timeout(SECOND * 40, tasks.run(&next)).await;
    assert!(ended.is_err());
    assert_eq!(world.inbox.monitors(), ["first", "second"]);
    let received = world.inbox.received.lock().unwrap();
    assert!(received[1].1 >= received[0].2, "one after the other");
    assert!(received[1].1 < received[0].2 + SECOND, "as soon as the first has ended");
}

#[tokio::test(start_paused = true)]
async fn an_unrecorded_delivery_delays_the_next_notifier_by_half_a_minute() {
    let world = World::new();
    let mut tasks = Tasks::default();
    world.store.inject(PlannedFault::on(Operation::RecordDelivery, CallOutcome::Hangs));
    world.store.add_delivery(delivery("first"));
    let runner = world.runner();
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.retire(&runner).await;
    let n_read = world.calls(Operation::ReadAllOwed).len();
    let next = world.runner();
    tasks.start(&next, async {});
    let _ = timeout(SECOND * 60, tasks.run(&next)).await;
    let reads = world.calls(Operation::ReadAllOwed);
    assert_eq!(reads[n_read..].first(), Some(&31_000), "{reads:?}");
}

#[tokio::test(start_paused = true)]
async fn the_folded_state_is_written_before_the_config_changes() {
    let world = World::new();
    let at = now() - SECOND * 10;
    let outcomes = vec![samples::outcome("api", allclear_core::outcome::Verdict::Healthy)];
    world.store.add_run(samples::run(&ShardId::main(), at, outcomes));
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    runner.evaluate().await.unwrap();
    tasks.retire(&runner).await;
    let checkpoint = world.store.checkpoint(&ShardId::main()).unwrap();
    assert_eq!(checkpoint.state.folded.newest, Some(at));
    let n_evaluations = world.observed.lock().unwrap().evaluations.len();
    world.wakers.wake(Event::RunRecorded);
    advance(SECOND * 100).await;
    let evaluations = world.observed.lock().unwrap().evaluations.len();
    assert_eq!(evaluations, n_evaluations, "the loops of the last config have ended");
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_running_checks_for_a_limited_time() {
    for (takes, n_runs) in [(SECOND, 1), (SECOND * 9, 0)] {
        let world = World::new();
        *world.script.takes.lock().unwrap() = takes;
        let (runner, mut tasks) = (world.runner_every(Duration::from_hours(24)), Tasks::default());
        world.wakers.wake(Event::ConfigChanged);
        let _ = timeout(SECOND / 10, tasks.run(&runner)).await;
        tasks.finish(&runner, SECOND * 3).await;
        assert!(world.elapsed() <= SECOND * 4, "{:?}", world.elapsed());
        advance(SECOND * 30).await;
        assert_eq!(world.store.all_runs().len(), n_runs, "a check that takes {takes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delivery_in_flight_is_recorded_before_shutdown() {
    let world = World::new();
    *world.inbox.takes.lock().unwrap() = SECOND * 2;
    let owed = delivery("api");
    world.store.add_delivery(owed.clone());
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    advance(SECOND).await;
    tasks.finish(&runner, SECOND * 3).await;
    tasks.shutdown().await;
    assert!(world.store.is_sent(&owed));
    assert_eq!(world.elapsed(), SECOND * 2);
}

#[tokio::test(start_paused = true)]
async fn an_unexpectedly_ended_task_is_reported() {
    let world = World::new();
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, std::future::pending());
    tasks.add(async { panic!("as scripted") });
    let ended = timeout(SECOND, tasks.run(&runner)).await.unwrap();
    assert!(ended.unwrap_err().is_panic());
}
