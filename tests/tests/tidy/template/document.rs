//! `template.yaml` as JSON, with each short tag replaced by its object.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::repository::text;

/// The functions, by the names of their folders.
pub(crate) const FUNCTIONS: [&str; 4] = ["prober", "evaluator", "notifier", "generator"];

/// Returns the template of the stack.
pub(crate) fn template() -> Value {
    parse(&text("template.yaml").unwrap())
}

/// Returns the logical id of a function in the template.
pub(crate) fn logical_id(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    first.to_uppercase() + rest
}

/// Returns the resources of a type with their names.
pub(crate) fn of_type<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let resources = template["Resources"].as_object().unwrap();
    let of_type: Vec<_> = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), resource))
        .collect();
    assert!(!of_type.is_empty(), "the template has no {kind}");
    of_type
}

/// Returns the items of a list, including the optional ones: `!If [CONDITION, SOMETHING, !Ref
/// AWS::NoValue]` stands for `SOMETHING`.
pub(crate) fn with_optional(list: &Value) -> Vec<&Value> {
    let list = list.as_array().unwrap();
    list.iter().map(|one| if one["Fn::If"].is_array() { &one["Fn::If"][1] } else { one }).collect()
}

/// Returns the strings of a list.
pub(crate) fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

fn parse(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    to_json(&documents[0])
}

fn to_json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(list) => list.iter().map(to_json).collect(),
        Yaml::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap().to_owned(), to_json(value)))
                .collect::<Map<String, Value>>(),
        ),
        Yaml::Tagged(tag, value) => {
            let name = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                function => format!("Fn::{function}"),
            };
            json!({ name: to_json(value) })
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            panic!("{node:?} is nothing that a template needs")
        }
    }
}

#[test]
fn a_short_tag_becomes_its_long_form() {
    let read = parse("A: !Ref B\nC: [!GetAtt D.E, !If [F, 1, !Ref AWS::NoValue]]\nG: 'yes'\n");
    assert_eq!(
        read,
        json!({
            "A": { "Ref": "B" },
            "C": [{ "Fn::GetAtt": "D.E" }, { "Fn::If": ["F", 1, { "Ref": "AWS::NoValue" }] }],
            "G": "yes",
        })
    );
    assert_eq!(with_optional(&read["C"]), [&json!({ "Fn::GetAtt": "D.E" }), &json!(1)]);
}
