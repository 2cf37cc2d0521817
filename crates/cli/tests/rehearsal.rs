//! `allclear test`, `allclear simulate` and `allclear explain` from outside: their output, and their exit codes.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
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

fn json(output: &Output) -> Value {
    assert!(output.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the files of the tests of the built-in rules.
fn shipped() -> Vec<String> {
    let files = fs::read_dir(root().join("rules")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| format!("rules/{}", file.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    names
}

#[test]
fn the_shipped_tests_cover_each_built_in_rule_firing_not_firing_suppressed_and_resolved() {
    let files = shipped();
    let mut arguments = vec!["test", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let output = allclear(&root(), &arguments);
    let result = json(&output);
    assert_eq!(result["n_failed"], 0, "{result:#}");
    assert!(output.status.success());
    let mut covered: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in result["files"].as_array().unwrap() {
        assert_eq!(file["problem"], Value::Null, "{file:#}");
        for test in file["tests"].as_array().unwrap() {
            let ways = test["covers"].as_array().unwrap();
            let of_rule = covered.entry(test["rule"].as_str().unwrap()).or_default();
            of_rule.extend(ways.iter().map(|way| way.as_str().unwrap()));
        }
    }
    for rule in allclear_probes::kinds().rules() {
        // A moment has no end.
        let all = ["firing", "not_firing", "suppressed", "resolved"];
        let wanted = if rule.momentary { &all[..3] } else { &all[..] };
        for way in wanted {
            let is_covered = covered.get(rule.id).is_some_and(|ways| ways.contains(way));
            assert!(is_covered, "no test in rules/ covers `{}` {way}", rule.id);
        }
    }
}

const WRONG: &str = r#"rule = "service_down"

[[test]]
name = "late"
outcomes = "H*5 U*6 H*5"
expect = [
    { at = "9m", kind = "firing", severity = "critical" },
    { at = "12m", kind = "resolved" },
]

[[test]]
name = "quiet"
outcomes = "H*5 U*6 H*5"
expect = []

[[test]]
name = "other"
outcomes = "H*5 U*6 H*5"
expect = [
    { at = "8m10s", kind = "firing", severity = "warning" },
    { at = "8m", suppressed = "silence" },
    { at = "12m", kind = "resolved" },
]

[[test]]
name = "notation"
outcomes = "H*5 X"
expect = []
"#;

#[test]
fn a_mismatch_names_the_file_the_line_and_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("wrong.toml"), WRONG).unwrap();
    let output = allclear(folder.path(), &["test", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let happened = "what happened: `firing` of severity critical of rule `service_down` on `api` at 8m10s, \
                    `resolved` of severity critical of rule `service_down` on `api` at 12m";
    let expected = [
        "✗ wrong.toml:3: late",
        "    wrong.toml:7: expected `firing` of severity critical at 9m, it came at 8m10s",
        "✗ wrong.toml:11: quiet",
        "    wrong.toml:11: not expected: `firing` of severity critical of rule `service_down` on `api` at 8m10s",
        "    wrong.toml:11: not expected: `resolved` of severity critical of rule `service_down` on `api` at 12m",
        "✗ wrong.toml:16: other",
        &format!("    wrong.toml:20: expected `firing` of severity warning at 8m10s; {happened}"),
        &format!("    wrong.toml:21: expected a suppression by silence at 8m; {happened}"),
        "    wrong.toml:16: not expected: `firing` of severity critical of rule `service_down` on `api` at 8m10s",
        "✗ wrong.toml:25: notation",
        "    wrong.toml:27: write `H` (healthy), `D` (degraded), `U` (unhealthy), `?` (not measured) or `-` (no \
         check) at character 5",
        "0 passed, 4 failed",
    ];
    assert_eq!(stdout(&output).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_file_that_is_no_rule_test_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.toml"), "rule = \"service_down\"\nouctomes = 1\n").unwrap();
    let output = allclear(folder.path(), &["test", "other.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("✗ other.toml:2: unknown field `ouctomes`"), "{output:?}");
    assert_eq!(allclear(folder.path(), &["test", "missing.toml"]).status.code(), Some(2));
}

const SOUND: &str = r#"rule = "service_down"

[[test]]
name = "an outage"
outcomes = "H*5 U*6 H*5"
expect = [{ at = "8m10s", kind = "firing" }, { at = "12m", kind = "resolved" }]
"#;

#[test]
fn a_file_that_cannot_be_used_does_not_stop_the_tests_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    write("sound.toml", SOUND.as_bytes());
    write("invalid.toml", b"rule = 'service_down'\n\n[[test]\nname = 'a'\n");
    write("latin.toml", b"rule = 'service_down'\n# caf\xe9\n");
    let output = allclear(folder.path(), &["test", "invalid.toml", "latin.toml", "sound.toml"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("✗ invalid.toml:3: "), "{text}");
    assert_eq!(
        lines[lines.len() - 3..],
        [
            "✗ latin.toml:2: the text is not UTF-8",
            "✓ sound.toml:3: an outage",
            "1 passed, 0 failed, 2 files cannot be used",
        ]
    );
    assert_eq!(output.status.code(), Some(1));

    let arguments = ["test", "--json", "missing.toml", ".", "sound.toml"];
    let output = allclear(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    let result = json(&output);
    assert_eq!((&result["n_tests"], &result["n_unusable"]), (&1.into(), &2.into()), "{result:#}");
    assert_eq!(result["files"][0]["problem"]["line"], Value::Null);
    let message = result["files"][0]["problem"]["message"].as_str().unwrap();
    assert!(message.starts_with("cannot be read: "), "{message}");
    assert_eq!(result["files"][2]["tests"][0]["problems"], Value::Array(Vec::new()));
}

#[test]
fn a_test_that_could_not_fail_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |file: &str| {
        fs::write(folder.path().join("test.toml"), file).unwrap();
        let output = allclear(folder.path(), &["test", "test.toml"]);
        assert_eq!(output.status.code(), Some(1), "{file}: {output:?}");
        stdout(&output)
    };
    assert_eq!(
        refused("").lines().next(),
        Some("✗ test.toml:1: the file has no test: add a `[[test]]`")
    );
    let test = |rule: &str, keys: &str| {
        format!(
            "rule = '{rule}'\n[[test]]\nname = 'a'\noutcomes = 'H*5 U*6 H*5'\nexpect = []\n{keys}\n"
        )
    };
    let window = "maintenance = [{ from = '0s', until = '1h', monitors = ['web'] }]";
    for (file, line, message) in [
        (test("servce_down", ""), 2, "the config has no rule `servce_down`, or it is switched off"),
        (test("service_down", window), 2, "the config has no monitor `web`"),
        (
            test("service_down", "acknowledge = [{ at = '5m', monitor = 'web' }]"),
            2,
            "the config has no monitor `web`",
        ),
        (
            test(
                "service_down",
                "silence = [{ from = '5m', until = '1m', matchers = ['monitor=api'] }]",
            ),
            6,
            "`until` is not later than `from`",
        ),
        (test("service_down", "until = '2m'"), 6, "the test ends before its last outcome at 15m"),
    ] {
        let problem = format!("    test.toml:{line}: {message}");
        let printed = refused(&file);
        assert!(printed.lines().any(|one| one == problem), "{file}\n{printed}");
    }
    let both = "expect = [{ at = '8m10s', kind = 'firing', suppressed = 'silence' }]";
    let printed = refused(&test("service_down", "").replace("expect = []", both));
    assert!(printed.contains("has either `kind` or `suppressed`"), "{printed}");
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
            lag: Duration::ZERO,
            took: Duration::from_millis(200),
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
    let stories =
        json(&simulate(&["--config", "new.toml", "--json", "--explain", id]));
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
        "sent        0 in the records, 3 in the replay",
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
fn a_rule_test_expects_no_attempt_of_an_action() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), format!("{CONFIG}{ACTION}")).unwrap();
    let tests = r#"rule = "service_down"
config = "config.toml"

[[test]]
name = "an outage"
outcomes = "H*5 U*6 H*5"
expect = [{ at = "12m", kind = "resolved" }]
"#;
    fs::write(folder.path().join("rules.toml"), tests).unwrap();
    let output = allclear(folder.path(), &["test", "rules.toml"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_simulation_of_an_empty_log_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("allclear.toml"), CONFIG).unwrap();
    fs::create_dir(folder.path().join("allclear-data")).unwrap();
    drop(SqliteStore::open(folder.path().join("allclear-data/allclear.db")).unwrap());
    for from in ["30000d", "0000-01-01T00:00:00Z"] {
        let output = allclear(folder.path(), &["simulate", "--from", from]);
        assert!(output.status.success(), "{output:?}");
        let text = stdout(&output);
        assert!(text.contains("replayed    0 runs") && text.ends_with("no difference\n"), "{text}");
    }
}

#[tokio::test]
async fn the_state_of_a_monitor_is_explained_at_a_past_time() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    let explain = |more: &[&str]| allclear(folder.path(), &[&["explain", "api"], more].concat());
    let output = explain(&["--at", "2026-11-02T00:20:30Z"]);
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    for part in [
        "monitor `api` at 2026-11-02T00:20:30Z\n  unhealthy since 2026-11-02T00:10:00Z\n",
        "rule `service_down`, critical: `status == \"unhealthy\"` is true (status = \"unhealthy\")",
        "fires since 2026-11-02T00:13:00Z; notified: `team` (group ",
        "2026-11-02T00:20:00Z  outcome  unhealthy timeout, region local",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let early = json(&explain(&["--at", "2026-11-02T00:11:30Z", "--json"]));
    let state = early["state"].to_string();
    assert!(state.contains("pending since 2026-11-02T00:11:00Z"), "{state}");
    assert!(!state.contains("notified:"), "{state}");
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn an_unknown_id_is_refused_with_the_nearest_known_one_or_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path()).await;
    for (id, hint) in [
        ("timout", "did you mean the reason code `timeout`?"),
        ("app", "did you mean the monitor `api`?"),
        ("team", "`team` is a channel, which has no story: `allclear route`"),
        ("service_down", "`service_down` is a rule, which has no story"),
        ("5f1c0d9a7be2", "`allclear export` lists the ids of alerts and notifications"),
    ] {
        let output = allclear(folder.path(), &["explain", id]);
        assert_eq!(output.status.code(), Some(1), "{id}: {output:?}");
        assert!(stderr(&output).contains(hint), "{id}: {output:?}");
    }
    // A reason code needs no config and no store.
    let elsewhere = tempfile::tempdir().unwrap();
    let output = allclear(elsewhere.path(), &["explain", "timeout"]);
    assert!(stdout(&output).starts_with("timeout: "), "{output:?}");
}

/// Records an alert that fired at the twelfth minute and was resolved at the thirtieth.
async fn record_alert(folder: &Path) -> AlertId {
    record(folder).await;
    let store = SqliteStore::open(folder.join("allclear-data/allclear.db")).unwrap();
    let main = ShardId::main();
    let mut shards = Shards::new(Arc::new(config_index(folder)));
    for minute in 0..60 {
        let evaluated =
            shards.evaluate(&store, &main, at(minute), at(minute) + Duration::from_secs(1)).await;
        assert!(evaluated.error.is_none(), "{:?}", evaluated.error);
    }
    let alerts = store.alerts(at(0)).await.unwrap();
    alerts.iter().find(|one| one.rule.as_str() == "service_down").unwrap().id.clone()
}

#[tokio::test]
async fn a_past_time_shows_an_alert_and_its_notification_as_they_were_known_then() {
    let folder = tempfile::tempdir().unwrap();
    let alert = record_alert(folder.path()).await;
    let explain = |id: &str, more: &[&str]| {
        allclear(folder.path(), &[&["explain", id, "--json"], more].concat())
    };
    let now = json(&explain(alert.as_str(), &[]));
    assert!(now["state"][0].as_str().unwrap().starts_with("resolved at"), "{now:#}");
    let then = json(&explain(alert.as_str(), &["--at", "2026-11-02T00:20:00Z"]));
    assert_eq!(then["state"][0], "it fires", "{then:#}");
    let steps = then["steps"].as_array().unwrap();
    let times = steps.iter().map(|step| step["at"].as_str().unwrap().parse::<Timestamp>().unwrap());
    assert!(times.max().unwrap() <= at(20), "{then:#}");

    let before = explain(alert.as_str(), &["--at", "2026-11-02T00:05:00Z"]);
    assert_eq!(before.status.code(), Some(2));
    let message = format!("`{alert}` was not known at 2026-11-02T00:05:00Z: it was decided at");
    assert!(stderr(&before).contains(&message), "{before:?}");
    let shortened = alert.as_str().rsplit_once('/').unwrap().0;
    let hint = format!("did you mean the alert `{alert}`?");
    assert!(stderr(&explain(shortened, &[])).contains(&hint));
}

#[test]
fn a_time_is_refused_for_reason_codes() {
    let folder = tempfile::tempdir().unwrap();
    for id in [&["timeout"][..], &[]] {
        let output = allclear(folder.path(), &[&["explain", "--at", "3h"], id].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let refused = stderr(&output);
        assert!(refused.contains("a reason code means the same at all times"), "{refused}");
    }
}
