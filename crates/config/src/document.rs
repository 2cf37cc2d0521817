//! The parsed file: values with their places, before the schema check.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// A value of the file with its place.
pub(crate) type SpannedNode<'i> = Spanned<DeValue<'i>>;

/// Returns the tables of the list under `key`, such as all `[[monitor]]`.
pub(crate) fn section<'d, 'i>(
    root: &'d DeTable<'i>,
    key: &str,
) -> impl Iterator<Item = &'d DeTable<'i>> {
    let list = root.get(key).and_then(|node| node.get_ref().as_array());
    list.into_iter().flat_map(|list| list.iter()).filter_map(|node| node.get_ref().as_table())
}

/// Returns the deepest value on the path, and whether the path ends there.
pub(crate) fn follow<'d, 'i>(
    node: &'d SpannedNode<'i>,
    path: &[String],
) -> (&'d SpannedNode<'i>, bool) {
    let Some((first, rest)) = path.split_first() else { return (node, true) };
    let next = match node.get_ref() {
        DeValue::Table(table) => table.get(first.as_str()),
        DeValue::Array(list) => first.parse().ok().and_then(|index: usize| list.get(index)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    };
    next.map_or((node, false), |next| follow(next, rest))
}

/// Returns the value of an integer; `None` if it does not fit into an `i64`.
pub(crate) fn integer(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Converts the value to JSON. Dates become strings.
pub(crate) fn to_json(node: &SpannedNode<'_>) -> Value {
    match node.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => integer(number).map_or(Value::Null, Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Datetime(datetime) => Value::from(datetime.to_string()),
        DeValue::Array(list) => list.iter().map(to_json).collect(),
        DeValue::Table(table) => Value::Object(
            table.iter().map(|(key, node)| (key.get_ref().to_string(), to_json(node))).collect(),
        ),
    }
}

/// Calls `visit` with each string of the value and the key that it belongs to.
pub(crate) fn each_text<'d>(
    key: &'d str,
    node: &'d SpannedNode<'_>,
    visit: &mut impl FnMut(&'d str, &'d SpannedNode<'_>, &'d str),
) {
    match node.get_ref() {
        DeValue::String(text) => visit(key, node, text),
        DeValue::Array(list) => list.iter().for_each(|node| each_text(key, node, visit)),
        DeValue::Table(table) => {
            table.iter().for_each(|(key, node)| each_text(key.get_ref(), node, visit));
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}
