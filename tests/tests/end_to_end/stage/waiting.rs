//! Waiting for a condition, with a deadline.

use std::time::Duration;

use tokio::time::{Instant, interval};

/// The interval between two attempts.
const EVERY: Duration = Duration::from_millis(40);

/// Calls `look` repeatedly until it returns a value. Fails the test at the deadline.
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
