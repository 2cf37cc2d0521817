//! Problems of a config, one line each, for the operator who corrects them.

use std::fmt;

/// An error or a warning at one place of the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The message: lower case, with the offending name in backticks.
    pub what: String,
    /// The remedy.
    pub hint: Option<String>,
    /// A second place that is involved: line, column, and a label for it.
    pub also: Option<(usize, usize, String)>,
}

impl Problem {
    /// Formats the problem as `file:line:column: what: hint`.
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

/// The maximum number of problems in a list.
const MAX_LISTED: usize = 50;

/// The maximum size of a list of problems, in bytes.
const MAX_LISTED_BYTES: usize = 12_000;

/// Lists problems as lines. The last line gives the number of those left out.
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

/// All errors of a config, sorted by place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The name of the file, as passed to `load`.
    pub file_name: String,
    /// The problems; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&listed(&self.file_name, &self.problems).join("\n"))
    }
}
