//! A storm: a thousand monitors fail in the same minute.

use allclear_simulator::Behavior;

use crate::outage::{CONFIG, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::{minute, recently};

const N_MONITORS: usize = 1_000;

/// The memory that the template gives the evaluator and the notifier, each.
const MEMORY_MB: u64 = 256;

#[tokio::test]
async fn a_thousand_monitors_that_fail_at_once_fit_the_memory_of_the_functions() {
    let stack = Stack::new("storm").await;
    // One invocation evaluates everything, also if slow checks were recorded in runs of their own.
    stack.stop_streams().await;
    slack_is_the_simulator(&stack).await;
    let url = stack.simulator.http_url("/storm/health");
    let monitor = |n| {
        format!(
            "\n[[monitor]]\nid = \"m{n}\"\ninterval = \"60s\"\ncheck.http = {{ url = \"{url}\" }}\n"
        )
    };
    let monitors: String = (0..N_MONITORS).map(monitor).collect();
    stack.apply(&format!("{CONFIG}{monitors}")).await;

    let began = recently();
    stack.probe(minute(began, 0)).await;
    stack.simulator.set("storm", Behavior::status(503));
    for n in 1..3 {
        stack.probe(minute(began, n)).await;
    }
    stack.swept().await;
    let titles: Vec<String> = stack.simulator.inbox("slack").iter().map(title).collect();
    assert_eq!(titles, ["m0 and 999 more are failing (host 127.0.0.1)"]);

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
