//! The variables of rule conditions: their documentation, and their values for an observation.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::kind::KindSet;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::rule::Rule;
use allclear_core::state::MonitorState;
use allclear_core::status::Status;
use allclear_expression::{Binding, Expression, ExpressionError, Truth, ValueKind, Variable};

use crate::failure_share::FailureShare;
use crate::observation::Observation;

/// The number of outcomes below which a recent uptime has no value.
const MIN_SAMPLES: u32 = 20;

/// The age of the oldest hour from which on the data of a day is complete. Hours are counted whole.
const FIRST_HOUR_WITHIN: Duration = Duration::from_hours(23);

/// Declares the variables: one line for the name, the kind and the meaning of each.
macro_rules! rule_variables {
    ($($variant:ident = $name:literal, $kind:ident, $meaning:literal;)+) => {
        /// A variable that the condition of a rule can use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RuleVariable {
            $(#[doc = $meaning] $variant,)+
        }

        impl RuleVariable {
            /// All variables, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The declarations of all variables, for the compiler and the documentation.
            pub const DECLARATIONS: &[Variable] = &[
                $(Variable::new($name, ValueKind::$kind, $meaning),)+
            ];

            /// Returns the name in conditions.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the variable with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

rule_variables! {
    Status = "status", Text, "the confirmed status";
    PreviousStatus = "previous_status", Text, "the confirmed status before this outcome";
    Healthy = "healthy", Bool, "true if the confirmed status is healthy";
    Degraded = "degraded", Bool, "true if the confirmed status is degraded";
    Unhealthy = "unhealthy", Bool, "true if the confirmed status is unhealthy";
    WasUnhealthy = "was_unhealthy", Bool, "true if the previous status was unhealthy";
    Critical = "critical", Bool, "true if the monitor is marked critical";
    Fault = "fault", Text, "the fault of the latest outcome; empty if it is healthy; with several regions, of the outcome that their quorum decides";
    ResponseTimeMs = "response_time_ms", Number, "the response time of the target, in milliseconds; with several regions, the time that a quorum of them reaches";
    ExpectedResponseTimeMs = "expected_response_time_ms", Number, "the usual response time, as configured, in milliseconds";
    UsualResponseTimeMs = "usual_response_time_ms", Number, "the monitor's own usual response time at this hour of the day (UTC), from the medians of the last 14 days, in milliseconds; absent before three days of data";
    ConsecutiveFailures = "consecutive_failures", Number, "unhealthy outcomes in a row; with several regions, rounds of outcomes in which the quorum is unhealthy";
    ConsecutiveSuccesses = "consecutive_successes", Number, "healthy or degraded outcomes in a row; with several regions, rounds of outcomes";
    UptimePercentage = "uptime_percentage", Number, "uptime of the last 24 hours, 0 to 100; absent before the monitor has a day of data";
    IntermittentFailurePercentage = "intermittent_failure_percentage", Number, "the share of unhealthy outcomes in the last 15 minutes, 0 to 100, without the longest outage (three or more in a row); absent below 10 outcomes";
    IntermittentFailures = "intermittent_failures", Number, "the number of these unhealthy outcomes";
    Metrics = "metrics", Object, "named metrics of the latest outcome; with several regions, the median of their values, of an even number the lower of the two in the middle";
    Monitor = "monitor", Text, "the monitor's id";
    Group = "group", Text, "the monitor's group; empty if it has none";
    Tags = "tags", Texts, "the monitor's tags";
}

/// Compiles the condition of a rule.
///
/// # Errors
///
/// Fails if the text is no condition, or uses a variable that rules do not have.
pub fn compile(text: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(text, RuleVariable::DECLARATIONS)
}

/// Returns true if a condition is undecided because of a metric that not every check measures. A missing
/// variable of another kind does not exist at all.
pub(crate) fn lacks_measurement(truth: &Truth) -> bool {
    match truth {
        Truth::Missing(name) => match RuleVariable::from_name(name) {
            // A name that is not a variable is the name of a metric.
            Some(variable) => variable == RuleVariable::ResponseTimeMs,
            None => true,
        },
        Truth::True
        | Truth::False
        | Truth::TypeMismatch(_)
        | Truth::OverBudget
        | Truth::Stopped => false,
    }
}

/// Returns the message of a firing alert: the cause of the outcome, the outage that is over, or the values in
/// the condition.
pub(crate) fn explain<'v>(
    rule: &Rule,
    condition: &Expression,
    observation: &Observation<'_>,
    values: impl Fn(&str) -> Option<Binding<'v>>,
    kinds: KindSet,
) -> String {
    if let Some(cause) = observation.outcome.verdict.cause().filter(|_| rule.fault.is_none()) {
        return cause.message.clone();
    }
    if rule.momentary && observation.previous_status.rank() > Some(0) {
        let Observation { previous_status, previous_since, previous_cause, .. } = observation;
        let why = previous_cause.as_ref().map(|cause| format!(": {}", cause.message));
        return format!(
            "it was {previous_status} since {previous_since:.0}{}",
            why.unwrap_or_default()
        );
    }
    condition_values(condition, &observation.outcome, values, kinds)
}

/// The most characters of the values of a condition.
const MAX_VALUES: usize = 240;

/// Returns the values in a condition: `response_time_ms = 5123, expected_response_time_ms = 1000`.
pub(crate) fn condition_values<'v>(
    condition: &Expression,
    outcome: &Outcome,
    values: impl Fn(&str) -> Option<Binding<'v>>,
    kinds: KindSet,
) -> String {
    let variables = condition
        .variables()
        .filter(|name| *name != "metrics")
        .filter_map(|name| Some(format!("{name} = {}", values(name)?)));
    let metrics = condition.metrics().filter_map(|name| measured(name, outcome, kinds));
    let text = variables.chain(metrics).collect::<Vec<_>>().join(", ");
    if text.chars().count() <= MAX_VALUES { text } else { text.chars().take(MAX_VALUES).collect() }
}

/// Returns a metric with the label that its declaration names: `pool_percent = 4 (readers)`.
fn measured(name: &str, outcome: &Outcome, kinds: KindSet) -> Option<String> {
    let value = Binding::Number(*outcome.metrics.get(name)?);
    let label = kinds.metric(name).and_then(|metric| metric.label);
    let of_what = label.and_then(|label| outcome.labels.get(label.name()));
    let of_what = of_what.map(|text| format!(" ({text})")).unwrap_or_default();
    Some(format!("{name} = {value}{of_what}"))
}

/// Returns the value of the variable `name`; `None` if there is no such variable or it has no value.
pub(crate) fn variable<'v>(
    name: &str,
    observation: &'v Observation<'_>,
    monitor: &'v Monitor,
    state: &MonitorState,
) -> Option<Binding<'v>> {
    let text = |text: &'static str| Binding::Text(text.into());
    let milliseconds = |time: Duration| Binding::Number(time.as_secs_f64() * 1000.0);
    let outcome = &*observation.outcome;
    Some(match RuleVariable::from_name(name)? {
        RuleVariable::Status => text(state.status.as_str()),
        RuleVariable::PreviousStatus => text(observation.previous_status.as_str()),
        RuleVariable::Healthy => Binding::Bool(state.status == Status::Healthy),
        RuleVariable::Degraded => Binding::Bool(state.status == Status::Degraded),
        RuleVariable::Unhealthy => Binding::Bool(state.status == Status::Unhealthy),
        RuleVariable::WasUnhealthy => {
            Binding::Bool(observation.previous_status == Status::Unhealthy)
        }
        RuleVariable::Critical => Binding::Bool(monitor.critical),
        RuleVariable::Fault => {
            text(observation.cause().map(|cause| cause.fault.as_str()).unwrap_or_default())
        }
        RuleVariable::ResponseTimeMs => {
            let has_answered = outcome.status() != Status::Unhealthy;
            milliseconds(outcome.latency.filter(|_| has_answered)?)
        }
        RuleVariable::ExpectedResponseTimeMs => milliseconds(monitor.expected_response_time?),
        RuleVariable::UsualResponseTimeMs => milliseconds(state.usual_latency.at(observation.at)?),
        RuleVariable::ConsecutiveFailures => Binding::Number(state.consecutive_failures.into()),
        RuleVariable::ConsecutiveSuccesses => Binding::Number(state.consecutive_successes.into()),
        RuleVariable::UptimePercentage => {
            Binding::Number(recent_uptime_percentage(state, observation.at)?)
        }
        RuleVariable::IntermittentFailurePercentage => {
            let share = FailureShare::of(&state.outcomes, observation.at);
            Binding::Number(share.percentage()?)
        }
        RuleVariable::IntermittentFailures => {
            Binding::Number(FailureShare::of(&state.outcomes, observation.at).n_failed.into())
        }
        RuleVariable::Metrics => Binding::Numbers(&outcome.metrics),
        RuleVariable::Monitor => Binding::Text(monitor.id.as_str().into()),
        RuleVariable::Group => Binding::Text(monitor.group.as_deref().unwrap_or_default().into()),
        RuleVariable::Tags => Binding::Texts(&monitor.tags),
    })
}

/// Returns the uptime of the 24 hours before `at`, in whole hours; `None` below [`MIN_SAMPLES`], and before the monitor
/// has a day of data. A short outage in the first hours would be a large share of them.
fn recent_uptime_percentage(state: &MonitorState, at: Timestamp) -> Option<f64> {
    if state.oldest_hour().is_none_or(|start| start > at - FIRST_HOUR_WITHIN) {
        return None;
    }
    let total = state.last_day(at);
    total.uptime_percentage().filter(|_| total.n_measured >= MIN_SAMPLES)
}
