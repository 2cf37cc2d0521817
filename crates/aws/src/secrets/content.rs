//! The content of a secret. No error message contains any of it.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// A value that refers to another secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// The secret.
    pub(super) arn: String,
    /// The key within its JSON; `None` for its whole text.
    pub(super) key: Option<String>,
}

impl Reference {
    /// Parses a reference; `None` if the value is not the ARN of a secret and is used literally.
    pub(super) fn read(value: &str) -> Option<Self> {
        let value = value.trim();
        let parts: Vec<&str> = value.split(':').collect();
        let ["arn", _, "secretsmanager", _, _, "secret", name, rest @ ..] = parts.as_slice() else {
            return None;
        };
        // The name is followed by the key, a stage and a version. Stage and version are not
        // supported.
        let key = match rest {
            [] | ["", ..] => None,
            [key, ..] => Some((*key).to_owned()),
        };
        let is_whole = rest.is_empty() && !name.is_empty();
        let is_keyed = matches!(rest, [_] | [_, "", ""]);
        let arn = parts.get(..7)?.join(":");
        (is_whole || is_keyed).then_some(Self { arn, key })
    }
}

/// Returns the names and values of the JSON object in a secret.
pub(super) fn value_of(
    text: &SecretString,
    id: &str,
) -> Result<BTreeMap<String, SecretString>, String> {
    // The parser's own message would quote the invalid text.
    let object: BTreeMap<String, Value> =
        serde_json::from_str(text.expose_secret()).map_err(|_| {
            format!(
                "secret `{id}` does not hold a JSON object of names to values: write it as \
                 {{\"NAME\": \"VALUE\"}}"
            )
        })?;
    let texts = object.into_iter().map(|(name, value)| match value {
        Value::String(value) => Ok((name, value.into())),
        Value::Number(number) => Ok((name, number.to_string().into())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(format!(
            "the value of `{name}` in secret `{id}` is not a string: put it in quotation marks"
        )),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/slack-AbCdEf";

    #[test]
    fn an_arn_of_a_secret_refers_to_it() {
        let whole = Reference { arn: ARN.to_owned(), key: None };
        assert_eq!(Reference::read(ARN), Some(whole));
        let keyed = || Some(Reference { arn: ARN.to_owned(), key: Some("url".to_owned()) });
        assert_eq!(Reference::read(&format!(" {ARN}:url::\n")), keyed());
        assert_eq!(Reference::read(&format!("{ARN}:url")), keyed());
        for value in [
            "sk-one",
            "https://hooks.example.com/a",
            "arn:aws:sns:eu-central-1:123456789012:alerts",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a:b:AWSPREVIOUS:",
        ] {
            assert_eq!(Reference::read(value), None, "{value}");
        }
    }

    #[test]
    fn anything_but_an_object_of_texts_is_reported_without_its_content() {
        for text in [
            "sk-planted",
            "\"sk-planted\"",
            "[\"sk-planted\"]",
            "{\"a\": \"sk-planted",
            "{\"a\": {\"b\": \"sk-planted\"}}",
            "{\"a\": [\"sk-planted\"]}",
        ] {
            let error = value_of(&text.to_owned().into(), "stack").unwrap_err();
            assert!(error.contains("`stack`") && !error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_number_is_a_text_too() {
        let object = value_of(&"{\"pin\": 1234}".to_owned().into(), "stack").unwrap();
        assert_eq!(object["pin"].expose_secret(), "1234");
    }
}
