//! Conditions that no outcome makes true, for warnings about a config.

use allclear_core::status::{Fault, Status};
use allclear_expression::{Binding, Expression, Truth};

use crate::rule_variables::RuleVariable;

/// The statuses that a monitor can have.
const STATUSES: [Status; 4] =
    [Status::Healthy, Status::Degraded, Status::Unhealthy, Status::Unknown];

/// Checks whether a condition can be true while the latest outcome has this fault; `None` is an outcome without one. A
/// value that the statuses and the fault do not decide is missing here, and a condition that it could decide can be true.
#[must_use]
pub fn can_hold(condition: &Expression, fault: Option<Fault>) -> bool {
    STATUSES.into_iter().any(|status| {
        STATUSES.into_iter().any(|previous| {
            let value = |name: &str| value(RuleVariable::from_name(name)?, status, previous, fault);
            condition.evaluate(value) != Truth::False
        })
    })
}

fn value(
    variable: RuleVariable,
    status: Status,
    previous: Status,
    fault: Option<Fault>,
) -> Option<Binding<'static>> {
    let text = |text: &'static str| Binding::Text(text.into());
    Some(match variable {
        RuleVariable::Status => text(status.as_str()),
        RuleVariable::PreviousStatus => text(previous.as_str()),
        RuleVariable::Healthy => Binding::Bool(status == Status::Healthy),
        RuleVariable::Degraded => Binding::Bool(status == Status::Degraded),
        RuleVariable::Unhealthy => Binding::Bool(status == Status::Unhealthy),
        RuleVariable::WasUnhealthy => Binding::Bool(previous == Status::Unhealthy),
        RuleVariable::Fault => text(fault.map(Fault::as_str).unwrap_or_default()),
        RuleVariable::Critical
        | RuleVariable::ResponseTimeMs
        | RuleVariable::ExpectedResponseTimeMs
        | RuleVariable::UsualResponseTimeMs
        | RuleVariable::ConsecutiveFailures
        | RuleVariable::ConsecutiveSuccesses
        | RuleVariable::UptimePercentage
        | RuleVariable::IntermittentFailurePercentage
        | RuleVariable::IntermittentFailures
        | RuleVariable::Metrics
        | RuleVariable::Monitor
        | RuleVariable::Group
        | RuleVariable::Tags => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_variables::compile;

    #[test]
    fn a_condition_that_names_a_fault_can_hold_with_that_fault_alone() {
        let condition = compile("degraded && fault == \"throttled\"").unwrap();
        let possible: Vec<Fault> =
            Fault::ALL.into_iter().filter(|fault| can_hold(&condition, Some(*fault))).collect();
        assert_eq!(possible, [Fault::Throttled]);
        assert!(!can_hold(&condition, None));
    }

    #[test]
    fn a_condition_over_other_values_can_hold_with_each_fault_and_with_none() {
        for text in
            ["unhealthy", "metrics.queue > 5", "unhealthy || fault == \"quota\"", "critical"]
        {
            let condition = compile(text).unwrap();
            assert!(
                Fault::ALL.into_iter().all(|fault| can_hold(&condition, Some(fault))),
                "{text}"
            );
            assert!(can_hold(&condition, None), "{text}");
        }
        for text in ["status == \"down\"", "fault == \"targt\"", "healthy && unhealthy"] {
            let condition = compile(text).unwrap();
            let faults = Fault::ALL.into_iter().map(Some).chain([None]);
            assert!(faults.into_iter().all(|fault| !can_hold(&condition, fault)), "{text}");
        }
    }
}
