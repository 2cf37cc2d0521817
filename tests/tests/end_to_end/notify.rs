//! `allclear notify test`: exit codes, output and the messages that arrive.

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::Stage;

const CONFIG: &str = r#"
[[channel]]
id = "team"
send.slack = { webhook_url = "secret:team" }
min_severity = "critical"

[[channel]]
id = "unset"
send.slack = { webhook_url = "secret:unset" }

[[channel]]
id = "aws"
send.sns = {}
"#;

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("team");
    let monitor = crate::stage::monitor(&stage.simulator, "frontend", "");
    stage.config(&format!("{monitor}{CONFIG}"));
    stage
}

#[tokio::test]
async fn a_test_message_and_its_all_clear_arrive_and_nothing_is_recorded() {
    let stage = stage().await;
    let finished = stage.run(&["notify", "test", "team"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(stage.simulator.inbox("team").len(), 1);
    let finished = stage.run(&["notify", "test", "team", "--resolve", "--json"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let report = finished.json();
    assert_eq!(report["channel"], "team");
    assert_eq!(report["kind"], "slack");
    let kinds: Vec<&Value> =
        report["results"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["firing", "resolved"]);
    let titles: Vec<String> = stage
        .simulator
        .inbox("team")
        .iter()
        .map(|message| message.json().unwrap()["attachments"][0]["title"].to_string())
        .collect();
    assert_eq!(
        titles,
        [
            "\"TEST of the channel `team`: test_message\"",
            "\"TEST of the channel `team`: test_message\"",
            "\"All clear: TEST of the channel `team` is healthy\"",
        ]
    );
    assert!(!stage.database().exists());
}

#[tokio::test]
async fn a_failure_is_reported_with_its_permanence_and_the_exit_code() {
    let stage = stage().await;
    for (behavior, permanent, words) in [
        (Behavior::text(503, "later"), false, "would be sent again for a day"),
        (Behavior::text(404, "no_service"), true, "would be given up"),
    ] {
        stage.simulator.set_inbox("team", behavior);
        let finished = stage.run(&["notify", "test", "team", "--resolve"]).await;
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stdout.starts_with("✗ the channel `team` (slack) did not accept"));
        assert!(finished.stdout.contains(words), "{finished:?}");
        let report = stage.run(&["notify", "test", "team", "--json"]).await.json();
        assert_eq!(report["results"][0]["permanent"], permanent, "{report}");
    }
}

#[tokio::test]
async fn a_test_that_cannot_begin_has_its_own_exit_code() {
    let stage = stage().await;
    for (channel, words) in [
        ("nobody", "the config has no channel `nobody`: it has team, unset, aws"),
        ("unset", "the channel `unset` lacks a secret"),
    ] {
        let finished = stage.run(&["notify", "test", channel]).await;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.stderr.contains(words), "{finished:?}");
    }
    assert!(stage.simulator.inbox("team").is_empty());
}
