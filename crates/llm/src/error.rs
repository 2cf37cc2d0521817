//! Errors as providers write them: one reader for all shapes of bodies.
//!
//! It takes anything and never fails; it does not say what an error means.

use serde_json::Value;

use crate::call::Head;

/// The most characters that are kept of a message.
const MAX_MESSAGE: usize = 2_000;
/// The most characters that are kept of a code.
const MAX_CODE: usize = 200;
/// The most codes that are kept.
const MAX_CODES: usize = 32;

/// What an error says.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBody {
    /// What it says, on one line, at most 2,000 characters; empty where it says nothing.
    pub message: String,
    /// The code that tells most, as it came.
    pub code: Option<String>,
    /// The type, as it came.
    pub kind: Option<String>,
    /// Every code, type, status and reason that stands anywhere in it.
    pub codes: Vec<String>,
    /// The HTTP status that it claims for itself.
    pub status: Option<u16>,
    /// What more it holds: the whole error, as it came.
    pub details: Value,
    /// What the body is.
    pub form: Form,
    /// Whether it has the shape of an error, whatever status it came with.
    pub is_error: bool,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// A page for people.
    Html,
    /// Other text.
    Text,
    /// Nothing.
    Empty,
}

impl ErrorBody {
    /// Reads a body.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body)
            && (value.is_object() || value.is_array() || value.is_string())
        {
            return Self::from_value(&value);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Self::new(Form::Empty);
        }
        if is_html(text) {
            return Self { message: line(&title(text)), ..Self::new(Form::Html) };
        }
        Self { message: line(text), ..Self::new(Form::Text) }
    }

    /// Reads a body together with the headers in which some providers repeat the error.
    #[must_use]
    pub fn of(head: &Head, body: &[u8]) -> Self {
        let mut error = Self::read(body);
        for name in ["x-amzn-errortype", "x-error-code"] {
            if let Some(code) = head.header(name) {
                // AWS adds where the exception is documented.
                let code = code.split(':').next().unwrap_or(code);
                error.add_code(code.trim());
            }
        }
        if error.message.is_empty()
            && let Some(message) = head.header("x-error-message")
        {
            error.message = line(message);
        }
        error
    }

    /// Reads an error that is JSON, or an event of a stream that holds one.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let mut error = Self::new(Form::Json);
        let outer = match value {
            Value::Array(items) => items.first().unwrap_or(&Value::Null),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => value,
        };
        if let Value::String(text) = outer {
            error.message = line(text);
            return error;
        }
        let inner = nested(outer);
        error.is_error = inner.is_some() || is_bare_error(outer);
        let inner = inner.unwrap_or(outer);
        error.details = inner.clone();
        error.message = [inner, outer].into_iter().find_map(message).unwrap_or_default();
        error.collect(inner, outer);
        error
    }

    /// Whether it holds this code, in any case.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|it| it.eq_ignore_ascii_case(code))
    }

    fn new(form: Form) -> Self {
        Self {
            message: String::new(),
            code: None,
            kind: None,
            codes: Vec::new(),
            status: None,
            details: Value::Null,
            form,
            is_error: false,
        }
    }

    fn collect(&mut self, inner: &Value, outer: &Value) {
        for (of, names) in [
            (inner, &["code", "type", "status", "error_type", "__type", "reason"][..]),
            (outer, &["code", "type", "error_type", "errorType", "__type"][..]),
        ] {
            for name in names {
                self.take(name, of.get(name));
            }
        }
        for pointer in [
            "/metadata/error_type",
            "/availability/code",
            "/details/error_code",
            "/choices/0/finish_reason",
            "/delta/finish_reason",
            "/promptFeedback/blockReason",
            "/error/metadata/error_type",
        ] {
            for of in [inner, outer] {
                self.take(pointer, of.pointer(pointer));
            }
        }
        let Some(details) = inner.get("details").and_then(Value::as_array) else { return };
        for detail in details {
            self.take("reason", detail.get("reason"));
            let violations = detail.get("violations").and_then(Value::as_array);
            for violation in violations.into_iter().flatten() {
                self.take("quota", violation.get("quotaId"));
            }
        }
    }

    fn take(&mut self, name: &str, value: Option<&Value>) {
        match value {
            Some(Value::String(text)) => {
                if name == "type" && self.kind.is_none() {
                    self.kind = Some(short(text));
                }
                if name != "type" && self.code.is_none() {
                    self.code = Some(short(text));
                }
                self.claim(text.trim().parse().ok());
                self.add_code(text);
            }
            Some(Value::Number(number)) => {
                self.claim(number.as_u64());
                self.add_code(&number.to_string());
            }
            _ => {}
        }
    }

    fn claim(&mut self, status: Option<u64>) {
        if let Some(status) = status.filter(|status| (400..600).contains(status)) {
            self.status = self.status.or(u16::try_from(status).ok());
        }
    }

    fn add_code(&mut self, code: &str) {
        // AWS writes `com.amazon.coral.service#ThrottlingException`.
        let code = short(code.rsplit('#').next().unwrap_or(code));
        if !code.is_empty() && self.codes.len() < MAX_CODES && !self.has_code(&code) {
            self.codes.push(code);
        }
    }
}

/// The error inside of a body or an event.
fn nested(outer: &Value) -> Option<&Value> {
    ["/error", "/response/error", "/delta/error", "/choices/0/error", "/errors/0", "/detail/error"]
        .into_iter()
        .filter_map(|pointer| outer.pointer(pointer))
        .find(|inner| match inner {
            Value::Object(fields) => !fields.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        })
}

/// Whether an object without an error inside is one itself: a message and nothing else of weight.
fn is_bare_error(outer: &Value) -> bool {
    const BESIDE: &[&str] = &[
        "message",
        "Message",
        "detail",
        "id",
        "code",
        "type",
        "object",
        "param",
        "request_id",
        "requestId",
        "status",
        "status_code",
        "__type",
        "error",
        "error_type",
        "success",
    ];
    let Some(fields) = outer.as_object() else { return false };
    let word = |name: &str| fields.get(name).and_then(Value::as_str);
    word("object") == Some("error")
        || word("type") == Some("error")
        || (message(outer).is_some() && fields.keys().all(|name| BESIDE.contains(&name.as_str())))
}

/// What an error says, wherever it says it.
fn message(of: &Value) -> Option<String> {
    if let Value::String(text) = of {
        return Some(line(text)).filter(|text| !text.is_empty());
    }
    ["message", "Message", "error", "detail", "error_description", "msg", "errorMessage"]
        .into_iter()
        .filter_map(|name| of.get(name))
        .find_map(|it| match it {
            Value::String(text) => Some(line(text)),
            Value::Array(items) => Some(line(&listed(items))),
            Value::Object(_) => {
                it.get("message").or_else(|| it.get("msg")).and_then(Value::as_str).map(line)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        })
        .filter(|text| !text.is_empty())
}

/// What `FastAPI` says of each field.
fn listed(items: &[Value]) -> String {
    let said = items.iter().take(8).filter_map(|item| {
        item.as_str().or_else(|| item.get("msg").or_else(|| item.get("message"))?.as_str())
    });
    said.collect::<Vec<_>>().join("; ")
}

fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.contains("<html")
        || start.contains("<head")
        || start.contains("<body")
}

/// The title of a page.
fn title(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let found = lower.find("<title").and_then(|at| {
        let start = at + lower.get(at..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        text.get(start..end)
    });
    match found.map(str::trim) {
        Some(title) if !title.is_empty() => format!("an HTML page: {title}"),
        _ => "an HTML page".to_owned(),
    }
}

fn short(code: &str) -> String {
    line(code).chars().take(MAX_CODE).collect()
}

/// One line of text without control characters, of bounded length.
fn line(text: &str) -> String {
    let mut line = String::new();
    let mut n_chars = 0;
    for word in text.split(|char: char| char.is_whitespace() || char.is_control()) {
        for char in (n_chars > 0 && !word.is_empty()).then_some(' ').into_iter().chain(word.chars())
        {
            if n_chars == MAX_MESSAGE {
                return line;
            }
            line.push(char);
            n_chars += 1;
        }
    }
    line
}
