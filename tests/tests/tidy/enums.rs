//! Enums of the workspace are matched without a rest: a new variant stops the build where it matters.

use allclear_core::reason::Reason;

use crate::repository::{extension, files, report, text};

const ATTRIBUTE: &str = concat!("#[non_", "exhaustive]");
const REASONS: &str = "docs/reasons.md";

/// Returns each line of a text that opens a type to variants or fields of later versions.
fn open_types(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.contains(ATTRIBUTE));
    lines
        .map(|(index, _)| {
            format!(
                "{path}:{}: contains `{ATTRIBUTE}`: all users of the type are in the workspace",
                index + 1
            )
        })
        .collect()
}

/// Returns the rows of the table of all reasons.
fn rows() -> Vec<String> {
    Reason::ALL
        .iter()
        .map(|reason| {
            let (fault, impact) = (reason.fault(), reason.impact());
            format!("| `{reason}` | {fault} | {impact} | {} |", reason.description())
        })
        .collect()
}

#[test]
fn no_type_of_the_workspace_is_open() {
    let sources = files().into_iter().filter(|path| extension(path) == "rs");
    let problems: Vec<_> =
        sources.filter_map(|path| Some(open_types(&path, &text(&path)?))).flatten().collect();
    report(&problems);
}

#[test]
fn an_open_type_is_refused_with_its_place() {
    let text = format!("/// Colors.\n{ATTRIBUTE}\npub enum Color {{}}\n");
    assert!(open_types("a.rs", &text)[0].starts_with("a.rs:2: "));
    assert!(open_types("a.rs", "pub enum Color {}").is_empty());
}

#[test]
fn the_documented_reasons_are_those_of_the_code() {
    let document = text(REASONS).unwrap();
    let documented: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let rows = rows();
    let wanted = rows.join("\n");
    assert!(documented == rows, "the table of {REASONS} must have these rows:\n{wanted}");
}
