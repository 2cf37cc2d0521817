//! The real schedule, which the other tests turn off.

use serde_json::Value;

use crate::outage::{CONFIG, monitor, slack_is_the_simulator};
use crate::stack::Stack;
use crate::time::now;
use crate::waiting::eventually;

/// The schedule fires every minute, and the local AWS examines its schedules every ten seconds.
const TWO_MINUTES: std::time::Duration = std::time::Duration::from_secs(150);

#[tokio::test]
async fn the_schedule_checks_every_minute() {
    let stack = Stack::as_deployed().await;
    slack_is_the_simulator(&stack).await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    let began = now();
    let times = eventually("two runs", TWO_MINUTES, async || {
        let exported = stack.export().await;
        let history = &exported["monitored_deployments"]["doc_store"]["health_history"];
        let times: Vec<i64> = history.as_array()?.iter().filter_map(seconds).collect();
        (times.len() >= 2).then_some(times)
    })
    .await;
    for time in &times {
        assert_eq!(time % 60, 0, "not at a whole minute: {times:?}");
    }
    assert_eq!(times[1] - times[0], 60, "{times:?}");
    assert!(times[0] >= began.as_second() - 60, "{times:?}, begun at {began}");
    assert_eq!(stack.simulator.hits("doc_store").len(), times.len());
    // The page is published by the generator's own schedule and by the first transition.
    stack.page_shows("doc_store", "operational").await;
}

/// Returns the time of an outcome in whole seconds; `None` if it is not a whole second.
fn seconds(health: &Value) -> Option<i64> {
    let text = health["timestamp"].to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}
