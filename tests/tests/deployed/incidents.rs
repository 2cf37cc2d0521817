//! Incidents that operators write about with the command, on a deployed stack and on one machine.

use std::collections::BTreeSet;
use std::process::Command;

use allclear_local::SqliteStore;
use allclear_simulator::Behavior;
use serde_json::{Map, Value, json};

use crate::PATIENCE;
use crate::binary;
use crate::command::{Finished, finished};
use crate::outage::{CONFIG, monitor};
use crate::stack::{Function, Stack};
use crate::time::{minute, now, recently};

/// The folder of the data of one machine, within the folder of the stack.
const DATA: &str = "on-one-machine";

/// The retention of incidents.
const KEPT: &str = "\n[defaults]\nkeep = { events = \"40d\" }\n";

/// The store that a command works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Machine,
    Stack,
}

/// Returns a config with two public monitors and a private one.
fn config(stack: &Stack) -> String {
    let private = monitor(stack, "ledger").replace("interval", "public = false\ninterval");
    let public = [monitor(stack, "doc_store"), monitor(stack, "prompt_store")].concat();
    format!("{CONFIG}{public}{private}")
}

/// Runs `incident` with these arguments on a store, which succeeds, and returns its JSON.
async fn incident(stack: &Stack, place: Place, arguments: &[&str]) -> Value {
    let ran = run(stack, place, &[&["incident"], arguments, &["--json"]].concat()).await;
    assert_eq!(ran.code, Some(0), "{place:?} {arguments:?}: {ran:?}");
    ran.json()
}

async fn run(stack: &Stack, place: Place, arguments: &[&str]) -> Finished {
    match place {
        Place::Stack => stack.allclear(arguments).await,
        Place::Machine => {
            let mut command = Command::new(binary::allclear());
            command.args(arguments).args(["--data", DATA]).current_dir(stack.folder());
            for name in ["ALLCLEAR_LOG", "ALLCLEAR_CONFIG", "ALLCLEAR_DATA"] {
                command.env_remove(name);
            }
            finished(command, PATIENCE).await
        }
    }
}

/// Publishes the page and returns the incidents of a file of its API.
async fn published(stack: &Stack, file: &str) -> Vec<Value> {
    stack.invoke(Function::Generator, &json!({})).await.ok();
    let body = stack.published(&format!("api/v2/{file}")).await.body;
    let parsed: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}"));
    parsed["incidents"].as_array().unwrap().clone()
}

/// Returns a value without the parts that differ from one store to another: times, and the ids of incidents.
fn normalized(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let normal = |(name, field): (&String, &Value)| {
                let is_own = matches!(name.as_str(), "id" | "at" | "started_at" | "resolved_at");
                let field =
                    if is_own && field.is_string() { json!("-") } else { normalized(field) };
                (name.clone(), field)
            };
            Value::Object(fields.iter().map(normal).collect::<Map<String, Value>>())
        }
        Value::Array(values) => values.iter().map(normalized).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Writes about two incidents on a store, and returns everything that the commands print.
async fn written(stack: &Stack, place: Place) -> Vec<Value> {
    let run = async |arguments: &[&str]| incident(stack, place, arguments).await;
    let mut said = Vec::new();
    let both = ["--monitor", "doc_store", "--monitor", "ledger"];
    let open = ["open", "Checkout fails", "We *look* into it.", "--impact", "major"];
    let opened = run(&[&open[..], &both, &["--author", "Kim"]].concat()).await;
    let id = opened["id"].as_str().unwrap().to_owned();
    said.push(opened);
    let text = "A disk:\n\n- is full \u{1f980}";
    let identified = ["update", &id, text, "--phase", "identified", "--author", "Lee"];
    said.push(run(&identified).await);
    let renamed = ["update", &id, "--title", "Payments fail", "--monitor", "prompt_store"];
    said.push(run(&[&renamed[..], &["--author", "Lee"]].concat()).await);
    let draft = run(&["open", "Search", "--draft", "--author", "Kim"]).await;
    said.push(run(&["list"]).await);
    let second = draft["id"].as_str().unwrap();
    said.push(run(&["publish", second, "--author", "Lee"]).await);
    said.push(run(&["resolve", &id, "Replaced.", "--author", "Kim"]).await);
    said.push(run(&["postmortem", &id, "--plain", "*All* of it.", "--author", "Kim"]).await);
    for listed in [&["list"][..], &["list", "--open"], &["list", "--all"]] {
        said.push(run(listed).await);
    }
    said.push(run(&["show", &id]).await);
    said.push(run(&["show", second]).await);
    said
}

#[tokio::test]
async fn both_stores_hold_the_same_after_the_same_commands() {
    let stack = Stack::new("same-incidents").await;
    stack.apply(&config(&stack)).await;
    let refused = run(&stack, Place::Machine, &["incident", "open", "Checkout fails"]).await;
    assert!(refused.stderr.contains("no database"), "{refused:?}");
    drop(SqliteStore::open(stack.folder().join(DATA).join("allclear.db")).unwrap());
    let (here, there) =
        (written(&stack, Place::Machine).await, written(&stack, Place::Stack).await);
    assert_eq!(here.len(), there.len());
    for (one, other) in here.iter().zip(&there) {
        pretty_eq(&normalized(one), &normalized(other));
    }
    let shown = &there[there.len() - 2];
    assert_eq!(shown["updates"].as_array().unwrap().len(), 4, "{shown}");
    assert_eq!(there[0]["private_monitors"], json!(["ledger"]));
}

#[track_caller]
fn pretty_eq(one: &Value, other: &Value) {
    let text = |value| serde_json::to_string_pretty(value).unwrap();
    assert_eq!(text(one), text(other));
}

#[tokio::test]
async fn an_incident_by_hand_changes_the_deployed_page_until_its_analysis() {
    let stack = Stack::new("incidents").await;
    stack.apply(&format!("{}{KEPT}", config(&stack))).await;
    stack.probe(minute(recently(), 0)).await;
    let run = async |arguments: &[&str]| incident(&stack, Place::Stack, arguments).await;
    assert_eq!(run(&["list"]).await, json!([]));

    let both = ["--monitor", "doc_store", "--monitor", "ledger"];
    let open = [&["open", "Checkout fails", "We *look* into it."][..], &both].concat();
    let preview = run(&[&open[..], &["--preview"]].concat()).await;
    assert_eq!(preview["monitors"], json!(["doc_store"]), "the page shows no private monitor");
    assert_eq!(published(&stack, "incidents.json").await, Vec::<Value>::new(), "only a preview");
    let opened = run(&open).await;
    assert_eq!(opened["monitors"], json!(["doc_store", "ledger"]));
    let id = opened["id"].as_str().unwrap();
    let on_page = published(&stack, "incidents/unresolved.json").await;
    assert_eq!((on_page.len(), &on_page[0]["name"]), (1, &json!("Checkout fails")));
    assert_eq!(on_page[0]["status"], "investigating");
    let components = on_page[0]["components"].as_array().unwrap();
    assert_eq!(components.len(), 1, "{components:?}");
    assert_eq!(components[0]["name"], "doc_store");
    assert_eq!(on_page[0]["incident_updates"][0]["body"], "We look into it.");

    run(&["update", id, "A disk is full.", "--phase", "identified", "--impact", "critical"]).await;
    let on_page = published(&stack, "incidents/unresolved.json").await;
    assert_eq!(
        (&on_page[0]["status"], &on_page[0]["impact"]),
        (&json!("identified"), &json!("critical"))
    );
    let page = stack.published("index.html").await.body;
    assert!(page.contains("A disk is full.") && !page.contains("ledger"), "{page}");

    let hidden = run(&["open", "Not yet public", "--draft"]).await;
    assert_eq!(hidden["visibility"], "draft");
    assert_eq!(published(&stack, "incidents/unresolved.json").await.len(), 1, "a draft waits");
    run(&["publish", hidden["id"].as_str().unwrap()]).await;
    assert_eq!(published(&stack, "incidents/unresolved.json").await.len(), 2);

    run(&["resolve", id, "The disk was replaced."]).await;
    let open = published(&stack, "incidents/unresolved.json").await;
    assert_eq!((open.len(), &open[0]["name"]), (1, &json!("Not yet public")));
    run(&["postmortem", id, "All of it."]).await;
    let entries = stack.items("incident").await;
    let of_incident = entries.iter().filter(|one| one["sk"]["S"].as_str().unwrap().starts_with(id));
    let expiries: BTreeSet<i64> =
        of_incident.map(|one| one["expires"]["N"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(expiries.len(), 1, "they expire together: {entries:?}");
    let in_days = (expiries.first().unwrap() - now().as_second()) / (24 * 3_600);
    assert!((38..=40).contains(&in_days), "by the retention of the stack, not in {in_days} days");
    let all = published(&stack, "incidents.json").await;
    let over = all.iter().find(|one| one["name"] == "Checkout fails").unwrap();
    assert_eq!(over["status"], "postmortem");
    assert!(!over["resolved_at"].is_null(), "{over}");
    assert_eq!(over["incident_updates"].as_array().unwrap().len(), 4);
    let shown = stack.allclear(&["incident", "show", id]).await;
    assert!(shown.stdout.contains("affects doc_store, ledger (private)"), "{shown:?}");
}

#[tokio::test]
async fn an_incident_of_the_deployed_evaluator_is_written_about_and_ends_on_its_own() {
    let stack = Stack::new("outage-incident").await;
    stack
        .apply(&format!(
            "{}{}",
            config(&stack),
            "\n[defaults]\nconfirm = { failures = 2, successes = 1 }\n"
        ))
        .await;
    let began = recently();
    stack.probe(minute(began, 0)).await;
    for name in ["doc_store", "ledger"] {
        stack.simulator.set(name, Behavior::status(503));
    }
    for n in 1..3 {
        stack.probe(minute(began, n)).await;
    }
    stack.page_shows("doc_store", "major_outage").await;
    let run = async |arguments: &[&str]| incident(&stack, Place::Stack, arguments).await;
    let listed = run(&["list", "--open"]).await;
    let one = &listed[0];
    assert_eq!((&one["origin"], &one["phase"]), (&json!("automatic"), &json!("investigating")));
    assert_eq!(one["private_monitors"], json!(["ledger"]), "{listed}");
    let id = one["id"].as_str().unwrap();
    run(&["update", id, "A disk is full.", "--phase", "identified"]).await;
    let on_page = published(&stack, "incidents/unresolved.json").await;
    assert_eq!(
        (&on_page[0]["name"], &on_page[0]["status"]),
        (&json!("doc_store is down"), &json!("identified"))
    );
    assert_eq!(on_page[0]["incident_updates"][0]["body"], "A disk is full.");
    let preview = run(&["update", id, "Soon.", "--preview"]).await;
    assert_eq!(preview["title"], "doc_store is down");
    assert!(!preview.to_string().contains("ledger"), "{preview}");

    for name in ["doc_store", "ledger"] {
        stack.simulator.set(name, Behavior::Ok);
    }
    stack.probe(minute(began, 3)).await;
    stack.page_shows("doc_store", "operational").await;
    assert_eq!(published(&stack, "incidents/unresolved.json").await, Vec::<Value>::new());
    let over = run(&["show", id]).await;
    assert_eq!(over["phase"], "resolved");
    stack.logged(Function::Evaluator, "incident closed").await;
}
