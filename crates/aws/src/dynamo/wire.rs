//! Items and attributes in the JSON of the DynamoDB protocol. No I/O.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::items::Item;

/// Returns the JSON of an item.
pub(super) fn item_to_json(item: &Item) -> Value {
    let attributes = item.iter().map(|(name, value)| (name.clone(), attribute_to_json(value)));
    Value::Object(attributes.collect())
}

/// Returns the JSON of an attribute. A type that no record uses becomes null.
pub(super) fn attribute_to_json(value: &AttributeValue) -> Value {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum has no end")]
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        _ => json!({ "NULL": true }),
    }
}

/// Takes the items of a list out of `output`.
pub(super) fn take_items(output: &mut Value, name: &str) -> Vec<Item> {
    match output.get_mut(name).map(Value::take) {
        Some(Value::Array(items)) => items.into_iter().filter_map(item).collect(),
        Some(_) | None => Vec::new(),
    }
}

/// Takes an item out of `output`; `None` for one without attributes.
pub(super) fn take_item(output: &mut Value, name: &str) -> Option<Item> {
    item(output.get_mut(name)?.take()).filter(|item| !item.is_empty())
}

fn item(json: Value) -> Option<Item> {
    let Value::Object(attributes) = json else { return None };
    Some(attributes.into_iter().map(|(name, value)| (name, attribute(value))).collect())
}

/// Parses an attribute. One of a type that no record uses, or that cannot be read, becomes null, so
/// that it does not hide the other items of a page.
fn attribute(json: Value) -> AttributeValue {
    let Value::Object(json) = json else { return AttributeValue::Null(true) };
    read(json).unwrap_or(AttributeValue::Null(true))
}

fn read(json: Map<String, Value>) -> Option<AttributeValue> {
    let (kind, value) = json.into_iter().next()?;
    Some(match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text),
        ("N", Value::String(number)) => AttributeValue::N(number),
        ("B", Value::String(text)) => AttributeValue::B(Blob::new(STANDARD.decode(text).ok()?)),
        ("BOOL", Value::Bool(value)) => AttributeValue::Bool(value),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_type_round_trips() {
        let item: Item = [
            ("pk", AttributeValue::S("run#\u{1}\"ä".to_owned())),
            ("n", AttributeValue::N("12345678901234567890".to_owned())),
            ("b", AttributeValue::B(Blob::new([0, 255, 7]))),
            ("m", AttributeValue::Bool(true)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let json = item_to_json(&item);
        assert_eq!(json["b"], json!({ "B": "AP8H" }));
        assert_eq!(json["n"], json!({ "N": "12345678901234567890" }));
        let text = json!({ "Item": json, "Items": [json] }).to_string();
        let mut output: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(take_items(&mut output, "Items"), std::slice::from_ref(&item));
        assert_eq!(take_item(&mut output, "Item"), Some(item));
    }

    #[test]
    fn an_attribute_of_another_type_hides_no_item() {
        let mut output = json!({ "Items": [
            { "pk": { "S": "a" }, "x": { "L": [{ "S": "y" }] } },
            { "pk": { "S": "b" }, "x": { "B": "no base64!" } },
            { "pk": { "S": "c" }, "x": 7 },
        ] });
        let items = take_items(&mut output, "Items");
        assert_eq!(items.len(), 3);
        for item in items {
            assert_eq!(item["x"], AttributeValue::Null(true));
        }
    }

    #[test]
    fn a_missing_or_empty_item_is_none() {
        assert_eq!(take_item(&mut json!({}), "Item"), None);
        assert_eq!(take_item(&mut json!({ "Item": {} }), "Item"), None);
        assert_eq!(take_item(&mut json!({ "Item": null }), "Item"), None);
        assert_eq!(take_items(&mut json!({ "Items": null }), "Items"), [] as [Item; 0]);
    }
}
