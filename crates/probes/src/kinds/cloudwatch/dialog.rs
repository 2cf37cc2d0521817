//! The requests of a `cloudwatch` check.

use allclear_core::outcome::Cause;

use super::absence::AbsenceMeaning;
use super::{CloudwatchDialog, DATAPOINT_AGE_SECONDS, VALUE};
use crate::api::{ApiCaller, ApiStep};
use crate::service::{ReadValue, ServiceReading};

const VALUES: ApiStep<'static> = ApiStep { name: "the values of the metric", time: None };

impl CloudwatchDialog {
    /// Reads the newest value, and without one the list of metrics.
    pub(super) async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let newest = self.access.newest_datapoint(caller, VALUES, &self.query).await?;
        caller.answered();
        let mut reading = ServiceReading::default();
        let mut take = |value: f64| {
            reading.measure(VALUE, value);
            reading.set("value", ReadValue::Number(value));
        };
        match newest {
            Some(datapoint) => {
                take(datapoint.value);
                let since_start = caller.context.now.duration_since(datapoint.at).as_secs_f64();
                let age = since_start - self.query.period.as_secs_f64();
                reading.measure(DATAPOINT_AGE_SECONDS, age.max(0.0));
            }
            None if self.absence == AbsenceMeaning::Zero => take(0.0),
            None => return Err(self.absence(caller).await),
        }
        Ok(reading)
    }
}
