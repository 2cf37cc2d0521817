//! Each channel of a long-running process has its own queue and timer.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_simulator::{Behavior, Step};
use tokio::sync::Notify;

use crate::world::{World, alarm};
use allclear_engine::notify::NotifierSignals;

/// The names of the thirteen channels that answer, and of the one that does not.
const NAMES: [&str; 14] = [
    "c00", "c01", "c02", "c03", "c04", "c05", "c06", "c07", "c08", "c09", "c10", "c11", "c12",
    "dead",
];

/// The backoff after the first failure. The destinations ask for less.
const BACKOFF: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "a test that waits in real time")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn just_now(channel: &str, monitor: &str) -> Delivery {
    let mut delivery = alarm(channel, monitor, 0);
    let at = now();
    delivery.created_at = at;
    delivery.state =
        allclear_core::delivery::DeliveryState::Owed { next_try_at: at, last_error: None };
    delivery
}

#[tokio::test]
async fn a_hanging_channel_does_not_change_the_retry_times_of_others() {
    let owed = NAMES.map(|name| just_now(name, "api"));
    let world = Arc::new(Box::pin(World::owing(owed)).await.does("dead", Behavior::Hang));
    let busy = Behavior::status(503).with_header("retry-after", "1");
    for name in NAMES.iter().filter(|name| **name != "dead") {
        let steps = vec![Step::requests(busy.clone(), 1), Step::forever(Behavior::Ok)];
        world.simulator.script_inbox(name, steps);
    }
    let notifier = world.notifier(NAMES);
    let wake = Arc::new(Notify::new());
    let running = tokio::spawn({
        let (world, wake) = (Arc::clone(&world), Arc::clone(&wake));
        async move {
            notifier
                .run(&world.outbox, &world.keeper, NotifierSignals { now, wake: &wake }, |_| {})
                .await;
        }
    });
    for name in NAMES.iter().filter(|name| **name != "dead") {
        world.simulator.wait_for_inbox(name, 2).await;
        let received = world.simulator.inbox(name);
        let waited = received[1].at.duration_since(received[0].at);
        let waited = Duration::try_from(waited).unwrap();
        assert!(
            waited >= BACKOFF && waited < BACKOFF + Duration::from_secs(1),
            "{name}: {waited:?}"
        );
    }
    assert_eq!(world.got("dead").len(), 1, "its first try still hangs");
    // A new delivery is sent immediately.
    let started = Instant::now();
    world.outbox.add_delivery(just_now("c00", "web"));
    wake.notify_one();
    world.simulator.wait_for_inbox("c00", 3).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    running.abort();
}

#[tokio::test]
async fn a_sweep_retries_due_deliveries_while_another_channel_hangs() {
    let owed = ["team", "dead"].map(|name| just_now(name, "api"));
    let mut world = World::owing(owed.clone()).await.does("dead", Behavior::Hang);
    world.limits.try_timeout = BACKOFF + Duration::from_secs(2);
    let world = world.does_first("team", 1, Behavior::status(503));
    let report = world.sweep(&world.notifier(["team", "dead"]), owed[0].created_at).await;
    assert_eq!((report.n_sent, report.n_failed), (1, 2));
    assert!(world.outbox.is_sent(&owed[0]));
}

#[tokio::test]
async fn a_running_notifier_reports_each_channel() {
    let owed = just_now("team", "api");
    let world = Arc::new(World::owing([owed.clone()]).await);
    let notifier = world.notifier(["team"]);
    let n_sent = Arc::new(Mutex::new(0));
    let running = tokio::spawn({
        let (world, n_sent) = (Arc::clone(&world), Arc::clone(&n_sent));
        async move {
            let report =
                |swept: allclear_core::ports::StoreResult<allclear_engine::notify::SweepReport>| {
                    *n_sent.lock().unwrap() += swept.unwrap().n_sent;
                };
            {
                let signals = NotifierSignals { now, wake: &Notify::new() };
                notifier.run(&world.outbox, &world.keeper, signals, report).await;
            }
        }
    });
    world.simulator.wait_for_inbox("team", 1).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while *n_sent.lock().unwrap() == 0 {
        assert!(Instant::now() < deadline, "it was not reported");
        tokio::task::yield_now().await;
    }
    assert!(world.outbox.is_sent(&owed));
    running.abort();
}

#[tokio::test]
async fn a_closed_notifier_finishes_running_tries_and_starts_none() {
    let owed = ["api", "web"].map(|monitor| just_now("team", monitor));
    let slow = Behavior::Delay { ms: 500, then: Box::new(Behavior::Ok) };
    let world = World::owing(owed.clone()).await.does("team", slow);
    let notifier = world.notifier(["team"]);
    let (wake, closed_in_time) = (Notify::new(), Duration::from_secs(10));
    let running =
        notifier.run(&world.outbox, &world.keeper, NotifierSignals { now, wake: &wake }, |_| {});
    let closing = async {
        world.simulator.wait_for_inbox("team", 1).await;
        notifier.close();
    };
    let ended = tokio::time::timeout(closed_in_time, async { tokio::join!(running, closing) });
    ended.await.expect("it ends");
    assert_eq!(world.got("team").len(), 1, "the second one is not begun");
    let n_sent = owed.iter().filter(|delivery| world.outbox.is_sent(delivery)).count();
    assert_eq!(n_sent, 1, "the first one is finished");
    // The next sweep sends the remaining deliveries.
    let report = world.sweep(&world.notifier(["team"]), now()).await;
    assert_eq!(report.n_sent, 1);
}
