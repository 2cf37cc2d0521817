//! Enums of the workspace are matched without a rest: a new variant stops the build where it matters.

use crate::repository::{extension, files, report, text};

const ATTRIBUTE: &str = concat!("#[non_", "exhaustive]");

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
