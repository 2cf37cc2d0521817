//! Calm monitors: those whose latest outcomes show no trouble.
//!
//! Most conditions are about trouble, and most outcomes show none. Such a condition is found when its rule is compiled,
//! and its rule is not visited while the monitor is calm and has no alert. Of the rules that are on by default, two remain
//! for a monitor whose outcomes have no metrics.

use allclear_core::state::MonitorState;
use allclear_core::status::Status;
use allclear_expression::{Binding, Expression, Truth};

use crate::observation::Observation;
use crate::rule_variables::RuleVariable;

/// Checks whether the monitor is calm: it is healthy since before the observation, and none of its latest outcomes has
/// failed.
pub(crate) fn is_calm(state: &MonitorState, observation: &Observation<'_>) -> bool {
    state.status == Status::Healthy
        && observation.previous_status == Status::Healthy
        && observation.cause().is_none()
        && state.consecutive_failures == 0
        && !state.outcomes.has_failures()
}

/// Checks whether the condition is false for each calm monitor. A value that calm monitors do not share is missing here,
/// and a condition that it could decide is then not false but undecided.
pub(crate) fn is_false_when_calm(condition: &Expression) -> bool {
    condition.evaluate(|name| calm_value(RuleVariable::from_name(name)?)) == Truth::False
}

/// Returns the value that a variable has for each calm monitor; `None` if they differ in it.
fn calm_value(variable: RuleVariable) -> Option<Binding<'static>> {
    Some(match variable {
        RuleVariable::Status | RuleVariable::PreviousStatus => {
            Binding::Text(Status::Healthy.as_str().into())
        }
        RuleVariable::Healthy => Binding::Bool(true),
        RuleVariable::Degraded | RuleVariable::Unhealthy | RuleVariable::WasUnhealthy => {
            Binding::Bool(false)
        }
        RuleVariable::Fault => Binding::Text("".into()),
        RuleVariable::ConsecutiveFailures | RuleVariable::IntermittentFailures => {
            Binding::Number(0.0)
        }
        RuleVariable::Critical
        | RuleVariable::ResponseTimeMs
        | RuleVariable::ExpectedResponseTimeMs
        | RuleVariable::UsualResponseTimeMs
        | RuleVariable::ConsecutiveSuccesses
        | RuleVariable::UptimePercentage
        | RuleVariable::IntermittentFailurePercentage
        | RuleVariable::Metrics
        | RuleVariable::Monitor
        | RuleVariable::Group
        | RuleVariable::Tags => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use allclear_core::Timestamp;
    use allclear_core::id::MonitorId;
    use allclear_core::monitor::{CheckSpec, Monitor};
    use allclear_core::outcome::{Finding, Outcome, Verdict};

    use super::*;
    use crate::observation::{ObservedOutcome, SequencePlace};
    use crate::rule_variables::{compile, variable};

    fn id() -> MonitorId {
        MonitorId::new("api").unwrap()
    }

    fn observation(at: Timestamp) -> Observation<'static> {
        let outcome = Outcome::new(id(), Duration::ZERO, Finding::of(Verdict::Healthy), 1);
        Observation {
            outcome: ObservedOutcome::Combined(Box::new(outcome)),
            position: 0,
            at,
            previous_status: Status::Healthy,
            previous_since: at,
            previous_cause: None,
            place: SequencePlace::Following,
            regions: Vec::new(),
        }
    }

    fn calm(at: Timestamp) -> MonitorState {
        let mut state = MonitorState { status: Status::Healthy, ..MonitorState::unmeasured(at) };
        state.outcomes.record(at - Duration::from_mins(1), Status::Healthy);
        state
    }

    fn at() -> Timestamp {
        "2026-11-30T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_values_of_a_calm_monitor_are_those_that_conditions_see() {
        let (state, observation) = (calm(at()), observation(at()));
        assert!(is_calm(&state, &observation));
        let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
        let monitor = Monitor::new(id(), check);
        for one in RuleVariable::ALL {
            let Some(assumed) = calm_value(*one) else { continue };
            let seen = variable(one.name(), &observation, &monitor, &state).unwrap();
            assert_eq!(assumed.to_string(), seen.to_string(), "{}", one.name());
        }
    }

    #[test]
    fn trouble_of_any_kind_is_not_calm() {
        let observed = observation(at());
        let mut failed_before = calm(at());
        failed_before.outcomes.record(at(), Status::Unhealthy);
        let in_a_row = MonitorState { consecutive_failures: 1, ..calm(at()) };
        let degraded = MonitorState { status: Status::Degraded, ..calm(at()) };
        for state in [failed_before, in_a_row, degraded] {
            assert!(!is_calm(&state, &observed));
        }
        let recovers = Observation { previous_status: Status::Unhealthy, ..observation(at()) };
        assert!(!is_calm(&calm(at()), &recovers));
    }

    #[test]
    fn only_conditions_about_trouble_are_false_when_calm() {
        let is_false = |text: &str| is_false_when_calm(&compile(text).unwrap());
        for text in [
            "status == \"unhealthy\"",
            "consecutive_failures >= 3",
            "intermittent_failure_percentage >= 5 && intermittent_failures >= 4",
            "degraded && fault == \"throttled\"",
            "unhealthy && critical",
            "healthy && was_unhealthy",
            "metrics.queue > 5 && unhealthy",
        ] {
            assert!(is_false(text), "{text}");
        }
        for text in [
            "response_time_ms > 500",
            "uptime_percentage < 95.0",
            "healthy && response_time_ms > 500",
            "unhealthy || metrics.queue > 5",
            "critical ? unhealthy : healthy",
            "consecutive_successes >= 3",
            "healthy",
        ] {
            assert!(!is_false(text), "{text}");
        }
    }
}
