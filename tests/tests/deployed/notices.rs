//! A notice that is due long after the evaluation that decided to wait for it, without a run in between.

use std::time::Duration;

use allclear_simulator::Behavior;
use serde_json::json;

use crate::PATIENCE;
use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::{minute, now, recently};
use crate::waiting::eventually;

/// Longer than an evaluator waits within one invocation, and the steps before that invocation together.
const AHEAD: Duration = Duration::from_secs(45);

#[tokio::test]
async fn a_notice_without_a_further_run_is_sent_after_a_sweep_of_the_notifier() {
    let stack = Stack::new("notices").await;
    slack_is_the_simulator(&stack).await;
    let began = recently();
    let fires_at = minute(began, 2);
    let due_at = now() + AHEAD;
    let group_wait = due_at.as_second() - fires_at.as_second();
    let waiting = format!("\n[notifications]\ngroup_wait = \"{group_wait}s\"\n");
    stack.apply(&format!("{CONFIG}{}{waiting}", monitor(&stack, "doc_store"))).await;
    stack.probe(minute(began, 0)).await;
    stack.simulator.set("doc_store", Behavior::status(503));
    for n in 1..3 {
        stack.probe(minute(began, n)).await;
    }
    eventually("the end of the wait for the group", AHEAD * 2, async || {
        (due_at < now()).then_some(())
    })
    .await;
    let message = eventually("the notice", PATIENCE, async || {
        stack.invoke(Function::Notifier, &json!({})).await.ok();
        stack.simulator.inbox("slack").into_iter().next()
    })
    .await;
    assert_eq!(title(&message), "doc_store is unhealthy");
    let log = stack.logged(Function::Evaluator, "n_records\":0").await;
    assert!(log.contains("n_deliveries\":2"), "no sweep decided it: {log}");
}
