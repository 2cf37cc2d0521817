//! No private data is served. Each private value of the config contains a marker, and everything a
//! visitor can read is searched for it.

use allclear_simulator::Behavior;

use crate::stage::{PATIENCE, Stage, request};

/// The prefix of every marker, which occurs nowhere else.
const MARKER: &str = "zq7";

const CONFIG: &str = r#"
[defaults]
interval = "10s"
confirm = { failures = 1, successes = 1 }

[[monitor]]
id = "zq7-id"
name = "zq7-name"
group = "zq7-group"
tags = ["zq7-tag"]
public = false
critical = true
check.http = { url = "ZQ7_URL", expect = "status == 200 && body != 'zq7-expect'" }

[[monitor]]
id = "zq7-dependent"
group = "Shop"
public = false
depends_on = ["zq7-id"]
check.heartbeat = { token = "0123456789abcdef-zq7", period = "1d", grace = "1h" }

[[monitor]]
id = "shop"
name = "Shop front"
group = "Shop"
check.http = { url = "SHOP_URL" }

[[maintenance]]
id = "zq7-by-id"
title = "zq7-title"
description = "zq7-description"
monitors = ["zq7-id"]
start = 2020-01-01T00:00:00Z
end = 2099-01-01T00:00:00Z

[[maintenance]]
id = "zq7-by-tag"
title = "zq7-title"
tags = ["zq7-tag"]
groups = ["zq7-group"]
weekly = { days = ["monday", "wednesday", "friday", "sunday"], from = "00:00", duration = "2d" }
time_zone = "UTC"

[[silence]]
matchers = ["monitor=zq7-id"]
until = 2099-01-01T00:00:00Z
author = "zq7-author"
comment = "zq7-reason"
"#;

#[tokio::test]
async fn private_monitors_are_not_served_and_do_not_change_the_headline() {
    let stage = Stage::new().await;
    let url = |endpoint: &str| stage.simulator.http_url(&format!("/{endpoint}/health"));
    stage.config(&CONFIG.replace("ZQ7_URL", &url("zq7-target")).replace("SHOP_URL", &url("shop")));
    stage.simulator.set("zq7-target", Behavior::status(500));
    let mut up = stage.up().await;
    // The log tells the operator that the private monitor is down; the page never mentions it.
    up.process.said("zq7-id is unhealthy", PATIENCE).await;
    up.page_says("All systems operational", PATIENCE).await;

    let mut n_files = 0;
    for path in files(&stage) {
        let body = up.get(&format!("/{path}")).await.body;
        assert!(!body.to_lowercase().contains(MARKER), "a marker is in {path}:\n{body}");
        n_files += 1;
    }
    assert!(n_files >= 10, "only {n_files} files");
    for (method, path) in [
        ("GET", "/nothing"),
        ("DELETE", "/"),
        ("OPTIONS", "/"),
        ("POST", "/heartbeat/0123456789abcdef-wrong"),
        ("DELETE", "/heartbeat/0123456789abcdef-zq7"),
        ("POST", "/heartbeat/0123456789abcdef-zq7/wrong"),
        ("POST", "/heartbeat/0123456789abcdef-zq7"),
    ] {
        let body = request(up.address(), method, path, "").await.body;
        assert!(!body.contains(MARKER), "a marker is in {method} {path}:\n{body}");
    }
}

/// Returns the published files, relative to the site.
fn files(stage: &Stage) -> Vec<String> {
    let site = stage.path("allclear-data/site");
    let (mut files, mut folders) = (Vec::new(), vec![site.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(&site).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.retain(|file| !file.starts_with('.'));
    files
}
