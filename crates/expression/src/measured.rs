//! The named measurements that a condition asks for, and those without which it cannot hold.

use std::collections::BTreeSet;

use super::syntax::{ComparisonOperator, Literal, Node, NodeKind};

/// The variable that holds the measurements by name.
pub(super) const METRICS: &str = "metrics";

/// Returns the measurements that the condition asks for by name, where `metrics` is the variable
/// with this index.
pub(super) fn asked(node: &Node, metrics: Option<usize>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    gather(node, metrics, &mut names);
    names
}

/// Returns the measurements without which the condition is never true, as far as its form shows it.
pub(super) fn needed(node: &Node, metrics: Option<usize>) -> BTreeSet<String> {
    if let NodeKind::And(terms) = &node.form {
        return terms.iter().flat_map(|term| needed(term, metrics)).collect();
    }
    needed_for_a_value(node, metrics)
}

/// Returns the measurements without which the expression has no value.
///
/// `&&` is not among the forms that are followed: where one side is false, so is the whole, whose
/// negation holds.
fn needed_for_a_value(node: &Node, metrics: Option<usize>) -> BTreeSet<String> {
    if let Some((name, how)) = name_of(node, metrics) {
        return match how {
            Mention::Value => BTreeSet::from([name.to_owned()]),
            Mention::Test => BTreeSet::new(),
        };
    }
    let fails_with_a_part = match &node.form {
        NodeKind::Not(_) | NodeKind::Negate(_) | NodeKind::Calculate(..) => true,
        NodeKind::Compare(comparison, ..) => *comparison != ComparisonOperator::In,
        NodeKind::Literal(_)
        | NodeKind::Variable(_)
        | NodeKind::Local(_)
        | NodeKind::Select(..)
        | NodeKind::Index(..)
        | NodeKind::Has(..)
        | NodeKind::List(_)
        | NodeKind::Map(_)
        | NodeKind::And(_)
        | NodeKind::Or(_)
        | NodeKind::Conditional(_)
        | NodeKind::Call(..)
        | NodeKind::Matches(..)
        | NodeKind::Macro(_) => false,
    };
    if !fails_with_a_part {
        return BTreeSet::new();
    }
    node.form.children().into_iter().flat_map(|child| needed_for_a_value(child, metrics)).collect()
}

/// The way in which a condition mentions a measurement.
enum Mention {
    /// It asks for the value.
    Value,
    /// It only asks if there is one.
    Test,
}

/// Returns the name where the node is `metrics.name` or `metrics["name"]`.
fn name_of(node: &Node, metrics: Option<usize>) -> Option<(&str, Mention)> {
    let is_metrics =
        |node: &Node| matches!(node.form, NodeKind::Variable(index) if Some(index) == metrics);
    if let NodeKind::Select(operand, field) = &node.form {
        return is_metrics(operand).then_some((field.as_str(), Mention::Value));
    }
    let (operand, key, how) = if let NodeKind::Index(operand, key) = &node.form {
        (operand, key, Mention::Value)
    } else if let NodeKind::Has(operand, key) = &node.form {
        (operand, key, Mention::Test)
    } else {
        return None;
    };
    let NodeKind::Literal(Literal::Text(name)) = &key.form else { return None };
    is_metrics(operand).then_some((name.as_ref(), how))
}

fn gather(node: &Node, metrics: Option<usize>, names: &mut BTreeSet<String>) {
    if let Some((name, _)) = name_of(node, metrics) {
        names.insert(name.to_owned());
        return;
    }
    for child in node.form.children() {
        gather(child, metrics, names);
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn the_variables_and_needs_of_a_condition_are_known_from_its_syntax() {
        for (text, asked, needed) in [
            ("metrics.a < 1", vec!["a"], vec!["a"]),
            ("healthy && metrics.a * 2 < 1 && metrics.b == 0", vec!["a", "b"], vec!["a", "b"]),
            ("metrics.a < 1 || metrics.b < 1", vec!["a", "b"], vec![]),
            ("metrics[\"a b\"] >= 3", vec!["a b"], vec!["a b"]),
            ("has(metrics.a) && metrics.a > 1", vec!["a"], vec!["a"]),
            ("!has(metrics.a)", vec!["a"], vec![]),
            ("!(metrics.a > 1)", vec!["a"], vec!["a"]),
            ("!(healthy && metrics.a > 1)", vec!["a"], vec![]),
            ("(healthy && metrics.a > 1) == false", vec!["a"], vec![]),
            ("healthy ? metrics.a > 1 : true", vec!["a"], vec![]),
            ("tags.exists(tag, metrics.a > 1)", vec!["a"], vec![]),
            ("response_time_ms > 5", vec![], vec![]),
        ] {
            let condition = crate::sample::compile(text).unwrap();
            assert_eq!(condition.metrics().collect::<Vec<_>>(), asked, "{text}");
            assert_eq!(condition.needed_metrics().collect::<Vec<_>>(), needed, "{text}");
        }
    }
}
