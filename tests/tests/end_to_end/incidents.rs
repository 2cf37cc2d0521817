//! Incidents: those that outages open, and those that operators write about.

use std::time::Duration;

use allclear_core::incident::{IncidentChange, IncidentEntry, IncidentRevision};
use allclear_core::ports::{ReadIncidents as _, RecordIncidentEntries as _};
use allclear_local::SqliteStore;
use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::{PATIENCE, Stage, Up, eventually, monitor};

/// A check every 10 seconds, and the page each minute.
const NEXT_PAGE: Duration = Duration::from_secs(75);

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "5s"
confirm = { failures = 1, successes = 1 }

[incidents]
publish = "none"
"#;

/// A text that only drafts contain.
const MARKER: &str = "zq7 draft";

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.config(&config(&stage, &["shop", "api"]));
    stage
}

fn config(stage: &Stage, ids: &[&str]) -> String {
    let monitors: String = ids.iter().map(|id| monitor(&stage.simulator, id, "")).collect();
    format!("{CONFIG}{monitors}")
}

/// Runs `incident` with these arguments, which succeeds, and returns its JSON.
async fn incident(stage: &Stage, arguments: &[&str]) -> Value {
    let finished = stage.run(&[&["incident"], arguments, &["--json"]].concat()).await;
    assert_eq!(finished.code, Some(0), "{arguments:?}: {finished:?}");
    finished.json()
}

fn updates(incident: &Value) -> Vec<(&str, &str)> {
    let updates = incident["updates"].as_array().unwrap().iter();
    updates.map(|one| (one["phase"].as_str().unwrap(), one["text"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn an_incident_by_hand_is_written_about_until_its_analysis() {
    let stage = stage().await;
    let arguments = ["open", "Checkout fails", "We *look* into it.", "--monitor", "shop"];
    stage.create_database();
    let preview = incident(&stage, &[&arguments[..], &["--preview"]].concat()).await;
    assert_eq!(updates(&preview), [("investigating", "We look into it.")]);
    assert_eq!(incident(&stage, &["list"]).await, Value::Array(Vec::new()));

    let opened = incident(&stage, &[&arguments[..], &["--impact", "major"]].concat()).await;
    let id = opened["id"].as_str().unwrap();
    assert_eq!((&opened["impact"], &opened["visibility"]), (&"major".into(), &"published".into()));
    let early = stage.run(&["incident", "postmortem", id, "x"]).await;
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(early.stderr.contains("is open"), "{early:?}");

    assert_eq!(opened["next_update_at"], Value::Null);
    let promised = incident(&stage, &["update", id, "--next-update-in", "30m"]).await;
    assert!(promised["next_update_at"].is_string(), "{promised}");
    let revised = ["incident", "update", id, "-", "--phase", "identified", "--author", "Kim"];
    let revised = stage.run_with_input(&revised, "A disk:\n\n- is full\n").await;
    assert_eq!(revised.code, Some(0), "{revised:?}");
    assert!(revised.stdout.contains("Identified at") && revised.stdout.contains("- is full"));
    let update = ["update", id, "--title", "Payments fail", "--plain", "*really*"];
    let answered = incident(&stage, &update).await;
    assert_eq!(answered["next_update_at"], Value::Null, "the update was due by then");
    incident(&stage, &["resolve", id]).await;
    let again = stage.run(&["incident", "resolve", id]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    let late = stage.run(&["incident", "update", id, "--phase", "monitoring"]).await;
    assert_eq!(late.code, Some(1), "{late:?}");
    let over = incident(&stage, &["postmortem", id, "See [notes](https://acme.example)."]).await;
    assert_eq!((&over["title"], &over["phase"]), (&"Payments fail".into(), &"postmortem".into()));
    assert_eq!(
        updates(&over),
        [
            ("investigating", "We look into it."),
            ("identified", "A disk:\n\n- is full"),
            ("identified", "*really*"),
            ("resolved", "The incident is resolved."),
            ("postmortem", "See notes (https://acme.example)."),
        ]
    );
    assert_eq!(over["written"][1]["author"], "Kim");
    assert_eq!(incident(&stage, &["show", id]).await, over);
    assert_eq!(incident(&stage, &["list", "--open"]).await, Value::Array(Vec::new()));
    let listed = stage.run(&["incident", "list"]).await;
    assert!(listed.stdout.contains(id) && listed.stdout.contains("postmortem"), "{listed:?}");
    assert_eq!(stage.export().await["incident_entries"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_entry_about_an_incident_that_cannot_be_meant_is_refused() {
    let stage = stage().await;
    stage.create_database();
    let long = "x".repeat(10_001);
    for (arguments, code, why) in [
        (&["open", " "][..], 2, "the title is empty"),
        (&["open", "x", " "], 2, "the text is empty"),
        (&["open", "x", &long], 2, "at most 10000"),
        (&["open", "x", "--monitor", "shp"], 2, "no monitor `shp`"),
        (&["open", "x", "--phase", "resolved"], 2, "investigating"),
        (&["open", "x", "--impact", "huge"], 2, "minor"),
        (&["update", "20261130-3f2a91"], 2, "nothing to update"),
        (&["open", "x", "--next-update", "2026-01-01T00:00:00Z"], 2, "not in the future"),
        (&["open", "x", "--next-update-in", "soon"], 2, "--next-update-in"),
        (&["update", "20261130-3f2a91", "x"], 1, "no incident `20261130-3f2a91`"),
        (&["resolve", "1130"], 2, "20261130-3f2a91"),
        (&["postmortem", "20261130-3f2a91"], 2, "there is no text"),
        (&["publish", "20261130-3f2a91"], 1, "no incident"),
        (&["show", "20261130-3f2a91"], 1, "no incident"),
    ] {
        let finished = stage.run(&[&["incident"], arguments].concat()).await;
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(why), "{arguments:?}: {}", finished.stderr);
    }
}

#[tokio::test]
async fn operators_who_write_at_the_same_time_lose_nothing() {
    const N: usize = 8;
    let stage = stage().await;
    stage.create_database();
    let opened = incident(&stage, &["open", "Checkout fails"]).await;
    let id = opened["id"].as_str().unwrap();
    let texts: Vec<String> = (0..N).map(|n| format!("update {n}")).collect();
    let started: Vec<_> =
        texts.iter().map(|text| stage.start(&["incident", "update", id, text])).collect();
    for process in started {
        let finished = process.finished(PATIENCE).await;
        assert_eq!(finished.code, Some(0), "{finished:?}");
    }
    let shown = incident(&stage, &["show", id]).await;
    let written: Vec<&str> = updates(&shown).into_iter().map(|(_, text)| text).collect();
    for text in &texts {
        assert!(written.contains(&text.as_str()), "{text} is lost: {written:?}");
    }
}

/// Waits until the page contains a text.
async fn page_has(up: &Up, text: &str) {
    eventually(&format!("`{text}` on the page"), NEXT_PAGE, async || {
        up.get("/").await.body.contains(text).then_some(())
    })
    .await;
}

/// Returns all published files as one text.
fn all_files(stage: &Stage) -> String {
    let (mut text, mut folders) = (String::new(), vec![stage.path("allclear-data/site")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
            }
        }
    }
    text
}

#[tokio::test]
async fn a_draft_waits_for_its_publication_and_outlives_a_restart_and_a_removed_monitor() {
    let stage = stage().await;
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    stage.simulator.set("api", Behavior::status(503));
    let draft = eventually("an incident", PATIENCE, async || {
        let listed = stage.run(&["incident", "list", "--json"]).await.json();
        listed.as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!((&draft["visibility"], &draft["title"]), (&"draft".into(), &"api is down".into()));
    let id = draft["id"].as_str().unwrap();
    let log = up.process.stderr();
    let opened: Vec<&str> = log.lines().filter(|line| line.contains("incident opened")).collect();
    assert_eq!(opened.len(), 1, "{log}");
    assert!(opened[0].contains(id) && opened[0].contains("api"), "{opened:?}");
    incident(&stage, &["update", id, MARKER, "--title", MARKER]).await;
    let by_hand = incident(&stage, &["open", MARKER, MARKER, "--draft"]).await;
    // The first page after the entries has this incident.
    incident(&stage, &["open", "Search is slow"]).await;
    page_has(&up, "Search is slow").await;
    let files = all_files(&stage);
    for secret in [id, by_hand["id"].as_str().unwrap(), MARKER] {
        assert!(!files.contains(secret), "`{secret}` is in a public file");
    }

    up.process.terminated(PATIENCE).await;
    let up = stage.up().await;
    incident(&stage, &["publish", id]).await;
    page_has(&up, MARKER).await;
    assert!(up.get("/").await.body.contains(&format!("incident-{id}")));

    // The removal of the monitor ends its part, and the incident stays.
    stage.config(&config(&stage, &["shop"]));
    let closed = eventually("the end of the incident", PATIENCE, async || {
        let shown = stage.run(&["incident", "show", id, "--json"]).await.json();
        (!shown["resolved_at"].is_null()).then_some(shown)
    })
    .await;
    assert_eq!(closed["episodes"][0]["end"]["kind"], "removed");
    assert!(updates(&closed).iter().any(|(_, text)| text.contains("no longer monitored")));
    let log = up.process.stderr();
    let over: Vec<&str> = log.lines().filter(|line| line.contains("incident closed")).collect();
    assert_eq!(over.len(), 1, "{log}");
    assert!(over[0].contains(id) && over[0].contains("api"), "{over:?}");
}

#[tokio::test]
async fn a_preview_is_what_the_page_shows_then_without_private_monitors() {
    let stage = stage().await;
    let private = monitor(&stage.simulator, "ledger", "public = false\ncritical = true");
    stage.config(&format!("{}{private}", config(&stage, &["shop", "api"])));
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    for name in ["api", "ledger"] {
        stage.simulator.set(name, Behavior::status(503));
    }
    let draft = eventually("an incident of both", PATIENCE, async || {
        let listed = stage.run(&["incident", "list", "--json"]).await.json();
        let both = listed.as_array().unwrap().first().cloned()?;
        (both["monitors"].as_array().unwrap().len() == 2).then_some(both)
    })
    .await;
    let id = draft["id"].as_str().unwrap();
    assert_eq!(draft["private_monitors"], serde_json::json!(["ledger"]));
    assert_eq!(draft["impact"], "critical", "operators see that of all monitors");
    assert!(draft["title"].as_str().unwrap().contains("ledger (private)"), "{draft}");
    let shown = stage.run(&["incident", "show", id]).await.stdout;
    assert!(shown.contains("ledger (private)"), "{shown}");

    let preview = incident(&stage, &["publish", id, "--preview"]).await;
    assert_eq!(incident(&stage, &["show", id]).await["visibility"], "draft", "nothing was stored");
    incident(&stage, &["publish", id]).await;
    let page = eventually("the incident on the page", NEXT_PAGE, async || {
        let file = up.get("/api/v2/incidents/unresolved.json").await.body;
        let parsed: Value = serde_json::from_str(&file).unwrap();
        parsed["incidents"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(page["name"], preview["title"]);
    assert_eq!((&page["impact"], &preview["impact"]), (&"major".into(), &"major".into()));
    let bodies = page["incident_updates"].as_array().unwrap().iter();
    let bodies: Vec<&str> = bodies.map(|one| one["body"].as_str().unwrap()).collect();
    let texts: Vec<&str> = updates(&preview).into_iter().map(|(_, text)| text).rev().collect();
    assert_eq!(bodies, texts, "the API has the newest update first");
    assert!(texts[0].contains("The other service works."), "{texts:?}");
    let components = page["components"].as_array().unwrap().iter();
    let components: Vec<&Value> = components.map(|one| &one["name"]).collect();
    let monitors: Vec<&Value> = preview["monitors"].as_array().unwrap().iter().collect();
    assert_eq!(components, monitors);
    assert!(!preview.to_string().contains("ledger"), "{preview}");
}

#[tokio::test]
async fn an_incident_takes_a_hundred_entries_of_the_longest_text_and_refuses_more() {
    let stage = stage().await;
    stage.create_database();
    let longest = "\u{1f980}".repeat(10_000);
    let opened = incident(&stage, &["open", &"\u{1f980}".repeat(200), &longest]).await;
    let id = opened["id"].as_str().unwrap();
    let store = SqliteStore::open(stage.database()).unwrap();
    let opening = store.incident_entries().await.unwrap().remove(0);
    let revision = IncidentRevision { text: Some(longest.clone()), ..IncidentRevision::default() };
    for n in 1..99 {
        let (at, change) = (opening.at + Duration::from_micros(n), revision.clone());
        let entry = IncidentEntry { at, change: IncidentChange::Update(change), ..opening.clone() };
        store.add_incident_entry(&entry).await.unwrap();
    }
    drop(store);
    incident(&stage, &["update", id, &longest]).await;
    let shown = incident(&stage, &["show", id]).await;
    assert_eq!(updates(&shown).len(), 100);
    assert!(updates(&shown).iter().all(|(_, text)| *text == longest));
    let more = stage.run(&["incident", "update", id, "one more"]).await;
    assert_eq!(more.code, Some(1), "{more:?}");
    assert!(more.stderr.contains("has 100 entries, the most"), "{more:?}");
    let over = incident(&stage, &["resolve", id, &longest]).await;
    assert_eq!(over["phase"], "resolved", "it can be ended");
}
