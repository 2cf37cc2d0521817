//! Problems of a config, one line each, for the operator who corrects them.

use std::fmt;

use crate::excerpt::Excerpt;

/// An error or a warning at one place of the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The message: lower case, with the offending name in backticks.
    pub what: String,
    /// The remedy.
    pub hint: Option<String>,
    /// A second place that is involved.
    pub also: Option<Related>,
    /// The line; `None` if the problem is at no line, if the line is blank, and beyond the problems that are
    /// listed.
    pub excerpt: Option<Excerpt>,
}

/// A place that has to do with a problem at another place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The meaning of the place, such as `first`.
    pub label: String,
    /// The line, as for a [`ConfigError`].
    pub excerpt: Option<Excerpt>,
}

impl ConfigError {
    /// Formats the problem as `file:line:column: what: hint`.
    #[must_use]
    pub fn in_file(&self, file_name: &str) -> String {
        let Self { line, column, what, hint, also, excerpt: _ } = self;
        let hint = hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
        let also = also.as_ref().map(|Related { line, column, label, excerpt: _ }| {
            format!(" ({label} at {file_name}:{line}:{column})")
        });
        format!("{file_name}:{line}:{column}: {what}{hint}{}", also.unwrap_or_default())
    }
}

/// The maximum number of problems in a list.
pub(crate) const MAX_LISTED: usize = 50;

/// The maximum size of a list of problems, in bytes.
const MAX_LISTED_BYTES: usize = 12_000;

/// Returns the first problems, as many as a list shows.
#[must_use]
pub fn listed_first<'a>(file_name: &str, problems: &'a [ConfigError]) -> &'a [ConfigError] {
    let mut n_bytes = 0;
    let fits = |problem: &&ConfigError| {
        n_bytes += problem.in_file(file_name).len();
        n_bytes <= MAX_LISTED_BYTES
    };
    let n_listed = problems.iter().take(MAX_LISTED).take_while(fits).count();
    problems.get(..n_listed).unwrap_or_default()
}

/// Lists problems as lines. The last line gives the number of those left out.
#[must_use]
pub fn listed(file_name: &str, problems: &[ConfigError]) -> Vec<String> {
    let first = listed_first(file_name, problems);
    let mut lines: Vec<String> = first.iter().map(|problem| problem.in_file(file_name)).collect();
    if lines.len() < problems.len() {
        lines.push(format!("and {} more", problems.len() - lines.len()));
    }
    lines
}

/// All errors of a config, sorted by place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    /// The name of the file, as passed to `load`.
    pub file_name: String,
    /// The problems; never empty.
    pub problems: Vec<ConfigError>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&listed(&self.file_name, &self.problems).join("\n"))
    }
}
