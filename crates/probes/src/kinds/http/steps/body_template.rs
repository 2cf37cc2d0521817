//! A body with values, each written as the type of the body demands.

use http::HeaderValue;
use serde_json::Value;

use super::template::{RequestTemplate, TemplatePart, TemplateProblem, ValueEncoding};

/// The types of a body that can have values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyType {
    Json,
    Form,
    Text,
}

impl BodyType {
    /// Returns the type that the header `content-type` names; `None` if the encoding of its values is
    /// unknown.
    fn of(header: Option<&HeaderValue>) -> Option<Self> {
        let essence = header?.to_str().ok()?.split(';').next()?.trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "text/plain" => Some(Self::Text),
            essence if essence == "application/json" || essence.ends_with("+json") => {
                Some(Self::Json)
            }
            _ => None,
        }
    }
}

/// Sets the encodings of the values in a body.
pub(super) fn encode(
    template: RequestTemplate,
    content_type: Option<&HeaderValue>,
) -> Result<RequestTemplate, TemplateProblem> {
    match BodyType::of(content_type) {
        Some(BodyType::Json) => json(template),
        Some(BodyType::Form) => Ok(template.encoded(ValueEncoding::Component)),
        Some(BodyType::Text) => Ok(template),
        None => Err(TemplateProblem {
            range: None,
            what: "the header `content-type` does not tell how a value is written in this body"
                .to_owned(),
            hint: "set it in `headers`: to `application/json`, \
                   `application/x-www-form-urlencoded` or `text/plain`"
                .to_owned(),
        }),
    }
}

/// Finds out which values are within strings, and checks that the result is JSON.
fn json(mut template: RequestTemplate) -> Result<RequestTemplate, TemplateProblem> {
    let mut sample = String::new();
    let (mut is_in_string, mut is_escaped) = (false, false);
    for part in &mut template.parts {
        match part {
            TemplatePart::Text(text) => {
                for c in text.chars() {
                    match c {
                        _ if is_escaped => is_escaped = false,
                        '\\' => is_escaped = is_in_string,
                        '"' => is_in_string = !is_in_string,
                        _ => {}
                    }
                }
                sample.push_str(text);
            }
            TemplatePart::Placeholder(placeholder) => {
                let is_whole = !is_escaped;
                placeholder.encoding = if is_in_string {
                    ValueEncoding::JsonString
                } else {
                    ValueEncoding::JsonScalar
                };
                // A value after `\` would become a part of the escape.
                sample.push_str(if is_whole { "0" } else { "\u{0}" });
            }
        }
    }
    match serde_json::from_str::<Value>(&sample) {
        Ok(_) => Ok(template),
        Err(error) => Err(TemplateProblem {
            range: None,
            what: format!("the body is not JSON, as `content-type` says: {error}"),
            hint: "a text stands within quotes, also as a placeholder: `\"{{name}}\"`".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::secret::Secrets;
    use secrecy::SecretString;

    use super::super::template::KnownNames;
    use super::*;

    const JSON: &str = "application/json; charset=utf-8";
    const FORM: &str = "application/x-www-form-urlencoded";

    fn parsed(content_type: &str, text: &str) -> Result<RequestTemplate, TemplateProblem> {
        let names = ["v".to_owned()];
        let content_type = HeaderValue::from_str(content_type).unwrap();
        let template = RequestTemplate::parse(text, KnownNames { earlier: &names, later: &[] })?;
        encode(template, Some(&content_type))
    }

    fn filled(content_type: &str, text: &str, value: &str) -> Option<String> {
        let captured = [("v".to_owned(), SecretString::from(value))].into();
        parsed(content_type, text).unwrap().fill(&Secrets::new(), &captured).ok()
    }

    #[test]
    fn a_value_is_written_as_the_type_of_the_body_demands() {
        for (content_type, text, value, wanted) in [
            (JSON, r#"{"a": "x{{v}}"}"#, r#"","admin":"y"#, r#"{"a": "x\",\"admin\":\"y"}"#),
            (JSON, r#"{"a\"": {{v}}}"#, "7", r#"{"a\"": 7}"#),
            ("application/ld+json", r#"["{{v}}"]"#, "7", r#"["7"]"#),
            (FORM, "user=a&password={{v}}", "p&admin=1 %", "user=a&password=p%26admin%3D1%20%25"),
            ("text/plain", "v={{v}}", "p&q", "v=p&q"),
        ] {
            assert_eq!(filled(content_type, text, value).as_deref(), Some(wanted));
        }
        assert_eq!(filled(JSON, r#"{"a": {{v}}}"#, r#"1,"admin":true"#), None);
    }

    #[test]
    fn a_body_whose_values_cannot_be_written_is_a_problem() {
        for (content_type, text, what) in [
            (JSON, r#"{"a": "{{v}}"#, "the body is not JSON"),
            (JSON, r#"{"a": x{{v}}}"#, "the body is not JSON"),
            (JSON, r#"{"a": "\{{v}}"}"#, "the body is not JSON"),
            ("application/xml", "<a>{{v}}</a>", "does not tell how a value is written"),
        ] {
            let problem = parsed(content_type, text).unwrap_err();
            assert!(problem.what.contains(what), "{text}: {}", problem.what);
        }
    }
}
