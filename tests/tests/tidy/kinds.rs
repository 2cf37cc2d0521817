//! No kind of check is referred to by name outside its module.

use std::collections::BTreeSet;

use allclear_core::kind::Metric;
use allclear_probes::kinds;

use crate::repository::{extension, files, report, text};

/// The folders of production code that must not contain the name of a kind.
const FOLDERS: [&str; 11] = [
    "crates/aws/src/",
    "crates/bill/src/",
    "crates/cli/src/",
    "crates/core/src/",
    "crates/config/src/",
    "crates/demo/src/",
    "crates/engine/src/",
    "crates/evaluate/src/",
    "crates/expression/src/",
    "crates/local/src/",
    "status-site/src/",
];

/// A name that occurs in a file for another reason.
struct Exception {
    path: &'static str,
    name: &'static str,
    reason: &'static str,
}

const EXCEPTIONS: [Exception; 10] = [
    exception("crates/aws/src/actions.rs", "lambda", "a kind of action"),
    exception("crates/aws/src/cloud.rs", "http", SCHEME),
    exception("crates/aws/src/cloud/service.rs", "lambda", SERVICE),
    exception("crates/aws/src/cloud/service.rs", "sqs", SERVICE),
    exception("crates/config/src/formats.rs", "http", SCHEME),
    exception("crates/core/src/proxy.rs", "http", SCHEME),
    exception("crates/core/src/outcome.rs", "dns", PART),
    exception("crates/core/src/outcome.rs", "tls", PART),
    exception("crates/engine/src/probe/event.rs", "http", "a key in the event of a function URL"),
    exception("crates/engine/src/probe/connectivity.rs", "tcp", "the check of unrelated hosts"),
];

const SCHEME: &str = "the scheme of a URL";
const SERVICE: &str = "the name of a service in signatures";
const PART: &str = "a part of the time of any check";

const fn exception(path: &'static str, name: &'static str, reason: &'static str) -> Exception {
    Exception { path, name, reason }
}

/// Returns each occurrence of a kind or a metric in the production code of a file, as `path:line:
/// ...`.
///
/// The name of a kind counts if it is a complete string, such as `"tcp"`. The name of a metric
/// counts as a word within a string, such as a condition.
fn objections(path: &str, text: &str) -> Vec<String> {
    let kinds = kinds().names();
    let metrics = metrics();
    let mut problems = Vec::new();
    for (index, line) in production(text) {
        // The parts between an odd and an even quotation mark.
        let texts: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let kinds = kinds.iter().filter(|name| texts.contains(name));
        let metrics = metrics.iter().filter(|name| texts.iter().any(|text| has_word(text, name)));
        for name in kinds.chain(metrics) {
            let is_excepted = |one: &Exception| one.path == path && one.name == *name;
            if !EXCEPTIONS.iter().any(is_excepted) {
                problems.push(format!(
                    "{path}:{}: names `{name}`: declare it with its kind, in crates/probes/src/kinds",
                    index + 1
                ));
            }
        }
    }
    problems
}

/// Returns the names of all metrics that are not patterns.
fn metrics() -> BTreeSet<&'static str> {
    let metrics = kinds().iter().flat_map(|kind| kind.metrics);
    metrics.map(|Metric { name, .. }| *name).filter(|name| !name.contains(['*', '?'])).collect()
}

/// Returns the lines of code before the unit tests, numbered from 0, without comments.
fn production(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (production, _) = text.split_once("\n#[cfg(test)]\nmod tests").unwrap_or((text, ""));
    let lines = production.lines().enumerate();
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Checks whether a file below `src` contains unit tests or their support code.
fn is_for_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path == "crates/expression/src/sample.rs"
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').any(|one| one == word)
}

#[test]
fn no_kind_is_known_by_name_outside_its_module() {
    let mut n_files = 0;
    let mut problems = Vec::new();
    for path in files() {
        let is_code = FOLDERS.iter().any(|folder| path.starts_with(folder));
        if !is_code || extension(&path) != "rs" || is_for_tests(&path) {
            continue;
        }
        let Some(text) = text(&path) else { continue };
        n_files += 1;
        problems.extend(objections(&path, &text));
    }
    assert!(n_files > 100, "only {n_files} files were seen");
    report(&problems);
}

#[test]
fn a_kind_or_a_metric_in_a_text_is_refused_with_its_place() {
    let text = "fn f() {\n    let a = \"tcp\";\n    g(\"metrics.exit_code > 0\");\n}\n\n\
                #[cfg(test)]\nmod tests {\n    const A: &str = \"dns\";\n}\n";
    let said = objections("a.rs", text);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("a.rs:2: names `tcp`"), "{}", said[0]);
    assert!(said[1].starts_with("a.rs:3: names `exit_code`"), "{}", said[1]);
    let other = "// \"tcp\"\nlet exit_code = \"tcp_port\";\nlet b = \"the_exit_code\";\n";
    assert_eq!(objections("a.rs", other), [""; 0]);
}

#[test]
fn each_exception_has_a_reason_and_is_still_needed() {
    for Exception { path, name, reason } in EXCEPTIONS {
        assert!(!reason.is_empty());
        let text = text(path).unwrap_or_default();
        let is_there = production(&text)
            .any(|(_, line)| line.split('"').skip(1).step_by(2).any(|text| has_word(text, name)));
        assert!(is_there, "{path} no longer names `{name}`: take the exception out");
    }
}

#[test]
fn the_documented_labels_of_llm_are_those_of_the_kind() {
    let document = text("docs/llm.md").unwrap();
    let section = document.split("\n## Labels\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let mut documented: Vec<&str> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`')).collect();
    let kind = allclear_probes::kinds().get("llm").unwrap();
    let mut declared: Vec<&str> = kind.labels.iter().map(|label| label.name()).collect();
    documented.sort_unstable();
    declared.sort_unstable();
    assert_eq!(documented, declared);
}
