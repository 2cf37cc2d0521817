//! The demo: a page with history from the start, an outage, and no leftovers.

use std::path::Path;
use std::time::Duration;

use crate::stage::{PATIENCE, Stage, Up};

/// The time until the outage is confirmed: a healthy phase and two checks.
const OUTAGE_WITHIN: Duration = Duration::from_mins(1);

#[tokio::test]
async fn the_demo_shows_a_history_and_an_outage_and_removes_its_files() {
    let stage = Stage::new().await;
    let up = Up::of(stage.command(&["demo", "--listen", "127.0.0.1:0"])).await;
    up.page_says("All systems operational", PATIENCE).await;
    let page = up.get("/").await.body;
    assert!(page.contains("Past incidents"), "{page}");
    assert!(page.matches("days with problems").count() >= 3, "a past without problems: {page}");

    up.page_says("Checkout is down", OUTAGE_WITHIN).await;
    let said = up.process.stderr();
    let before = said.split_once("Checkout fails now").expect("the first scene").0;
    assert!(!before.contains("Slack received"), "an alert before anything has happened:\n{before}");
    assert!(!said.contains("[critical]") && !said.contains("fires"), "told twice:\n{said}");
    let folder = said.split_once("--data ").expect("where the data is").1;
    let folder = folder.split_whitespace().next().unwrap().to_owned();
    assert!(Path::new(&folder).is_dir(), "{folder}");
    let ended = up.process.terminated(Duration::from_secs(15)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!Path::new(&folder).exists(), "{folder} is left");
    assert!(!stage.path("allclear-data").exists(), "the demo wrote into the folder it was run in");
}
