//! The parameters of a `cloudwatch` check.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_core::duration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::absence::AbsenceMeaning;
use super::{CloudwatchDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams};
use crate::aws::{AwsAccess, AwsParams, CheckedService, CredentialParams, MetricQuery, Statistic};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The most dimensions of a metric in CloudWatch.
const MAX_DIMENSIONS: usize = 30;

/// The most characters of a namespace, of a name, and of the value of a dimension.
const MAX_NAME: usize = 255;
const MAX_VALUE: usize = 1024;

/// The most datapoints of an answer.
const MAX_DATAPOINTS: u64 = 1_440;

/// The usual period of a datapoint.
const DEFAULT_PERIOD: Duration = Duration::from_mins(1);

/// The shortest usual window. Services write their metrics some minutes late.
const SHORTEST_DEFAULT_WINDOW: Duration = Duration::from_mins(10);

/// The longest period and window.
const LONGEST_PERIOD: Duration = Duration::from_hours(24);
const LONGEST_WINDOW: Duration = Duration::from_hours(14 * 24);

/// The statistics with a word.
const STATISTICS: [(&str, Statistic); 5] = [
    ("average", Statistic::Average),
    ("sum", Statistic::Sum),
    ("minimum", Statistic::Minimum),
    ("maximum", Statistic::Maximum),
    ("sample_count", Statistic::SampleCount),
];

/// Parameters of the `cloudwatch` check: the newest value of a metric in Amazon CloudWatch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The namespace of the metric, such as `AWS/RDS`.
    namespace: String,
    /// The name of the metric, such as `CPUUtilization`.
    metric: String,
    /// The dimensions of the metric, all of them: `{ DBInstanceIdentifier = "main" }`.
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    /// The statistic: `average`, `sum`, `minimum`, `maximum`, `sample_count`, or a percentile such as `p99.9`.
    /// Default: `average`.
    statistic: Option<String>,
    /// The time that one value covers: whole minutes, or 1, 5, 10, 20 or 30 seconds. Default: `1m`.
    #[schemars(extend("format" = "duration"))]
    period: Option<String>,
    /// The time before the check in which a value counts. Default: three periods, at least `10m`.
    #[schemars(extend("format" = "duration"))]
    window: Option<String>,
    /// The meaning of a metric without a value in the window. Default: `unknown`.
    #[serde(default)]
    missing: AbsenceMeaning,
    /// The region. Default: that of the process.
    region: Option<String>,
    /// The access keys. Default: the identity of the process, on AWS the role of the prober.
    credentials: Option<CredentialParams>,
    /// The address of CloudWatch, for a local AWS: `http://127.0.0.1:4566`. Default: that of the region.
    #[schemars(extend("format" = "url"))]
    endpoint: Option<String>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: that of the `http` check.
    proxy: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let query = read_query(&params, &mut problems);
    let given = AwsParams {
        region: params.region.as_deref(),
        of_resource: None,
        endpoint: params.endpoint.as_deref(),
        credentials: params.credentials.as_ref(),
        connection: ApiParams {
            proxy: params.proxy.as_deref(),
            tls: params.tls.as_ref(),
            ip: params.ip,
        },
    };
    let access = AwsAccess::read(CheckedService::CloudWatch, given, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let absence = params.missing;
    let parts = access
        .zip(query)
        .map(|((access, target), query)| (target, CloudwatchDialog { access, query, absence }));
    let shared = Arc::clone(shared);
    let check = parts.map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn read_query(params: &Params, problems: &mut ParamProblems) -> Option<MetricQuery> {
    name(&["namespace"], &params.namespace, MAX_NAME, problems);
    name(&["metric"], &params.metric, MAX_NAME, problems);
    let n_dimensions = params.dimensions.len();
    if n_dimensions > MAX_DIMENSIONS {
        let what = format!("{n_dimensions} dimensions, and a metric has at most {MAX_DIMENSIONS}");
        problems.add(&["dimensions"], what, None);
    }
    for (key, value) in &params.dimensions {
        let path = ["dimensions", key.as_str()];
        name(&path, key, MAX_NAME, problems);
        name(&path, value, MAX_VALUE, problems);
    }
    let statistic = statistic(params.statistic.as_deref(), problems);
    let times = times(params, problems);
    let (statistic, (period, window)) = (statistic?, times?);
    let dimensions = params.dimensions.clone().into_iter().collect();
    let (namespace, metric) = (params.namespace.clone(), params.metric.clone());
    Some(MetricQuery { namespace, metric, dimensions, statistic, period, window })
}

/// Checks a text of which CloudWatch accepts only visible ASCII characters.
fn name(path: &[&str], text: &str, max_characters: usize, problems: &mut ParamProblems) {
    problems.sent_text(path, Some(text), max_characters);
    if !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        problems.add(path, "CloudWatch accepts only visible ASCII characters", None);
    }
}

fn statistic(text: Option<&str>, problems: &mut ParamProblems) -> Option<Statistic> {
    let Some(text) = text else { return Some(Statistic::default()) };
    if let Some((_, statistic)) = STATISTICS.into_iter().find(|(word, _)| *word == text) {
        return Some(statistic);
    }
    let percentile = text.strip_prefix('p').filter(|number| {
        let is_short = number.len() <= 8 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        is_short && number.parse::<f64>().is_ok_and(|number| (0.0..=100.0).contains(&number))
    });
    if percentile.is_none() {
        let hint = "write `average`, `sum`, `minimum`, `maximum`, `sample_count`, or a percentile such as `p99`";
        problems.add(&["statistic"], format!("`{text}` is no statistic"), Some(hint));
    }
    percentile.map(|number| Statistic::Percentile(format!("p{number}")))
}

/// Returns the period and the window.
fn times(params: &Params, problems: &mut ParamProblems) -> Option<(Duration, Duration)> {
    let period = match params.period.as_deref() {
        None => DEFAULT_PERIOD,
        Some(text) => problems.duration(&["period"], text)?,
    };
    if !is_period(period) {
        let what = format!("CloudWatch has no periods of {}", duration::format(period));
        let hint = "write whole minutes up to `1d`, or `1s`, `5s`, `10s`, `20s` or `30s`";
        problems.add(&["period"], what, Some(hint));
        return None;
    }
    let window = match params.window.as_deref() {
        None => (period * 3).max(SHORTEST_DEFAULT_WINDOW),
        Some(text) => problems.duration(&["window"], text)?,
    };
    let n_datapoints = window.as_secs() / period.as_secs().max(1);
    if window < period || window > LONGEST_WINDOW || n_datapoints > MAX_DATAPOINTS {
        let what = format!(
            "a window of {} is shorter than a period, longer than {}, or longer than {MAX_DATAPOINTS} periods",
            duration::format(window),
            duration::format(LONGEST_WINDOW)
        );
        problems.add(&["window"], what, Some("write for example `15m`"));
        return None;
    }
    Some((period, window))
}

fn is_period(period: Duration) -> bool {
    let seconds = period.as_secs();
    let is_short = [1, 5, 10, 20, 30].contains(&seconds);
    let is_minutes = seconds >= 60 && seconds.is_multiple_of(60) && period <= LONGEST_PERIOD;
    period.subsec_nanos() == 0 && (is_short || is_minutes)
}
