//! The keys of a table of the config, from its JSON Schema.

use serde_json::Value;

use crate::markdown::{cell, code};

/// The key of the schema that names the form of a string.
const FORM: &str = "x-allclear";

/// The text before the default value in a description.
const DEFAULT: &str = "Default:";

/// A key of a table of the config.
#[derive(Debug)]
pub(crate) struct Key {
    /// The path from the table: `tls.verify`.
    pub(crate) path: String,
    /// The type with its range, as it stands in a table of the document.
    pub(crate) kind: String,
    /// The default, as it stands in a table of the document; `required` for a mandatory key.
    pub(crate) default: String,
    /// The meaning.
    pub(crate) meaning: String,
    /// True for a table whose keys follow.
    pub(crate) is_table: bool,
}

/// Returns the schema at `path`, such as `monitor.check.http`. Lists and tables of tables count
/// as their elements.
pub(crate) fn at<'s>(schema: &'s Value, path: &str) -> &'s Value {
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.fold(schema, |schema, part| {
        let next = schema["properties"].get(part);
        let next = next.unwrap_or_else(|| panic!("the config has no `{path}`"));
        let elements = ["items", "additionalProperties"].map(|key| &next[key]);
        elements.into_iter().find(|one| one["properties"].is_object()).unwrap_or(next)
    })
}

/// Returns the keys of a table, mandatory ones first, each followed by the keys of its own table.
pub(crate) fn keys(table: &Value) -> Vec<Key> {
    let required = |key: &str| {
        let required = table["required"].as_array();
        required.is_some_and(|required| required.iter().any(|one| one == key))
    };
    let properties = table["properties"].as_object();
    let mut properties: Vec<_> = properties.into_iter().flatten().collect();
    properties.sort_by_key(|(key, _)| (!required(key), key.as_str()));
    let mut all = Vec::new();
    for (key, schema) in properties {
        let (meaning, default) = described(schema);
        let is_kind = form(schema).is_some_and(|form| form.starts_with("kind_of_"));
        let is_table = schema["properties"].is_object() && !is_kind;
        let default = if required(key) { "required".to_owned() } else { default };
        let kind = kind(schema);
        all.push(Key { path: key.clone(), kind, default, meaning, is_table });
        if is_table {
            let inner = keys(schema).into_iter();
            all.extend(inner.map(|one| Key { path: format!("{key}.{}", one.path), ..one }));
        }
    }
    all
}

fn form(schema: &Value) -> Option<&str> {
    schema[FORM].as_str()
}

/// Returns the meaning and the default of a key.
fn described(schema: &Value) -> (String, String) {
    let text = cell(schema["description"].as_str().unwrap_or_default());
    let (mut meaning, mut default) = (text.clone(), None);
    if let Some((before, after)) = text.split_once(DEFAULT) {
        let end = after.find(". ").unwrap_or_else(|| after.trim_end_matches('.').len());
        default = Some(after[..end].trim().to_owned());
        let rest = after[end..].trim_start_matches('.').trim();
        meaning = format!("{} {rest}", before.trim()).trim().to_owned();
    }
    for word in variants(schema) {
        if let Some(text) = word["description"].as_str() {
            let name = word["const"].as_str().unwrap_or_default();
            meaning = format!("{meaning} `{name}`: {}", cell(text));
        }
    }
    let default = default.unwrap_or_else(|| match &schema["default"] {
        Value::Null => "none".to_owned(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Object(values) if values.is_empty() => "none".to_owned(),
        Value::String(text) => code(text),
        value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            code(&value.to_string())
        }
    });
    (meaning, default)
}

fn variants(schema: &Value) -> impl Iterator<Item = &Value> {
    schema["oneOf"].as_array().into_iter().flatten()
}

/// Returns the type of a value with its range.
fn kind(schema: &Value) -> String {
    let words: Vec<&str> = match schema["enum"].as_array() {
        Some(words) => words.iter().filter_map(Value::as_str).collect(),
        None => variants(schema).filter_map(|one| one["const"].as_str()).collect(),
    };
    if !words.is_empty() {
        let words: Vec<String> = words.into_iter().map(code).collect();
        return format!("one of {}", words.join(", "));
    }
    // Routes within a route.
    if schema["$ref"].is_string() {
        return "table".to_owned();
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        return branches.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("string") => string(schema),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => range("integer", schema),
        Some("number") => range("number", schema),
        Some("array") => {
            let at_least = schema["minItems"].as_u64().filter(|n| *n > 0);
            let at_least = at_least.map(|n| format!(", at least {n}")).unwrap_or_default();
            format!("list of {}{at_least}", plural(&kind(&schema["items"])))
        }
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("table of {}", plural(&kind(&schema["additionalProperties"])))
        }
        Some("object") => "table".to_owned(),
        _ => "any value".to_owned(),
    }
}

/// Returns the type of several values.
fn plural(kind: &str) -> String {
    match kind.strip_prefix("one of ") {
        Some(words) => format!("any of {words}"),
        None if kind == "host and port" => "hosts with ports".to_owned(),
        None => format!("{kind}s"),
    }
}

fn string(schema: &Value) -> String {
    let form = match form(schema) {
        None if schema["minLength"].as_u64().is_some_and(|n| n > 0) => {
            return "text, not empty".to_owned();
        }
        None => return "text".to_owned(),
        Some(form) => form,
    };
    match form {
        "cel-check" => "condition".to_owned(),
        "host_port" => "host and port".to_owned(),
        "web_address" | "url" => "URL".to_owned(),
        "contact" => "link".to_owned(),
        "web_origin" => "origin".to_owned(),
        "light_page_color" | "dark_page_color" | "web_color" => "color".to_owned(),
        "mail_topic" => "ARN of a topic".to_owned(),
        "logo_image" => "image in the text".to_owned(),
        "time_of_day" => "time of day".to_owned(),
        "later_time" => "time of day, also with a day".to_owned(),
        "recurrence_rule" => "recurrence rule".to_owned(),
        "secret_reference" => "name of a secret".to_owned(),
        "time_zone" => "time zone".to_owned(),
        "id" | "duration" | "condition" | "matcher" | "time" | "secret" => form.to_owned(),
        other => panic!("the document has no name for the form `{other}`"),
    }
}

fn range(name: &str, schema: &Value) -> String {
    // The limits of the type of an integer are no limits of the key.
    let is_real = |limit: &&Value| {
        let types = [u64::from(u8::MAX), u64::from(u16::MAX), u64::from(u32::MAX)];
        limit.as_u64().is_none_or(|limit| !types.contains(&limit))
    };
    let min = schema.get("minimum").or_else(|| schema.get("exclusiveMinimum"));
    let max = schema.get("maximum").filter(is_real);
    match (min, max) {
        (Some(min), Some(max)) => format!("{name}, {min} to {max}"),
        (Some(min), None) => format!("{name}, at least {min}"),
        (None, Some(max)) => format!("{name}, at most {max}"),
        (None, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_has_its_type_range_default_and_meaning() {
        let table = json!({
            "required": ["url"],
            "properties": {
                "limit": { "type": "integer", "minimum": 1, "maximum": 60,
                    "description": "The limit. Default: `5`. More\nis slow." },
                "size": { "type": "integer", "minimum": 0, "maximum": 65_535, "default": 7 },
                "url": { "type": "string", "x-allclear": "url", "description": "The URL." },
                "tls": { "type": "object", "properties": { "verify": { "type": "boolean" } } },
                "ip": { "oneOf": [{ "const": "v4", "description": "IPv4 only." }] },
            },
        });
        let rows: Vec<_> = keys(&table)
            .into_iter()
            .map(|key| [key.path, key.kind, key.default, key.meaning].join("; "))
            .collect();
        let wanted = [
            "url; URL; required; The URL.",
            "ip; one of `v4`; none;  `v4`: IPv4 only.",
            "limit; integer, 1 to 60; `5`; The limit. More is slow.",
            "size; integer, at least 0; `7`; ",
            "tls; table; none; ",
            "tls.verify; `true` or `false`; none; ",
        ];
        assert_eq!(rows, wanted);
    }
}
