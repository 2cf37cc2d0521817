//! Graceful shutdown and restart: quick, without half-finished work, and without repeated
//! notifications.

use std::time::Duration;

use allclear_simulator::Behavior;

use crate::stage::{PATIENCE, Stage, eventually, heading, monitor};

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "8s"
confirm = { failures = 1, successes = 1 }
cooldown = "0s"

[[rule]]
id = "service_down"
for = "0s"

[notifications]
group_wait = "0s"

[[channel]]
id = "hook"
send.webhook = { url = "secret:hook" }
"#;

#[tokio::test]
async fn shutdown_during_an_outage_is_quick_and_a_restart_repeats_no_notification() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let monitors = ["doc_store", "frontend", "slow"].map(|id| monitor(&stage.simulator, id, ""));
    stage.config(&format!("{CONFIG}{}", monitors.concat()));
    stage.simulator.set("doc_store", Behavior::status(500));
    stage.simulator.set("slow", Behavior::Hang);
    let told = async |n: usize| {
        eventually(&format!("{n} notices"), PATIENCE, async || {
            let received = stage.simulator.inbox("hook");
            (received.len() >= n).then_some(received)
        })
        .await
    };

    let up = stage.up().await;
    let firing = told(1).await[0].json().unwrap();
    assert_eq!(firing["monitor"]["id"], "doc_store");
    assert_eq!(firing["kind"], "firing");
    // A running check that would take 8 s must not delay the exit.
    let ended = up.process.terminated(Duration::from_secs(5)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("stopping"), "{ended:?}");
    assert_eq!(heading(&stage.published("index.html").unwrap()), "doc_store is down");

    stage.simulator.set("slow", Behavior::Ok);
    let up = stage.up().await;
    up.page_says("doc_store is down", PATIENCE).await;
    // The ongoing outage is not a new event for this process.
    let n_checked = "SELECT count(*) FROM outcomes WHERE monitor = 'doc_store'";
    eventually("a check after the start", PATIENCE, async || {
        (stage.query(n_checked).await.trim().parse::<u32>().ok()? >= 3).then_some(())
    })
    .await;
    stage.simulator.set("doc_store", Behavior::Ok);
    up.page_says("All systems operational", PATIENCE).await;
    let all = told(2).await;
    assert_eq!(up.process.terminated(Duration::from_secs(5)).await.code, Some(0));
    let resolved = all[1].json().unwrap();
    assert_eq!(resolved["kind"], "resolved", "{resolved}");
    let fired = &firing["alerts"][0]["id"];
    let ended = resolved["alerts"].as_array().unwrap();
    assert!(ended.iter().any(|alert| alert["id"] == *fired), "{resolved}");
    assert_eq!(stage.simulator.inbox("hook").len(), 2);
}

#[tokio::test]
async fn a_hanging_receiver_does_not_delay_the_shutdown_and_is_retried_later() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    stage.config(&format!("{CONFIG}{}", monitor(&stage.simulator, "doc_store", "")));
    stage.simulator.set("doc_store", Behavior::status(500));
    stage.simulator.set_inbox("hook", Behavior::Hang);
    let received = async |n: usize| {
        eventually(&format!("try {n}"), PATIENCE, async || {
            let received = stage.simulator.inbox("hook");
            (received.len() >= n).then_some(received)
        })
        .await
    };

    let up = stage.up().await;
    received(1).await;
    let ended = up.process.terminated(Duration::from_secs(10)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("are pending"), "{ended:?}");

    let n_before = stage.simulator.inbox("hook").len();
    stage.simulator.set_inbox("hook", Behavior::Ok);
    let up = stage.up().await;
    let tries = received(n_before + 1).await;
    let id = "x-allclear-delivery";
    assert!(tries.iter().all(|one| one.headers[id] == tries[0].headers[id]), "{tries:?}");
    let sent = "SELECT count(*) FROM deliveries WHERE state = 'sent'";
    eventually("the record of the delivery", PATIENCE, async || {
        (stage.query(sent).await.trim() == "1").then_some(())
    })
    .await;
    assert_eq!(up.process.terminated(Duration::from_secs(5)).await.code, Some(0));
}

#[tokio::test]
async fn two_processes_cannot_listen_on_one_address() {
    let stage = Stage::new().await;
    stage.config(&monitor(&stage.simulator, "frontend", ""));
    let taken = stage.simulator.http_address().to_string();
    let finished = stage.run(&["up", "--listen", &taken]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert!(
        finished.stderr.contains(&taken) && finished.stderr.contains("--listen"),
        "{finished:?}"
    );
}
