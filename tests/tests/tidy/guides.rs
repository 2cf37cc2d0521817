//! The guides for contributors: the paths that they name, the steps of `scripts/test`, the Rust version of the
//! dev container, and the files that the host of the repository reads.

use crate::repository::{files, report, text};

/// The documents whose paths are checked.
const GUIDES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// The extensions of the names that count as paths.
const EXTENSIONS: [&str; 7] = [".css", ".json", ".md", ".rs", ".toml", ".txt", ".yaml"];

const FILES: [&str; 9] = [
    ".devcontainer/devcontainer.json",
    ".github/ISSUE_TEMPLATE/bug.yml",
    ".github/ISSUE_TEMPLATE/wrong_verdict.yml",
    ".github/pull_request_template.md",
    ".github/workflows/release.yml",
    ".github/workflows/test.yml",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];

/// Returns the paths in the code spans of a document. `{a,b}.rs` stands for two paths. Patterns with `*` and
/// placeholders in capitals are left out.
fn paths(document: &str) -> Vec<String> {
    let code = document.split('`').skip(1).step_by(2);
    code.filter(|span| span.contains('/') && !span.contains([' ', '*', '<', ':', '\n']))
        .filter(|span| EXTENSIONS.iter().any(|extension| span.ends_with(extension)))
        .filter(|span| !span.contains("NAME"))
        .flat_map(alternatives)
        .collect()
}

/// Returns the paths that a path with one list in braces stands for.
fn alternatives(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| {
        let (list, after) = rest.split_once('}')?;
        Some((before, list, after))
    });
    match parts {
        Some((before, list, after)) => {
            list.split(',').map(|one| format!("{before}{one}{after}")).collect()
        }
        None => vec![path.to_owned()],
    }
}

/// Checks whether a file of the repository has this path, or one that ends with it.
fn exists(path: &str, files: &[String]) -> bool {
    let end = format!("/{path}");
    files.iter().any(|file| file == path || file.ends_with(&end))
}

/// Returns the names in the first column of the table under a heading, without backticks.
fn first_column<'a>(document: &'a str, heading: &str) -> Vec<&'a str> {
    let section = document.split(heading).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).collect()
}

/// Returns the names of the steps in the text of `scripts/test`.
fn steps(script: &str) -> Vec<&str> {
    let list = script.split("readonly steps=(\n").nth(1).unwrap_or_default();
    let list = list.split("\n)").next().unwrap_or_default();
    let entries = list.lines().filter_map(|line| line.trim().strip_prefix('"'));
    entries.filter_map(|entry| entry.split(' ').next()).collect()
}

#[test]
fn each_path_in_a_guide_is_that_of_a_file() {
    let files = files();
    let mut problems = Vec::new();
    for guide in GUIDES {
        let paths = paths(&text(guide).unwrap());
        assert!(paths.len() > 10, "only {} paths were found in {guide}", paths.len());
        let missing = paths.iter().filter(|path| !exists(path, &files));
        problems.extend(missing.map(|path| format!("{guide}: there is no file `{path}`")));
    }
    report(&problems);
}

/// Returns the tests, `path::name`, in the code spans of a document.
fn named_tests(document: &str) -> Vec<(&str, &str)> {
    let code = document.split('`').skip(1).step_by(2);
    code.filter_map(|span| span.split_once(".rs::")).collect()
}

/// Returns the named tests that do not exist.
fn missing_tests(document: &str) -> Vec<String> {
    let exists = |(path, name): &(&str, &str)| {
        let source = std::fs::read_to_string(crate::repository::root().join(format!("{path}.rs")));
        source.is_ok_and(|source| source.contains(&format!("fn {name}(")))
    };
    let missing = named_tests(document).into_iter().filter(|one| !exists(one));
    missing.map(|(path, name)| format!("{path}.rs::{name}")).collect()
}

#[test]
fn each_known_problem_has_its_test() {
    let document = text("docs/known-problems.md").unwrap();
    assert!(named_tests(&document).len() > 20);
    assert_eq!(missing_tests(&document), Vec::<String>::new());
    assert_eq!(missing_tests("| `tests/none.rs::nothing` |"), ["tests/none.rs::nothing"]);
}

#[test]
fn the_guide_lists_the_steps_of_the_tests() {
    let (script, guide) = (text("scripts/test").unwrap(), text("CONTRIBUTING.md").unwrap());
    let steps = steps(&script);
    assert!(!steps.is_empty());
    assert_eq!(first_column(&guide, "\n## Tests\n"), steps);
}

#[test]
fn the_dev_container_has_the_rust_version_of_the_toolchain_file() {
    let toolchain = text("rust-toolchain.toml").unwrap();
    let version = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap();
    let image = format!("FROM rust:{}-", version.trim_end_matches('"'));
    let container = text(".devcontainer/Dockerfile").unwrap();
    assert!(container.contains(&image), "the image of the dev container is not `{image}…`");
}

#[test]
fn the_workflow_runs_the_tests_and_can_only_read() {
    let workflow = text(".github/workflows/test.yml").unwrap();
    assert!(workflow.contains("run: scripts/test\n"));
    assert!(workflow.contains("\npermissions:\n  contents: read\n"));
}

#[test]
fn the_files_for_contributors_exist() {
    let all = files();
    let missing = FILES.iter().filter(|path| !all.iter().any(|file| file == *path));
    report(&missing.map(|path| format!("{path} is missing")).collect::<Vec<_>>());
}

#[test]
fn a_missing_path_and_a_step_are_found() {
    let found = paths("`a/{b,c}.rs` `d.rs` `e/*.rs` `f/NAME.rs` `cargo run a/b.rs` `g/h.md`");
    assert_eq!(found, ["a/b.rs", "a/c.rs", "g/h.md"]);
    let files = ["crates/a/b.rs".to_owned()];
    assert!(exists("a/b.rs", &files) && !exists("b/b.rs", &files) && !exists("a/c.rs", &files));
    assert_eq!(steps("readonly steps=(\n    \"fmt   x\"\n    \"doc y\"\n)\n"), ["fmt", "doc"]);
    let table = "\n## Tests\n\n| step |\n|---|\n| `fmt` | x |\n\n## Next\n| `no` |\n";
    assert_eq!(first_column(table, "\n## Tests\n"), ["fmt"]);
}
