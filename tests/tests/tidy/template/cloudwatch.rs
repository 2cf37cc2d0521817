//! A model of CloudWatch's evaluation of alarms, for the alarms of the template.
//!
//! The rules are those of "How alarm state is evaluated when data is missing", "Using metric math"
//! and "Alarm evaluation" in CloudWatch's user guide. An alarm is evaluated each minute. It
//! retrieves more data points than it has evaluation periods. Missing points are replaced by older
//! ones if there are enough; otherwise they are treated as `TreatMissingData` specifies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::with_optional;

/// The data points that an alarm retrieves beyond its evaluation periods.
const N_EXTRA: usize = 2;

/// A metric: its name, and the resource of the template that its only dimension names.
pub(crate) type Metric = (String, String);

/// The values of a metric in one minute.
#[derive(Clone, Copy, Default)]
struct Minute {
    n: u32,
    sum: f64,
    max: f64,
}

/// All published values of each metric, by minute.
#[derive(Default)]
pub(crate) struct Published(BTreeMap<Metric, BTreeMap<i64, Minute>>);

impl Published {
    /// Publishes `value` at `second`.
    pub(crate) fn add(&mut self, (name, resource): (&str, &str), second: i64, value: f64) {
        let metric = (name.to_owned(), resource.to_owned());
        let minutes = self.0.entry(metric).or_default();
        let minute = minutes.entry(second.div_euclid(60)).or_default();
        minute.n += 1;
        minute.sum += value;
        minute.max = if minute.n == 1 { value } else { minute.max.max(value) };
    }

    /// Returns the statistic of a metric over the minutes `from..until`; `None` without data.
    fn statistic(&self, input: &Input, from: i64, until: i64) -> Option<f64> {
        let minutes = self.0.get(&input.metric)?;
        let values = minutes.range(from..until.max(from)).map(|(_, minute)| minute);
        match input.statistic.as_str() {
            "Sum" => values.map(|minute| minute.sum).reduce(|a, b| a + b),
            "Maximum" => values.map(|minute| minute.max).reduce(f64::max),
            other => panic!("the model has no statistic `{other}`"),
        }
    }
}

/// A metric of an alarm, with its statistic.
struct Input {
    metric: Metric,
    statistic: String,
}

/// An alarm of the template.
pub(crate) struct Alarm {
    inputs: BTreeMap<String, Input>,
    /// The expression of metric math; `None` if the alarm has a single metric.
    expression: Option<String>,
    period_min: i64,
    n_periods: usize,
    n_breaching: usize,
    threshold: f64,
    comparison: String,
    missing: String,
}

impl Alarm {
    /// Reads an alarm. `page_every` is the value of the parameter in `Fn::FindInMap`.
    pub(crate) fn read(template: &Value, alarm: &Value, page_every: &str) -> Self {
        let properties = &alarm["Properties"];
        let metrics = match properties["Metrics"].as_array() {
            Some(_) => with_optional(&properties["Metrics"]).into_iter().cloned().collect(),
            None => vec![json!({ "Id": "only", "MetricStat": {
                "Metric": {
                    "MetricName": properties["MetricName"],
                    "Dimensions": properties["Dimensions"],
                },
                "Stat": properties["Statistic"],
                "Period": properties["Period"],
            } })],
        };
        let (mut inputs, mut periods, mut expression) = (BTreeMap::new(), Vec::new(), None);
        for metric in &metrics {
            let id = metric["Id"].as_str().unwrap().to_owned();
            let stat = &metric["MetricStat"];
            if let Some(text) = metric["Expression"].as_str() {
                assert_eq!(expression.replace(text.to_owned()), None, "two expressions");
                continue;
            }
            let metric = (
                stat["Metric"]["MetricName"].as_str().unwrap().to_owned(),
                resource(&stat["Metric"]["Dimensions"][0]["Value"]),
            );
            inputs
                .insert(id, Input { metric, statistic: stat["Stat"].as_str().unwrap().to_owned() });
            periods.push(seconds(template, &stat["Period"], page_every));
        }
        periods.dedup();
        assert_eq!(periods.len(), 1, "the metrics have several periods");
        let n_periods = usize::try_from(properties["EvaluationPeriods"].as_u64().unwrap()).unwrap();
        let n_breaching = properties["DatapointsToAlarm"].as_u64();
        Self {
            inputs,
            expression,
            period_min: periods[0] / 60,
            n_periods,
            n_breaching: n_breaching.map_or(n_periods, |n| usize::try_from(n).unwrap()),
            threshold: properties["Threshold"].as_f64().unwrap(),
            comparison: properties["ComparisonOperator"].as_str().unwrap().to_owned(),
            missing: properties["TreatMissingData"].as_str().unwrap().to_owned(),
        }
    }

    /// Checks whether the alarm fires at the beginning of `minute`, if the values of the last `lag`
    /// minutes have not arrived yet.
    pub(crate) fn rings(&self, published: &Published, minute: i64, lag: i64) -> bool {
        let existing: Vec<bool> =
            self.points(published, minute, lag).into_iter().flatten().collect();
        let evaluated = &existing[existing.len().saturating_sub(self.n_periods)..];
        let n_missing = self.n_periods - evaluated.len();
        let is_missing_bad = match self.missing.as_str() {
            "breaching" => true,
            "notBreaching" => false,
            other => panic!("the model does not treat missing data as `{other}`"),
        };
        let n_bad = evaluated.iter().filter(|is_bad| **is_bad).count();
        n_bad + if is_missing_bad { n_missing } else { 0 } >= self.n_breaching
    }

    /// Returns for each retrieved data point, the oldest first, whether it breaches; `None` if it
    /// is missing.
    fn points(&self, published: &Published, minute: i64, lag: i64) -> Vec<Option<bool>> {
        let n = self.n_periods + N_EXTRA;
        let series: BTreeMap<&str, Vec<Option<f64>>> = self
            .inputs
            .iter()
            .map(|(id, input)| {
                let point = |back: usize| {
                    let until = minute - i64::try_from(back).unwrap() * self.period_min;
                    let visible = until.min(minute - lag);
                    published.statistic(input, until - self.period_min, visible)
                };
                (id.as_str(), (0..n).rev().map(point).collect())
            })
            .collect();
        let values = match &self.expression {
            Some(expression) => calculate(expression, &series),
            None => series.into_values().next().unwrap(),
        };
        values.into_iter().map(|value| Some(self.is_breached_by(value?))).collect()
    }

    fn is_breached_by(&self, value: f64) -> bool {
        match self.comparison.as_str() {
            "LessThanThreshold" => value < self.threshold,
            "GreaterThanThreshold" => value > self.threshold,
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            other => panic!("the model does not compare with `{other}`"),
        }
    }
}

/// Calculates an expression of metric math: `SUM(METRICS())`, or terms with `+` and `-` between them.
fn calculate(expression: &str, series: &BTreeMap<&str, Vec<Option<f64>>>) -> Vec<Option<f64>> {
    let n = series.values().next().unwrap().len();
    if expression == "SUM(METRICS())" {
        // The sum of the available values.
        let sum = |at: usize| series.values().filter_map(|values| values[at]).reduce(|a, b| a + b);
        return (0..n).map(sum).collect();
    }
    let mut result: Option<Vec<Option<f64>>> = None;
    let mut sign = 1.0;
    for word in expression.replace(", ", ",").split(' ') {
        if let Some(next) = [("+", 1.0), ("-", -1.0)].iter().find(|(name, _)| *name == word) {
            sign = next.1;
            continue;
        }
        let values = term(word, series);
        let both = |(a, b): (&Option<f64>, &Option<f64>)| Some((*a)? + sign * (*b)?);
        result = Some(match result {
            // A point is missing if one of the operands lacks it.
            Some(before) => before.iter().zip(&values).map(both).collect(),
            None => values,
        });
    }
    result.unwrap()
}

/// Returns a series, or one filled with a number by `FILL`. A series without any value in the range
/// stays empty.
fn term(word: &str, series: &BTreeMap<&str, Vec<Option<f64>>>) -> Vec<Option<f64>> {
    let Some(inside) = word.strip_prefix("FILL(").and_then(|rest| rest.strip_suffix(')')) else {
        return series[word].clone();
    };
    let (name, filler) = inside.split_once(',').unwrap();
    let values = &series[name];
    if values.iter().all(Option::is_none) {
        return values.clone();
    }
    let filler: f64 = filler.parse().unwrap();
    values.iter().map(|value| value.or(Some(filler))).collect()
}

/// Returns the resource that the value of a dimension refers to.
fn resource(value: &Value) -> String {
    let name = value["Ref"].as_str().or_else(|| value["Fn::GetAtt"].as_str()).unwrap();
    name.split('.').next().unwrap().to_owned()
}

/// Returns a number, or the number that a mapping assigns to a parameter.
fn seconds(template: &Value, value: &Value, page_every: &str) -> i64 {
    if let Some(seconds) = value.as_i64() {
        return seconds;
    }
    let place = &value["Fn::FindInMap"];
    assert_eq!(place[1], json!({ "Ref": "PageEveryMinutes" }));
    let mapping = &template["Mappings"][place[0].as_str().unwrap()];
    mapping[page_every][place[2].as_str().unwrap()].as_str().unwrap().parse().unwrap()
}

/// Returns an alarm over the metric `M` of the resource `R`, for the tests of the model.
fn sample(expression: &str, more: &[(&str, Value)]) -> Alarm {
    let metric = |name: &str| {
        json!({ "Id": name.to_lowercase(), "MetricStat": {
            "Metric": { "MetricName": name, "Dimensions": [{ "Value": { "Ref": "R" } }] },
            "Stat": "Sum", "Period": 60,
        } })
    };
    let mut properties = json!({
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1,
        "EvaluationPeriods": 3, "TreatMissingData": "notBreaching",
        "Metrics": [{ "Id": "e", "Expression": expression }, metric("M"), metric("N")],
    });
    for (name, value) in more {
        properties[*name] = value.clone();
    }
    Alarm::read(&json!({}), &json!({ "Properties": properties }), "5")
}

#[test]
fn missing_data_is_treated_as_cloudwatch_does() {
    // The five retrieved points of an alarm with three evaluation periods (`-` missing, `X`
    // breaching), then the states for `breaching` and `notBreaching`. From the table in the user
    // guide.
    for (points, breaching, not_breaching) in [
        ("0-X-X", false, false),
        ("0----", false, false),
        ("-----", true, false),
        ("0XX-X", true, true),
        ("--XX-", true, false),
        ("XXX0X", false, false),
    ] {
        let mut published = Published::default();
        for (minute, point) in points.chars().enumerate() {
            let value = match point {
                '-' => continue,
                'X' => 1.0,
                _ => 0.0,
            };
            published.add(("M", "R"), i64::try_from(minute).unwrap() * 60, value);
        }
        for (treated, expected) in [("breaching", breaching), ("notBreaching", not_breaching)] {
            let alarm = sample("m", &[("TreatMissingData", json!(treated))]);
            assert_eq!(alarm.rings(&published, 5, 0), expected, "{points}, {treated}");
        }
    }
}

#[test]
fn a_sum_of_two_series_hides_what_only_one_of_them_has() {
    let mut published = Published::default();
    (0..5).for_each(|minute| published.add(("M", "R"), minute * 60, 1.0));
    assert!(!sample("m + n", &[]).rings(&published, 5, 0));
    assert!(sample("SUM(METRICS())", &[]).rings(&published, 5, 0));
}

#[test]
fn late_values_are_missing_until_they_arrive() {
    let mut published = Published::default();
    (0..5).for_each(|minute| published.add(("M", "R"), minute * 60, 1.0));
    let below = json!("LessThanThreshold");
    let once = [("ComparisonOperator", below), ("EvaluationPeriods", json!(1))];
    assert!(!sample("FILL(m, 0)", &once).rings(&published, 5, 0));
    assert!(sample("FILL(m, 0)", &once).rings(&published, 5, 1));
}
