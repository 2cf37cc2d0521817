//! The messages about wrong types and missing keys.

use serde_json::Value;
use toml::de::DeValue;

use crate::document::SpannedNode;
use crate::formats::FORMAT_KEY;
use crate::spanned_error::SpannedError;

/// Returns the types that a schema allows; empty if it allows all.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    let branches = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
    match (schema.get("type"), branches) {
        (Some(Value::String(one)), _) => vec![one],
        (Some(Value::Array(several)), _) => several.iter().filter_map(Value::as_str).collect(),
        (_, Some(branches)) => {
            let mut all: Vec<&str> = branches.iter().flat_map(types).collect();
            all.sort_unstable();
            all.dedup();
            all
        }
        _ => Vec::new(),
    }
}

/// Reports a value whose type the schema does not allow.
pub(super) fn wrong_type(name: &str, node: &SpannedNode<'_>, schema: &Value) -> SpannedError {
    let wanted: Vec<&str> = types(schema).into_iter().map(type_name).collect();
    let found = found_name(node.get_ref());
    let what = format!("`{name}` is {found}, not {}", wanted.join(" or "));
    SpannedError::new(node.span(), what).maybe_hint(remedy(name, node.get_ref(), schema))
}

fn type_name(name: &str) -> &str {
    match name {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

fn found_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn remedy(name: &str, value: &DeValue<'_>, schema: &Value) -> Option<String> {
    let wanted = types(schema);
    let wants = |one: &str| wanted.contains(&one);
    let form = schema.get(FORMAT_KEY).and_then(Value::as_str).unwrap_or_default();
    let of_tables = schema.get("items").is_some_and(|items| types(items) == ["object"]);
    match value {
        DeValue::Integer(number) if form == "duration" => {
            Some(format!("write it with a unit, in quotes: `\"{number}s\"`"))
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) if wants("string") => {
            Some("put it in quotes".to_owned())
        }
        DeValue::Boolean(_) if wants("string") => Some("put it in quotes".to_owned()),
        DeValue::String(text) if wants("boolean") && matches!(text.as_ref(), "true" | "false") => {
            Some("write it without quotes".to_owned())
        }
        DeValue::String(text) if wants("integer") && text.parse::<i64>().is_ok() => {
            Some("write it without quotes".to_owned())
        }
        DeValue::Table(_) if of_tables => {
            Some(format!("write `[[{name}]]`, with two pairs of brackets"))
        }
        DeValue::Array(_) if wants("object") => {
            Some(format!("write `[{name}]`, with one pair of brackets"))
        }
        DeValue::String(_) if wants("array") => Some("put it in brackets: `[\"…\"]`".to_owned()),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => first_sentence(schema),
    }
}

/// Returns the first sentence of a schema's description, in lower case for use within another
/// sentence.
pub(super) fn first_sentence(schema: &Value) -> Option<String> {
    let description = schema.get("description")?.as_str()?.replace('\n', " ");
    let sentence = description.split(". ").next()?.trim_end_matches('.').to_owned();
    let mut chars = sentence.chars();
    let first = chars.next()?;
    let is_word = !chars.clone().next().is_some_and(char::is_uppercase);
    let first = if is_word { first.to_lowercase().to_string() } else { first.to_string() };
    Some(first + chars.as_str())
}
