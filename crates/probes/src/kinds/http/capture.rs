//! Values that later requests of a check take from an answer.

use http::HeaderName;
use regex::Regex;
use secrecy::SecretString;
use serde_json::Value;

use super::document::JsonBody;
use super::exchange::HttpResponse;

/// The most bytes of a value.
const MAX_BYTES: usize = 8 * 1024;

/// A value that is taken from an answer.
#[derive(Debug, Clone)]
pub(super) struct Capture {
    /// The name, by which placeholders refer to it.
    pub(super) name: String,
    pub(super) source: CaptureSource,
    /// The part of the source; its first group if it has one. `None` for the whole.
    pub(super) pattern: Option<Regex>,
}

/// The place of a value in an answer.
#[derive(Debug, Clone)]
pub(super) enum CaptureSource {
    /// A value of a JSON document, by its JSON Pointer.
    Json(String),
    /// The first header of this name.
    Header(HeaderName),
    /// The cookie of this name that the server has set.
    Cookie(String),
    /// The text of the body.
    Body,
}

/// A value that was taken from an answer. It is confidential, whatever it is.
#[derive(Debug, Clone)]
pub(super) struct CapturedValue {
    pub(super) name: String,
    pub(super) value: SecretString,
}

impl Capture {
    /// Returns true if the value is in the body.
    pub(super) fn needs_body(&self) -> bool {
        matches!(self.source, CaptureSource::Json(_) | CaptureSource::Body)
    }

    /// Returns true if the value is in the JSON of the body.
    pub(super) fn needs_json(&self) -> bool {
        matches!(self.source, CaptureSource::Json(_))
    }

    /// Takes the value. The error describes what was looked for, and nothing of the answer that can be
    /// confidential.
    pub(super) fn take(
        &self,
        answer: &HttpResponse,
        document: &JsonBody,
    ) -> Result<CapturedValue, String> {
        let whole = match &self.source {
            CaptureSource::Json(pointer) => json_value(pointer, document)?,
            CaptureSource::Header(name) => {
                let value = answer.headers.get(name);
                let value = value.ok_or_else(|| format!("has no header `{name}`"))?;
                let value = std::str::from_utf8(value.as_bytes());
                value.map_err(|_| format!("has no text in the header `{name}`"))?.to_owned()
            }
            CaptureSource::Cookie(name) => {
                let value = answer.cookies.iter().find(|(known, _)| known == name);
                value.ok_or_else(|| format!("sets no cookie `{name}`"))?.1.clone()
            }
            CaptureSource::Body => String::from_utf8_lossy(&answer.body).into_owned(),
        };
        let value = match &self.pattern {
            None => whole,
            Some(pattern) => {
                let found = pattern.captures(&whole).and_then(|all| all.get(1).or(all.get(0)));
                let missing = || format!("has no match of `{pattern}` in {}", self.source);
                found.ok_or_else(missing)?.as_str().to_owned()
            }
        };
        match value.len() {
            0 => Err(format!("has only an empty text in {}", self.source)),
            n if n > MAX_BYTES => Err(format!(
                "has {n} bytes in {}, and {MAX_BYTES} are the most of a value",
                self.source
            )),
            _ => Ok(CapturedValue { name: self.name.clone(), value: SecretString::from(value) }),
        }
    }
}

impl std::fmt::Display for CaptureSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(pointer) => write!(f, "`{pointer}` of its JSON"),
            Self::Header(name) => write!(f, "its header `{name}`"),
            Self::Cookie(name) => write!(f, "the cookie `{name}`"),
            Self::Body => f.write_str("its body"),
        }
    }
}

/// Returns the value at a JSON Pointer as text.
fn json_value(pointer: &str, document: &JsonBody) -> Result<String, String> {
    let document = match document {
        JsonBody::Json(document) => document,
        JsonBody::NotJson(_) => return Err(format!("is not JSON, which `{pointer}` is in")),
        JsonBody::BeyondLimits(what) => return Err(format!("has a body that {what}")),
        JsonBody::Unread | JsonBody::Stopped => return Err("was not read in time".to_owned()),
    };
    let not_text = |what: &str| Err(format!("has {what} at `{pointer}` of its JSON, and no text"));
    match document.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(value)) => Ok(value.to_string()),
        Some(Value::Null) => not_text("null"),
        Some(Value::Array(_)) => not_text("a list"),
        Some(Value::Object(_)) => not_text("an object"),
        None => Err(format!("has no `{pointer}` in its JSON")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use http::{HeaderMap, HeaderValue, StatusCode};
    use secrecy::ExposeSecret;

    use super::*;

    fn answer(body: &str) -> HttpResponse {
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_static("/next?code=c0de&state=s"));
        headers.insert("x-binary", HeaderValue::from_bytes(b"\xff").unwrap());
        HttpResponse {
            status: StatusCode::OK,
            headers,
            body: body.as_bytes().to_vec(),
            refusal: Vec::new(),
            response_time_ms: 1.0,
            cookies: vec![("csrf".to_owned(), "c5rf".to_owned())],
        }
    }

    fn take(source: CaptureSource, pattern: Option<&str>, body: &str) -> Result<String, String> {
        let pattern = pattern.map(|pattern| Regex::new(pattern).unwrap());
        let capture = Capture { name: "it".to_owned(), source, pattern };
        let answer = answer(body);
        let document = if capture.needs_json() {
            JsonBody::read(&answer.headers, &answer.body, &AtomicBool::new(false))
        } else {
            JsonBody::Unread
        };
        capture.take(&answer, &document).map(|one| one.value.expose_secret().to_owned())
    }

    fn json(pointer: &str) -> CaptureSource {
        CaptureSource::Json(pointer.to_owned())
    }

    fn header(name: &'static str) -> CaptureSource {
        CaptureSource::Header(HeaderName::from_static(name))
    }

    #[test]
    fn each_source_gives_its_value() {
        let body = r#"{"a": {"b/c": ["x", 7, true, 1.50]}}"#;
        let cookie = CaptureSource::Cookie("csrf".to_owned());
        for (source, pattern, wanted) in [
            (json("/a/b~1c/0"), None, "x"),
            (json("/a/b~1c/1"), None, "7"),
            (json("/a/b~1c/2"), None, "true"),
            (header("location"), None, "/next?code=c0de&state=s"),
            (header("location"), Some("code=([^&]+)"), "c0de"),
            (header("location"), Some("c0d."), "c0de"),
            (cookie, None, "c5rf"),
            (CaptureSource::Body, Some(r#""b/c": \["(\w)""#), "x"),
        ] {
            assert_eq!(take(source, pattern, body).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn a_value_that_is_absent_is_described_without_the_answer() {
        let secret = "s3cret-in-the-answer";
        let body = format!(r#"{{"a": null, "b": [], "c": {{}}, "d": "", "e": "{secret}"}}"#);
        let cookie = CaptureSource::Cookie("sid".to_owned());
        for (source, pattern, wanted) in [
            (json("/x"), None, "has no `/x` in its JSON"),
            (json("/a"), None, "has null at `/a` of its JSON, and no text"),
            (json("/b"), None, "has a list at `/b` of its JSON, and no text"),
            (json("/c"), None, "has an object at `/c` of its JSON, and no text"),
            (json("/d"), None, "has only an empty text in `/d` of its JSON"),
            (json("/e"), Some("z+"), "has no match of `z+` in `/e` of its JSON"),
            (header("x-none"), None, "has no header `x-none`"),
            (header("x-binary"), None, "has no text in the header `x-binary`"),
            (cookie, None, "sets no cookie `sid`"),
            (CaptureSource::Body, Some("id=(.*)"), "has no match of `id=(.*)` in its body"),
        ] {
            assert_eq!(take(source, pattern, &body), Err(wanted.to_owned()));
        }
        let unread = take(json("/x"), None, &format!("<p>{secret}"));
        assert_eq!(unread, Err("is not JSON, which `/x` is in".to_owned()));
        let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(MAX_BYTES + 1));
        let what = take(json("/a"), None, &long).unwrap_err();
        assert_eq!(what, "has 8193 bytes in `/a` of its JSON, and 8192 are the most of a value");
    }
}
