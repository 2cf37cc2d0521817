//! The beats of the notifier's function to a watchdog outside.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::state::{Folded, ShardState};
use allclear_core::watchdog::Watchdog;
use allclear_engine::Trigger;
use allclear_support::{CallOutcome, Operation, PlannedFault, samples};

use crate::function::handler;
use crate::world::{START, World};

const MINUTE: Duration = Duration::from_mins(1);

/// The kinds of event that wake the function.
const NO_RECORDS: Trigger = Trigger::Records(Vec::new());

/// Activates a config with a watchdog at the inbox `beats`, and a monitor that is checked each minute.
async fn watched(every: Duration) -> World {
    let world = World::owing([]).await;
    world.keeper.set("watchdog", &world.simulator.inbox_url("beats"));
    world.outbox.put_config(Config {
        watchdog: Some(Watchdog { url: "watchdog".parse().unwrap(), every }),
        ..samples::config(vec![samples::monitor("api")])
    });
    evaluated(&world, START);
    world
}

/// Records that the run of `newest` was evaluated last.
fn evaluated(world: &World, newest: Timestamp) {
    let folded = Folded { newest: Some(newest), ..Folded::default() };
    world.outbox.put_state(&ShardId::main(), ShardState { folded, ..ShardState::default() });
}

/// Returns the number of beats after an invocation by `trigger` at each minute of `minutes`.
async fn beats(world: &World, trigger: &Trigger, minutes: &[u32]) -> Vec<usize> {
    let mut function = handler(world);
    let mut counts = Vec::new();
    for minute in minutes {
        let now = START + MINUTE * *minute;
        let _ = function.handle(trigger, now, Duration::from_secs(50)).await;
        counts.push(world.simulator.inbox("beats").len());
    }
    counts
}

#[tokio::test]
async fn the_schedule_sends_a_beat_while_recent_runs_are_evaluated() {
    let world = watched(MINUTE).await;
    assert_eq!(beats(&world, &Trigger::Schedule, &[0, 1, 2, 3, 4, 5]).await, [1, 2, 3, 4, 4, 4]);
    evaluated(&world, START + MINUTE * 6);
    assert_eq!(beats(&world, &Trigger::Schedule, &[6]).await, [5], "it goes on afterwards");
    let beat = world.simulator.inbox("beats").remove(0);
    assert_eq!((beat.body.len(), beat.headers["content-length"].as_str()), (0, "0"));
}

#[tokio::test]
async fn beats_are_as_far_apart_as_configured() {
    let world = watched(MINUTE * 2).await;
    assert_eq!(beats(&world, &Trigger::Schedule, &[0, 1, 2, 3]).await, [1, 1, 2, 2]);
}

#[tokio::test]
async fn records_of_the_stream_send_no_beat() {
    let world = watched(MINUTE).await;
    assert_eq!(beats(&world, &NO_RECORDS, &[0, 1]).await, [0, 0]);
}

#[tokio::test]
async fn no_beat_is_sent_before_the_first_run_is_evaluated() {
    let world = watched(MINUTE).await;
    world.outbox.put_state(&ShardId::main(), ShardState::default());
    assert_eq!(beats(&world, &Trigger::Schedule, &[0, 1]).await, [0, 0]);
}

#[tokio::test]
async fn no_beat_is_sent_while_the_store_does_not_answer() {
    for operation in [Operation::ReadAllOwed, Operation::LoadState] {
        let world = watched(MINUTE).await;
        world.outbox.inject(PlannedFault::on(operation, CallOutcome::Unavailable).always());
        assert_eq!(beats(&world, &Trigger::Schedule, &[0, 1]).await, [0, 0], "{operation:?}");
        world.outbox.clear_faults();
        assert_eq!(beats(&world, &Trigger::Schedule, &[2]).await, [1], "{operation:?}");
    }
}

#[tokio::test]
async fn no_beat_is_sent_while_the_config_is_stale() {
    let world = watched(MINUTE).await;
    let mut function = handler(&world);
    function.warm_up().await;
    world.outbox.put_config(samples::config(Vec::new()));
    let damage = PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).of(&2).always();
    world.outbox.inject(damage);
    let handled = function.handle(&Trigger::Schedule, START, Duration::from_secs(50)).await;
    assert!(handled.is_err());
    assert_eq!(world.simulator.inbox("beats").len(), 0);
}
