//! Hostile targets: each check ends in an outcome within its deadline, and the memory of the
//! process stays small.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::{Stage, eventually};

/// The time limit of one attempt. A failed attempt is repeated once, so a check may take twice as
/// long.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The memory limit of a debug build; a release build needs far less.
const MAX_MEMORY_KB: u64 = 80_000;

fn targets() -> [(&'static str, Behavior); 12] {
    [
        ("endless_body", Behavior::EndlessBody),
        ("huge_header", Behavior::HugeHeader { bytes: 10_000_000 }),
        ("invalid_utf8", Behavior::InvalidUtf8),
        ("redirect_loop", Behavior::RedirectLoop),
        ("gzip_bomb", Behavior::GzipBomb),
        ("garbage", Behavior::Garbage),
        ("half_body", Behavior::HalfBody),
        ("drip", Behavior::Drip { bytes: 1_000_000, bytes_per_second: 100 }),
        ("silent_body", Behavior::Drip { bytes: 10, bytes_per_second: 0 }),
        ("hang", Behavior::Hang),
        ("reset", Behavior::Reset),
        ("close", Behavior::Close),
    ]
}

#[tokio::test]
async fn hostile_targets_end_in_an_outcome_within_bounds() {
    let stage = Stage::new().await;
    let timeout = TIMEOUT.as_secs();
    let mut config = format!("[defaults]\ntimeout = \"{timeout}s\"\n");
    for (id, behavior) in targets() {
        let url = stage.simulator.http_url(&format!("/{id}"));
        stage.simulator.set(id, behavior);
        // A condition over the body makes the check read and keep it.
        write!(
            config,
            "\n[[monitor]]\nid = \"{id}\"\n\
             check.http = {{ url = \"{url}\", expect = \"status == 200 && body != 'x'\" }}\n"
        )
        .unwrap();
    }
    stage.config(&config);

    let began = Instant::now();
    let mut process = stage.start(&["check", "--json"]);
    let mut peak_kb = 0;
    eventually("the end of the checks", TIMEOUT * 5, async || {
        peak_kb = peak_kb.max(process.peak_memory_kb().unwrap_or(0));
        (!process.runs()).then_some(())
    })
    .await;
    let took = began.elapsed();
    let finished = process.finished(TIMEOUT).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(took < TIMEOUT * 2 + Duration::from_secs(3), "it took {took:?}");
    println!("{took:?}, at most {peak_kb} kB");
    assert!(peak_kb > 0 && peak_kb < MAX_MEMORY_KB, "{peak_kb} kB");

    let outcomes = finished.json();
    let outcomes: BTreeMap<&str, &Value> = outcomes
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["monitor"].as_str().unwrap(), one))
        .collect();
    assert_eq!(outcomes.len(), targets().len());
    let reasons: BTreeMap<&str, &str> = outcomes
        .iter()
        .map(|(id, one)| (*id, one["reason"].as_str().unwrap_or("healthy")))
        .collect();
    let wanted = BTreeMap::from([
        ("endless_body", "response_too_large"),
        ("huge_header", "response_too_large"),
        ("invalid_utf8", "healthy"),
        ("redirect_loop", "redirect_refused"),
        ("gzip_bomb", "response_too_large"),
        ("garbage", "response_invalid"),
        ("half_body", "response_truncated"),
        ("drip", "timeout"),
        ("silent_body", "timeout"),
        ("hang", "timeout"),
        ("reset", "connection_closed"),
        ("close", "connection_closed"),
    ]);
    assert_eq!(reasons, wanted);
    for (id, one) in outcomes.iter().filter(|(_, one)| one["status"] != "healthy") {
        assert_eq!(one["fault"], "target", "{id}");
        assert!(!one["message"].as_str().unwrap().is_empty(), "{id}");
    }
}
