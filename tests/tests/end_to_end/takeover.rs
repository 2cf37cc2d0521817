//! Taking over a data folder from another `up`, keeping it reserved, and the checks before a
//! takeover.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::Command;

use crate::stage::{PATIENCE, Process, Stage, Up, eventually, monitor};

const ANY: [&str; 3] = ["up", "--listen", "127.0.0.1:0"];

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.config(&monitor(&stage.simulator, "frontend", ""));
    stage
}

/// Starts `up --takeover`, which must fail with this text and leave the first process running.
async fn refused(stage: &Stage, first: &mut Up, listen: &str, text: &str) {
    let refused = stage.run(&["up", "--takeover", "--listen", listen]).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains(text), "{text}: {refused:?}");
    assert!(!refused.stderr.contains("asking process"), "{refused:?}");
    assert!(first.process.runs(), "the first process has ended: {refused:?}");
    first.page_says("All systems operational", PATIENCE).await;
}

#[tokio::test]
async fn a_failed_takeover_leaves_the_first_process_running() {
    let stage = stage().await;
    let mut first = stage.up().await;
    first.page_says("All systems operational", PATIENCE).await;

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let foreign = stage.simulator.http_address().to_string();
    refused(&stage, &mut first, &foreign, "--listen").await;
    // An address from the documentation range, which this machine does not have.
    refused(&stage, &mut first, "192.0.2.1:80", "--listen").await;

    let good = fs::read_to_string(stage.path("allclear.toml")).unwrap();
    stage.config("[[monitor]]\n");
    refused(&stage, &mut first, &free, " error").await;
    stage.config(&good);

    // The path of the database is occupied by something else.
    let database = stage.database();
    let aside = stage.path("aside.db");
    fs::rename(&database, &aside).unwrap();
    fs::create_dir(&database).unwrap();
    refused(&stage, &mut first, &free, "is a folder and not a database file").await;
    fs::remove_dir(&database).unwrap();
    fs::rename(&aside, &database).unwrap();

    let second = Up::of(stage.command(&["up", "--takeover", "--listen", &free])).await;
    assert_eq!(first.process.finished(PATIENCE).await.code, Some(0));
    second.page_says("All systems operational", PATIENCE).await;
    assert_eq!(second.process.terminated(PATIENCE).await.code, Some(0));
}

#[tokio::test]
async fn a_takeover_listens_on_the_address_of_the_first_process() {
    let stage = stage().await;
    let first = stage.up().await;
    let address = first.address().to_owned();
    let second = Up::of(stage.command(&["up", "--takeover", "--listen", &address])).await;
    assert_eq!(first.process.finished(PATIENCE).await.code, Some(0));
    assert_eq!(second.address(), address);
    second.page_says("All systems operational", PATIENCE).await;
}

#[tokio::test]
async fn a_folder_whose_lock_file_was_removed_stays_reserved() {
    let stage = stage().await;
    let mut up = stage.up().await;
    fs::remove_file(stage.path("allclear-data/up.lock")).unwrap();
    let refused = stage.run(&ANY).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains(&format!("process {}", up.process.id())), "{refused:?}");
    assert!(up.process.runs());
}

#[tokio::test]
async fn a_process_whose_folder_was_replaced_reserves_the_new_one_or_ends() {
    let stage = stage().await;
    let mut up = stage.up().await;
    fs::rename(stage.path("allclear-data"), stage.path("moved")).unwrap();
    fs::create_dir(stage.path("allclear-data")).unwrap();
    let lock = File::open(stage.path("allclear-data")).unwrap();
    // The lock is acquired either here or by the process: exactly one of the two uses the folder.
    match lock.try_lock() {
        Ok(()) => {
            up.process.said("already uses", PATIENCE).await;
            let ended = up.process.finished(PATIENCE).await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.stderr.contains("stopping"), "{ended:?}");
        }
        Err(_) => assert!(up.process.runs()),
    }
}

#[tokio::test]
async fn a_file_in_place_of_the_data_folder_is_reported_once() {
    let stage = stage().await;
    fs::write(stage.path("file"), "").unwrap();
    for (data, text) in
        [("file", "is a file: name another folder"), ("file/data", "cannot create the data folder")]
    {
        let refused = stage.run(&["up", "--listen", "127.0.0.1:0", "--data", data]).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(text), "{refused:?}");
        let causes: Vec<&str> = refused.stderr.lines().skip(1).collect();
        let n_causes = causes.iter().filter(|line| line.contains("because")).count();
        assert!(n_causes <= 1, "{refused:?}");
    }
}

/// Checks whether the process handles this signal itself.
fn handles(process: &Process, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|caught| u64::from_str_radix(caught.trim(), 16).ok());
    caught.is_some_and(|caught| caught & (1 << (signal - 1)) != 0)
}

#[tokio::test]
async fn a_process_stopped_during_its_start_exits_cleanly() {
    const SIGTERM: u32 = 15;
    let stage = Stage::new().await;
    // A config that takes long to load.
    let monitors = (0..1_000).map(|n| monitor(&stage.simulator, &format!("m{n}"), ""));
    stage.config(&monitors.collect::<String>());
    for arguments in [&ANY[..], &["demo", "--listen", "127.0.0.1:0"]] {
        let process = stage.start(arguments);
        let what = "the process to handle SIGTERM";
        eventually(what, PATIENCE, async || handles(&process, SIGTERM).then_some(())).await;
        assert!(!stage.path("allclear-data").exists(), "it handles signals late: {arguments:?}");
        let ended = process.terminated(PATIENCE).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.stderr.contains("error"), "{ended:?}");
        let _ = fs::remove_dir_all(stage.path("allclear-data"));
    }
}

#[tokio::test]
async fn a_reload_without_a_config_file_names_the_remedy_of_a_running_process() {
    let stage = stage().await;
    let mut up = stage.up().await;
    fs::remove_file(stage.path("allclear.toml")).unwrap();
    let kill = format!("kill -HUP {}", up.process.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    up.process.said("the active config stays", PATIENCE).await;
    let said = up.process.said("cannot read", PATIENCE).await;
    assert!(said.contains("restore it") && !said.contains("--config"), "{said}");
    up.page_says("All systems operational", PATIENCE).await;
}
