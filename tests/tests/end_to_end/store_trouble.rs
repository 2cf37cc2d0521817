//! A store that temporarily cannot be written to: a full disk, a lock of another process, a deleted
//! database. No outcome is lost, and operators are notified without it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use allclear_simulator::Behavior;
use serde_json::Value;

use crate::stage::{PATIENCE, Process, Stage, eventually, heading, monitor, now};

const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "2s"
confirm = { failures = 1, successes = 1 }
cooldown = "0s"

[[rule]]
id = "service_down"
for = "0s"

[[channel]]
id = "hook"
send.webhook = { url = "secret:hook" }
"#;

/// One minute of trouble, plus time to detect it and to notify on a slow machine.
const NOTIFIED_WITHIN: Duration = Duration::from_mins(2);

/// The longest time between two outcomes, which are scheduled 10 s apart.
const LONGEST_GAP: &str = "
    SELECT max(gap) FROM (
        SELECT at_s - lag(at_s) OVER (PARTITION BY monitor ORDER BY at_s) AS gap FROM outcomes
    )";

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let monitors = ["doc_store", "frontend"].map(|id| monitor(&stage.simulator, id, ""));
    stage.config(&format!("{CONFIG}{}", monitors.concat()));
    stage
}

/// Waits for a notification with this title in the inbox and returns it.
async fn notice(stage: &Stage, title: &str, limit: Duration) -> Value {
    eventually(title, limit, async || {
        let received = stage.simulator.inbox("hook");
        let notices = received.iter().map(|one| one.json().unwrap());
        notices.into_iter().find(|one| one["title"] == title)
    })
    .await
}

fn titles(stage: &Stage) -> Vec<String> {
    let received = stage.simulator.inbox("hook");
    received.iter().map(|one| one.json().unwrap()["title"].as_str().unwrap().to_owned()).collect()
}

async fn uptimes(stage: &Stage) -> (f64, f64) {
    let report = stage.report().await;
    let uptime = |n: usize| report["services"][n]["uptime_percentage"].as_f64().unwrap();
    (uptime(0), uptime(1))
}

/// A small in-memory disk that is unmounted on drop.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts the disk; `None` if this process lacks the permission.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs"]).arg(at);
        let is_mounted = command.status().is_ok_and(|status| status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }

    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
        while file.write_all(&[1]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_loses_no_outcome_and_is_notified_once_without_the_store() {
    let stage = stage().await;
    let Some(disk) = SmallDisk::mount(&stage.path("allclear-data")) else {
        eprintln!("NOT TESTED: a tmpfs cannot be mounted here; try it as root");
        return;
    };
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    disk.fill();
    let filled_at = now();
    stage.simulator.set("doc_store", Behavior::status(500));
    let impaired = notice(&stage, "Monitoring impaired", NOTIFIED_WITHIN).await;
    assert!(impaired["message"].as_str().unwrap().contains("full"), "{impaired}");
    assert_eq!(impaired["monitor"]["id"], "allclear", "{impaired}");
    assert_eq!(titles(&stage), ["Monitoring impaired"]);
    // The page does not have the current outcomes, and must not claim to be current.
    let checked = up.summary().await["page"]["updated_at"].as_str().map(str::to_owned);
    let checked = checked.map(|at| at.parse::<jiff::Timestamp>().unwrap());
    assert!(checked.is_none_or(|at| at < now() - Duration::from_secs(30)), "{checked:?}");

    disk.free();
    let freed_at = now();
    let down = notice(&stage, "doc_store is unhealthy", PATIENCE).await;
    let since: jiff::Timestamp = down["since"].as_str().unwrap().parse().unwrap();
    assert!(since >= filled_at && since < freed_at - Duration::from_secs(30), "{down}");
    notice(&stage, "Monitoring works again", PATIENCE).await;
    up.page_says("doc_store is down", PATIENCE).await;
    assert_eq!(titles(&stage).len(), 3, "{:?}", titles(&stage));
    let said = up.process.stderr();
    assert_eq!(said.matches("cannot write outcomes").count(), 1, "{said}");
    assert_eq!(up.process.terminated(Duration::from_secs(15)).await.code, Some(0));
    assert!(stage.query(LONGEST_GAP).await.trim().parse::<u32>().unwrap() <= 10);
    let (doc_store, frontend) = uptimes(&stage).await;
    assert!(doc_store < 50.0, "of {doc_store} % it was well before the disk was full");
    assert!((frontend - 100.0).abs() < f64::EPSILON, "{frontend}");
}

#[tokio::test]
async fn a_lock_of_another_process_loses_no_outcome_and_no_alert() {
    let stage = stage().await;
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    let mut shell = Command::new("sqlite3");
    shell.arg("-batch").arg(stage.database());
    // The lock is held longer than a write waits for it.
    let hold = "BEGIN IMMEDIATE;\n.shell echo locked >&2; sleep 18\nROLLBACK;\n";
    let mut holder = Process::start_with_input(shell, hold);
    holder.said("locked", PATIENCE).await;
    let locked_at = now();
    let id = holder.id();
    stage.simulator.set("doc_store", Behavior::status(500));
    let mut process = up.process;
    let said = process.said("cannot write outcomes", PATIENCE).await;
    assert!(said.contains("database is locked"), "{said}");
    assert!(said.contains("allclear.db") && said.contains(&format!("process {id}")), "{said}");
    assert_eq!(holder.finished(PATIENCE).await.code, Some(0));
    let released_at = now();

    let down = notice(&stage, "doc_store is unhealthy", PATIENCE).await;
    let since: jiff::Timestamp = down["since"].as_str().unwrap().parse().unwrap();
    assert!(since >= locked_at && since < released_at, "{down}");
    assert_eq!(titles(&stage), ["doc_store is unhealthy"], "18 s are no impaired monitoring");
    assert_eq!(process.terminated(Duration::from_secs(15)).await.code, Some(0));
    assert!(stage.query(LONGEST_GAP).await.trim().parse::<u32>().unwrap() <= 10);
    let (doc_store, frontend) = uptimes(&stage).await;
    assert!(doc_store < 100.0 && (frontend - 100.0).abs() < f64::EPSILON, "{doc_store} {frontend}");
    assert_eq!(heading(&stage.published("index.html").unwrap()), "doc_store is down");
}

#[tokio::test]
async fn a_deleted_database_is_reported_and_can_be_restored() {
    let stage = stage().await;
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    let mut process = up.process;
    let aside = stage.path("aside.db");
    fs::rename(stage.database(), &aside).unwrap();
    let said = process.said("was deleted or moved away", PATIENCE).await;
    assert!(said.contains("allclear.db") && said.contains("put it back"), "{said}");
    fs::rename(&aside, stage.database()).unwrap();
    process.said("outcomes that waited in memory are written", PATIENCE).await;

    process.said("the store works again", PATIENCE).await;
    fs::remove_file(stage.database()).unwrap();
    eventually("the second time", PATIENCE, async || {
        (process.stderr().matches("was deleted or moved away").count() >= 2).then_some(())
    })
    .await;
    let ended = process.terminated(PATIENCE).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("could not be written and are lost"), "{ended:?}");
    assert!(!stage.database().exists(), "an empty database was put in its place");
}

#[tokio::test]
async fn a_database_path_that_is_not_a_file_is_rejected() {
    let stage = stage().await;
    fs::create_dir(stage.path("allclear-data")).unwrap();
    let made = Command::new("mkfifo").arg(stage.database()).status().unwrap();
    assert!(made.success());
    for arguments in [&["up", "--listen", "127.0.0.1:0"][..], &["up", "--once"], &["report"]] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.stderr.contains("allclear.db` is a FIFO"), "{finished:?}");
        assert!(finished.stderr.contains("move it away"), "{finished:?}");
    }
}

#[tokio::test]
async fn commands_about_recorded_data_refuse_a_folder_without_a_database() {
    let stage = stage().await;
    let id = "20261130-3f2a91";
    for arguments in [
        &["report"][..],
        &["export"],
        &["explain", "frontend"],
        &["simulate", "--from", "1h"],
        &["incident", "list"],
        &["incident", "show", id],
        &["incident", "open", "Checkout fails"],
        &["incident", "open", "Checkout fails", "--preview"],
        &["incident", "update", id, "A disk is full."],
        &["incident", "publish", id],
        &["incident", "resolve", id],
        &["incident", "postmortem", id, "All of it."],
        &["silence", "add", "monitor=frontend", "--for", "2h"],
        &["silence", "list"],
        &["silence", "expire", "one"],
        &["maintenance", "add", "Move", "--for", "2h"],
        &["maintenance", "list"],
        &["maintenance", "end", "one"],
        &["ack", "frontend"],
        &["ack", "frontend", "--undo"],
        &["ack", "--list"],
    ] {
        let finished = stage.run(&[arguments, &["--data", "wrong"]].concat()).await;
        assert_eq!(finished.code, Some(2), "{arguments:?}: {finished:?}");
        let said = finished.stderr;
        assert!(said.contains("nothing was recorded yet"), "{arguments:?}: {said}");
        assert!(said.contains("--data"), "{arguments:?}: {said}");
        assert!(!stage.path("wrong").exists(), "{arguments:?} created the folder");
    }
}

#[tokio::test]
async fn reading_commands_create_no_files() {
    let stage = stage().await;
    for (arguments, code) in [
        (&["report"][..], 2),
        (&["export"], 2),
        (&["models"], 0),
        (&["check"], 0),
        (&["wait", "frontend", "--timeout", "1s"], 0),
    ] {
        let finished = stage.run(arguments).await;
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
        assert!(!stage.path("allclear-data").exists(), "{arguments:?} created the data folder");
        if code != 0 {
            let said = finished.stderr;
            assert!(said.contains("allclear.db`: nothing was recorded yet"), "{said}");
            assert!(said.contains("allclear up") && said.contains("--data"), "{said}");
        }
    }
}
