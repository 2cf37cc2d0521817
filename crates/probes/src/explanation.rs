//! The result of a condition in words, with the values that it asked for.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_expression::{Expression, Truth};

/// A variable of a condition, by name, and its value in words; `None` if it does not exist.
pub(crate) type ExplainedVariable<'a> = (&'a str, Option<String>);

/// Describes the result of a condition.
pub(crate) fn result(condition: &Expression, truth: &Truth) -> String {
    match truth {
        Truth::True => format!("`{condition}` holds"),
        Truth::False => format!("`{condition}` does not hold"),
        Truth::Missing(name) => format!("`{condition}` does not hold: no `{name}`"),
        Truth::TypeMismatch(what) => {
            format!("`{condition}` does not hold: invalid for this answer: {what}")
        }
        Truth::OverBudget => format!("`{condition}` exceeds its cost limit for this answer"),
        Truth::Stopped => format!("`{condition}` was not evaluated in time"),
    }
}

/// Adds the values to a result. One that does not exist is left out if the result names it.
pub(crate) fn with_values(
    mut result: String,
    truth: &Truth,
    values: Vec<ExplainedVariable<'_>>,
) -> String {
    let is_named = |name: &str| matches!(truth, Truth::Missing(missing) if missing == name);
    let words = values.into_iter().filter_map(|(name, value)| match value {
        Some(value) => Some(format!("{name} = {value}")),
        None if is_named(name) => None,
        None => Some(format!("no `{name}`")),
    });
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        result.push_str("; ");
        result.push_str(&words.join(", "));
    }
    result
}

/// Returns the cause of a condition that could not be evaluated within its limits. The monitor sets
/// the limits, and the target was not found to be wrong: the condition or the document has to
/// change.
pub(crate) fn beyond_limits(what: impl Into<String>) -> Cause {
    Cause::of(Reason::ConditionLimit, what)
}

#[cfg(test)]
mod tests {
    use allclear_expression::{ValueKind, Variable};

    use super::*;

    #[test]
    fn a_value_that_does_not_exist_is_named_once() {
        let number = |name| Variable::new(name, ValueKind::Number, "a variable of the test");
        let variables = [number("certificate_days"), number("status")];
        let condition = "certificate_days > 14 && status == 200";
        let condition = Expression::compile(condition, &variables).unwrap();
        let values = || vec![("status", Some("200".to_owned())), ("certificate_days", None)];
        for (truth, wanted) in [
            (
                Truth::Missing("certificate_days".to_owned()),
                "does not hold: no `certificate_days`; status = 200",
            ),
            (Truth::False, "does not hold; status = 200, no `certificate_days`"),
        ] {
            let text = with_values(result(&condition, &truth), &truth, values());
            assert_eq!(text, format!("`{condition}` {wanted}"));
        }
    }
}
