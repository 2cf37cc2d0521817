//! The tables of the parameter `rows`, and the numbers of their rows.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{ROWS, ROWS_ESTIMATED_VARIABLE, ROWS_VARIABLE, check_text};
use crate::params::ParamProblems;
use crate::service::{ReadValue, Reading};

/// The most tables of a check.
const MAX_TABLES: usize = 20;

/// The number of rows from which a table is estimated and not counted.
pub(in crate::kinds) const ESTIMATE_ABOVE: f64 = 100_000.0;

/// A table of the parameter `rows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds) struct TableName {
    /// The name as the config has it.
    pub(in crate::kinds) written: String,
    /// The end of the name of its metric.
    metric_part: String,
}

/// The number of rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kinds) enum RowCount {
    /// Counted.
    Exact(u64),
    /// From the statistics of the server.
    Estimate(u64),
}

/// The numbers of rows of the tables of a check.
#[derive(Debug, Default)]
pub(in crate::kinds) struct RowCounts(Vec<(TableName, RowCount)>);

impl TableName {
    /// Reads the parameter `rows`.
    pub(in crate::kinds) fn read_all(
        names: Vec<String>,
        problems: &mut ParamProblems,
    ) -> Vec<Self> {
        if names.len() > MAX_TABLES {
            let what = format!("{} tables, and {MAX_TABLES} are allowed", names.len());
            problems.add(&["rows"], what, Some("split the check"));
        }
        let mut parts = HashSet::new();
        let mut tables = Vec::new();
        for (index, written) in names.into_iter().enumerate() {
            let path = ["rows", &index.to_string()];
            check_text(&path, Some(&written), problems);
            let metric_part: String = written.chars().map(metric_character).collect();
            if !parts.insert(metric_part.clone()) {
                let what = format!("a table before has the metric `rows_{metric_part}` already");
                problems.add(&path, what, Some("remove one of them"));
            }
            tables.push(Self { written, metric_part });
        }
        tables
    }
}

/// Returns a character of a table's name as it is in the name of a metric.
fn metric_character(c: char) -> char {
    if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }
}

impl RowCount {
    fn number(self) -> u64 {
        match self {
            Self::Exact(number) | Self::Estimate(number) => number,
        }
    }
}

impl RowCounts {
    /// Adds the number of a table.
    pub(in crate::kinds) fn add(&mut self, table: &TableName, count: RowCount) {
        self.0.push((table.clone(), count));
    }

    /// Adds the numbers to the values of the service.
    pub(in crate::kinds) fn add_to(self, reading: &mut Reading) {
        if self.0.is_empty() {
            return;
        }
        let (mut by_name, mut estimated) = (Map::new(), Vec::new());
        for (TableName { written, metric_part }, count) in self.0 {
            #[expect(clippy::cast_precision_loss, reason = "no table has 2^53 rows")]
            let number = count.number() as f64;
            reading.measure_part(ROWS, &metric_part, number);
            by_name.insert(written.clone(), Value::from(count.number()));
            if let RowCount::Estimate(_) = count {
                estimated.push(written);
            }
        }
        reading.set(ROWS_VARIABLE.name, ReadValue::Json(Value::Object(by_name)));
        reading.set(ROWS_ESTIMATED_VARIABLE.name, ReadValue::Texts(estimated));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Result<Vec<TableName>, usize> {
        let mut problems = ParamProblems::default();
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let tables = TableName::read_all(names, &mut problems);
        problems.or(Some(tables)).map_err(|problems| problems.len())
    }

    #[test]
    fn numbers_of_rows_have_a_metric_and_an_entry_each() {
        let mut counts = RowCounts::default();
        let tables = read(&["audit.Events", "orders"]).unwrap();
        counts.add(&tables[0], RowCount::Estimate(2_000_000));
        counts.add(&tables[1], RowCount::Exact(7));
        let mut reading = Reading::default();
        counts.add_to(&mut reading);
        let value = |name: &str| reading.get(name).unwrap().to_string();
        assert_eq!(value("rows"), r#"{"audit.Events":2000000,"orders":7}"#);
        assert_eq!(value("rows_estimated"), r#"["audit.Events"]"#);
        assert_eq!(value("rows_audit_events"), "2000000");
        assert_eq!(value("rows_orders"), "7");
    }

    #[test]
    fn names_are_limited_and_have_different_metrics() {
        assert_eq!(read(&["a.b", "a_b"]).unwrap_err(), 1);
        assert_eq!(read(&["", "a\0"]).unwrap_err(), 2);
        assert_eq!(read(&["a"; 21]).unwrap_err(), 21);
    }
}
