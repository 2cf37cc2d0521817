//! `allclear test`, `allclear simulate` and `allclear explain` from outside: their output, and their exit codes.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod explain;
mod rule_files;
mod rule_refusals;
mod times;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::RecordRun as _;
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_local::SqliteStore;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn allclear(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_allclear"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const CONFIG: &str = r#"
[[monitor]]
id = "api"
check.http = { url = "https://api.example.com/" }

[[channel]]
id = "team"
send.log = {}
"#;

fn at(minutes: u64) -> Timestamp {
    let start: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    start + Duration::from_mins(minutes)
}

/// Records an hour of outcomes in which the monitor is down from the tenth to the thirtieth minute, and no decision.
async fn record(folder: &Path) {
    fs::write(folder.join("allclear.toml"), CONFIG).unwrap();
    fs::create_dir(folder.join("allclear-data")).unwrap();
    let store = SqliteStore::open(folder.join("allclear-data/allclear.db")).unwrap();
    for minute in 0..60 {
        let verdict = if (10..30).contains(&minute) {
            Verdict::Unhealthy(Cause::of(Reason::Timeout, "no answer within 10 s"))
        } else {
            Verdict::Healthy
        };
        let monitor = MonitorId::new("api").unwrap();
        let run = Run {
            shard: ShardId::main(),
            key: RunKey { scheduled_at: at(minute), region: RegionId::local(), lane: Lane::Main },
            // Real times have nanoseconds.
            lag: Duration::from_nanos(40_123_456),
            took: Duration::from_nanos(200_000_789),
            outcomes: vec![Outcome::new(monitor, Duration::ZERO, Finding::of(verdict), 1)],
        };
        store.record_run(&run).await.unwrap();
    }
}

#[tokio::test]
async fn a_simulation_shows_what_would_have_been_sent() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let period = ["--from", "2026-11-02T00:00:00Z", "--to", "2026-11-02T01:00:00Z"];
    let simulate =
        |more: &[&str]| allclear(folder.path(), &[&["simulate"], &period[..], more].concat());
    let output = simulate(&[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    for line in [
        "replayed    60 runs from 2026-11-02T00:00:00Z, 60 outcomes",
        "sent        0 in the records, 2 in the replay",
        "+ 2026-11-02T00:12:10Z  firing critical `consecutive_failures`",
        "  because lifecycle: the condition of `consecutive_failures` was not confirmed for `api` in the records",
        "incidents   0 in the records, 1 in the replay",
        "+ 2026-11-02T00:11:00Z  published incident about `api`",
        "assumed     no run before 2026-11-02T00:00:00Z is stored",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let progress = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(progress.contains("replayed, until"), "{progress}");

    fs::write(
        folder.path().join("new.toml"),
        format!("{CONFIG}\n[[rule]]\nid = \"consecutive_failures\"\nenabled = false\n"),
    )
    .unwrap();
    let output = simulate(&["--config", "new.toml", "--json"]);
    let simulated = json(&output);
    let differences = simulated["comparison"]["differences"].as_array().unwrap();
    let first = differences.iter().find(|one| one["kind"] == "sent").unwrap();
    assert!(first["decision"].as_str().unwrap().contains("`service_down`"), "{first:#}");
    let fields: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["at", "causes", "changes", "decision", "kind", "monitor", "recorded_id", "simulated_id"]
    );
    assert!(first["at"].as_str().unwrap().parse::<Timestamp>().is_ok(), "{first:#}");
    assert_eq!(first["recorded_id"], Value::Null);
    assert_eq!(first["causes"][0]["stage"], "lifecycle");

    let id = first["simulated_id"].as_str().unwrap();
    let stories = json(&simulate(&["--config", "new.toml", "--json", "--explain", id]));
    assert_eq!(stories["recorded"], Value::Null);
    let step = &stories["simulated"]["steps"][0];
    let fields: Vec<&String> = step.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["at", "monitor", "stage", "text"]);
    let text = stdout(&simulate(&["--config", "new.toml", "--explain", id]));
    assert!(text.starts_with("in the records: not decided\n\nin the replay:\n"), "{text}");
    let refused = simulate(&["--explain", "nothing"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(simulated["n_outcomes"], 60);
}

const ACTION: &str = r#"
[[action]]
id = "restart"
run.webhook = { url = "https://restart.example.com/" }
rules = ["service_down"]
"#;

#[tokio::test]
async fn a_simulation_counts_attempts_of_actions_apart_from_notifications() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    fs::write(folder.path().join("new.toml"), format!("{CONFIG}{ACTION}")).unwrap();
    let period = ["--from", "2026-11-02T00:00:00Z", "--to", "2026-11-02T01:00:00Z"];
    let new = ["--config", "new.toml"];
    let text = stdout(&allclear(folder.path(), &[&["simulate"], &period[..], &new].concat()));
    for line in [
        "sent        0 in the records, 2 in the replay",
        "attempted   0 in the records, 3 in the replay",
        "an attempt of an action that is not in the records has no result",
        "+ 2026-11-02T00:13:00Z  attempt 1 of 3 of the action `restart` for `api`",
        "  because lifecycle: the condition of `service_down` was not confirmed for `api` in the records",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("the channel `restart`"), "{text}");
}

#[test]
fn a_simulation_of_an_empty_log_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("allclear.toml"), CONFIG).unwrap();
    fs::create_dir(folder.path().join("allclear-data")).unwrap();
    drop(SqliteStore::open(folder.path().join("allclear-data/allclear.db")).unwrap());
    for from in ["30000d", "0000-01-01T00:00:00Z"] {
        let output = allclear(folder.path(), &["simulate", "--from", from]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(stderr(&output).contains("no run is recorded"), "{output:?}");
    }
}

#[tokio::test]
async fn a_simulation_of_a_period_without_runs_is_an_error_that_tells_the_recorded_period() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    for (from, to) in [
        ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"),
        ("2026-11-02T02:00:00Z", "2026-11-02T03:00:00Z"),
    ] {
        let output = allclear(folder.path(), &["simulate", "--from", from, "--to", to]);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        let text = stderr(&output);
        assert!(text.contains("the recorded runs begin at 2026-11-02T00:00:00Z"), "{text}");
    }
}
