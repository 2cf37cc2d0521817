//! The beats to a watchdog outside, and their end when a service stands still.

use std::sync::Arc;
use std::time::Duration;

use allclear_engine::process::{Runner, Tasks};
use allclear_support::{CallOutcome, Operation, PlannedFault};
use tokio::time::timeout;

use crate::world::{Memory, World, advance, now};

const MINUTE: Duration = Duration::from_mins(1);

/// Runs all services for `time`.
async fn run(tasks: &mut Tasks, runner: &Arc<Runner<Memory>>, time: Duration) {
    let ended = timeout(time, tasks.run(runner)).await;
    assert!(ended.is_err(), "{ended:?}");
}

/// Checks what is due, each second.
async fn probe_always(runner: &Runner<Memory>) {
    let second = Duration::from_secs(1);
    loop {
        runner.probe_due(now(), second).await;
        advance(second).await;
    }
}

/// Runs all services for three and a half minutes with `fault` from a minute and a half on, then without it. Returns the
/// seconds of the beats.
async fn beats_around(fault: PlannedFault) -> Vec<u64> {
    let world = World::new();
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    run(&mut tasks, &runner, MINUTE * 3 / 2).await;
    world.store.inject(fault.always());
    run(&mut tasks, &runner, MINUTE * 2).await;
    let during = world.beats();
    assert!(during.iter().all(|at| *at < 120), "a beat without its cycle: {during:?}");
    world.store.clear_faults();
    run(&mut tasks, &runner, MINUTE * 2).await;
    world.beats()
}

#[tokio::test(start_paused = true)]
async fn each_cycle_is_followed_by_a_beat() {
    let world = World::new();
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, async {});
    run(&mut tasks, &runner, MINUTE * 7 / 2).await;
    let beats = world.beats();
    assert_eq!(beats.len(), 4, "{beats:?}");
    let pauses: Vec<u64> = beats.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.iter().all(|pause| (60..=62).contains(pause)), "{beats:?}");
}

#[tokio::test(start_paused = true)]
async fn a_changed_config_causes_no_further_beat_within_the_interval() {
    let world = World::new();
    for _ in 0..5 {
        let (runner, mut tasks) = (world.runner(), Tasks::default());
        tasks.start(&runner, async {});
        run(&mut tasks, &runner, MINUTE / 2).await;
    }
    let beats = world.beats();
    assert_eq!(beats.len(), 3, "{beats:?}");
    let pauses: Vec<u64> = beats.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.iter().all(|pause| (60..=92).contains(pause)), "{beats:?}");
}

#[tokio::test(start_paused = true)]
async fn no_beat_is_sent_while_the_evaluator_cannot_read_the_store() {
    let fault = PlannedFault::on(Operation::UnfoldedRuns, CallOutcome::Unavailable);
    let beats = beats_around(fault.or(Operation::LoadState)).await;
    assert!(beats.iter().any(|at| *at > 210), "it goes on afterwards: {beats:?}");
}

#[tokio::test(start_paused = true)]
async fn no_beat_is_sent_while_the_notifier_cannot_read_the_store() {
    let fault = PlannedFault::on(Operation::ReadAllOwed, CallOutcome::Unavailable);
    let beats = beats_around(fault.or(Operation::ReadNewOwed)).await;
    assert!(beats.iter().any(|at| *at > 210), "it goes on afterwards: {beats:?}");
}

#[tokio::test(start_paused = true)]
async fn no_beat_is_sent_while_a_service_waits_forever_for_the_store() {
    let operations = [
        (Operation::UnfoldedRuns, Operation::LoadState),
        (Operation::ReadAllOwed, Operation::ReadNewOwed),
    ];
    for (one, other) in operations {
        let world = World::new();
        let runner = world.runner();
        // Without the page, whose thread would wait for the store too.
        let services = async {
            tokio::join!(
                probe_always(&runner),
                runner.evaluate_always(),
                runner.notify_always(),
                runner.beat_always(),
            )
        };
        let mut services = std::pin::pin!(services);
        assert!(timeout(MINUTE * 3 / 2, &mut services).await.is_err());
        let before = world.beats().len();
        assert_eq!(before, 2, "{one:?}");
        world.store.inject(PlannedFault::on(one, CallOutcome::Hangs).or(other).always());
        assert!(timeout(MINUTE * 3, &mut services).await.is_err());
        assert_eq!(world.beats().len(), before, "{one:?}: {:?}", world.beats());
    }
}

#[tokio::test(start_paused = true)]
async fn no_beat_is_sent_without_each_of_the_services() {
    for missing in ["none", "prober", "evaluator", "notifier"] {
        let world = World::new();
        let runner = world.runner();
        let run = async {
            tokio::join!(
                runner.beat_always(),
                async {
                    if missing != "prober" {
                        probe_always(&runner).await;
                    }
                },
                async {
                    if missing != "evaluator" {
                        runner.evaluate_always().await;
                    }
                },
                async {
                    if missing != "notifier" {
                        runner.notify_always().await;
                    }
                },
            )
        };
        let _ = timeout(MINUTE * 3, run).await;
        assert_eq!(world.beats().is_empty(), missing != "none", "without the {missing}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_scheduler_that_stops_ends_the_beats_within_one_cycle() {
    let world = World::new();
    let runner = world.runner();
    let probing = Arc::clone(&runner);
    let scheduler = tokio::spawn(async move { probe_always(&probing).await });
    let others = Arc::clone(&runner);
    let services = tokio::spawn(async move {
        tokio::join!(others.evaluate_always(), others.notify_always(), others.beat_always());
    });
    advance(MINUTE * 3 / 2).await;
    scheduler.abort();
    let before = world.beats().len();
    assert_eq!(before, 2);
    advance(MINUTE * 3).await;
    assert_eq!(world.beats().len(), before, "{:?}", world.beats());
    services.abort();
}
