//! Waiting for what has to come, until a deadline.

use std::time::Duration;

use tokio::time::{Instant, interval};

/// How often is looked.
const EVERY: Duration = Duration::from_millis(40);

/// Looks again and again until there is something, and fails the test at the deadline.
#[track_caller]
pub(crate) fn eventually<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + limit;
        let mut ticks = interval(EVERY);
        loop {
            ticks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < deadline, "{place}: waited {limit:?} in vain for {what}");
        }
    }
}
