//! A metric without a recent value: separates one that nothing writes at the moment from one that does not exist.

use std::collections::BTreeSet;

use allclear_core::duration;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::CloudwatchDialog;
use crate::api::{ApiCaller, ApiStep, field};
use crate::aws::{AwsPermission, CheckedService, JsonOperation, MetricQuery};
use crate::excerpt::excerpt;

const EXISTENCE: ApiStep<'static> = ApiStep { name: "the list of metrics", time: None };

const LIST_METRICS: JsonOperation =
    JsonOperation { service: CheckedService::CloudWatch, name: "ListMetrics" };

const PERMISSION: AwsPermission<'static> = AwsPermission {
    action: "cloudwatch:ListMetrics",
    resource: "*",
    stack_parameter: "CheckedMetrics",
};

/// The meaning of a metric without a value in the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AbsenceMeaning {
    /// Nothing was measured.
    #[default]
    Unknown,
    /// The source has failed.
    Unhealthy,
    /// The value is 0: the source writes the metric only if there is something to count.
    Zero,
}

/// The metrics of a name that CloudWatch lists.
#[derive(Debug, PartialEq, Eq)]
enum ListedMetrics {
    /// One has exactly the dimensions of the check.
    Exact,
    /// None has.
    Others {
        /// The dimensions of one with more of them, in words; `None` if there is none at all.
        example: Option<String>,
    },
}

impl CloudwatchDialog {
    /// Returns the cause of a metric without a value in the window.
    pub(super) async fn absence(&self, caller: &mut ApiCaller<'_>) -> Cause {
        let query = &self.query;
        let (metric, namespace) = (excerpt(&query.metric), excerpt(&query.namespace));
        let what = format!(
            "the metric `{metric}` of `{namespace}` has no value in the last {}",
            duration::format(query.window)
        );
        match self.list(caller).await {
            Ok(ListedMetrics::Exact) => self.missing(what),
            Ok(ListedMetrics::Others { example }) => {
                let example = example.map(|names| {
                    format!("; it knows one with more dimensions: {}", excerpt(&names))
                });
                let what = format!(
                    "{what}, and CloudWatch knows no such metric with these dimensions in the last two weeks{}",
                    example.unwrap_or_default()
                );
                Cause::of(Reason::ResourceNotFound, what)
            }
            Err(cause) if cause.reason == Reason::Permission => {
                let what = format!("{what}; it may not exist: {}", cause.message);
                self.missing(what)
            }
            Err(cause) => cause,
        }
    }

    fn missing(&self, what: String) -> Cause {
        match self.absence {
            AbsenceMeaning::Unhealthy => Cause::of(Reason::DataMissing, what),
            AbsenceMeaning::Unknown | AbsenceMeaning::Zero => {
                Cause::monitor(Reason::DataMissing, what)
            }
        }
    }

    async fn list(&self, caller: &mut ApiCaller<'_>) -> Result<ListedMetrics, Cause> {
        let MetricQuery { namespace, metric, .. } = &self.query;
        // The list has all metrics with these dimensions, among them those with more.
        let dimensions = self.query.dimensions();
        let input =
            json!({ "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions });
        let step = (EXISTENCE, LIST_METRICS);
        let answer = self.access.json(caller, step, &input, PERMISSION).await?;
        listed(&answer, &self.query).ok_or_else(|| {
            let what = "the answer has no list `Metrics`";
            EXISTENCE.name_in(Cause::of(Reason::ResponseInvalid, what))
        })
    }
}

/// Reads an answer; `None` for one of another form. The rest of a long list counts as one with the metric.
fn listed(answer: &Value, query: &MetricQuery) -> Option<ListedMetrics> {
    let metrics = field(answer, "Metrics").as_array()?;
    let wanted: BTreeSet<(&str, &str)> =
        query.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let is_exact = metrics.iter().any(|metric| dimensions(metric) == wanted);
    let is_cut = field(answer, "NextToken").is_string();
    if is_exact || is_cut {
        return Some(ListedMetrics::Exact);
    }
    let example = metrics.first().map(|metric| {
        let pairs = dimensions(metric).into_iter();
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name} = {value}")).collect();
        if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") }
    });
    Some(ListedMetrics::Others { example })
}

fn dimensions(metric: &Value) -> BTreeSet<(&str, &str)> {
    let all = field(metric, "Dimensions").as_array().map_or(&[][..], Vec::as_slice);
    let pair = |one| Some((field(one, "Name").as_str()?, field(one, "Value").as_str()?));
    all.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aws::Statistic;

    #[test]
    fn a_metric_is_known_only_with_exactly_its_dimensions() {
        let query = MetricQuery {
            namespace: "Shop".to_owned(),
            metric: "Orders".to_owned(),
            dimensions: vec![("Shop".to_owned(), "main".to_owned())],
            statistic: Statistic::Sum,
            period: Duration::from_mins(1),
            window: Duration::from_mins(10),
        };
        let shop = json!({ "Name": "Shop", "Value": "main" });
        let region = json!({ "Name": "Region", "Value": "eu" });
        let exact = json!({ "Metrics": [{ "Dimensions": [shop] }] });
        let more = json!({ "Metrics": [{ "Dimensions": [shop, region] }] });
        let cut = json!({ "Metrics": [{ "Dimensions": [region] }], "NextToken": "x" });
        let none = json!({ "Metrics": [] });
        let others = |example: Option<&str>| {
            Some(ListedMetrics::Others { example: example.map(str::to_owned) })
        };
        assert_eq!(listed(&exact, &query), Some(ListedMetrics::Exact));
        assert_eq!(listed(&cut, &query), Some(ListedMetrics::Exact));
        assert_eq!(listed(&more, &query), others(Some("Region = eu, Shop = main")));
        assert_eq!(listed(&none, &query), others(None));
        assert_eq!(listed(&json!({}), &query), None);
    }
}
