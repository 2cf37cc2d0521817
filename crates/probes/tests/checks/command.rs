//! The `command` check with programs that misbehave.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use allclear_core::checker::Checker;
use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_probes::{ProbeSettings, Probes};
use rustix::process::{Pid, test_kill_process};
use rustls::RootCertStore;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{LONG, SHORT, build, declared, make};

fn checker(params: Value) -> Box<dyn Checker> {
    let probes = Probes::new(ProbeSettings::new(RootCertStore::empty().into()));
    build(&probes, "command", params).unwrap_or_else(|all| panic!("{all:?}"))
}

fn problems(params: Value) -> Vec<String> {
    let probes = Probes::new(ProbeSettings::new(RootCertStore::empty().into()));
    let Err(problems) = build(&probes, "command", params) else { panic!("accepted") };
    problems.into_iter().map(|problem| problem.what).collect()
}

async fn run_within(timeout: Duration, params: Value, secrets: &Secrets) -> Finding {
    let checker = checker(params);
    // A checker that exceeds its deadline fails the test.
    let made = tokio::time::timeout(timeout, make(checker.as_ref(), timeout, secrets)).await;
    declared("command", made.expect("ended by the prober"))
}

/// Runs a shell script, with `$1` as its first argument.
async fn script_within(timeout: Duration, script: &str, argument: &Path) -> Finding {
    let argv = json!({ "argv": ["/bin/sh", "-c", script, "sh", argument] });
    run_within(timeout, argv, &Secrets::new()).await
}

async fn script(script: &str) -> Finding {
    script_within(LONG, script, Path::new("/")).await
}

#[track_caller]
fn assert_failed(finding: &Finding, fault: Fault, reason: Reason) -> String {
    let cause = finding.verdict.cause().unwrap_or_else(|| panic!("healthy: {finding:?}"));
    assert_eq!((cause.fault, cause.reason), (fault, reason), "{finding:?}");
    cause.message.clone()
}

/// Asks until the process of this file has ended and was reaped.
async fn has_ended(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap();
    let pid = Pid::from_raw(text.trim().parse().unwrap()).unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        // An orphan stays a zombie if the first process of this machine reaps none.
        let is_zombie = |text: &String| text.rsplit(')').next().unwrap().trim().starts_with('Z');
        if test_kill_process(pid).is_err() || state.as_ref().is_ok_and(is_zombie) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn the_exit_code_is_the_status_and_the_first_line_the_message() {
    let finding = script("echo 'LOAD OK|load1=0.5;5;10;0; time=20ms;;;0'; echo more").await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    assert!(finding.latency.is_some());
    assert_eq!(finding.metrics.get("perf_load1"), Some(&0.5));
    assert_eq!(finding.metrics.get("perf_time_seconds"), Some(&0.02));
    let finding = script("echo 'LOAD WARNING|load1=7'; exit 1").await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
    let message = assert_failed(&finding, Fault::Target, Reason::PluginWarning);
    assert_eq!(message, "`/bin/sh` reports a warning: LOAD WARNING");
    let finding = script("echo 'LOAD CRITICAL|load1=70'; exit 2").await;
    assert_eq!(finding.verdict.status(), Status::Unhealthy);
    let message = assert_failed(&finding, Fault::Target, Reason::PluginCritical);
    assert_eq!(message, "`/bin/sh` reports a failure: LOAD CRITICAL");
    assert_eq!(finding.metrics.get("perf_load1"), Some(&70.0));
    let finding = script("echo 'usage: --help' >&2; exit 3").await;
    assert_eq!(finding.verdict.status(), Status::Unknown);
    let message = assert_failed(&finding, Fault::Monitor, Reason::PluginUnknown);
    assert_eq!(message, "`/bin/sh` could not measure: usage: --help");
}

#[tokio::test]
async fn conditions_use_the_output_and_the_performance_data() {
    let with = |condition: &str, value: &str| {
        let mut params =
            json!({ "argv": ["/bin/sh", "-c", "echo 'QUEUE OK - 7 waiting|waiting=7 age=2s'"] });
        params[condition] = json!(value);
        params
    };
    let good = "perf['waiting'] < 10 && perf.age == 2 && output.contains('7 waiting')";
    let finding = run_within(LONG, with("expect", good), &Secrets::new()).await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    let finding = run_within(LONG, with("expect", "perf.waiting > 10"), &Secrets::new()).await;
    assert_failed(&finding, Fault::Target, Reason::AssertionFailed);
    let finding = run_within(LONG, with("degraded", "perf.waiting > 5"), &Secrets::new()).await;
    assert_failed(&finding, Fault::Target, Reason::Degraded);
}

#[tokio::test]
async fn a_program_that_cannot_run_is_the_monitors_fault_and_says_why() {
    let folder = TempDir::new().unwrap();
    let (file, orphan) = (folder.path().join("plain"), folder.path().join("orphan"));
    fs::write(&file, "text").unwrap();
    fs::write(&orphan, "#!/no/such/interpreter\n").unwrap();
    for one in [&file, &orphan] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = if one == &file { 0o644 } else { 0o755 };
        fs::set_permissions(one, fs::Permissions::from_mode(mode)).unwrap();
    }
    for (params, wanted) in [
        (json!({ "argv": ["/no/such/program"] }), "does not exist on this machine"),
        (json!({ "argv": [orphan] }), "or the interpreter in its first line, does not exist"),
        (json!({ "argv": [file] }), "may not execute"),
        (json!({ "argv": ["/bin/true"], "directory": "/no/such" }), "the directory `/no/such`"),
        (json!({ "argv": ["/bin/sh", "-c", "/no/such"] }), "exited with 127, which says"),
        (json!({ "argv": ["/bin/sh", "-c", "exit 42"] }), "exited with 42, which the convention"),
        (json!({ "argv": ["/bin/sh", "-c", "kill -SEGV $$"] }), "was ended by the signal 11"),
    ] {
        let finding = run_within(LONG, params, &Secrets::new()).await;
        let message = assert_failed(&finding, Fault::Monitor, Reason::PluginUnknown);
        assert!(message.contains(wanted), "{message}");
    }
}

#[tokio::test]
async fn a_program_gets_no_environment_but_its_own() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("environment");
    let params = json!({
        "argv": ["/bin/sh", "-c", "pwd; env > \"$1\"; cat", "sh", file],
        "directory": "/tmp",
        "environment": { "REGION": "eu", "TOKEN": "secret:token" },
        "expect": "output == '/tmp'",
    });
    let name = allclear_core::id::SecretName::new("token").unwrap();
    let secrets = Secrets::from([(name, SecretString::from("s3cret"))]);
    let finding = run_within(LONG, params, &secrets).await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    let text = fs::read_to_string(&file).unwrap();
    let mut names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
    // The shell adds variables of its own.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "PATH", "REGION", "TOKEN"]);
    assert!(text.contains("TOKEN=s3cret"));
}

#[tokio::test]
async fn a_program_that_does_not_end_is_killed_with_its_children() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pid");
    for body in [
        "sleep 600 & echo $! > \"$1\"; echo waiting; wait",
        "trap '' TERM INT HUP; sleep 600 & echo $! > \"$1\"; echo waiting; wait",
        "echo waiting; exec >&- 2>&-; sleep 600 & echo $! > \"$1\"; wait",
    ] {
        let finding = script_within(SHORT, body, &file).await;
        let message = assert_failed(&finding, Fault::Target, Reason::Timeout);
        assert_eq!(message, "`/bin/sh` has not ended within 1s and was killed: waiting");
        assert!(has_ended(&file).await, "the child still runs: {body}");
    }
}

#[tokio::test]
async fn a_check_that_is_cut_off_leaves_no_process() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pid");
    let argument = file.clone();
    let body = "sleep 600 & echo $! > \"$1.new\"; mv \"$1.new\" \"$1\"; wait";
    let running = tokio::spawn(async move { script_within(LONG, body, &argument).await });
    while !file.exists() {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert!(has_ended(&file).await, "the child still runs");
}

#[tokio::test]
async fn a_process_in_the_background_is_not_waited_for_and_killed() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pid");
    let began = Instant::now();
    // It holds the output open.
    let finding = script_within(LONG, "sleep 600 & echo $! > \"$1\"; echo OK", &file).await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    assert!(began.elapsed() < LONG / 2);
    assert!(has_ended(&file).await, "it still runs");
}

#[tokio::test]
async fn a_process_that_left_the_group_does_not_delay_the_check() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pid");
    let body = "setsid sleep 600 & echo $! > \"$1\"; echo OK";
    let began = Instant::now();
    let finding = script_within(LONG, body, &file).await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    assert!(began.elapsed() < LONG / 2);
    let pid = fs::read_to_string(&file).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

#[tokio::test]
async fn endless_output_is_cut_and_garbage_is_harmless() {
    let finding = script("yes 'much output'").await;
    let message = assert_failed(&finding, Fault::Monitor, Reason::PluginUnknown);
    assert!(
        message.starts_with("`/bin/sh` wrote too much and was killed: much output"),
        "{message}"
    );
    assert!(message.len() < 600, "{message}");
    let finding = script("yes error >&2").await;
    assert_failed(&finding, Fault::Monitor, Reason::PluginUnknown);
    // Less than the limit, and more than a pipe holds.
    let finding = script("echo OK; head -c 500000 /dev/zero; echo '| a=1'").await;
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    let finding = script("head -c 20000 /dev/urandom; exit 2").await;
    let message = assert_failed(&finding, Fault::Target, Reason::PluginCritical);
    assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
    let finding = script("printf '\\033[2Jx\\0y|\\0=1 a=\\377 b=2'; exit 1").await;
    let message = assert_failed(&finding, Fault::Target, Reason::PluginWarning);
    assert_eq!(message, "`/bin/sh` reports a warning: \u{fffd}[2Jx\u{fffd}y");
    assert_eq!(finding.metrics.get("perf_b"), Some(&2.0));
}

#[test]
fn parameters_that_cannot_work_or_show_a_secret_are_refused() {
    let of = |argv: Value| problems(json!({ "argv": argv }));
    assert_eq!(of(json!([])), ["`` is not an absolute path"]);
    assert_eq!(of(json!(["check_load"])), ["`check_load` is not an absolute path"]);
    assert_eq!(
        of(json!(["/bin/check", "-p", "secret:password"])),
        ["each user of the machine can see the arguments of a program"]
    );
    assert_eq!(of(json!(["/bin/check", "a\0b"])).len(), 1);
    assert_eq!(of(json!(vec!["/bin/check"; 101])).len(), 1);
    let params =
        json!({ "argv": ["/bin/true"], "directory": "srv", "environment": { "a b": "c" } });
    let all = problems(params);
    assert_eq!(all[0], "`srv` is not an absolute path");
    assert_eq!(all[1], "`a b` cannot be the name of a variable");
}
