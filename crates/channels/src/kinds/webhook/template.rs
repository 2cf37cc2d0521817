//! The template of the body: minijinja over the fields of the JSON document.

use std::fmt;

use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{DeliveryId, Notification};
use allclear_core::document;
use allclear_core::send_error::SendError;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::sample;

const NAME: &str = "body";

/// The most instructions of one rendering. A list of a thousand monitors takes a hundredth of it.
const MAX_INSTRUCTIONS: u64 = 2_000_000;

/// The media type of the document, and of a template without one of its own.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A template that renders every kind of notification.
pub(super) struct BodyTemplate {
    environment: Environment<'static>,
    /// The value of the header `Content-Type`.
    pub(super) content_type: HeaderValue,
}

impl fmt::Debug for BodyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyTemplate")
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

impl BodyTemplate {
    /// Reads the parameters `body` and `content_type`, and renders the template for a sample of each kind of
    /// notification.
    pub(super) fn read(
        body: Option<&str>,
        content_type: Option<&str>,
    ) -> Result<Option<Self>, ParamProblem> {
        let Some(body) = body else {
            let unused = || {
                let what = "`content_type` is set and `body` is not";
                ParamProblem::at(["content_type"], what, Some("leave it out, or set `body`"))
            };
            return content_type.map_or(Ok(None), |_| Err(unused()));
        };
        let content_type = read_content_type(content_type)?;
        let template = Self { environment: environment(body, &content_type)?, content_type };
        template.check_fields()?;
        for notification in sample::notifications() {
            template.check(&notification)?;
        }
        Ok(Some(template))
    }

    /// Renders the body of a message.
    pub(super) fn render(
        &self,
        notification: &Notification,
        delivery: &DeliveryId,
    ) -> Result<Vec<u8>, SendError> {
        let document = document::document(notification, delivery)?;
        let fields: Value = serde_json::from_slice(&document)
            .map_err(|error| SendError::permanent(format!("cannot read the message: {error}")))?;
        self.render_fields(&fields).map(String::into_bytes).map_err(|error| {
            let what = describe(&error);
            SendError::transient(format!("the template `body` of the webhook fails {what}"))
        })
    }

    fn render_fields(&self, fields: &Value) -> Result<String, Error> {
        self.environment.get_template(NAME)?.render(Serde(fields))
    }

    /// Checks that each variable is a field, also in the branches that no sample takes.
    fn check_fields(&self) -> Result<(), ParamProblem> {
        let known = field_names();
        let template = self.environment.get_template(NAME).map_err(|error| problem(&error))?;
        let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        unknown.retain(|name| {
            let is_global = self.environment.globals().any(|(global, _)| global == name);
            !is_global && !known.contains(name)
        });
        unknown.sort();
        let Some(name) = unknown.first() else { return Ok(()) };
        let source = template.source();
        let line = source.lines().position(|line| line.contains(name.as_str())).unwrap_or(0) + 1;
        let what =
            format!("the template uses `{name}` in line {line}, which is no field of the message");
        let hint = format!("the fields are {}", known.join(", "));
        Err(ParamProblem::at([NAME], what, Some(&hint)))
    }

    fn check(&self, notification: &Notification) -> Result<(), ParamProblem> {
        let fields = fields_of(notification);
        let rendered = self.render_fields(&fields).map_err(|error| problem(&error))?;
        if !is_json(&self.content_type) {
            return Ok(());
        }
        serde_json::from_str::<serde::de::IgnoredAny>(&rendered).map(|_| ()).map_err(|error| {
            let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
            let what = format!("the template does not render JSON for a {kind} notice: {error}");
            let hint = "values are written as JSON, with their quotes: write `{\"text\": {{ title }}}`, and \
                        join texts with `~`; for another format, set `content_type`";
            ParamProblem::at([NAME], what, Some(hint))
        })
    }
}

/// Returns the environment with the compiled template. Values are escaped for the format of the body.
fn environment(
    body: &str,
    content_type: &HeaderValue,
) -> Result<Environment<'static>, ParamProblem> {
    let mut environment = Environment::new();
    let essence = essence(content_type);
    let escape = if is_json(content_type) {
        AutoEscape::Json
    } else if essence.ends_with("html") || essence.ends_with("xml") {
        AutoEscape::Html
    } else {
        AutoEscape::None
    };
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MAX_INSTRUCTIONS));
    environment.add_template_owned(NAME, body.to_owned()).map_err(|error| problem(&error))?;
    Ok(environment)
}

fn read_content_type(text: Option<&str>) -> Result<HeaderValue, ParamProblem> {
    let Some(text) = text else { return Ok(JSON) };
    let value = HeaderValue::from_str(text).ok().filter(|_| text.contains('/'));
    value.ok_or_else(|| {
        let what = format!("`{text}` is not a media type");
        ParamProblem::at(["content_type"], what, Some("write for example `text/plain`"))
    })
}

fn is_json(content_type: &HeaderValue) -> bool {
    let essence = essence(content_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Returns the media type without its parameters, in lower case.
fn essence(content_type: &HeaderValue) -> String {
    let text = content_type.to_str().unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn fields_of(notification: &Notification) -> Value {
    let delivery = DeliveryId::from_stored(sample::DELIVERY.to_owned());
    let document = document::document(notification, &delivery).ok();
    document.and_then(|document| serde_json::from_slice(&document).ok()).unwrap_or_default()
}

fn field_names() -> Vec<String> {
    let first = sample::notifications().into_iter().next();
    let fields = first.map(|notification| fields_of(&notification)).unwrap_or_default();
    fields.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Returns the problem of a template with its line and the remedy.
fn problem(error: &Error) -> ParamProblem {
    let what = format!("the template fails {}", describe(error));
    let hint = hint(error);
    ParamProblem::at([NAME], what, Some(hint))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library adds kinds of errors")]
fn hint(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::UndefinedError => {
            "correct the name. A part that is `null` in some messages needs a test: `{% if \
             acknowledged %}{{ acknowledged.author }}{% endif %}`"
        }
        ErrorKind::SyntaxError => "see https://docs.rs/minijinja/latest/minijinja/syntax",
        ErrorKind::UnknownFilter => {
            "the filters are those of https://docs.rs/minijinja/latest/minijinja/filters"
        }
        ErrorKind::OutOfFuel => "shorten its loops",
        _ => "compare it with the fields in the documentation of the channel `webhook`",
    }
}

/// Returns place and cause of an error: `in line 3: undefined value`.
fn describe(error: &Error) -> String {
    let line = error.line().map(|line| format!("in line {line}: ")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{line}{}{detail}", error.kind())
}
