//! `allclear explain` from outside.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::id::ShardId;
use allclear_core::incident::IncidentId;
use allclear_core::ports::ReadHistory as _;
use allclear_engine::evaluate::Shards;
use allclear_evaluate::ConfigIndex;
use allclear_local::SqliteStore;
use allclear_support::samples;
use serde_json::Value;

use crate::{allclear, at, json, record, stderr, stdout};

#[tokio::test]
async fn an_incident_that_an_operator_opened_is_explained_by_its_entries() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let run = |arguments: &[&str]| {
        let output = allclear(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    let author = ["--author", "ann", "--monitor", "api"];
    let opened =
        run(&[&["incident", "open", "- Mail fails", "We look into it."], &author[..]].concat());
    let mut words = opened.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let id = words.find(|word| word.parse::<IncidentId>().is_ok()).unwrap();
    run(&["incident", "update", id, "A disk is full.", "--phase", "identified", "--author", "ben"]);
    let text = run(&["explain", id]);
    assert!(
        text.starts_with(&format!("incident {id}, published, opened by ann: `api`\n")),
        "{text}"
    );
    assert!(text.contains("it is open, until an operator resolves it"), "{text}");
    assert!(text.contains("ann opened it, investigating: \"- Mail fails\""), "{text}");
    let update = "ben updated it, with the phase `identified`: \"A disk is full.\"";
    assert!(text.contains(update), "{text}");
    let before = allclear(folder.path(), &["explain", id, "--at", "3h"]);
    assert!(stderr(&before).contains("was not known at"), "{}", stderr(&before));
}

#[tokio::test]
async fn the_state_of_a_monitor_is_explained_at_a_past_time() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let explain = |more: &[&str]| allclear(folder.path(), &[&["explain", "api"], more].concat());
    let output = explain(&["--at", "2026-11-02T00:20:30Z"]);
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    for part in [
        "monitor `api` at 2026-11-02T00:20:30Z\n  unhealthy since 2026-11-02T00:10:00Z, as of 2026-11-02T00:20:00Z\n",
        "rule `service_down`, critical: `status == \"unhealthy\"` is true (status = \"unhealthy\")",
        "fires since 2026-11-02T00:13:00Z; notified: `team` (group ",
        "2026-11-02T00:20:00Z  outcome  unhealthy timeout, region local",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let early = json(&explain(&["--at", "2026-11-02T00:11:30Z", "--json"]));
    let state = early["state"].to_string();
    assert!(state.contains("pending since 2026-11-02T00:11:00Z"), "{state}");
    assert!(!state.contains("notified:"), "{state}");
}

#[tokio::test]
async fn an_unknown_id_is_refused_with_the_nearest_known_one_or_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    for (id, hint) in [
        ("timout", "did you mean the reason code `timeout`?"),
        ("app", "did you mean the monitor `api`?"),
        ("team", "`team` is a channel, which has no story: `allclear route`"),
        ("service_down", "`service_down` is a rule, which has no story"),
        ("service_recovery", "`service_recovery` is a disabled rule, which has no story"),
        ("5f1c0d9a7be2", "`allclear export` lists the ids of alerts and notifications"),
    ] {
        let output = allclear(folder.path(), &["explain", id]);
        assert_eq!(output.status.code(), Some(1), "{id}: {output:?}");
        assert!(stderr(&output).contains(hint), "{id}: {output:?}");
    }
    // A reason code needs no config and no store.
    let elsewhere = tempfile::tempdir().unwrap();
    let output = allclear(elsewhere.path(), &["explain", "timeout"]);
    assert!(stdout(&output).starts_with("timeout: "), "{output:?}");
}

/// Records an alert that fired at the twelfth minute and was resolved at the thirtieth.
async fn record_alert(folder: &Path) -> AlertId {
    record(folder).await;
    let store = SqliteStore::open(folder.join("allclear-data/allclear.db")).unwrap();
    let main = ShardId::main();
    let mut config = samples::config(vec![samples::monitor("api")]);
    config.rules = vec![samples::rule("service_down", "status == 'unhealthy'")];
    config.channels = vec![samples::channel("team", "log", Value::Null)];
    let mut shards = Shards::new(Arc::new(ConfigIndex::new(Arc::new(config)).unwrap()));
    for minute in 0..60 {
        let now = at(minute) + Duration::from_secs(1);
        let evaluated = shards.evaluate(&store, &main, at(minute), now).await;
        assert!(evaluated.error.is_none(), "{:?}", evaluated.error);
    }
    let alerts = store.alerts(at(0)).await.unwrap();
    alerts.iter().find(|one| one.rule.as_str() == "service_down").unwrap().id.clone()
}

#[tokio::test]
async fn a_past_time_shows_an_alert_and_its_notification_as_they_were_known_then() {
    let folder = tempfile::tempdir().unwrap();
    let alert = record_alert(folder.path()).await;
    let explain = |id: &str, more: &[&str]| {
        allclear(folder.path(), &[&["explain", id, "--json"], more].concat())
    };
    let now = json(&explain(alert.as_str(), &[]));
    assert!(now["state"][0].as_str().unwrap().starts_with("resolved at"), "{now:#}");
    let then = json(&explain(alert.as_str(), &["--at", "2026-11-02T00:20:00Z"]));
    assert_eq!(then["state"][0], "it fires", "{then:#}");
    let steps = then["steps"].as_array().unwrap();
    let times = steps.iter().map(|step| step["at"].as_str().unwrap().parse::<Timestamp>().unwrap());
    assert!(times.max().unwrap() <= at(20), "{then:#}");

    let before = explain(alert.as_str(), &["--at", "2026-11-02T00:05:00Z"]);
    assert_eq!(before.status.code(), Some(2));
    let message = format!("`{alert}` was not known at 2026-11-02T00:05:00Z: it was decided at");
    assert!(stderr(&before).contains(&message), "{before:?}");
    let shortened = alert.as_str().rsplit_once('/').unwrap().0;
    let hint = format!("did you mean the alert `{alert}`?");
    assert!(stderr(&explain(shortened, &[])).contains(&hint));
}

#[test]
fn a_time_is_refused_for_reason_codes() {
    let folder = tempfile::tempdir().unwrap();
    for id in [&["timeout"][..], &[]] {
        let output = allclear(folder.path(), &[&["explain", "--at", "3h"], id].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let refused = stderr(&output);
        assert!(refused.contains("a reason code means the same at all times"), "{refused}");
    }
}
