//! A scheduled summary: it is sent once, even if the process is killed immediately afterwards.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use crate::stage::{Stage, eventually, monitor, now};

/// The time limit for the summary. It is scheduled at the next whole minute, or the one after if
/// the process could not have started before.
const DUE_WITHIN: Duration = Duration::from_secs(95);

const CONFIG: &str = r#"
[defaults]
interval = "10s"

[[channel]]
id = "hook"
send.webhook = { url = "secret:hook" }
min_severity = "critical"
"#;

#[tokio::test]
async fn a_summary_is_sent_once_at_its_time() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let soon = (now() + 15.seconds()).to_zoned(TimeZone::UTC);
    let at = (soon + 1.minute()).strftime("%H:%M").to_string();
    let summary = format!(
        "\n[[summary]]\nid = \"daily\"\nevery = \"day\"\nat = \"{at}\"\nchannels = [\"hook\"]\n"
    );
    let monitors = ["doc_store", "frontend"].map(|id| monitor(&stage.simulator, id, ""));
    stage.config(&format!("{CONFIG}{}{summary}", monitors.concat()));
    let up = stage.up().await;
    let told = eventually("the summary", DUE_WITHIN, async || {
        stage.simulator.inbox("hook").into_iter().next()
    })
    .await;
    let told: Value = told.json().unwrap();
    assert_eq!(told["kind"], "summary", "{told:#}");
    assert!(told["title"].as_str().unwrap().starts_with("Daily summary, "), "{told:#}");
    assert!(told["message"].as_str().unwrap().contains("without an outage"), "{told:#}");
    let due: Timestamp = told["at"].as_str().unwrap().parse().unwrap();
    assert!(due <= now(), "{told:#}");
    // The delivery may not be recorded as sent yet; a repeated one has the same id.
    let sent = "SELECT count(*) FROM deliveries WHERE state = 'sent'";
    eventually("the record of it", Duration::from_secs(10), async || {
        (stage.query(sent).await.trim() == "1").then_some(())
    })
    .await;
    up.process.killed();

    for _ in 0..2 {
        let finished = stage.run(&["up", "--once"]).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
    }
    assert_eq!(stage.simulator.inbox("hook").len(), 1);
    assert_eq!(stage.query("SELECT count(*) FROM deliveries").await.trim(), "1");
}
