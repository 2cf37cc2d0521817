//! What a reader of the config has to mend, as one line each.

use std::fmt;

/// Something wrong, or doubtful, at one place of the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong: lower case, the offending name in backticks.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// A second place that belongs to it: line, column, and what is there.
    pub also: Option<(usize, usize, String)>,
}

impl Problem {
    /// The problem as `file:line:column: what: hint`.
    #[must_use]
    pub fn in_file(&self, file_name: &str) -> String {
        let Self { line, column, what, hint, also } = self;
        let hint = hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
        let also = also
            .as_ref()
            .map(|(line, column, label)| format!(" ({label} at {file_name}:{line}:{column})"));
        format!("{file_name}:{line}:{column}: {what}{hint}{}", also.unwrap_or_default())
    }
}

/// The most problems that are listed.
const MAX_LISTED: usize = 50;

/// The most bytes that a list of problems takes.
const MAX_LISTED_BYTES: usize = 12_000;

/// Lists problems as lines. The last line says how many were left out.
#[must_use]
pub fn listed(file_name: &str, problems: &[Problem]) -> Vec<String> {
    let mut n_bytes = 0;
    let mut lines: Vec<String> = problems
        .iter()
        .take(MAX_LISTED)
        .map(|problem| problem.in_file(file_name))
        .take_while(|line| {
            n_bytes += line.len();
            n_bytes <= MAX_LISTED_BYTES
        })
        .collect();
    if lines.len() < problems.len() {
        lines.push(format!("and {} more", problems.len() - lines.len()));
    }
    lines
}

/// Everything that is wrong with a config, sorted by place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The name of the file, as it was given.
    pub file_name: String,
    /// The problems; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&listed(&self.file_name, &self.problems).join("\n"))
    }
}
