//! The files beside the page, each as its readers need it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_v1;
mod badges;
mod feeds;
#[path = "../scenarios/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;
mod small;

use allclear_status_site::{SiteFile, Snapshot, render};

fn snapshot(scenario: &str) -> Snapshot {
    scenarios::all().into_iter().find(|one| one.name == scenario).unwrap().snapshot
}

fn every_snapshot() -> impl Iterator<Item = (&'static str, Snapshot)> {
    scenarios::all().into_iter().map(|scenario| (scenario.name, scenario.snapshot))
}

fn file(snapshot: &Snapshot, path: &str) -> SiteFile {
    render(snapshot).into_iter().find(|file| file.path == path).unwrap()
}

fn text(snapshot: &Snapshot, path: &str) -> String {
    String::from_utf8(file(snapshot, path).bytes).unwrap()
}
