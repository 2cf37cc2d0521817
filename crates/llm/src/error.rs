//! Errors as providers write them: one reader for all shapes of bodies.
//!
//! It accepts any input and never fails. The meaning of an error is decided in
//! [`classify`](crate::classify).

mod page;
mod shape;

use serde_json::Value;

use crate::call::Head;

/// Limits of a message and of a code in characters, and of the number of codes.
const MAX_MESSAGE: usize = 2_000;
const MAX_CODE: usize = 200;
const MAX_CODES: usize = 32;

/// The content of an error.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBody {
    /// The message on one line, at most 2,000 characters; empty if there is none.
    pub message: String,
    /// The most specific code, verbatim.
    pub code: Option<String>,
    /// The type, verbatim.
    pub kind: Option<String>,
    /// Every code, type, status and reason anywhere in the error.
    pub codes: Vec<String>,
    /// The HTTP status that the error claims for itself.
    pub status: Option<u16>,
    /// The object that describes the error, verbatim.
    pub details: Value,
    /// The place of that object in the body.
    pub envelope: ErrorEnvelope,
    /// The format of the body.
    pub form: BodyFormat,
    /// The visible text of an HTML page, at most 2,000 characters; empty for other bodies.
    pub page: String,
    /// True if the body has the shape of an error, with any HTTP status.
    pub is_error: bool,
}

/// The format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// JSON.
    Json,
    /// An HTML page.
    Html,
    /// Other text.
    Text,
    /// No bytes but white space.
    Empty,
}

/// The place of an error within a JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorEnvelope {
    /// `{"error": {…}}`, also deeper inside an event.
    Error,
    /// `{"errors": […]}`, as Cloudflare and watsonx write it.
    Errors,
    /// `{"base_resp": {"status_code": …}}`, as `MiniMax` writes it.
    BaseResp,
    /// `{"header": {"code": …}}`, as iFlytek Spark writes it.
    Header,
    /// `{"detail": {…}}`.
    Detail,
    /// `{"fault": {…}}`, as Apigee writes it.
    Fault,
    /// The fields of the error at the top level.
    Flat,
}

impl ErrorBody {
    /// Reads a body.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if let Ok(value) = serde_json::from_slice::<Value>(body)
            && (value.is_object() || value.is_array() || value.is_string())
        {
            return Self::from_value(&value);
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Self::new(BodyFormat::Empty);
        }
        let mut error = if page::is_html(text) {
            Self {
                message: line(&page::title(text)),
                page: line(&page::visible(text)),
                ..Self::new(BodyFormat::Html)
            }
        } else {
            Self { message: line(text), ..Self::new(BodyFormat::Text) }
        };
        if let Some(code) = page::cloudflare_code(text, error.form) {
            error.add_code(&code);
        }
        if let Some(code) = page::firewall_code(text) {
            error.add_code(code);
        }
        error
    }

    /// Reads a body together with the headers in which some providers repeat the error.
    #[must_use]
    pub fn of(head: &Head, body: &[u8]) -> Self {
        let mut error = Self::read(body);
        for name in ["x-amzn-errortype", "x-error-code"] {
            if let Some(code) = head.header(name) {
                // AWS appends the URL of the exception's documentation.
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

    /// Reads an error from JSON, or from an event of a stream that contains one.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let mut error = Self::new(BodyFormat::Json);
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
        let inner = shape::inner(outer);
        error.is_error = inner.is_some() || shape::is_flat_error(outer);
        let (envelope, inner) = inner.unwrap_or((ErrorEnvelope::Flat, outer));
        error.envelope = envelope;
        error.details = inner.clone();
        error.message = [inner, outer]
            .into_iter()
            .find_map(shape::message)
            .map(|text| line(&text))
            .unwrap_or_default();
        error.collect(inner, outer);
        error
    }

    /// Checks whether it contains this code, without case.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|it| it.eq_ignore_ascii_case(code))
    }

    fn new(form: BodyFormat) -> Self {
        Self {
            message: String::new(),
            code: None,
            kind: None,
            codes: Vec::new(),
            status: None,
            details: Value::Null,
            envelope: ErrorEnvelope::Flat,
            form,
            page: String::new(),
            is_error: false,
        }
    }

    fn collect(&mut self, inner: &Value, outer: &Value) {
        for (of, names) in [(inner, shape::INNER_CODES), (outer, shape::OUTER_CODES)] {
            for name in names {
                self.take(name, of.get(name));
            }
        }
        for pointer in shape::DEEPER_CODES {
            for of in [inner, outer] {
                self.take(pointer, of.pointer(pointer));
            }
        }
        if let Some(code) = shape::cloudflare_code(outer) {
            self.add_code(&code);
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
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {}
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

/// Checks at little cost whether an event or a document of an answer may be an error.
pub(crate) fn may_be_error(value: &Value) -> bool {
    shape::is_announced(value)
}

fn short(code: &str) -> String {
    line(code).chars().take(MAX_CODE).collect()
}

/// Returns one line of text without control characters, of bounded length.
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
