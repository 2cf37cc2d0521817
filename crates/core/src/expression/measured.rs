//! Which named measurements a condition asks for, and without which it cannot hold.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

/// The variable that holds the measurements by name.
const METRICS: &str = "metrics";

/// Operators that fail where one of their sides does. `&&` does not: where its other side is false,
/// so is the whole, whose negation holds.
const STRICT: [&str; 12] = [
    operators::LOGICAL_NOT,
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::NEGATE,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
];

/// The measurements that the condition asks for by name.
pub(super) fn asked(node: &IdedExpr) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    gather(node, &mut names);
    names
}

/// The measurements without which the condition is never true, as far as its form shows it.
pub(super) fn needed(node: &IdedExpr) -> BTreeSet<String> {
    if let Expr::Call(call) = &node.expr
        && call.func_name == operators::LOGICAL_AND
    {
        return call.args.iter().flat_map(needed).collect();
    }
    needed_for_a_value(node)
}

/// The measurements without which the expression has no value.
fn needed_for_a_value(node: &IdedExpr) -> BTreeSet<String> {
    if let Some((name, is_test)) = name_of(node) {
        return if is_test { BTreeSet::new() } else { BTreeSet::from([name.to_owned()]) };
    }
    let Expr::Call(call) = &node.expr else { return BTreeSet::new() };
    if STRICT.contains(&call.func_name.as_str()) {
        call.args.iter().flat_map(needed_for_a_value).collect()
    } else {
        BTreeSet::new()
    }
}

/// The name where the node is `metrics.name` or `metrics["name"]`, and whether it only asks if that
/// is there.
fn name_of(node: &IdedExpr) -> Option<(&str, bool)> {
    let is_metrics = |node: &IdedExpr| matches!(&node.expr, Expr::Ident(name) if name == METRICS);
    if let Expr::Select(select) = &node.expr {
        return is_metrics(&select.operand).then_some((&select.field, select.test));
    }
    let Expr::Call(CallExpr { func_name, args, .. }) = &node.expr else { return None };
    let [operand, key] = args.as_slice() else { return None };
    let Expr::Literal(LiteralValue::String(name)) = &key.expr else { return None };
    (func_name == operators::INDEX && is_metrics(operand)).then_some((name.inner(), false))
}

fn gather(node: &IdedExpr, names: &mut BTreeSet<String>) {
    if let Some((name, _)) = name_of(node) {
        names.insert(name.to_owned());
        return;
    }
    let mut entry = |entry: &EntryExpr| match entry {
        EntryExpr::StructField(field) => gather(&field.value, names),
        EntryExpr::MapEntry(entry) => {
            gather(&entry.key, names);
            gather(&entry.value, names);
        }
    };
    match &node.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => {}
        Expr::Select(select) => gather(&select.operand, names),
        Expr::List(list) => list.elements.iter().for_each(|element| gather(element, names)),
        Expr::Map(map) => map.entries.iter().for_each(|one| entry(&one.expr)),
        Expr::Struct(literal) => literal.entries.iter().for_each(|one| entry(&one.expr)),
        Expr::Call(call) => {
            call.target.iter().for_each(|target| gather(target, names));
            call.args.iter().for_each(|argument| gather(argument, names));
        }
        Expr::Comprehension(one) => {
            for part in
                [&one.iter_range, &one.accu_init, &one.loop_cond, &one.loop_step, &one.result]
            {
                gather(part, names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::expression::Expression;

    #[test]
    fn what_a_condition_asks_for_and_needs_is_seen_in_its_form() {
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
            let condition = Expression::for_rule(text).unwrap();
            assert_eq!(condition.metrics().collect::<Vec<_>>(), asked, "{text}");
            assert_eq!(condition.needed_metrics().collect::<Vec<_>>(), needed, "{text}");
        }
    }
}
