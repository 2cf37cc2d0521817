//! Changes to the config file while `up` runs.

use std::fs;
use std::os::unix::fs::symlink;

use crate::stage::{PATIENCE, Stage, Up, eventually, monitor};

/// Returns a config with these monitors.
fn monitors(stage: &Stage, ids: &[&str]) -> String {
    ids.iter().map(|id| monitor(&stage.simulator, id, "")).collect()
}

async fn shows(up: &Up, id: &str) {
    eventually("the page of the new config", PATIENCE, async || {
        let summary = up.get("/api/v2/summary.json").await.body;
        summary.contains(id).then_some(())
    })
    .await;
}

fn times_said(up: &Up, text: &str) -> usize {
    up.process.stderr().matches(text).count()
}

#[tokio::test]
async fn a_reload_follows_each_change_of_the_file_and_refuses_a_broken_one_once() {
    let stage = Stage::new().await;
    stage.config(&monitors(&stage, &["frontend"]));
    let mut up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;

    stage.config("[[monitor]]\nid = \"frontend\"\nchek.http = { url = \"http://127.0.0.1/\" }\n");
    up.process.said("the active config stays", PATIENCE).await;
    assert!(up.process.stderr().contains("allclear.toml:3:1: "), "{}", up.process.stderr());
    shows(&up, "frontend").await;

    // Editors save like this: a new file replaces the old one.
    let next = stage.path("next.toml");
    fs::write(&next, monitors(&stage, &["frontend", "doc_store"])).unwrap();
    fs::rename(&next, stage.path("allclear.toml")).unwrap();
    up.process.said("`: 2 monitors", PATIENCE).await;
    shows(&up, "doc_store").await;
    up.page_says("All systems operational", PATIENCE).await;
    assert_eq!(times_said(&up, "the active config stays"), 1, "{}", up.process.stderr());
    assert_eq!(times_said(&up, "reloaded `"), 1, "{}", up.process.stderr());
}

#[tokio::test]
async fn a_reload_follows_a_changed_link() {
    let stage = Stage::new().await;
    for (version, ids) in [("v1", &["frontend"][..]), ("v2", &["frontend", "doc_store"])] {
        fs::create_dir(stage.path(version)).unwrap();
        let file = stage.path(version).join("allclear.toml");
        fs::write(file, monitors(&stage, ids)).unwrap();
    }
    symlink("v1", stage.path("..data")).unwrap();
    symlink("..data/allclear.toml", stage.path("allclear.toml")).unwrap();
    let mut up = stage.up().await;
    symlink("v2", stage.path("..next")).unwrap();
    fs::rename(stage.path("..next"), stage.path("..data")).unwrap();
    up.process.said("`: 2 monitors", PATIENCE).await;
    shows(&up, "doc_store").await;
}
