//! Commands: real processes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use allclear_core::secret::Secrets;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

use crate::world::{LONG, execute, failure, problems, secret};

/// Returns the parameters of a shell that runs `script`, with `$1` as its first argument.
fn shell(script: &str, argument: &Path) -> Value {
    json!({ "argv": ["/bin/sh", "-c", script, "sh", argument] })
}

fn pid(file: &Path) -> Pid {
    let text = fs::read_to_string(file).unwrap();
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

/// Asks until `holds` is true; returns false after ten seconds.
async fn comes_true(holds: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if holds() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// Returns true for a process that has ended.
fn has_ended(pid: Pid) -> bool {
    // A process that was killed stays until its new parent has reaped it.
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let is_zombie = |text: &String| text.rsplit(')').next().unwrap().trim().starts_with('Z');
    test_kill_process(pid).is_err() || state.as_ref().is_ok_and(is_zombie)
}

#[tokio::test]
async fn a_command_gets_the_facts_about_the_alert_and_no_other_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("environment");
    let mut params =
        json!({ "argv": ["/bin/sh", "-c", "pwd > \"$1\"; env >> \"$1\"", "sh", file] });
    params["environment"] = json!({ "REGION": "eu", "TOKEN": "secret:token" });
    params["directory"] = folder.path().to_str().unwrap().into();
    execute("command", params, &secret("token", "s3cret-value"), LONG).await.unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(fs::canonicalize(lines[0]).unwrap(), folder.path().canonicalize().unwrap());
    // The shell adds variables of its own.
    let mut names: Vec<&str> =
        lines[1..].iter().filter_map(|line| line.split('=').next()).collect();
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "ALLCLEAR_ACTION",
            "ALLCLEAR_ATTEMPT",
            "ALLCLEAR_DELIVERY",
            "ALLCLEAR_MONITOR",
            "ALLCLEAR_RULE",
            "ALLCLEAR_SEVERITY",
            "PATH",
            "REGION",
            "TOKEN"
        ]
    );
    for line in [
        "ALLCLEAR_ACTION=restart",
        "ALLCLEAR_ATTEMPT=2",
        "ALLCLEAR_DELIVERY=5c1f0e9a7d3b2c4e6f8a9b0d",
        "ALLCLEAR_MONITOR=api",
        "REGION=eu",
        "TOKEN=s3cret-value",
    ] {
        assert!(lines.contains(&line), "{line}: {text}");
    }
}

#[tokio::test]
async fn arguments_are_not_interpreted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a; touch b $(touch c)");
    let params = json!({ "argv": ["/usr/bin/touch", file] });
    execute("command", params, &Secrets::new(), LONG).await.unwrap();
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(names, [file]);
}

#[tokio::test]
async fn a_failure_quotes_the_end_of_the_output_without_secrets() {
    let script = "exec >&2; yes 'much output' | head -c 100000; echo 'token s3cret-value is refused'; exit 3";
    let mut params = json!({ "argv": ["/bin/sh", "-c", script] });
    params["environment"] = json!({ "TOKEN": "secret:token" });
    let error =
        execute("command", params, &secret("token", "s3cret-value"), LONG).await.unwrap_err();
    assert!(error.message.starts_with("`/bin/sh` exited with 3: "), "{error}");
    assert!(error.message.ends_with("token [redacted] is refused"), "{error}");
    assert!(error.message.chars().count() < 400, "{error}");
    assert!(!error.may_have_arrived);
}

#[tokio::test]
async fn the_end_of_a_short_output_is_quoted() {
    let params = json!({ "argv": ["/bin/sh", "-c", "echo 'no such unit' >&2; exit 5"] });
    let error = failure("command", params).await;
    assert_eq!(error.message, "`/bin/sh` exited with 5: no such unit");
    let params = json!({ "argv": ["/bin/sh", "-c", "kill -9 $$"] });
    assert_eq!(failure("command", params).await.message, "`/bin/sh` was ended by signal 9");
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_named() {
    let error = failure("command", json!({ "argv": ["/no/such/program"] })).await;
    assert!(error.message.starts_with("`/no/such/program` cannot be started: "), "{error}");
    assert!(!error.may_have_arrived);
}

#[tokio::test]
async fn a_command_that_exceeds_its_time_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = "sleep 600 & echo $! > \"$1\"; echo waiting; wait";
    let limit = Duration::from_millis(500);
    let error = execute("command", shell(script, &file), &Secrets::new(), limit).await.unwrap_err();
    assert_eq!(error.message, "`/bin/sh` was killed after 500ms: waiting");
    let child = pid(&file);
    assert!(comes_true(|| has_ended(child)).await, "the child still runs");
}

#[tokio::test]
async fn a_command_that_is_cut_off_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = "sleep 600 & echo $! > \"$1.new\"; mv \"$1.new\" \"$1\"; wait";
    let params = shell(script, &file);
    let executing =
        tokio::spawn(async move { execute("command", params, &Secrets::new(), LONG).await });
    assert!(comes_true(|| file.exists()).await, "the child was not started");
    executing.abort();
    assert!(executing.await.unwrap_err().is_cancelled());
    let child = pid(&file);
    assert!(comes_true(|| has_ended(child)).await, "the child still runs");
}

#[tokio::test]
async fn a_process_that_a_command_leaves_in_the_background_keeps_running() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let began = Instant::now();
    let script = "sleep 600 & echo $! > \"$1\"";
    execute("command", shell(script, &file), &Secrets::new(), LONG).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "it is not waited for");
    let background = pid(&file);
    assert!(!has_ended(background));
    kill_process(background, Signal::KILL).unwrap();
}

#[test]
fn a_command_without_an_absolute_path_is_refused() {
    assert_eq!(
        problems("command", json!({ "argv": ["restart-api"] })),
        ["`restart-api` is not an absolute path"]
    );
    assert_eq!(problems("command", json!({ "argv": [] })), ["`` is not an absolute path"]);
    assert_eq!(
        problems("command", json!({ "argv": ["/bin/true"], "directory": "srv" })),
        ["`srv` is not an absolute path"]
    );
    assert_eq!(
        problems(
            "command",
            json!({ "argv": ["/bin/true"], "environment": { "ALLCLEAR_X": "a", "a b": "c" } })
        ),
        ["`ALLCLEAR_X` cannot be the name of a variable", "`a b` cannot be the name of a variable"]
    );
}
