//! `allclear test` from outside, and the tests of the built-in rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::{ACTION, CONFIG, allclear, json, root, stdout};

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
    let happened = "what happened: a `firing` notification of the severity critical about the rule `service_down` on `api` at 8m10s, \
                    a `resolved` notification of the severity critical about the rule `service_down` on `api` at 12m";
    let expected = [
        "✗ wrong.toml:3: late",
        "    wrong.toml:7:5: expected a `firing` notification of the severity critical at 9m, but it was decided at 8m10s",
        "✗ wrong.toml:11: quiet",
        "    wrong.toml:11:1: not expected: a `firing` notification of the severity critical about the rule `service_down` on `api` at 8m10s",
        "    wrong.toml:11:1: not expected: a `resolved` notification of the severity critical about the rule `service_down` on `api` at 12m",
        "✗ wrong.toml:16: other",
        &format!(
            "    wrong.toml:20:5: expected a `firing` notification of the severity warning at 8m10s; {happened}"
        ),
        &format!("    wrong.toml:21:5: expected a suppression by silence at 8m; {happened}"),
        "    wrong.toml:16:1: not expected: a `firing` notification of the severity critical about the rule `service_down` on `api` at 8m10s",
        "✗ wrong.toml:25: notation",
        "    wrong.toml:27:12: write `H` (healthy), `D` (degraded), `U` (unhealthy), `?` (not measured) or `-` (no \
         check) at character 5",
        "0 passed, 4 failed",
    ];
    assert_eq!(stdout(&output).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_wrong_time_hides_no_other_notification_of_the_same_kind() {
    let folder = tempfile::tempdir().unwrap();
    let test = r#"
rule = "service_down"
[[test]]
name = "two outages"
outcomes = "H*5 U*6 H*20 U*6 H*20"
expect = [
    { at = "9m", kind = "firing" },
    { at = "12m", kind = "resolved" },
    { at = "38m", kind = "resolved" },
]
"#;
    fs::write(folder.path().join("two.toml"), test).unwrap();
    let output = allclear(folder.path(), &["test", "two.toml"]);
    let lines = stdout(&output);
    let wrong = "expected a `firing` notification at 9m, but it was decided at 8m10s";
    assert!(lines.contains(wrong), "{lines}");
    let hidden = "not expected: a `firing` notification of the severity critical about the rule `service_down` on `api` \
                  at 34m10s";
    assert!(lines.contains(hidden), "{lines}");
}

#[test]
fn a_file_that_is_no_rule_test_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.toml"), "rule = \"service_down\"\nouctomes = 1\n").unwrap();
    let output = allclear(folder.path(), &["test", "other.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("✗ other.toml:2:1: unknown field `ouctomes`"),
        "{output:?}"
    );
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
    assert!(lines[0].starts_with("✗ invalid.toml:3:8: "), "{text}");
    assert_eq!(
        lines[lines.len() - 3..],
        [
            "✗ latin.toml:2:6: the text is not UTF-8: save the file as UTF-8",
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
