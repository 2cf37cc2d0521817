//! The JSON Schema of `allclear.toml`, for editors and for the schema check of this crate.
//!
//! It is generated from the raw types and from the schemas of the kinds of check, channel and action. It is
//! self-contained: every reference is replaced by its target.

use schemars::JsonSchema as _;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::Kinds;
use crate::formats::{FORMAT_KEY, KindOf, OfAction, OfChannel, OfCheck};
use crate::raw::File;

/// The maximum depth of references. The schema of a kind that refers to itself is cut off there.
const MAX_DEPTH: usize = 24;

/// Returns the JSON Schema (2020-12) of a config with these kinds.
///
/// Editors use it for completion and documentation. A string of a special form has the name of its
/// form under `x-allclear`.
#[must_use]
pub fn schema(kinds: &Kinds<'_>) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut root = File::json_schema(&mut settings.into_generator()).to_value();
    without_null(&mut root);
    let checks = || of_kinds(kinds.checks.names(), |kind| kinds.checks.schema(kind));
    let channels = || of_kinds(kinds.channels.names(), |kind| kinds.channels.schema(kind));
    let actions = || of_kinds(kinds.actions.names(), |kind| kinds.actions.schema(kind));
    insert_kinds(&mut root, &|form| match form {
        OfCheck::FORMAT => Some(checks()),
        OfChannel::FORMAT => Some(channels()),
        OfAction::FORMAT => Some(actions()),
        _ => None,
    });
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".to_owned(), json!("allclear.toml"));
    }
    root
}

/// Returns the schema of a table with exactly one of the kinds.
fn of_kinds(
    names: Vec<&'static str>,
    schema: impl Fn(&str) -> Option<Value>,
) -> Map<String, Value> {
    let properties: Map<String, Value> = names
        .into_iter()
        .map(|name| (name.to_owned(), schema(name).map_or_else(|| json!({}), self_contained)))
        .collect();
    let table = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    });
    if let Value::Object(table) = table { table } else { Map::new() }
}

/// Inserts the kinds at the places that the raw types mark for them.
fn insert_kinds(node: &mut Value, of_form: &impl Fn(&str) -> Option<Map<String, Value>>) {
    match node {
        Value::Object(object) => {
            let kinds = object.get(FORMAT_KEY).and_then(Value::as_str).and_then(of_form);
            match kinds {
                Some(kinds) => object.extend(kinds),
                None => object.values_mut().for_each(|value| insert_kinds(value, of_form)),
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| insert_kinds(value, of_form)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Returns a kind's schema without references and without the keys that only a whole document has.
fn self_contained(mut schema: Value) -> Value {
    let definitions = schema
        .as_object_mut()
        .and_then(|object| {
            object.remove("$schema");
            object.remove("title");
            object.remove("$defs").or_else(|| object.remove("definitions"))
        })
        .unwrap_or_default();
    resolve(&mut schema, &definitions, 0);
    without_null(&mut schema);
    own_forms(&mut schema);
    schema
}

/// Moves formats that JSON Schema does not define, or defines differently (its `duration` is
/// `PT1M`), to `x-allclear`, so that editors do not reject valid values.
fn own_forms(node: &mut Value) {
    match node {
        Value::Object(object) => {
            let is_own_object =
                |format: &str| matches!(format, "cel-check" | "duration" | "secret" | "url");
            if object.get("format").and_then(Value::as_str).is_some_and(is_own_object)
                && let Some(format) = object.remove("format")
            {
                object.insert(FORMAT_KEY.to_owned(), format);
            }
            object.values_mut().for_each(own_forms);
        }
        Value::Array(values) => values.iter_mut().for_each(own_forms),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn resolve(node: &mut Value, definitions: &Value, depth: usize) {
    match node {
        Value::Object(object) => {
            let reference = match object.get("$ref") {
                Some(Value::String(reference)) => Some(reference.clone()),
                _ => None,
            };
            if let Some(reference) = reference {
                object.remove("$ref");
                let name = reference.rsplit('/').next().unwrap_or_default();
                let target = definitions.get(name).and_then(Value::as_object);
                // The keys beside a reference, mostly a description, are specific to this use and
                // take precedence.
                for (key, value) in target.into_iter().flatten().filter(|_| depth < MAX_DEPTH) {
                    object.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            object.values_mut().for_each(|value| resolve(value, definitions, depth + 1));
        }
        Value::Array(values) => {
            for value in values {
                resolve(value, definitions, depth + 1);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes `null` from a schema. TOML has no null; an unset key is absent.
fn without_null(node: &mut Value) {
    match node {
        Value::Object(object) => {
            object.retain(|key, value| !(key == "default" && value.is_null()));
            if let Some(Value::Array(words)) = object.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|one| one != "null");
                if let [one] = types.as_mut_slice() {
                    let one = one.take();
                    object.insert("type".to_owned(), one);
                }
            }
            for key in ["anyOf", "oneOf"] {
                without_null_branch(object, key);
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_null_branch(object: &mut Map<String, Value>, key: &str) {
    let Some(Value::Array(branches)) = object.get_mut(key) else { return };
    branches.retain(|branch| branch.get("type").is_none_or(|one| one != "null"));
    let only = match branches.as_mut_slice() {
        [only] => only.take(),
        _ => return,
    };
    object.remove(key);
    if let Value::Object(only) = only {
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}
