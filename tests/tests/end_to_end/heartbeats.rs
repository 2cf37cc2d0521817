//! Jobs that report over HTTP, with the semantics of pings at healthchecks.io.

use std::time::Duration;

use serde_json::Value;

use crate::stage::{Stage, eventually};

const TOKEN: &str = "0123456789abcdef-nightly";
const HASTY: &str = "0123456789abcdef-hasty";

const CONFIG: &str = r#"
[defaults]
interval = "10s"

[[monitor]]
id = "nightly"
check.heartbeat = { token = "0123456789abcdef-nightly", period = "1d", grace = "1h" }

[[monitor]]
id = "hasty"
check.heartbeat = { token = "0123456789abcdef-hasty", period = "1s", grace = "1s" }
"#;

async fn check(stage: &Stage, id: &str) -> Value {
    stage.run(&["check", id, "--json"]).await.json()[0].clone()
}

#[tokio::test]
async fn a_heartbeat_reports_the_status_of_its_job() {
    let stage = Stage::new().await;
    stage.config(CONFIG);
    let up = stage.up().await;
    let beat = async |rest: &str, body: &str| {
        up.post(&format!("/heartbeat/{TOKEN}{rest}"), body).await.status
    };

    let silent = check(&stage, "nightly").await;
    assert_eq!(
        (&silent["status"], &silent["reason"]),
        (&"unknown".into(), &"beat_never_came".into())
    );

    assert_eq!(beat("/start", "").await, 200);
    let running = check(&stage, "nightly").await;
    assert_eq!(running["status"], "unknown", "{running}");
    assert_eq!(beat("", "").await, 200);
    let done = check(&stage, "nightly").await;
    assert_eq!(done["status"], "healthy", "{done}");
    assert!(done["metrics"]["job_duration_seconds"].as_f64().is_some(), "{done}");

    assert_eq!(beat("/fail", "disk is full").await, 200);
    let failed = check(&stage, "nightly").await;
    assert_eq!(failed["status"], "unhealthy");
    assert_eq!((&failed["reason"], &failed["fault"]), (&"beat_failed".into(), &"target".into()));
    assert!(failed["message"].as_str().unwrap().contains("disk is full"), "{failed}");

    assert_eq!(beat("/0", "").await, 200);
    // The failure is recorded as one outcome of its own, at the next check of `up`.
    eventually("the job to be healthy", Duration::from_secs(25), async || {
        (check(&stage, "nightly").await["status"] == "healthy").then_some(())
    })
    .await;
    let sql =
        "SELECT count(*) > 0 FROM outcomes WHERE monitor = 'nightly' AND status = 'unhealthy'";
    assert_eq!(stage.query(sql).await.trim(), "1");
    assert_eq!(beat("/137", "").await, 200);
    let killed = check(&stage, "nightly").await;
    assert_eq!(killed["status"], "unhealthy");
    assert_eq!(killed["metrics"]["exit_code"], 137.0);
    assert!(killed["message"].as_str().unwrap().contains("137"), "{killed}");

    assert_eq!(beat("/256", "").await, 400);
    assert_eq!(up.post("/heartbeat/0123456789abcdef-unknown", "").await.status, 404);
    assert_eq!(up.get("/heartbeat/").await.status, 404);
    // The text and the token of a job are private.
    let page = up.get("/").await.body + &up.get("/api/v2/summary.json").await.body;
    assert!(!page.contains("disk is full") && !page.contains(TOKEN));
}

#[tokio::test]
async fn a_late_beat_makes_its_job_unhealthy_until_the_next() {
    let stage = Stage::new().await;
    stage.config(CONFIG);
    let up = stage.up().await;
    assert_eq!(up.post(&format!("/heartbeat/{HASTY}"), "").await.status, 200);
    let late = eventually("the beat to be missed", Duration::from_secs(15), async || {
        let outcome = check(&stage, "hasty").await;
        (outcome["status"] == "unhealthy").then_some(outcome)
    })
    .await;
    assert_eq!(late["reason"], "beat_missing");
    // `up` notices the missing beat too, at its next checks.
    up.page_says("hasty is down", Duration::from_secs(40)).await;
}
