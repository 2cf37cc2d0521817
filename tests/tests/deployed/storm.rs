//! A storm: a thousand monitors fail in one run, and recover in one run.

use allclear_simulator::Behavior;

use crate::PATIENCE;
use crate::outage::{CONFIG, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::{minute, recently};
use crate::waiting::eventually;

const N_MONITORS: usize = 1_000;

/// The memory that the template gives the evaluator and the notifier, each.
const MEMORY_MB: u64 = 256;

/// The recovery needs one good outcome, because more minutes would lie in the future. A message about the storm is sent
/// at once, so that the test takes no longer than the checks.
const SOON: &str = "
[defaults]
confirm = { failures = 2, successes = 1 }

[notifications]
group_wait = \"0s\"
";

#[tokio::test]
async fn a_thousand_monitors_that_fail_at_once_fit_the_memory_of_the_functions() {
    let stack = Stack::new("storm").await;
    slack_is_the_simulator(&stack).await;
    let url = stack.simulator.http_url("/storm/health");
    let monitor = |n| {
        format!(
            "\n[[monitor]]\nid = \"m{n}\"\ninterval = \"60s\"\ncheck.http = {{ url = \"{url}\" }}\n"
        )
    };
    let monitors: String = (0..N_MONITORS).map(monitor).collect();
    stack.apply(&format!("{CONFIG}{SOON}{monitors}")).await;

    let began = recently();
    stack.probe(minute(began, 0)).await;
    stack.simulator.set("storm", Behavior::status(503));
    for n in 1..3 {
        stack.probe(minute(began, n)).await;
    }
    let n_messages = |n| {
        let stack = &stack;
        eventually("a message", PATIENCE, async move || {
            Some(stack.simulator.inbox("slack")).filter(|inbox| inbox.len() >= n)
        })
    };
    n_messages(1).await;
    stack.simulator.set("storm", Behavior::Ok);
    stack.probe(minute(began, 3)).await;
    let titles: Vec<String> = n_messages(2).await.iter().map(title).collect();
    let expected =
        ["m0 and 999 more are failing (host 127.0.0.1)", "All clear: m0 and 999 more are healthy"];
    assert_eq!(titles, expected);

    for function in [Function::Evaluator, Function::Notifier] {
        let processes = stack.processes(function);
        assert!(!processes.is_empty(), "no process of the {function:?}");
        for id in processes {
            let peak_mb = peak_kb(id) / 1_024;
            println!("{function:?}, process {id}: at most {peak_mb} MB");
            assert!(peak_mb < MEMORY_MB, "{function:?}: {peak_mb} MB");
        }
    }
}

/// Returns the largest resident size of a process so far.
fn peak_kb(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
