//! Each error code has its row in the runbook, and each row its code.

use std::collections::BTreeSet;

use allclear_engine::Code;

use crate::repository::{report, text};

const HEADING: &str = "## Error codes";

/// Returns the codes of the table under the heading, in order.
fn codes_of(runbook: &str) -> Vec<&str> {
    let section = runbook.split(HEADING).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    section.lines().filter_map(first_cell).collect()
}

fn first_cell(line: &str) -> Option<&str> {
    line.strip_prefix("| `")?.split_once("` |").map(|(code, _)| code)
}

#[test]
fn every_code_has_its_line_in_the_runbook() {
    let runbook = text("docs/runbook.md").unwrap();
    let explained = codes_of(&runbook);
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let missing = known
        .iter()
        .filter(|code| !explained.contains(code))
        .map(|code| format!("docs/runbook.md says nothing of `{code}` under `{HEADING}`"));
    let unknown = explained
        .iter()
        .filter(|code| !known.contains(code))
        .map(|code| format!("docs/runbook.md explains `{code}`, which no function says"));
    report(&missing.chain(unknown).collect::<Vec<_>>());
    let unique: BTreeSet<_> = explained.iter().collect();
    assert_eq!(unique.len(), explained.len(), "a code is explained once");
}

#[test]
fn the_codes_are_those_of_the_tables_first_column() {
    let runbook = "| `no` | x |\n## Error codes\n| code | x |\n|---|---|\n| `a_b` | `c` |\n## Next\n| `d` | x |";
    assert_eq!(codes_of(runbook), ["a_b"]);
}
