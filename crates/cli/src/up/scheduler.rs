//! The scheduler: one prober invocation for each second of time.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_engine::{Event, Service};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::clock::now;
use crate::up::engine::Engine;

const TICK: Duration = Duration::from_secs(1);

/// Longest period that is caught up after the process, or the machine, was asleep.
const MAX_CATCH_UP: Duration = Duration::from_mins(1);

/// Checks everything when the config becomes active, and then each monitor when it is due. Never returns.
pub(crate) async fn run(engine: &Arc<Engine>, checks: &mut JoinSet<()>) {
    let mut from = next_second(now());
    loop {
        let time = now();
        if let Ok(wait) = Duration::try_from(from.duration_since(time)) {
            // A clock that was set back starts the seconds anew.
            if wait > TICK * 2 {
                from = next_second(time);
                continue;
            }
            tokio::select! {
                biased;
                () = engine.wakers().of(Service::Prober).notified() => {
                    checks.spawn(check_all(Arc::clone(engine)));
                    continue;
                }
                () = sleep(wait) => {}
            }
        }
        let late = Duration::try_from(now().duration_since(from)).unwrap_or_default();
        if late > MAX_CATCH_UP {
            from = next_second(now());
            continue;
        }
        let length = TICK + Duration::from_secs(late.as_secs());
        let (engine, start) = (Arc::clone(engine), from);
        checks.spawn(async move { engine.probe_due(start, length).await });
        from += length;
        while checks.try_join_next().is_some() {}
    }
}

async fn check_all(engine: Arc<Engine>) {
    if let Err(error) = engine.probe_all().await {
        tracing::error!("the first checks: {}", chain(error.as_ref()));
    }
    engine.wakers().wake(Event::PageChanged);
}

fn next_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() + 1).unwrap_or(time)
}
