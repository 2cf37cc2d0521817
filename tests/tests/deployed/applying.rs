//! Applying configs while the functions run.

use crate::outage::{CONFIG, monitor};
use crate::stack::{Function, Stack};
use crate::time::{minute, past_hour};

#[tokio::test]
async fn an_applied_monitor_is_checked_from_the_next_minute_on() {
    let stack = Stack::new("applying").await;
    let (first, second) = (monitor(&stack, "doc_store"), monitor(&stack, "prompt_store"));
    stack.apply(&format!("{CONFIG}{first}")).await;
    let hour = past_hour();
    stack.probe(minute(hour, 0)).await;
    assert_eq!(stack.simulator.hits("doc_store").len(), 1);

    // A dry run shows the changes and writes nothing.
    stack.write("allclear.toml", &format!("{CONFIG}{first}{second}"));
    let in_force = stack.items("config").await;
    let shown = stack.allclear(&["apply", "--dry-run"]).await;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("prompt_store"), "{shown:?}");
    assert_eq!(stack.items("config").await, in_force);
    // Without a terminal, the command cannot ask for confirmation.
    let asked = stack.allclear(&["apply"]).await;
    assert_ne!(asked.code, Some(0), "{asked:?}");
    assert!(asked.stderr.contains("--yes"), "{asked:?}");
    assert_eq!(stack.items("config").await, in_force);
    stack.probe(minute(hour, 1)).await;
    assert!(stack.simulator.hits("prompt_store").is_empty());

    let processes = stack.processes(Function::Prober);
    assert!(!processes.is_empty());
    stack.apply(&format!("{CONFIG}{first}{second}")).await;
    stack.probe(minute(hour, 2)).await;
    assert_eq!(stack.simulator.hits("prompt_store").len(), 1);
    assert_eq!(stack.simulator.hits("doc_store").len(), 3);
    assert_eq!(stack.processes(Function::Prober), processes, "without a new process");

    // An invalid file is rejected, and the active config stays.
    let in_force = stack.items("config").await;
    let mistaken = format!("{CONFIG}{first}{second}").replace("interval", "intervall");
    stack.write("allclear.toml", &mistaken);
    let refused = stack.allclear(&["apply", "--yes"]).await;
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert!(refused.stderr.contains("intervall"), "{refused:?}");
    assert_eq!(stack.items("config").await, in_force);
    stack.probe(minute(hour, 3)).await;
    assert_eq!(stack.simulator.hits("prompt_store").len(), 2);

    // A removed monitor is no longer checked or shown.
    stack.apply(&format!("{CONFIG}{second}")).await;
    stack.probe(minute(hour, 4)).await;
    assert_eq!(stack.simulator.hits("doc_store").len(), 4);
    assert_eq!(stack.simulator.hits("prompt_store").len(), 3);
}
