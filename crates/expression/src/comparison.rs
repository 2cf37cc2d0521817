//! The short way to the result of a condition that compares numbers, such as `response_time_ms > 500`.
//!
//! It uses the arithmetic of the evaluation and gives up where a value is missing or of another kind, so that only the
//! evaluation explains a failure.

use std::cmp::Ordering;

use super::Binding;
use super::compiled::Compiled;
use super::number::Number;
use super::syntax::{ComparisonOperator, Literal, Node, NodeKind};

/// Returns the result of the condition; `None` if only the evaluation can tell.
pub(super) fn holds<'v>(
    compiled: &Compiled,
    value: &impl Fn(&str) -> Option<Binding<'v>>,
) -> Option<bool> {
    let NodeKind::Compare(operator, left, right) = &compiled.root.form else { return None };
    let operands = Operands { compiled, value };
    let order = operands.number(left)?.compare(operands.number(right)?);
    match operator {
        ComparisonOperator::Equal => Some(order == Some(Ordering::Equal)),
        ComparisonOperator::NotEqual => Some(order != Some(Ordering::Equal)),
        ComparisonOperator::Less => Some(order.is_some_and(Ordering::is_lt)),
        ComparisonOperator::LessOrEqual => Some(order.is_some_and(Ordering::is_le)),
        ComparisonOperator::Greater => Some(order.is_some_and(Ordering::is_gt)),
        ComparisonOperator::GreaterOrEqual => Some(order.is_some_and(Ordering::is_ge)),
        ComparisonOperator::In => None,
    }
}

/// The values of the operands of a comparison.
struct Operands<'a, F> {
    compiled: &'a Compiled,
    value: &'a F,
}

impl<'v, F: Fn(&str) -> Option<Binding<'v>>> Operands<'_, F> {
    /// Returns the number that a node has as its value.
    fn number(&self, node: &Node) -> Option<Number> {
        if let NodeKind::Literal(Literal::Number(number)) = &node.form {
            Some(*number)
        } else if let NodeKind::Variable(index) = &node.form {
            let Binding::Number(number) = self.variable(*index)? else { return None };
            Some(Number::Double(number))
        } else if let NodeKind::Select(operand, field) = &node.form {
            let NodeKind::Variable(index) = &operand.form else { return None };
            let Binding::Numbers(numbers) = self.variable(*index)? else { return None };
            numbers.get(field).copied().map(Number::Double)
        } else if let NodeKind::Negate(operand) = &node.form {
            self.number(operand)?.negated().ok()
        } else if let NodeKind::Calculate(operator, left, right) = &node.form {
            self.number(left)?.calculate(*operator, self.number(right)?).ok()
        } else {
            None
        }
    }

    fn variable(&self, index: usize) -> Option<Binding<'v>> {
        (self.value)(self.compiled.variables.get(index)?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::{EvaluationBudget, Truth};
    use super::*;
    use crate::sample;

    /// Generates an operand: numbers, variables, measurements, arithmetic, and what the short way leaves alone.
    fn operands() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "0",
            "2",
            "7",
            "0.5",
            "9223372036854775807",
            "response_time_ms",
            "uptime_percentage",
            "expected_response_time_ms",
            "metrics.queue",
            "metrics.other",
            "status",
        ]);
        leaf.prop_map(str::to_owned).prop_recursive(3, 8, 2, |inner| {
            let operator = prop::sample::select(vec!["+", "-", "*", "/", "%"]);
            prop_oneof![
                (inner.clone(), operator, inner.clone())
                    .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
                inner.prop_map(|operand| format!("(-({operand}))")),
            ]
        })
    }

    fn numbers() -> impl Strategy<Value = Option<f64>> {
        prop::sample::select(vec![
            None,
            Some(0.0),
            Some(2.0),
            Some(7.25),
            Some(-1e18),
            Some(f64::NAN),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_short_way_has_the_result_of_the_evaluation(
            left in operands(),
            operator in prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]),
            right in operands(),
            (time, expected, queue) in (numbers(), numbers(), numbers()),
        ) {
            let Ok(condition) = sample::compile(&format!("{left} {operator} {right}")) else {
                return Ok(());
            };
            let metrics: BTreeMap<String, f64> =
                queue.map(|value| ("queue".to_owned(), value)).into_iter().collect();
            let value = |name: &str| match name {
                "response_time_ms" => time.map(Binding::Number),
                "expected_response_time_ms" => expected.map(Binding::Number),
                "uptime_percentage" => Some(Binding::Number(99.5)),
                "metrics" => Some(Binding::Numbers(&metrics)),
                "status" => Some(Binding::Text("healthy".into())),
                _ => None,
            };
            let mut budget = EvaluationBudget::for_own_values();
            let truth = condition.evaluate_within(&mut budget, value);
            match holds(&condition.compiled, &value) {
                Some(true) => prop_assert_eq!(truth, Truth::True),
                Some(false) => prop_assert_eq!(truth, Truth::False),
                None => prop_assert_eq!(condition.evaluate(value), truth),
            }
        }
    }

    #[test]
    fn usual_conditions_about_numbers_take_the_short_way() {
        let metrics = BTreeMap::from([("queue".to_owned(), 5.0)]);
        let value = |name: &str| match name {
            "response_time_ms" => Some(Binding::Number(900.0)),
            "expected_response_time_ms" => Some(Binding::Number(400.0)),
            "metrics" => Some(Binding::Numbers(&metrics)),
            _ => None,
        };
        for (text, wanted) in [
            ("response_time_ms > expected_response_time_ms * 2", Some(true)),
            ("metrics.queue >= 5", Some(true)),
            ("metrics.queue < -1", Some(false)),
            ("uptime_percentage < 95.0", None),
            ("status == \"healthy\"", None),
            ("healthy && metrics.queue > 1", None),
        ] {
            let condition = sample::compile(text).unwrap();
            assert_eq!(holds(&condition.compiled, &value), wanted, "{text}");
        }
    }
}
