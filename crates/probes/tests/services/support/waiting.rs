//! Asking again until a server is as a test needs it, or a deadline.

use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::status::Status;
use serde_json::Value;

use super::check;

/// The time limit, on a machine that is busy with other tests.
const LIMIT: Duration = Duration::from_mins(1);

/// The time between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes checks until one is healthy.
pub(crate) async fn healthy_in_time(kind: &str, params: &Value) -> Finding {
    in_time(kind, params, |status| status == Status::Healthy).await
}

/// Makes checks until one is not healthy.
pub(crate) async fn unhealthy_in_time(kind: &str, params: &Value) -> Finding {
    in_time(kind, params, |status| status != Status::Healthy).await
}

async fn in_time(kind: &str, params: &Value, is_wanted: impl Fn(Status) -> bool) -> Finding {
    let deadline = Instant::now() + LIMIT;
    loop {
        let finding = check(kind, params.clone()).await;
        if is_wanted(finding.verdict.status()) {
            return finding;
        }
        assert!(Instant::now() < deadline, "not in time: {finding:?}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Blocks until `is_so` returns true.
#[track_caller]
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time");
        std::thread::sleep(PAUSE);
    }
}
