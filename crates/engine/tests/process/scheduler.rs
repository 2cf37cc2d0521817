//! The scheduler on a clock that runs, jumps ahead, and is set back.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_engine::process::Tasks;
use allclear_engine::{Event, Service};
use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::world::{World, advance, now, set_clock_by};

const SECOND: Duration = Duration::from_secs(1);

/// Runs the scheduler for ten seconds with a monitor of this interval. In the middle the clock is set by `jump`
/// seconds. Returns the scheduled times of the runs, and the time before the jump.
async fn scheduled_around(jump: i64, interval: Duration) -> (Vec<Timestamp>, Timestamp) {
    let world = World::new();
    let (runner, mut tasks) = (world.runner_every(interval), Tasks::default());
    let began = now();
    let jumping = async {
        advance(SECOND * 5).await;
        set_clock_by(jump);
        advance(SECOND * 5).await;
    };
    tokio::select! {
        _ = tasks.run(&runner) => panic!("the scheduler never ends"),
        () = jumping => {}
    }
    tasks.finish(&runner, SECOND * 3).await;
    let mut times: Vec<_> = world.store.all_runs().iter().map(|run| run.key.scheduled_at).collect();
    times.sort_unstable();
    times.dedup();
    (times, began + SECOND * 5)
}

/// Returns the lengths, in seconds, of the gaps between `times`.
fn gaps(times: &[Timestamp]) -> Vec<i64> {
    times.windows(2).map(|two| two[1].duration_since(two[0]).as_secs()).collect()
}

/// Returns the gaps that are not one second.
fn long_gaps(times: &[Timestamp]) -> Vec<i64> {
    gaps(times).into_iter().filter(|gap| *gap != 1).collect()
}

#[tokio::test(start_paused = true)]
async fn each_second_is_probed_once() {
    let (times, _) = scheduled_around(0, SECOND).await;
    assert!((9..=10).contains(&times.len()), "{times:?}");
    assert!(times.iter().all(|at| at.subsec_nanosecond() == 0), "{times:?}");
    assert!(long_gaps(&times).is_empty(), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_process_suspended_for_half_a_minute_catches_up_in_one_invocation() {
    let (times, _) = scheduled_around(30, SECOND).await;
    assert_eq!(long_gaps(&times), [31], "the first missed second begins the invocation: {times:?}");
    // A check is due every ten seconds. Those that were missed are made in the same invocation.
    let (times, slept_from) = scheduled_around(30, SECOND * 10).await;
    let missed = slept_from..slept_from + SECOND;
    assert!(times.iter().any(|at| missed.contains(at)), "{times:?} around {slept_from}");
}

#[tokio::test(start_paused = true)]
async fn a_process_suspended_for_longer_does_not_catch_up() {
    let (times, _) = scheduled_around(300, SECOND).await;
    assert_eq!(long_gaps(&times), [302], "the seconds begin anew: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_restarts_the_seconds() {
    let (times, jumped_at) = scheduled_around(-3_600, SECOND).await;
    let back_at = jumped_at - SECOND * 3_600;
    let after = times.iter().filter(|at| (back_at..back_at + SECOND * 6).contains(at));
    assert!((4..=5).contains(&after.count()), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_new_config_is_checked_at_once_and_the_page_follows() {
    let world = World::new();
    let (runner, mut tasks) = (world.runner_every(Duration::from_hours(24)), Tasks::default());
    world.wakers.wake(Event::ConfigChanged);
    world.wakers.clear(Service::Generator);
    let running = timeout(SECOND / 10, tasks.run(&runner)).await;
    assert!(running.is_err(), "the scheduler never ends");
    assert_eq!(world.store.all_runs().len(), 1);
    assert!(world.wakers.of(Service::Generator).notified().now_or_never().is_some());
}
