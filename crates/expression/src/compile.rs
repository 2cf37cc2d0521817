//! From text to a compiled condition, and what can be said of it before there are values.

use std::ops::Range;

use super::compiled::Compiled;
use super::evaluate::Evaluation;
use super::failure::{NoValue, TypeMismatch};
use super::syntax::{Node, NodeKind};
use super::vocabulary::Variable;
use super::{Binding, EvaluationBudget, Expression, ExpressionError, measured, parser};

/// The hint for a condition that costs too much.
const SIMPLER: &str = "write it more simply: lists within lists multiply";

/// The assumed length of a list that is not written out, such as `tags`.
const USUAL_LENGTH: u64 = 20;

/// Compiles a condition over `variables`.
pub(super) fn compile(text: &str, variables: &[Variable]) -> Result<Compiled, ExpressionError> {
    let error = |message: String, hint: &str| ExpressionError {
        message,
        range: 0..text.len(),
        hint: Some(hint.to_owned()),
    };
    if text.trim().is_empty() {
        return Err(error(
            "the condition is empty".to_owned(),
            "write for example `status == 200`",
        ));
    }
    if text.len() > Expression::MAX_BYTES {
        let message = format!("the condition is too long: at most {} bytes", Expression::MAX_BYTES);
        return Err(error(message, "split it into several"));
    }
    let parser::ParsedCondition { root, variables, patterns } = parser::parse(text, variables)?;
    let index = variables.iter().position(|name| *name == measured::METRICS);
    let (metrics, needed_metrics) = (measured::asked(&root, index), measured::needed(&root, index));
    Ok(Compiled { root, variables, patterns, metrics, needed_metrics })
}

impl Expression {
    /// Finds at compile time what makes no sense for any value, such as a number compared with a
    /// text.
    pub(super) fn try_on_examples(&self, variables: &[Variable]) -> Result<(), ExpressionError> {
        let whole = 0..self.text.len();
        let too_costly = || ExpressionError {
            message: "the condition costs too much, whatever its values are".to_owned(),
            range: whole.clone(),
            hint: Some(SIMPLER.to_owned()),
        };
        let is_over_own_values = variables.iter().all(|variable| variable.name != "json");
        if is_over_own_values && worst_cost(&self.compiled.root) > EvaluationBudget::OWN_OPERATIONS
        {
            return Err(too_costly());
        }
        let mut budget = EvaluationBudget::for_own_values();
        self.try_constants(&self.compiled.root, &mut budget)?;
        let example = |name: &str| {
            let variable = variables.iter().find(|variable| variable.name == name);
            variable.and_then(|variable| variable.example())
        };
        match self.result_within(&mut EvaluationBudget::for_own_values(), example) {
            // Other values than the examples may well have a result.
            Ok(_)
            | Err(
                NoValue::Missing(_)
                | NoValue::Stopped
                | NoValue::Mismatch(TypeMismatch::NoResult, _),
            ) => Ok(()),
            Err(NoValue::Mismatch(why, what)) => Err(invalid_condition(why, &what, whole)),
            Err(NoValue::OverBudget) => Err(too_costly()),
        }
    }

    /// Finds constant parts that have no result, such as `1 / 0`. Returns true if the node is
    /// constant.
    fn try_constants(
        &self,
        node: &Node,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<bool, ExpressionError> {
        let mut is_constant = !matches!(node.form, NodeKind::Variable(_) | NodeKind::Local(_));
        for child in node.form.children() {
            is_constant &= self.try_constants(child, budget)?;
        }
        if !is_constant || matches!(node.form, NodeKind::Literal(_)) {
            return Ok(is_constant);
        }
        let absent = |_: &str| -> Option<Binding<'_>> { None };
        match Evaluation::new(&self.compiled, absent, budget).value(node) {
            Err(NoValue::Mismatch(why @ TypeMismatch::NoResult, what)) => {
                Err(invalid_condition(why, &what, node.range.clone()))
            }
            // Mistakes of another kind are those of the whole condition.
            Ok(_)
            | Err(
                NoValue::Missing(_)
                | NoValue::Mismatch(..)
                | NoValue::OverBudget
                | NoValue::Stopped,
            ) => Ok(true),
        }
    }
}

/// Returns the error of a part that makes no sense for any value.
fn invalid_condition(why: TypeMismatch, what: &str, range: Range<usize>) -> ExpressionError {
    let message = format!("the condition is invalid: {what}");
    ExpressionError { message, range, hint: why.hint().map(str::to_owned) }
}

/// Returns the operations that the tree costs if no part of it decides early.
fn worst_cost(node: &Node) -> u64 {
    let sum = |nodes: Vec<&Node>| {
        nodes.into_iter().fold(1_u64, |sum, node| sum.saturating_add(worst_cost(node)))
    };
    let NodeKind::Macro(call) = &node.form else { return sum(node.form.children()) };
    let each = sum([&call.body].into_iter().chain(&call.filter).collect());
    worst_cost(&call.over).saturating_add(length(&call.over).saturating_mul(each.saturating_add(1)))
}

/// Returns the length of the list that the node is, as far as its form shows it.
fn length(node: &Node) -> u64 {
    if let NodeKind::List(elements) = &node.form {
        elements.len() as u64
    } else if let NodeKind::Map(entries) = &node.form {
        entries.len() as u64
    } else if let NodeKind::Macro(call) = &node.form {
        length(&call.over)
    } else if let NodeKind::Calculate(_, left, right) = &node.form {
        length(left).saturating_add(length(right))
    } else {
        USUAL_LENGTH
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use crate::{Binding, Truth};

    fn rule(text: &str, values: &[(&str, Binding<'_>)]) -> Truth {
        let values: BTreeMap<&str, Binding<'_>> = values.iter().cloned().collect();
        crate::sample::compile(text).unwrap().evaluate(|name| values.get(name).cloned())
    }

    fn wrong(text: &str) -> (String, String, Option<String>) {
        let error = crate::sample::compile(text).unwrap_err();
        (error.message, text[error.range].to_owned(), error.hint)
    }

    #[test]
    fn numbers_need_no_decimal_point() {
        let slow = [
            ("response_time_ms", Binding::Number(2001.0)),
            ("expected_response_time_ms", Binding::Number(1000.0)),
        ];
        for text in [
            "response_time_ms > expected_response_time_ms * 2",
            "response_time_ms > 2 * expected_response_time_ms + 0.5",
            "response_time_ms / 2 > 1000",
            "response_time_ms == 2001 && response_time_ms != 5",
            "response_time_ms in [1, 2001]",
        ] {
            assert_eq!(rule(text, &slow), Truth::True, "{text}");
        }
    }

    #[test]
    fn macros_and_functions_work() {
        let tags = ["eu".to_owned(), "llm".to_owned()];
        let tags = [("tags", Binding::Texts(&tags))];
        for text in [
            "tags.exists(tag, tag == 'llm')",
            "tags.exists_one(tag, tag.startsWith('l'))",
            "size(tags) * 2 == 4",
            "'eu' in tags && !('us' in tags)",
            "tags.all(t, t.matches('^[a-z]+$'))",
        ] {
            assert_eq!(rule(text, &tags), Truth::True, "{text}");
        }
    }

    #[test]
    fn a_value_that_does_not_exist_yet_is_false_and_named() {
        assert_eq!(
            rule("uptime_percentage < 95.0", &[]),
            Truth::Missing("uptime_percentage".to_owned())
        );
        let metrics = BTreeMap::from([("queue".to_owned(), 3.0)]);
        let metrics = [("metrics", Binding::Numbers(&metrics))];
        assert_eq!(rule("metrics.queue > 2", &metrics), Truth::True);
        assert_eq!(rule("metrics.age > 2", &metrics), Truth::Missing("age".to_owned()));
        assert_eq!(rule("has(metrics.age) && metrics.age > 2", &metrics), Truth::False);
    }

    #[test]
    fn an_unknown_name_has_its_position() {
        let (message, place, hint) = wrong("status == 'unhealthy' && reponse_time_ms > 5");
        assert_eq!(message, "unknown variable `reponse_time_ms`");
        assert_eq!(place, "reponse_time_ms");
        assert_eq!(hint.as_deref(), Some("did you mean `response_time_ms`?"));
        let (message, place, _) = wrong("critical && siz(tags) > 1");
        assert_eq!((message.as_str(), place.as_str()), ("unknown function `siz`", "siz"));
        assert_eq!(wrong("tags.exists(tag, tagg == 'x')").1, "tagg");
        assert_eq!(wrong("group == 'é' && stat == 'x'").1, "stat");
    }

    #[test]
    fn syntax_errors_have_their_position() {
        let (message, place, hint) = wrong("status = \"unhealthy\"");
        assert_eq!(message, "cannot parse the condition: unexpected `=`");
        assert_eq!(place, "=");
        assert_eq!(hint.as_deref(), Some("compare with `==`"));
        assert_eq!(wrong("status ==").0, "cannot parse the condition: unexpected end");
        assert_eq!(wrong("").0, "the condition is empty");
    }

    #[test]
    fn a_rule_that_would_use_up_its_budget_is_refused() {
        let nested = |n: usize| {
            (0..n).fold("group == 'x'".to_owned(), |inner, n| format!("tags.all(t{n}, {inner})"))
        };
        assert!(crate::sample::compile(&nested(3)).is_ok());
        assert_eq!(wrong(&nested(5)).0, "the condition costs too much, whatever its values are");
        // A check has a larger budget, and its lists may be short.
        let over_json = nested(5).replace("tags", "json").replace("group", "body");
        assert!(crate::sample::compile_over_answer(&over_json).is_ok());
    }

    #[test]
    fn invalid_parameters_are_refused_with_a_matching_hint() {
        let compare = Some("compare the value, for example with `==` or `<`");
        let one_kind = Some("use values of one kind; `string`, `int` and `double` convert a value");
        for (text, what, place, hint) in [
            (
                "response_time_ms + 1",
                "it is a number, not true or false",
                "response_time_ms + 1",
                compare,
            ),
            ("group || healthy", "a text is neither true nor false", "group || healthy", compare),
            (
                "response_time_ms > 'fast'",
                "cannot compare a number with a text",
                "response_time_ms > 'fast'",
                one_kind,
            ),
            (
                "group + 1 == 'x'",
                "cannot calculate with a text and a number",
                "group + 1 == 'x'",
                one_kind,
            ),
            ("group.name == 'x'", "a text has no field `name`", "group.name == 'x'", None),
            (
                "size(critical) > 1",
                "`size` does not apply to a boolean",
                "size(critical) > 1",
                None,
            ),
            ("healthy && 1 / 0 > 1", "division by zero", "1 / 0", None),
            ("response_time_ms > 5 % (1 - 1)", "division by zero", "5 % (1 - 1", None),
            ("tags.all(tag, size(tag) < 3 / 0)", "division by zero", "3 / 0", None),
            (
                "response_time_ms < 18446744073709551615 + 1",
                "the result is too large for a whole number",
                "18446744073709551615 + 1",
                None,
            ),
            ("int('x') == 1", "the value is not a whole number in range", "int('x')", None),
        ] {
            let what = format!("the condition is invalid: {what}");
            let wanted = (what, place.to_owned(), hint.map(str::to_owned));
            assert_eq!(wrong(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_condition_without_a_result_for_the_example_is_accepted() {
        for text in [
            "100 / (consecutive_failures - 1) < 5",
            "100 % (consecutive_failures - 1.0) < 5",
            "18446744073709551614 + consecutive_failures * 2 > 5",
            "int(group) == 5",
            "bool(group)",
        ] {
            assert!(crate::sample::compile(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_value_of_any_kind_may_be_compared_with_all() {
        let value = [crate::Variable::new("value", crate::ValueKind::Any, "the result")];
        for text in ["value > 1", "value == \"idle\"", "value", "value[\"x\"] == 1"] {
            assert!(crate::Expression::compile(text, &value).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn hostile_text_is_an_error_and_no_panic(text in "[-a-z0-9 ().,'\"\\\\\\[\\]{}?:!&|<>=+*/%é\n]{0,60}") {
            if let Err(error) = crate::sample::compile(&text) {
                prop_assert!(text.get(error.range).is_some());
            }
        }

        #[test]
        fn any_characters_are_an_error_and_no_panic(text in "\\PC{0,40}") {
            let _ = crate::sample::compile(&text);
        }
    }
}
