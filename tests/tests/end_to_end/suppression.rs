//! Maintenance windows, silences and acknowledgements that operators make beside a running `allclear up`.

use std::time::Duration;

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::{PATIENCE, Stage, eventually, monitor};

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "5s"
confirm = { failures = 1, successes = 1 }

[[rule]]
id = "service_down"
for = "0s"

[[rule]]
id = "consecutive_failures"
enabled = false

[[rule]]
id = "low_uptime"
enabled = false

[[channel]]
id = "team"
send.slack = { webhook_url = "secret:team" }

[[maintenance]]
id = "weekend"
title = "Weekend"
monitors = ["shop"]
weekly = { days = ["friday"], from = "18:00", to = "sunday 18:00" }
time_zone = "Europe/Berlin"

[[silence]]
matchers = ["monitor=shop", "severity=info"]
until = 2199-01-01T00:00:00Z
author = "Dana"
comment = "known"
"#;

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("team");
    let shop = monitor(&stage.simulator, "shop", "group = \"Sales\"\ntags = [\"eu\"]");
    let api = monitor(&stage.simulator, "api", "");
    stage.config(&format!("{CONFIG}{shop}{api}"));
    stage
}

/// Returns the only element of a list with this value in `key`.
fn only<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    let mut found = list.as_array().unwrap().iter().filter(|one| one[key] == value);
    let one = found.next().unwrap_or_else(|| panic!("no `{value}` in {list}"));
    assert!(found.next().is_none(), "{list}");
    one
}

#[tokio::test]
async fn windows_are_added_listed_with_their_next_opening_and_ended() {
    let stage = stage().await;
    stage.create_database();
    let listed = stage.run(&["maintenance", "list", "--json"]).await.json();
    let weekend = only(&listed, "id", "weekend");
    assert_eq!(weekend["source"], "config");
    assert_eq!(weekend["schedule"], "each friday from 18:00 to sunday 18:00 (Europe/Berlin)");
    assert!(weekend["next_opening"]["start"].is_string(), "{weekend}");

    let add = ["maintenance", "add", "Move", "--group", "Sales", "--for", "2h", "--json"];
    let added =
        stage.run(&[&add[..], &["--comment", "new rack", "--author", "Kim"]].concat()).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    let added = added.json();
    assert_eq!((&added["is_open"], &added["author"]), (&true.into(), &"Kim".into()));
    let id = added["id"].as_str().unwrap();
    let rule =
        ["maintenance", "add", "Patches", "--id", "patches", "--rrule", "FREQ=MONTHLY;BYDAY=2TU"];
    let times =
        ["--from", "2199-01-08T22:00", "--to", "2199-01-09T02:00", "--time-zone", "Europe/Berlin"];
    let added = stage.run(&[&rule[..], &times].concat()).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    assert!(added.stdout.contains("2199-01-08T21:00:00Z to 2199-01-09T01:00:00Z"), "{added:?}");

    let listed = stage.run(&["maintenance", "list"]).await;
    for part in [id, "open until", "group Sales", "patches", "all monitors", "weekend"] {
        assert!(listed.stdout.contains(part), "{part}: {}", listed.stdout);
    }
    assert_eq!(stage.run(&["maintenance", "end", id]).await.code, Some(0));
    let listed = stage.run(&["maintenance", "list", "--json"]).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    for (id, why) in [(id, "no maintenance window"), ("weekend", "is in the config")] {
        let ended = stage.run(&["maintenance", "end", id]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_meant_is_refused_with_its_remedy() {
    let stage = stage().await;
    stage.create_database();
    for (arguments, why) in [
        (&["maintenance", "add", "M"][..], "--to"),
        (&["maintenance", "add", "M", "--for", "2h", "--monitor", "shp"], "no monitor `shp`"),
        (&["maintenance", "add", "M", "--for", "2h", "--tag", "us"], "has the tag `us`"),
        (&["maintenance", "add", "M", "--to", "2199-01-01T00:00"], "--time-zone"),
        (&["maintenance", "add", "M", "--from", "+2h", "--to", "+1h"], "is not after the start"),
        (&["maintenance", "add", "M", "--to", "2020-01-01T00:00:00Z"], "is not after the start"),
        (&["maintenance", "add", "M", "--for", "2h", "--id", "weekend"], "the config has a window"),
        (&["maintenance", "add", "M", "--for", "2h", "--rrule", "FREQ=HOURLY"], "`WEEKLY`"),
        (&["silence", "add", "--for", "2h"], "MATCHER"),
        (&["silence", "add", "monitor=shop"], "--until"),
        (&["silence", "add", "zone=eu", "--for", "2h"], "unknown label"),
        (&["silence", "add", "rule=~(", "--for", "2h"], "unclosed group"),
        (&["silence", "add", "monitor=shp", "--for", "2h"], "no monitor of the config matches"),
        (&["silence", "add", "rule=low_uptme", "--for", "2h"], "no alert has the rule"),
        (&["ack"], "MONITOR"),
        (&["ack", "shp"], "no monitor `shp`"),
    ] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(why), "{arguments:?}: {}", finished.stderr);
    }
    assert_eq!(stage.run(&["silence", "list", "--json"]).await.json().as_array().unwrap().len(), 1);
    let twice = ["silence", "add", "monitor=shop", "--for", "2h", "--id", "one"];
    assert_eq!(stage.run(&twice).await.code, Some(0));
    let again = stage.run(&twice).await;
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("there is an entry `one` already"), "{again:?}");
    // A silence is no window.
    assert_eq!(stage.run(&["maintenance", "end", "one"]).await.code, Some(1));
    assert_eq!(stage.run(&["silence", "expire", "one"]).await.code, Some(0));
    assert_eq!(stage.run(&["silence", "expire", "one"]).await.code, Some(1));
}

#[tokio::test]
async fn a_running_process_follows_the_entries() {
    const NEXT_CHECKS: Duration = Duration::from_secs(35);
    let stage = stage().await;
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;

    // A silence holds the message of an outage; it is sent when the silence ends.
    let added = stage
        .run(&["silence", "add", "monitor=api", "rule=~service_.*", "--for", "2h", "--id", "test"])
        .await;
    assert_eq!(added.code, Some(0), "{added:?}");
    stage.simulator.set("api", Behavior::status(503));
    let firing = eventually("a suppressed alert", NEXT_CHECKS, async || {
        let listed = stage.run(&["ack", "--list", "--json"]).await.json();
        (!listed.as_array().unwrap().is_empty()).then_some(listed)
    })
    .await;
    let alert = only(&firing, "rule", "service_down");
    assert_eq!((&alert["monitor"], &alert["acknowledged"]), (&"api".into(), &Value::Null));
    assert_eq!(stage.simulator.inbox("team").len(), 0);

    // Only what fires can be acknowledged.
    let refused = stage.run(&["ack", "shop"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("`api` (service_down)"), "{refused:?}");
    let acknowledged =
        stage.run(&["ack", "api", "--comment", "on it", "--author", "Kim", "--json"]).await;
    assert_eq!(acknowledged.code, Some(0), "{acknowledged:?}");
    let alert = acknowledged.json()[0].clone();
    assert_eq!(
        (&alert["acknowledged"]["author"], &alert["acknowledged"]["comment"]),
        (&"Kim".into(), &"on it".into())
    );
    assert!(stage.run(&["ack", "--list"]).await.stdout.contains("Kim: on it"));
    let report = stage.report().await;
    let api = only(&report["services"], "service_name", "api");
    assert_eq!(only(&api["firing"], "rule", "service_down")["acknowledged_by"], "Kim");
    assert!(stage.run(&["report"]).await.stdout.contains("(acknowledged by Kim)"));
    assert_eq!(stage.run(&["ack", "api", "--undo"]).await.code, Some(0));
    assert_eq!(stage.run(&["ack", "api", "--undo"]).await.code, Some(1));

    assert_eq!(stage.run(&["silence", "expire", "test"]).await.code, Some(0));
    eventually("the message after the silence", NEXT_CHECKS, async || {
        (!stage.simulator.inbox("team").is_empty()).then_some(())
    })
    .await;

    // A window is on the page as soon as the process has read it, and gone when it ends.
    let added =
        stage.run(&["maintenance", "add", "Moving racks", "--for", "2h", "--id", "move"]).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    let is_announced = async |wanted: bool| {
        eventually("the window on the page", NEXT_CHECKS, async || {
            (up.get("/").await.body.contains("Moving racks") == wanted).then_some(())
        })
        .await;
    };
    is_announced(true).await;
    assert_eq!(stage.run(&["maintenance", "end", "move"]).await.code, Some(0));
    is_announced(false).await;
}
