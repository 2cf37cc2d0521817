//! The first minute of `up`: the page and the report show the measurements, and channels that
//! cannot send cause warnings.

use std::fs;

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::{Stage, heading, monitor};

#[tokio::test]
async fn the_page_of_a_first_run_shows_the_measured_status() {
    let stage = Stage::new().await;
    stage.config(&["a", "b"].map(|id| monitor(&stage.simulator, id, "")).concat());
    let finished = stage.run(&["up", "--once"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(heading(&stage.published("index.html").unwrap()), "All systems operational");
    assert!(stage.published("status.txt").unwrap().contains("- operational, 100 %, a, a"));
}

#[tokio::test]
async fn a_first_failure_awaits_its_confirmation_and_has_no_uptime() {
    let stage = Stage::new().await;
    stage.config(&["good", "bad"].map(|id| monitor(&stage.simulator, id, "")).concat());
    stage.simulator.set("bad", Behavior::status(500));
    assert_eq!(stage.run(&["up", "--once"]).await.code, Some(1));
    let page = heading(&stage.published("index.html").unwrap());
    assert_eq!(page, "No data for bad");
    let text = stage.published("status.txt").unwrap();
    assert!(text.contains("- no data, no data, bad, bad"), "{text}");
    assert!(text.contains("- operational, 100 %, good, good"), "{text}");
    let report = stage.report().await;
    let bad = &report["services"][1];
    assert_eq!(
        (&bad["current_status"], &bad["uptime_percentage"]),
        (&"unknown".into(), &Value::Null)
    );
    assert!(bad["message"].as_str().unwrap().contains("not confirmed yet"), "{bad}");
    let table = stage.run(&["report"]).await.stdout;
    assert!(!table.contains(" 0.00 %") && table.contains("100.00 %"), "{table}");

    // The second failure confirms the outage, which also includes the first.
    assert_eq!(stage.run(&["up", "--once"]).await.code, Some(1));
    assert_eq!(heading(&stage.published("index.html").unwrap()), "bad is down");
    let bad = stage.report().await["services"][1].take();
    assert_eq!(bad["uptime_percentage"], 0.0);
    let explained = stage.run(&["explain", "bad"]).await.stdout;
    let remedy = format!("\n  remedy: {}\n", bad["remedy"].as_str().unwrap());
    assert!(explained.contains(&remedy), "{explained}");
    let of_good = stage.run(&["explain", "good"]).await.stdout;
    assert!(!of_good.contains("remedy: "), "{of_good}");
}

#[tokio::test]
async fn a_first_run_in_which_all_fails_counts_as_measured() {
    let stage = Stage::new().await;
    stage.config(&monitor(&stage.simulator, "bad", ""));
    stage.simulator.set("bad", Behavior::status(500));
    assert_eq!(stage.run(&["up", "--once"]).await.code, Some(1));
    let page = heading(&stage.published("index.html").unwrap());
    assert_eq!(page, "Status unknown: no status has been confirmed yet");
}

#[tokio::test]
async fn a_channel_without_its_secret_is_reported_at_the_start_in_one_line() {
    let mut stage = Stage::new().await;
    let channels = "\n[[channel]]\nid = \"hook\"\nsend.webhook = { url = \"secret:hook\" }\n\
                    \n[[channel]]\nid = \"team\"\nsend.webhook = { url = \"secret:team\" }\n\
                    \n[[channel]]\nid = \"good\"\nsend.webhook = { url = \"secret:good\" }\n";
    stage.inbox_as_secret("good");
    stage.config(&(monitor(&stage.simulator, "frontend", "") + channels));
    let warnings = |said: &str| -> Vec<String> {
        said.lines().filter(|line| line.contains("cannot send")).map(str::to_owned).collect()
    };
    let up = stage.up().await;
    let said = warnings(&up.process.stderr());
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("warning: the channel `hook`"), "{said:?}");
    assert!(said[0].contains("`hook`: run `allclear keys set hook`"), "{said:?}");
    assert!(said[0].contains("ALLCLEAR_SECRET_HOOK"), "{said:?}");
    up.page_says("All systems operational", crate::stage::PATIENCE).await;
    drop(up);

    // A secrets file that cannot be read is reported too.
    fs::write(stage.path("allclear-data/secrets.json"), "no JSON").unwrap();
    let finished = stage.run(&["up", "--once"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let said = warnings(&finished.stderr);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("`team`") && said[1].contains("secrets.json"), "{said:?}");
}
