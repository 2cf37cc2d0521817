//! Tests of the JSON Schema for editors.

use allclear_config::{Kinds, schema};
use serde_json::Value;

fn whole() -> Value {
    schema(&Kinds {
        checks: &crate::kinds::Checks,
        channels: &crate::kinds::Channels,
        actions: &crate::kinds::Actions,
    })
}

fn at<'s>(schema: &'s Value, pointer: &str) -> &'s Value {
    schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"))
}

#[test]
fn the_schema_is_self_contained_and_has_no_null() {
    let text = whole().to_string();
    assert!(!text.contains("$defs"), "{text}");
    let within: Vec<_> = text.match_indices("$ref").collect();
    // A route contains routes.
    let target = "#/properties/route/properties/routes/items";
    assert_eq!(within.len(), text.matches(&format!("\"$ref\":\"{target}\"")).count(), "{text}");
    assert!(whole().pointer(target.trim_start_matches('#')).is_some_and(Value::is_object));
    assert!(!text.contains("null"), "{text}");
    assert_eq!(text.matches("$schema").count(), 1);
}

#[test]
fn every_key_has_a_description() {
    fn check(path: &str, schema: &Value) {
        for (key, property) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let path = format!("{path}.{key}");
            let is_kinds = path.contains(".check.") || path.contains(".send.");
            assert!(is_kinds || property.get("description").is_some(), "{path} has none");
            check(&path, property);
            check(&path, property.get("items").unwrap_or(&Value::Null));
        }
    }
    check("", &whole());
}

#[test]
fn kinds_stand_where_a_check_and_a_channel_are_chosen() {
    let schema = whole();
    let monitor = at(&schema, "/properties/monitor/items");
    let check = at(monitor, "/properties/check");
    assert_eq!(at(check, "/properties/web/properties/url/type"), "string");
    assert_eq!(at(check, "/properties/web/properties/expect/type"), "string");
    assert_eq!(at(check, "/maxProperties"), 1);
    let send = at(&schema, "/properties/channel/items/properties/send");
    assert_eq!(*at(send, "/properties/chat/required"), serde_json::json!(["webhook_url"]));
}

#[test]
fn required_keys_words_and_forms_are_there() {
    let schema = whole();
    let monitor = at(&schema, "/properties/monitor/items");
    assert_eq!(*at(monitor, "/required"), serde_json::json!(["id", "check"]));
    assert_eq!(at(monitor, "/properties/interval/x-allclear"), "duration");
    assert_eq!(*at(monitor, "/additionalProperties"), Value::Bool(false));
    let severity = at(&schema, "/properties/rule/items/properties/severity/enum");
    assert_eq!(*severity, serde_json::json!(["info", "warning", "error", "critical"]));
}
