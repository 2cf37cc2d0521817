//! The figures of the README: each is compared with the measured value, and `scripts/test` runs
//! each script that measures one.

use serde_json::Value;

use crate::repository::{report, text};

/// The maximum compressed size of a function in megabytes. Lower it when functions get smaller.
const MAX_MEGABYTES: f64 = 5.0;

/// Returns the text of a document on one line.
fn document(path: &str) -> String {
    text(path).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the recorded sizes of functions, in megabytes.
fn sizes() -> Vec<(String, f64)> {
    let record: Value = toml::from_str(&text("tests/figures/sizes.toml").unwrap()).unwrap();
    for key in ["command", "date", "host"] {
        assert!(record.get(key).is_some(), "the record of sizes has no `{key}`");
    }
    let sizes = record["compressed_bytes"].as_object().unwrap();
    sizes.iter().map(|(name, bytes)| (name.clone(), bytes.as_f64().unwrap() / 1e6)).collect()
}

#[test]
fn the_readme_states_the_recorded_size_of_the_prober() {
    let sizes = sizes();
    let (_, megabytes) = sizes.iter().find(|(name, _)| name == "prober").unwrap();
    let figure = format!("{megabytes:.2} MB (`scripts/sizes`)");
    let readme = document("README.md");
    assert!(readme.contains(&figure), "README.md does not state `{figure}`");
}

#[test]
fn functions_do_not_grow() {
    let problems: Vec<String> = sizes()
        .into_iter()
        .filter(|(_, megabytes)| *megabytes >= MAX_MEGABYTES)
        .map(|(name, megabytes)| format!("{name} has {megabytes:.2} MB"))
        .collect();
    report(&problems);
}

/// Returns the scripts that measure the figures of the section `Speed`.
fn measuring_scripts(document: &str) -> Vec<&str> {
    let (_, speed) = document.split_once("## Speed").unwrap();
    let (speed, _) = speed.split_once(" ## ").unwrap();
    let mut scripts: Vec<&str> = speed
        .split('`')
        .filter(|code| code.starts_with("scripts/"))
        .filter_map(|code| code.split(' ').next())
        .collect();
    scripts.sort_unstable();
    scripts.dedup();
    scripts
}

#[test]
fn each_script_that_a_figure_is_measured_with_is_run_by_the_tests() {
    let readme = document("README.md");
    let scripts = measuring_scripts(&readme);
    assert!(scripts.len() >= 3, "{scripts:?}");
    let tests = text("scripts/test").unwrap();
    let (_, step) = tests.split_once("\nstep_figures() {").unwrap();
    let (step, _) = step.split_once("\n}").unwrap();
    let problems: Vec<String> = scripts
        .into_iter()
        .filter(|script| !step.lines().any(|line| line.trim().starts_with(&format!("{script} --"))))
        .map(|script| format!("the step `figures` of scripts/test does not run {script}"))
        .collect();
    report(&problems);
}
