//! Interaction with other processes: a second `up` on the same folder, foreign locks, and hangup
//! signals.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use crate::stage::{PATIENCE, Process, Stage, Up, eventually, monitor};

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.config(&monitor(&stage.simulator, "frontend", ""));
    stage
}

const UP: [&str; 3] = ["up", "--listen", "127.0.0.1:0"];

#[tokio::test]
async fn a_second_process_on_the_folder_is_refused_with_the_first_ones_id() {
    let stage = stage().await;
    let up = stage.up().await;
    let mode = fs::metadata(stage.path("allclear-data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    for arguments in [&UP[..], &["up", "--once"]] {
        let refused = stage.run(arguments).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        let id = format!("process {}", up.process.id());
        assert!(refused.stderr.contains(&id), "{refused:?}");
        assert!(refused.stderr.contains("allclear-data"), "{refused:?}");
        assert!(refused.stderr.contains("--takeover"), "{refused:?}");
    }
    up.page_says("All systems operational", PATIENCE).await;

    // A killed process leaves nothing that blocks the next one.
    up.process.killed();
    let next = stage.up().await;
    assert_eq!(next.process.terminated(Duration::from_secs(10)).await.code, Some(0));
}

#[tokio::test]
async fn a_takeover_ends_the_first_process_gracefully() {
    let stage = stage().await;
    let first = stage.up().await;
    let second = Up::of(stage.command(&[&UP[..], &["--takeover"]].concat())).await;
    let ended = first.process.finished(PATIENCE).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("stopping"), "{ended:?}");
    second.page_says("All systems operational", PATIENCE).await;
    assert!(second.process.stderr().contains("asking process"), "{}", second.process.stderr());
    assert_eq!(second.process.terminated(Duration::from_secs(10)).await.code, Some(0));
}

/// Starts a process that holds a lock on a file or folder until the value is dropped.
async fn locked(path: &std::path::Path) -> Process {
    let mut command = Command::new("flock");
    command.arg("--no-fork").arg(path).args(["sh", "-c", "echo locked >&2; exec sleep 300"]);
    let mut process = Process::start(command);
    process.said("locked", PATIENCE).await;
    process
}

#[tokio::test]
async fn a_locked_page_delays_neither_start_nor_shutdown() {
    let stage = stage().await;
    fs::create_dir_all(stage.path("allclear-data/site")).unwrap();
    let lock = locked(&stage.path("allclear-data/site")).await;
    let mut up = stage.up().await;
    let said = up.process.said("has been locked by process", PATIENCE).await;
    assert!(said.contains("allclear-data/site"), "{said}");
    let n_runs = "SELECT count(*) > 0 FROM runs";
    eventually("checks without a page", PATIENCE, async || {
        (stage.query(n_runs).await.trim() == "1").then_some(())
    })
    .await;
    let ended = up.process.terminated(PATIENCE).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    drop(lock);
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
}

#[tokio::test]
async fn locked_secrets_are_an_error_with_the_file_and_the_process() {
    let stage = stage().await;
    let set = ["keys", "set", "openai", "--no-validate"];
    let kept = stage.run_with_input(&set, "sk-1\n").await;
    assert_eq!(kept.code, Some(0), "{kept:?}");
    let lock = locked(&stage.path("allclear-data/secrets.json.lock")).await;
    let refused = stage.run_with_input(&set, "sk-2\n").await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("secrets.json.lock"), "{refused:?}");
    assert!(refused.stderr.contains("locked by process"), "{refused:?}");
    drop(lock);
    assert_eq!(stage.run_with_input(&set, "sk-2\n").await.code, Some(0));
}

fn hang_up(process: &Process) {
    let kill = format!("kill -HUP {}", process.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "`{kill}`");
}

#[tokio::test]
async fn a_hangup_reloads_the_config_and_an_invalid_one_is_ignored() {
    let stage = stage().await;
    let mut up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    let ids = async |up: &Up| -> Vec<String> {
        let summary = up.get("/api/v2/summary.json").await.body;
        ["frontend", "doc_store"]
            .into_iter()
            .filter(|id| summary.contains(id))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(ids(&up).await, ["frontend"]);

    stage.config("[[monitor]]\nid = \"frontend\"\nchek.http = { url = \"http://127.0.0.1/\" }\n");
    hang_up(&up.process);
    up.process.said("the active config stays", PATIENCE).await;
    assert!(up.process.stderr().contains("allclear.toml:3:1: "), "{}", up.process.stderr());
    assert_eq!(ids(&up).await, ["frontend"]);

    let both = ["frontend", "doc_store"].map(|id| monitor(&stage.simulator, id, ""));
    stage.config(&both.concat());
    hang_up(&up.process);
    up.process.said("`: 2 monitors", PATIENCE).await;
    eventually("the page of the new config", PATIENCE, async || {
        (ids(&up).await.len() == 2).then_some(())
    })
    .await;
    up.page_says("All systems operational", PATIENCE).await;
    let ended = up.process.terminated(Duration::from_secs(10)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

const ON_TERMINAL: &str = r#"
[defaults]
confirm = { failures = 1 }

[[rule]]
id = "service_down"
for = "0s"

[[channel]]
id = "log"
send.log = {}
"#;

#[tokio::test]
async fn on_a_terminal_each_event_is_one_line_without_prefixes() {
    let stage = Stage::new().await;
    stage.config(&format!("{ON_TERMINAL}{}", monitor(&stage.simulator, "doc_store", "")));
    stage.simulator.set("doc_store", allclear_simulator::Behavior::status(503));
    let program = stage.command(&[]).get_program().to_str().unwrap().to_owned();
    let screen = stage.path("screen");
    let inner = format!("{program} {}", UP.join(" "));
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-f", "-c", &inner]).arg(&screen).current_dir(stage.path("."));
    let Ok(process) = Process::try_start(command) else {
        eprintln!("NOT TESTED: `script` cannot be started; on Debian, `apt-get install bsdutils`");
        return;
    };
    let text = || String::from_utf8_lossy(&fs::read(&screen).unwrap_or_default()).into_owned();
    eventually("the notification", PATIENCE, async || text().contains("[critical]").then_some(()))
        .await;
    let _ = process.terminated(PATIENCE).await;
    let text = text();
    let lines: Vec<&str> =
        text.split(['\n', '\r']).filter(|line| line.contains("doc_store")).collect();
    assert_eq!(lines.iter().filter(|line| line.contains("[critical]")).count(), 1, "{text}");
    for noise in ["ERROR", "delivery", "fires", "notifications:", "Z "] {
        assert!(lines.iter().all(|line| !line.contains(noise)), "`{noise}` in {lines:?}");
    }
}
