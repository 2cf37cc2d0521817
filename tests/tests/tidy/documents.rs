//! The mandatory documents of the repository, and their maximum length.

use cargo_metadata::{Package, TargetKind};

use crate::repository::{crates, extension, files, folder, report, root, text};

const README_LINES: usize = 150;
const ARCHITECTURE_LINES: usize = 250;
const CRATE_DOC: &str = "#![doc = include_str!(\"../README.md\")]";

/// Returns the problem of a document with `n_lines` lines; `n_lines` is `None` if it does not
/// exist.
fn objection(path: &str, n_lines: Option<usize>, limit: usize) -> Option<String> {
    match n_lines {
        None => Some(format!("{path} is missing")),
        Some(0) => Some(format!("{path} is empty")),
        Some(n) if n > limit => Some(format!("{path} has {n} lines: keep it to {limit}")),
        Some(_) => None,
    }
}

fn n_lines(path: &str) -> Option<usize> {
    root().join(path).is_file().then(|| text(path).unwrap().lines().count())
}

/// Returns the file with which the documentation of a crate begins, relative to the root.
fn first_source(package: &Package) -> String {
    let is_library = |kind: &TargetKind| *kind == TargetKind::Lib;
    let is_program = |kind: &TargetKind| *kind == TargetKind::Bin;
    let targets = &package.targets;
    let first = targets
        .iter()
        .find(|target| target.kind.iter().any(is_library))
        .or_else(|| targets.iter().find(|target| target.kind.iter().any(is_program)))
        .unwrap();
    first.src_path.as_std_path().strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

#[test]
fn every_crate_has_a_readme_that_is_its_documentation() {
    let mut problems = Vec::new();
    for package in crates() {
        let readme = format!("{}/README.md", folder(&package));
        problems.extend(objection(&readme, n_lines(&readme), README_LINES));
        let source = first_source(&package);
        if !text(&source).unwrap().lines().any(|line| line == CRATE_DOC) {
            problems
                .push(format!("{source} does not show its README: begin it with `{CRATE_DOC}`"));
        }
    }
    report(&problems);
}

#[test]
fn the_repository_has_its_documents_and_they_are_short() {
    let problems: Vec<_> = [
        ("README.md", README_LINES),
        ("ARCHITECTURE.md", ARCHITECTURE_LINES),
        ("CHANGELOG.md", usize::MAX),
        ("LICENSE-APACHE", usize::MAX),
        ("LICENSE-MIT", usize::MAX),
    ]
    .into_iter()
    .filter_map(|(path, limit)| objection(path, n_lines(path), limit))
    .collect();
    report(&problems);
}

#[test]
fn a_link_in_a_document_leads_to_a_file() {
    let mut problems = Vec::new();
    for path in files().iter().filter(|path| extension(path) == "md") {
        let folder = root().join(path).parent().unwrap().to_owned();
        for link in local_links(&text(path).unwrap()) {
            if !folder.join(&link).exists() {
                problems.push(format!("{path}: the link to `{link}` leads nowhere"));
            }
        }
    }
    report(&problems);
}

/// Returns the targets of Markdown links that are files, without anchors.
fn local_links(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://") && !link.starts_with('#') && !link.contains(' '))
        .map(|link| link.split('#').next().unwrap_or(link).to_owned())
        .collect()
}

#[test]
fn a_missing_an_empty_and_a_long_document_are_refused() {
    assert_eq!(objection("A.md", Some(10), 10), None);
    assert_eq!(objection("A.md", None, 10).unwrap(), "A.md is missing");
    assert_eq!(objection("A.md", Some(0), 10).unwrap(), "A.md is empty");
    assert_eq!(objection("A.md", Some(11), 10).unwrap(), "A.md has 11 lines: keep it to 10");
}

#[test]
fn only_links_to_files_are_followed() {
    let text = "[a](docs/a.md#part) [b](https://example.com) [c](#here) ![d](d.svg)";
    assert_eq!(local_links(text), ["docs/a.md", "d.svg"]);
}
