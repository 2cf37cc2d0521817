//! The scheduler: one prober invocation for each second of time.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::process::ports::ProcessPorts;
use crate::process::runner::Runner;
use crate::wake::{Event, Service};

const TICK: Duration = Duration::from_secs(1);

/// The longest period that is caught up after the process, or the machine, was asleep.
const MAX_CATCH_UP: Duration = Duration::from_mins(1);

/// Checks everything when the config becomes active, and then each monitor when it is due. Never returns.
pub(crate) async fn run<P: ProcessPorts>(runner: &Arc<Runner<P>>, checks: &mut JoinSet<()>) {
    let mut from = next_second(runner.now());
    loop {
        let time = runner.now();
        if let Ok(wait) = Duration::try_from(from.duration_since(time)) {
            // A clock that was set back starts the seconds anew.
            if wait > TICK * 2 {
                from = next_second(time);
                continue;
            }
            tokio::select! {
                biased;
                () = runner.wakers().of(Service::Prober).notified() => {
                    checks.spawn(check_all(Arc::clone(runner)));
                    continue;
                }
                () = sleep(wait) => {}
            }
        }
        let late = Duration::try_from(runner.now().duration_since(from)).unwrap_or_default();
        if late > MAX_CATCH_UP {
            from = next_second(runner.now());
            continue;
        }
        let length = TICK + Duration::from_secs(late.as_secs());
        let (runner, start) = (Arc::clone(runner), from);
        checks.spawn(async move { runner.probe_due(start, length).await });
        from += length;
        while checks.try_join_next().is_some() {}
    }
}

async fn check_all<P: ProcessPorts>(runner: Arc<Runner<P>>) {
    if let Err(error) = runner.probe_all().await {
        tracing::error!("failed to run the first checks: {}", chain(&error));
    }
    runner.wakers().wake(Event::PageChanged);
}

fn next_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second() + 1).unwrap_or(time)
}
