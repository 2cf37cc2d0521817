//! Streams that never complete: one hangs, one drips, one is cut. Each check ends in time, and no
//! other monitor is delayed.

use std::time::Duration;

use allclear_simulator::llm::LlmBehavior;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, eventually, llm, merged, monitor, only};

const INTERVAL: SignedDuration = SignedDuration::from_secs(10);

/// The tolerated deviation of a check from its interval, on a busy machine.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(4);

fn config(stage: &Stage) -> String {
    let check = |id, provider| {
        let check = merged(only(&["completion"]), json!({ "first_token_timeout": "3s" }));
        llm(&stage.simulator, id, provider, json!({ "timeout": "6s", "recheck": false }), check)
    };
    let monitors = [
        check("hanging", "openai"),
        check("dripping", "mistral"),
        check("cut", "anthropic"),
        check("well", "groq"),
        monitor(&stage.simulator, "other", ""),
    ];
    format!("[defaults]\ninterval = \"10s\"\n{}", monitors.concat())
}

#[tokio::test]
async fn an_endless_stream_ends_at_its_timeout_and_delays_no_other_monitor() {
    let mut stage = Stage::new().await;
    stage.secret("llm_key", KEY);
    stage.config(&config(&stage));
    let hanging =
        LlmBehavior { hang_after_bytes: Some(300), ..LlmBehavior::text("On and on and on") };
    stage.simulator.set("openai.completion", hanging.into());
    let dripping =
        LlmBehavior { keep_alives: 10_000, first_token_ms: 100, ..LlmBehavior::default() };
    stage.simulator.set("mistral.completion", dripping.into());
    let cut = LlmBehavior { cut_after_bytes: Some(300), ..LlmBehavior::default() };
    stage.simulator.set("anthropic.completion", cut.into());

    let started = tokio::time::Instant::now();
    let outcomes = stage.run(&["check", "--json"]).await.json();
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    let words = |outcome: &Value| {
        ["monitor", "status", "fault", "reason"]
            .map(|key| outcome[key].as_str().unwrap_or("-").to_owned())
            .join(" ")
    };
    let words: Vec<String> = outcomes.as_array().unwrap().iter().map(words).collect();
    let expected = [
        "hanging unhealthy target timeout",
        "dripping unhealthy target timeout",
        "cut unhealthy target stream_truncated",
        "well healthy - -",
        "other healthy - -",
    ];
    assert_eq!(words, expected, "{outcomes:#}");

    stage.simulator.clear();
    let up = stage.up().await;
    let hits = eventually("four checks of `other`", Duration::from_mins(1), async || {
        let hits = stage.simulator.hits("other");
        (hits.len() >= 4).then_some(hits)
    })
    .await;
    // The first gap is skipped: at the start everything is checked immediately.
    for pair in hits.windows(2).skip(1) {
        let off = (pair[1].duration_since(pair[0]) - INTERVAL).abs();
        assert!(off < TOLERANCE, "{off:?} off: {hits:?}");
    }
    // The streams are measured again at each check.
    assert!(stage.simulator.hits("openai.completion").len() >= 3);
    let said = up.process.terminated(Duration::from_secs(20)).await;
    assert_eq!(said.code, Some(0), "{said:?}");
}
