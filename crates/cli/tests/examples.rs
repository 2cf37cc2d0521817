//! Each config in `examples/` is valid, without a warning, and states how to start it. The configs in the README are
//! valid too.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The number of examples below which the search is considered broken.
const MIN_EXAMPLES: usize = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Returns the paths of all examples, relative to the root of the repository.
fn examples() -> Vec<String> {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let mut names: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .map(|name| format!("examples/{name}/allclear.toml"))
        .collect();
    names.sort();
    names
}

/// Returns the result of `allclear validate --json` for a file, relative to the root of the repository.
fn validated(file: &str) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    let output = command.args(["validate", "--json", file]).current_dir(root()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.stdout.starts_with(b"{"), "{file}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the contents of the blocks in TOML of a Markdown document.
fn toml_blocks(document: &str) -> Vec<&str> {
    let blocks = document.split("\n```toml\n").skip(1);
    blocks.filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn each_example_is_valid_without_warnings() {
    let examples = examples();
    assert!(examples.len() >= MIN_EXAMPLES, "{examples:?}");
    for file in examples {
        let validated = validated(&file);
        assert_eq!(validated["valid"], true, "{file}: {validated:#}");
        for list in ["problems", "warnings"] {
            assert_eq!(validated[list], serde_json::json!([]), "{file}: {list}");
        }
        // An example cannot know the address of the page.
        let doubts = validated["doubts"].as_array().unwrap().iter();
        let mut others = doubts.filter(|doubt| !doubt.as_str().unwrap().starts_with("`page.url`"));
        assert_eq!(others.next(), None, "{file}");
    }
}

#[test]
fn each_example_begins_with_the_command_that_starts_it() {
    for file in examples() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(head.len() >= 3, "{file} begins without a comment");
        let is_command = |line: &&str| line.starts_with("#   ");
        assert!(head.iter().any(is_command), "the comment of {file} has no command");
    }
}

#[test]
fn each_config_in_the_readme_is_valid() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = toml_blocks(&readme);
    assert!(blocks.len() >= 2, "{blocks:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("allclear.toml");
    for block in blocks {
        fs::write(&file, block).unwrap();
        let validated = validated(file.to_str().unwrap());
        assert_eq!(validated["valid"], true, "{validated:#}\n{block}");
    }
}

#[test]
fn an_invalid_config_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("allclear.toml");
    fs::write(&file, "[[monitor]]\nid = \"a\"\nintervall = \"60s\"\n").unwrap();
    let validated = validated(file.to_str().unwrap());
    assert_eq!(validated["valid"], false);
    assert_ne!(validated["problems"], serde_json::json!([]));
}
