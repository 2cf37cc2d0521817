//! Statistics of metrics in CloudWatch.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::{Value, json};

use super::access::AwsAccess;
use super::service::{AwsPermission, CheckedService, JsonOperation};
use crate::api::{ApiCaller, ApiStep, field};

/// The operation that reads statistics. Unlike `GetMetricData`, it is part of the free requests of an account.
const GET_STATISTICS: JsonOperation =
    JsonOperation { service: CheckedService::CloudWatch, name: "GetMetricStatistics" };

/// Its permission, which supports no narrower resource.
const PERMISSION: AwsPermission<'static> = AwsPermission {
    action: "cloudwatch:GetMetricStatistics",
    resource: "*",
    stack_parameter: "CheckedMetrics",
};

/// A statistic of the values in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Statistic {
    #[default]
    Average,
    Sum,
    Minimum,
    Maximum,
    SampleCount,
    /// A percentile as CloudWatch writes it: `p99.9`.
    Percentile(String),
}

/// A metric and the datapoints that are asked for.
#[derive(Debug)]
pub(crate) struct MetricQuery {
    pub(crate) namespace: String,
    pub(crate) metric: String,
    /// The names and values of all of its dimensions.
    pub(crate) dimensions: Vec<(String, String)>,
    pub(crate) statistic: Statistic,
    /// The time that a datapoint covers, whole seconds.
    pub(crate) period: Duration,
    /// The time before the check in which datapoints count.
    pub(crate) window: Duration,
}

/// A value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Datapoint {
    pub(crate) value: f64,
    /// The start of its period.
    pub(crate) at: Timestamp,
}

impl Statistic {
    fn as_str(&self) -> &str {
        match self {
            Self::Average => "Average",
            Self::Sum => "Sum",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::SampleCount => "SampleCount",
            Self::Percentile(percentile) => percentile,
        }
    }

    /// Returns the value of this statistic in a datapoint.
    fn of(&self, datapoint: &Value) -> Option<f64> {
        let place = match self {
            Self::Percentile(_) => field(datapoint, "ExtendedStatistics"),
            Self::Average | Self::Sum | Self::Minimum | Self::Maximum | Self::SampleCount => {
                datapoint
            }
        };
        field(place, self.as_str()).as_f64()
    }
}

impl MetricQuery {
    /// Returns the dimensions in the form of CloudWatch.
    pub(crate) fn dimensions(&self) -> Value {
        let pair = |(name, value): &(String, String)| json!({ "Name": name, "Value": value });
        self.dimensions.iter().map(pair).collect()
    }

    /// Returns the request at `now`. The period under way is left out, because its sum is still incomplete.
    fn input(&self, now: Timestamp) -> Value {
        let period_s = i64::try_from(self.period.as_secs().max(1)).unwrap_or(i64::MAX);
        let window_s = i64::try_from(self.window.as_secs()).unwrap_or(i64::MAX);
        let now_s = now.as_second();
        let end_s = now_s - now_s.rem_euclid(period_s);
        let mut input = json!({
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": self.dimensions(),
            "StartTime": end_s.saturating_sub(window_s),
            "EndTime": end_s,
            "Period": period_s,
        });
        let key = match self.statistic {
            Statistic::Percentile(_) => "ExtendedStatistics",
            Statistic::Average
            | Statistic::Sum
            | Statistic::Minimum
            | Statistic::Maximum
            | Statistic::SampleCount => "Statistics",
        };
        crate::api::set_field(&mut input, key, json!([self.statistic.as_str()]));
        input
    }

    /// Returns the newest datapoint of an answer; `None` if it has none.
    fn newest(&self, answer: &Value) -> Result<Option<Datapoint>, String> {
        // A list without entries may be left out.
        let is_empty = answer.get("Label").is_some() && answer.get("Datapoints").is_none();
        let datapoints = field(answer, "Datapoints").as_array().map(Vec::as_slice);
        let datapoints =
            datapoints.or(is_empty.then_some(&[])).ok_or("the answer has no list `Datapoints`")?;
        let mut newest: Option<Datapoint> = None;
        for datapoint in datapoints {
            let at = time(field(datapoint, "Timestamp"))
                .ok_or("a datapoint of the answer has no valid `Timestamp`")?;
            let value = self.statistic.of(datapoint).ok_or_else(|| {
                format!("a datapoint of the answer has no number `{}`", self.statistic.as_str())
            })?;
            if newest.is_none_or(|known| known.at < at) {
                newest = Some(Datapoint { value, at });
            }
        }
        Ok(newest)
    }
}

/// Returns a time in the form of the protocol: seconds since 1970, or a text.
fn time(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        return text.parse().ok();
    }
    let seconds = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a conversion that saturates, and is checked"
    )]
    let milliseconds = (seconds * 1000.0) as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

impl AwsAccess {
    /// Returns the newest datapoint of a metric before the time of the check; `None` if there is none in the
    /// window, or no such metric.
    pub(crate) async fn newest_datapoint(
        &self,
        caller: &mut ApiCaller<'_>,
        step: ApiStep<'_>,
        query: &MetricQuery,
    ) -> Result<Option<Datapoint>, Cause> {
        let input = query.input(caller.context.now);
        let answer = self.json(caller, (step, GET_STATISTICS), &input, PERMISSION).await?;
        let newest = query.newest(&answer);
        newest.map_err(|what| step.name_in(Cause::of(Reason::ResponseInvalid, what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(statistic: Statistic) -> MetricQuery {
        MetricQuery {
            namespace: "AWS/SQS".to_owned(),
            metric: "ApproximateAgeOfOldestMessage".to_owned(),
            dimensions: vec![("QueueName".to_owned(), "jobs".to_owned())],
            statistic,
            period: Duration::from_mins(5),
            window: Duration::from_mins(15),
        }
    }

    #[test]
    fn a_query_ends_with_the_last_complete_period() {
        let now: Timestamp = "2026-12-01T02:17:31Z".parse().unwrap();
        let input = query(Statistic::Maximum).input(now);
        let end = "2026-12-01T02:15:00Z".parse::<Timestamp>().unwrap().as_second();
        assert_eq!(input["EndTime"], json!(end));
        assert_eq!(input["StartTime"], json!(end - 900));
        assert_eq!(input["Statistics"], json!(["Maximum"]));
        assert_eq!(input["Dimensions"], json!([{ "Name": "QueueName", "Value": "jobs" }]));
        let input = query(Statistic::Percentile("p99".to_owned())).input(now);
        assert_eq!(input["ExtendedStatistics"], json!(["p99"]));
        assert!(input.get("Statistics").is_none());
    }

    #[test]
    fn the_newest_datapoint_counts_in_any_order() {
        let at = |second: u32, value: f64| json!({ "Timestamp": second, "Maximum": value });
        let answer = json!({ "Datapoints": [at(120, 2.0), at(240, 4.0), at(180, 3.0)] });
        let newest = query(Statistic::Maximum).newest(&answer).unwrap().unwrap();
        assert_eq!(newest, Datapoint { value: 4.0, at: Timestamp::from_second(240).unwrap() });
        let extended =
            json!({ "Timestamp": "2026-12-01T02:15:00Z", "ExtendedStatistics": { "p99": 7.5 } });
        let query = query(Statistic::Percentile("p99".to_owned()));
        let newest = query.newest(&json!({ "Datapoints": [extended] })).unwrap().unwrap();
        assert_eq!(newest.at.to_string(), "2026-12-01T02:15:00Z");
        assert!((newest.value - 7.5).abs() < f64::EPSILON);
    }

    #[test]
    fn an_answer_of_another_form_is_none_without_a_datapoint() {
        let query = query(Statistic::Sum);
        assert_eq!(query.newest(&json!({ "Label": "x", "Datapoints": [] })), Ok(None));
        assert_eq!(query.newest(&json!({ "Label": "x" })), Ok(None));
        for answer in [
            json!({}),
            json!([]),
            json!({ "Datapoints": {} }),
            json!({ "Datapoints": [1] }),
            json!({ "Datapoints": [{ "Timestamp": 1e300, "Sum": 1 }] }),
            json!({ "Datapoints": [{ "Timestamp": "yesterday", "Sum": 1 }] }),
            json!({ "Datapoints": [{ "Timestamp": 60, "Sum": "1" }] }),
            json!({ "Datapoints": [{ "Timestamp": 60, "Average": 1 }] }),
        ] {
            assert!(query.newest(&answer).is_err(), "{answer}");
        }
    }
}
