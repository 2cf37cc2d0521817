//! What the condition of a rule can ask of a monitor's latest outcome, and what a person reads of why
//! it is true.

use super::{News, counts};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::rule::Rule;
use allclear_core::state::MonitorState;
use allclear_core::status::Status;
use allclear_expression::{Binding, Expression};

/// What a person reads of why an alert fired: what happened, what is over, or the values that the
/// condition judged.
pub(super) fn explain<'v>(
    rule: &Rule,
    condition: &Expression,
    news: &News<'_>,
    values: impl Fn(&str) -> Option<Binding<'v>>,
) -> String {
    if let Some(cause) = news.outcome.verdict.cause().filter(|_| rule.fault.is_none()) {
        return cause.message.clone();
    }
    if rule.momentary && news.previous_status.badness() > Some(0) {
        let News { previous_status, previous_since, previous_cause, .. } = news;
        let why = previous_cause.as_ref().map(|cause| format!(": {}", cause.message));
        return format!(
            "it was {previous_status} since {previous_since}{}",
            why.unwrap_or_default()
        );
    }
    let variables = condition
        .variables()
        .filter(|name| *name != "metrics")
        .filter_map(|name| Some(format!("{name} = {}", values(name)?)));
    let metrics = condition.metrics().filter_map(|name| measured(name, news.outcome));
    variables.chain(metrics).collect::<Vec<_>>().join(", ")
}

/// The labels that say of what a measurement is.
const OF_WHAT: [(&str, &str); 3] = [
    ("headroom_percent", "tightest"),
    ("model_shutdown_days", "model"),
    ("cost_month_percent", "completion"),
];

/// `headroom_percent = 4 (tokens)`.
fn measured(name: &str, outcome: &Outcome) -> Option<String> {
    let value = Binding::Number(*outcome.metrics.get(name)?);
    let label = OF_WHAT.into_iter().find_map(|(of, label)| (of == name).then_some(label));
    let of_what = label.and_then(|label| outcome.labels.get(label));
    let of_what = of_what.map(|text| format!(" ({text})")).unwrap_or_default();
    Some(format!("{name} = {value}{of_what}"))
}

pub(super) fn variable<'v>(
    name: &str,
    news: &'v News<'_>,
    monitor: &'v Monitor,
    known: &MonitorState,
) -> Option<Binding<'v>> {
    let milliseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1000.0;
    let outcome = news.outcome;
    let answered = outcome.status() != Status::Unhealthy;
    Some(match name {
        "status" => Binding::Text(known.status.as_str().into()),
        "previous_status" => Binding::Text(news.previous_status.as_str().into()),
        "healthy" => Binding::Bool(known.status == Status::Healthy),
        "degraded" => Binding::Bool(known.status == Status::Degraded),
        "unhealthy" => Binding::Bool(known.status == Status::Unhealthy),
        "was_unhealthy" => Binding::Bool(news.previous_status == Status::Unhealthy),
        "critical" => Binding::Bool(monitor.critical),
        "fault" => {
            let fault = outcome.verdict.cause().map(|cause| cause.fault.as_str());
            Binding::Text(fault.unwrap_or_default().into())
        }
        "response_time_ms" => Binding::Number(milliseconds(outcome.latency.filter(|_| answered)?)),
        "expected_response_time_ms" => {
            Binding::Number(milliseconds(monitor.expected_response_time?))
        }
        "consecutive_failures" => Binding::Number(f64::from(known.consecutive_failures)),
        "consecutive_successes" => Binding::Number(f64::from(known.consecutive_successes)),
        "uptime_percentage" => Binding::Number(counts::recent_uptime_percentage(known, news.at)?),
        "metrics" => Binding::Numbers(&outcome.metrics),
        "monitor" => Binding::Text(monitor.id.as_str().into()),
        "group" => Binding::Text(monitor.group.as_deref().unwrap_or_default().into()),
        "tags" => Binding::Texts(&monitor.tags),
        _ => return None,
    })
}
