//! The numbers of the rows of tables.

use serde_json::{Map, Value};

use super::{ROWS, ROWS_ESTIMATED_VARIABLE, ROWS_VARIABLE};
use crate::kinds::measured_name::MeasuredName;
use crate::service::{ReadValue, ServiceReading};

/// The number of rows from which a table is estimated and not counted.
pub(in crate::kinds) const ESTIMATE_ABOVE: f64 = 100_000.0;

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
pub(in crate::kinds) struct RowCounts(Vec<(MeasuredName, RowCount)>);

impl RowCount {
    fn number(self) -> u64 {
        match self {
            Self::Exact(number) | Self::Estimate(number) => number,
        }
    }
}

impl RowCounts {
    /// Adds the number of a table.
    pub(in crate::kinds) fn add(&mut self, table: &MeasuredName, count: RowCount) {
        self.0.push((table.clone(), count));
    }

    /// Adds the numbers to the values of the service.
    pub(in crate::kinds) fn add_to(self, reading: &mut ServiceReading) {
        if self.0.is_empty() {
            return;
        }
        let (mut by_name, mut estimated) = (Map::new(), Vec::new());
        for (MeasuredName { written, metric_part }, count) in self.0 {
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

    #[test]
    fn numbers_of_rows_have_a_metric_and_an_entry_each() {
        let mut counts = RowCounts::default();
        for (written, metric_part, count) in [
            ("audit.Events", "audit_events", RowCount::Estimate(2_000_000)),
            ("orders", "orders", RowCount::Exact(7)),
        ] {
            let (written, metric_part) = (written.to_owned(), metric_part.to_owned());
            counts.add(&MeasuredName { written, metric_part }, count);
        }
        let mut reading = ServiceReading::default();
        counts.add_to(&mut reading);
        let value = |name: &str| reading.get(name).unwrap().to_string();
        assert_eq!(value("rows"), r#"{"audit.Events":2000000,"orders":7}"#);
        assert_eq!(value("rows_estimated"), r#"["audit.Events"]"#);
        assert_eq!(value("rows_audit_events"), "2000000");
        assert_eq!(value("rows_orders"), "7");
    }
}
