//! The names of tables and queues that a check measures, each with a metric of its own.

use std::collections::HashSet;

use crate::params::ParamProblems;

/// The most names of a check.
const MAX_NAMES: usize = 20;

/// A name of the config that has a metric of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MeasuredName {
    /// The name as the config has it.
    pub(super) written: String,
    /// The end of the name of its metric.
    pub(super) metric_part: String,
}

impl MeasuredName {
    /// Reads the list of names at the parameter `key`.
    pub(super) fn read_all(
        key: &str,
        names: Vec<String>,
        problems: &mut ParamProblems,
    ) -> Vec<Self> {
        if names.len() > MAX_NAMES {
            let what = format!("{} names, and {MAX_NAMES} are allowed", names.len());
            problems.add(&[key], what, Some("split the check"));
        }
        let mut parts = HashSet::new();
        let mut all = Vec::new();
        for (index, written) in names.into_iter().enumerate() {
            let metric_part: String = written.chars().map(metric_character).collect();
            if !parts.insert(metric_part.clone()) {
                let what =
                    format!("another name has a metric that ends with `{metric_part}` already");
                problems.add(&[key, &index.to_string()], what, Some("remove one of them"));
            }
            all.push(Self { written, metric_part });
        }
        all
    }
}

/// Returns a character of a name as it is in the name of a metric.
fn metric_character(c: char) -> char {
    if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Result<Vec<MeasuredName>, usize> {
        let mut problems = ParamProblems::default();
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let all = MeasuredName::read_all("rows", names, &mut problems);
        problems.or(Some(all)).map_err(|problems| problems.len())
    }

    #[test]
    fn names_are_limited_and_have_different_metrics() {
        assert_eq!(read(&["audit.Events"]).unwrap()[0].metric_part, "audit_events");
        assert_eq!(read(&["a.b", "a_b"]).unwrap_err(), 1);
        assert_eq!(read(&["a"; 21]).unwrap_err(), 21);
    }
}
