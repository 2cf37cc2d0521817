//! The conditions of a check over what a service reports.

use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_expression::{Expression, Truth, Variable};

use super::ServiceReading;
use crate::excerpt::excerpt;
use crate::explanation;
use crate::params::ParamProblems;

/// The conditions `expect` and `degraded`.
#[derive(Debug)]
pub(crate) struct Conditions {
    expect: Option<Expression>,
    degraded: Option<Expression>,
    variables: &'static [Variable],
}

impl Conditions {
    /// Reads the conditions from the parameters `expect` and `degraded`.
    pub(crate) fn read(
        expect: Option<&str>,
        degraded: Option<&str>,
        variables: &'static [Variable],
        problems: &mut ParamProblems,
    ) -> Self {
        let expect = problems.condition(&["expect"], expect, variables);
        let degraded = problems.condition(&["degraded"], degraded, variables);
        Self { expect, degraded, variables }
    }

    /// Returns true if a condition uses the variable.
    pub(crate) fn ask_for(&self, name: &str) -> bool {
        [&self.expect, &self.degraded].into_iter().flatten().any(|one| one.asks_for(name))
    }

    /// Returns the verdict on a service that answered.
    pub(crate) fn judge(&self, reading: &ServiceReading) -> Result<Verdict, Cause> {
        if let Some(condition) = &self.expect {
            let truth = condition.evaluate(|name| reading.get(name));
            if let Truth::OverBudget | Truth::Stopped = truth {
                return Err(explanation::beyond_limits(explanation::result(condition, &truth)));
            }
            if !truth.holds() {
                let what = self.explain(condition, &truth, reading);
                return Err(Cause::of(Reason::AssertionFailed, what));
            }
        }
        if let Some(cause) = reading.degradation() {
            return Ok(Verdict::Degraded(cause.clone()));
        }
        let Some(condition) = &self.degraded else { return Ok(Verdict::Healthy) };
        let truth = condition.evaluate(|name| reading.get(name));
        Ok(match truth {
            Truth::OverBudget | Truth::Stopped => {
                let what = explanation::result(condition, &truth);
                Verdict::Degraded(explanation::beyond_limits(what))
            }
            truth if truth.holds() => {
                let what = self.explain(condition, &truth, reading);
                Verdict::Degraded(Cause::of(Reason::Degraded, what))
            }
            Truth::True | Truth::False | Truth::Missing(_) | Truth::TypeMismatch(_) => {
                Verdict::Healthy
            }
        })
    }

    fn explain(&self, condition: &Expression, truth: &Truth, reading: &ServiceReading) -> String {
        let asked = self.variables.iter().filter(|variable| condition.asks_for(variable.name));
        let values = asked.map(|variable| {
            let shown = reading.get(variable.name).map(|value| excerpt(&value.to_string()));
            (variable.name, shown)
        });
        let result = explanation::result(condition, truth);
        explanation::with_values(result, truth, values.collect())
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Status;
    use allclear_expression::ValueKind;

    use super::*;
    use crate::service::ReadValue;

    const VARIABLES: &[Variable] = &[
        Variable::new("role", ValueKind::Text, "the role of the server"),
        Variable::new("clients", ValueKind::Number, "the connected clients"),
    ];

    fn judged(expect: &str, degraded: &str) -> Result<Verdict, Cause> {
        let mut problems = ParamProblems::default();
        let conditions = Conditions::read(Some(expect), Some(degraded), VARIABLES, &mut problems);
        let conditions = problems.or(Some(conditions)).unwrap();
        let mut reading = ServiceReading::default();
        reading.set("role", ReadValue::Text("master".to_owned()));
        reading.set("clients", ReadValue::Number(12.0));
        conditions.judge(&reading)
    }

    #[test]
    fn a_condition_that_does_not_hold_is_explained_by_its_values() {
        let cause = judged("role == \"slave\"", "clients > 10").unwrap_err();
        assert_eq!(cause.reason, Reason::AssertionFailed);
        assert_eq!(cause.message, "`role == \"slave\"` does not hold; role = \"master\"");
    }

    #[test]
    fn a_service_that_meets_its_expectation_may_be_degraded() {
        let verdict = judged("role == \"master\"", "clients > 10").unwrap();
        assert_eq!(verdict.status(), Status::Degraded);
        assert_eq!(verdict.cause().unwrap().message, "`clients > 10` holds; clients = 12");
        let verdict = judged("role == \"master\"", "clients > 20").unwrap();
        assert_eq!(verdict.status(), Status::Healthy);
    }
}
