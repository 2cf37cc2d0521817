//! Texts with placeholders: `Bearer {{token}}`, and the values that come in their place.

use std::collections::BTreeMap;
use std::ops::Range;

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::params::{nearest, secret};

/// The beginning and the end of a placeholder.
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// The beginning of a placeholder's name that stands for a secret.
const SECRET_PREFIX: &str = "secret:";

/// The characters that are escaped in a part of a URL or a form: all but the unreserved ones.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The values that earlier steps have captured, by their names.
pub(super) type CapturedValues = BTreeMap<String, SecretString>;

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestTemplate {
    pub(super) parts: Vec<TemplatePart>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplatePart {
    Text(String),
    Placeholder(Placeholder),
}

/// A place for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placeholder {
    pub(super) source: ValueSource,
    pub(super) encoding: ValueEncoding,
}

/// The origin of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueSource {
    /// A secret of the config.
    Secret(SecretName),
    /// A value that an earlier step captured, by its name.
    Captured(String),
}

/// The way in which a value is written at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueEncoding {
    /// As it is.
    Verbatim,
    /// As a part of a URL or a form.
    Component,
    /// Within a string of JSON.
    JsonString,
    /// As a number, `true` or `false` of JSON.
    JsonScalar,
}

/// The names that a placeholder of a step can have.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownNames<'a> {
    /// The captured values of the steps before.
    pub(super) earlier: &'a [String],
    /// Those of the step itself and the steps after it.
    pub(super) later: &'a [String],
}

/// A problem with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TemplateProblem {
    pub(super) range: Option<Range<usize>>,
    pub(super) what: String,
    pub(super) hint: String,
}

impl RequestTemplate {
    /// Parses a text. Each placeholder must have a known name.
    pub(super) fn parse(text: &str, names: KnownNames<'_>) -> Result<Self, TemplateProblem> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let Some(open) = rest.find(OPEN) else {
                parts.push(TemplatePart::Text(rest.to_owned()));
                break;
            };
            let (before, inner) = rest.split_at(open);
            let inner = inner.get(OPEN.len()..).unwrap_or_default();
            let Some(length) = inner.find(CLOSE) else {
                return Err(TemplateProblem {
                    range: Some(at + open..text.len()),
                    what: "a placeholder has no end".to_owned(),
                    hint: "write `{{name}}`; a text cannot have `{{` itself".to_owned(),
                });
            };
            let end = at + open + OPEN.len() + length + CLOSE.len();
            let name = inner.get(..length).unwrap_or_default().trim();
            let source = source(name, names).map_err(|(what, hint)| TemplateProblem {
                range: Some(at + open..end),
                what,
                hint,
            })?;
            if !before.is_empty() {
                parts.push(TemplatePart::Text(before.to_owned()));
            }
            let encoding = ValueEncoding::Verbatim;
            parts.push(TemplatePart::Placeholder(Placeholder { source, encoding }));
            at = end;
        }
        Ok(Self { parts })
    }

    /// Returns true if a text has no placeholder.
    pub(super) fn is_plain(text: &str) -> bool {
        !text.contains(OPEN)
    }

    /// Sets the encoding of all values.
    pub(super) fn encoded(mut self, encoding: ValueEncoding) -> Self {
        for part in &mut self.parts {
            if let TemplatePart::Placeholder(placeholder) = part {
                placeholder.encoding = encoding;
            }
        }
        self
    }

    /// Returns the placeholders.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Placeholder(placeholder) => Some(placeholder),
        })
    }

    /// Returns the secrets that it needs.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        self.placeholders().filter_map(|placeholder| match &placeholder.source {
            ValueSource::Secret(name) => Some(name),
            ValueSource::Captured(_) => None,
        })
    }

    /// Returns the text with the values in place of the placeholders.
    pub(super) fn fill(
        &self,
        secrets: &Secrets,
        captured: &CapturedValues,
    ) -> Result<String, Cause> {
        let mut text = String::new();
        for part in &self.parts {
            let Placeholder { source, encoding } = match part {
                TemplatePart::Text(part) => {
                    text.push_str(part);
                    continue;
                }
                TemplatePart::Placeholder(placeholder) => placeholder,
            };
            let value = match source {
                ValueSource::Secret(name) => secret(secrets, name)?,
                ValueSource::Captured(name) => {
                    let value = captured.get(name).map(SecretString::expose_secret);
                    // The steps before end the check if they cannot capture it.
                    let missing = || format!("`{name}` was not captured");
                    value.ok_or_else(|| Cause::of(Reason::CheckFailed, missing()))?
                }
            };
            text.push_str(&encoding.apply(value).map_err(|what| source.unusable(what))?);
        }
        Ok(text)
    }
}

impl ValueEncoding {
    fn apply(self, value: &str) -> Result<String, &'static str> {
        match self {
            Self::Verbatim => Ok(value.to_owned()),
            Self::Component => Ok(utf8_percent_encode(value, COMPONENT).to_string()),
            Self::JsonString => {
                let quoted = Value::from(value).to_string();
                let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                Ok(inner.unwrap_or_default().to_owned())
            }
            Self::JsonScalar => match serde_json::from_str(value) {
                Ok(scalar @ (Value::Number(_) | Value::Bool(_))) => Ok(scalar.to_string()),
                Ok(Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_))
                | Err(_) => Err("is neither a number nor `true` or `false`, and its place in \
                                 `body` is not within quotes"),
            },
        }
    }
}

impl ValueSource {
    /// Returns the cause of a value that cannot be sent: `what` continues its name.
    pub(super) fn unusable(&self, what: &str) -> Cause {
        match self {
            Self::Secret(name) => {
                Cause::of(Reason::SecretUnreadable, format!("the secret `{name}` {what}"))
            }
            Self::Captured(name) => Cause::of(
                Reason::AssertionFailed,
                format!("the value that was captured as `{name}` {what}"),
            ),
        }
    }
}

fn source(name: &str, names: KnownNames<'_>) -> Result<ValueSource, (String, String)> {
    if let Some(secret) = name.strip_prefix(SECRET_PREFIX) {
        return SecretName::new(secret).map(ValueSource::Secret).map_err(|error| {
            let what = format!("`{secret}` does not name a secret: {error}");
            (what, "write `{{secret:name}}`".to_owned())
        });
    }
    let is = |known: &String| known == name;
    if names.earlier.iter().any(is) {
        return Ok(ValueSource::Captured(name.to_owned()));
    }
    let what = format!("no step before captures `{name}`");
    let hint = if names.later.iter().any(is) {
        "it is captured only after this request was sent; move the step that captures it forward"
            .to_owned()
    } else if names.earlier.is_empty() {
        "capture it in an earlier step: `capture.NAME.json = \"/path\"`; a secret of the config is \
         `{{secret:name}}`"
            .to_owned()
    } else {
        nearest(name, names.earlier.iter().map(String::as_str))
    };
    Err((what, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: KnownNames<'_> = KnownNames { earlier: &[], later: &[] };

    fn template(text: &str, encoding: ValueEncoding) -> RequestTemplate {
        let names = ["a".to_owned(), "b".to_owned()];
        let names = KnownNames { earlier: &names, later: &[] };
        RequestTemplate::parse(text, names).unwrap().encoded(encoding)
    }

    fn fill(text: &str, encoding: ValueEncoding, a: &str) -> Result<String, Cause> {
        let secret = (SecretName::new("s").unwrap(), SecretString::from("5ecret"));
        let captured = [("a".to_owned(), SecretString::from(a))];
        template(text, encoding).fill(&[secret].into(), &captured.into())
    }

    #[test]
    fn a_value_is_written_as_its_place_demands() {
        use ValueEncoding::{Component, JsonScalar, JsonString, Verbatim};
        for (encoding, value, wanted) in [
            (Verbatim, "a b", "a b"),
            (Component, "a b/..?&=#%\u{e9}~-_.", "a%20b%2F..%3F%26%3D%23%25%C3%A9~-_."),
            (JsonString, "\"},\n\\", "\\\"},\\n\\\\"),
            (JsonScalar, "12", "12"),
            (JsonScalar, "true", "true"),
        ] {
            assert_eq!(fill("{{a}}", encoding, value).as_deref(), Ok(wanted));
        }
        for value in ["x", "{}", "null", "\"x\"", "1,\"admin\":true", ""] {
            let cause = fill("{{a}}", JsonScalar, value).unwrap_err();
            assert_eq!(cause.reason, Reason::AssertionFailed);
            assert!(value.is_empty() || !cause.message.contains(&format!("`{value}`")));
        }
    }

    #[test]
    fn texts_and_values_come_in_their_order() {
        let text = "x{{ a }}y{{secret:s}}}} {{a}}";
        assert_eq!(fill(text, ValueEncoding::Verbatim, "1").as_deref(), Ok("x1y5ecret}} 1"));
        assert_eq!(fill("", ValueEncoding::Verbatim, "1").as_deref(), Ok(""));
        // A value is not read as a template.
        assert_eq!(fill("{{a}}", ValueEncoding::Verbatim, "{{a}}").as_deref(), Ok("{{a}}"));
        let secrets: Vec<_> = template(text, ValueEncoding::Verbatim).secrets().cloned().collect();
        assert_eq!(secrets, [SecretName::new("s").unwrap()]);
    }

    #[test]
    fn a_wrong_placeholder_is_a_problem_at_its_place() {
        let later = ["late".to_owned()];
        let late = KnownNames { earlier: &[], later: &later };
        for (names, text, range, what) in [
            (NONE, "x {{no}} y", 2..8, "no step before captures `no`"),
            (NONE, "x {{no", 2..6, "a placeholder has no end"),
            (NONE, "{{}}", 0..4, "no step before captures ``"),
            (NONE, "{{secret:}}", 0..11, "does not name a secret"),
            (late, "{{late}}", 0..8, "no step before captures `late`"),
        ] {
            let problem = RequestTemplate::parse(text, names).unwrap_err();
            assert_eq!(problem.range, Some(range), "{text}");
            assert!(problem.what.contains(what), "{}", problem.what);
        }
        let problem = RequestTemplate::parse("{{late}}", late).unwrap_err();
        assert!(problem.hint.contains("only after"), "{}", problem.hint);
    }
}
