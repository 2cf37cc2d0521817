//! The shapes of JSON errors: where the object, the message and the codes are.

use serde_json::{Map, Value};

use super::ErrorEnvelope;
use crate::lenient;

/// The fields with a code, within the object of the error.
pub(super) const INNER_CODES: &[&str] = &[
    "code",
    "Code",
    "type",
    "status",
    "status_code",
    "statusCode",
    "error_code",
    "errorCode",
    "error_type",
    "error_name",
    "err_code",
    "category",
    "__type",
    "reason",
];

/// The fields with a code, at the top level of the body.
pub(super) const OUTER_CODES: &[&str] =
    &["code", "type", "error_code", "error_type", "errorType", "err_code", "__type"];

/// The places of codes that are deeper in the body or in the object of the error.
pub(super) const DEEPER_CODES: &[&str] = &[
    "/metadata/error_type",
    "/availability/code",
    "/details/error_code",
    "/detail/errorcode",
    "/extensions/code",
    "/innererror/code",
    "/choices/0/finish_reason",
    "/delta/finish_reason",
    "/promptFeedback/blockReason",
    "/error/metadata/error_type",
];

/// The places of the object of an error.
const PLACES: &[(&str, ErrorEnvelope)] = &[
    ("/error", ErrorEnvelope::Error),
    ("/Error", ErrorEnvelope::Error),
    ("/response/error", ErrorEnvelope::Error),
    ("/Response/Error", ErrorEnvelope::Error),
    ("/ResponseMetadata/Error", ErrorEnvelope::Error),
    ("/delta/error", ErrorEnvelope::Error),
    ("/choices/0/error", ErrorEnvelope::Error),
    ("/errors/0", ErrorEnvelope::Errors),
    ("/error/0", ErrorEnvelope::Errors),
    ("/errors", ErrorEnvelope::Errors),
    ("/detail/error", ErrorEnvelope::Error),
    ("/detail", ErrorEnvelope::Detail),
    ("/fault", ErrorEnvelope::Fault),
    ("/base_resp", ErrorEnvelope::BaseResp),
    ("/header", ErrorEnvelope::Header),
];

/// The fields with a message, the most specific first.
const MESSAGES: &[&str] = &[
    "message",
    "Message",
    "error",
    "detail",
    "error_description",
    "msg",
    "error_msg",
    "err_msg",
    "errorMessage",
    "status_msg",
    "faultstring",
    "ErrorMsg",
    "title",
];

/// The fields that a flat error consists of. A body with others is an answer.
const FLAT: &[&str] = &[
    "message",
    "Message",
    "msg",
    "error_msg",
    "err_code",
    "err_msg",
    "errorMessage",
    "detail",
    "title",
    "id",
    "code",
    "error_code",
    "errorCode",
    "type",
    "object",
    "param",
    "request_id",
    "requestId",
    "trace_id",
    "status",
    "statusCode",
    "status_code",
    "__type",
    "error",
    "error_type",
    "success",
    "timestamp",
    "path",
    "instance",
];

/// The fields that hold an answer.
const PAYLOADS: &[&str] = &[
    "choices",
    "output",
    "candidates",
    "content",
    "data",
    "result",
    "results",
    "models",
    "embeddings",
];

/// Returns the object or the text that describes an error, with its place.
pub(super) fn inner(outer: &Value) -> Option<(ErrorEnvelope, &Value)> {
    let mut found =
        PLACES.iter().filter_map(|(place, envelope)| Some((*envelope, outer.pointer(place)?)));
    found.find(|(envelope, inner)| describes_error(*envelope, inner))
}

/// Checks whether the value at the place of an error describes one.
fn describes_error(envelope: ErrorEnvelope, inner: &Value) -> bool {
    let is_said =
        |names: &[&str]| names.iter().any(|name| inner.get(name).and_then(lenient::text).is_some());
    match (envelope, inner) {
        (ErrorEnvelope::BaseResp, Value::Object(fields)) => {
            fields.get("status_code").is_some_and(is_failure_code)
        }
        (ErrorEnvelope::Header, Value::Object(fields)) => {
            fields.get("code").is_some_and(is_failure_code)
        }
        (ErrorEnvelope::Detail, Value::Object(_)) => is_said(&["message", "msg", "error"]),
        (ErrorEnvelope::Fault, Value::Object(_)) => is_said(&["faultstring", "message"]),
        (
            ErrorEnvelope::Error | ErrorEnvelope::Errors | ErrorEnvelope::Flat,
            Value::Object(fields),
        ) => !fields.is_empty(),
        (ErrorEnvelope::Error | ErrorEnvelope::Errors, Value::String(text)) => !text.is_empty(),
        _ => false,
    }
}

/// Checks at little cost whether the fields at the top level announce an error.
pub(super) fn is_announced(value: &Value) -> bool {
    let is_at = |(name, envelope): (&str, ErrorEnvelope)| {
        value.get(name).is_some_and(|inner| describes_error(envelope, inner))
    };
    value.get("error").is_some_and(|error| !error.is_null())
        || value.get("errors").is_some_and(|errors| !is_nothing(errors))
        || ["object", "type"].into_iter().any(|name| text_field(value, name) == Some("error"))
        || [
            ("base_resp", ErrorEnvelope::BaseResp),
            ("header", ErrorEnvelope::Header),
            ("fault", ErrorEnvelope::Fault),
        ]
        .into_iter()
        .any(is_at)
        || is_flat_failure(value)
}

/// Checks whether a body without an object for the error is one itself.
pub(super) fn is_flat_error(outer: &Value) -> bool {
    let Some(fields) = outer.as_object() else { return false };
    let is_of_an_error =
        |(name, value): (&String, &Value)| FLAT.contains(&name.as_str()) || is_nothing(value);
    text_field(outer, "object") == Some("error")
        || text_field(outer, "type") == Some("error")
        || is_flat_failure(outer)
        || (message(outer).is_some() && fields.iter().all(is_of_an_error))
}

/// Checks whether fields at the top level mark a body as a failure, despite its other content.
pub(super) fn is_flat_failure(outer: &Value) -> bool {
    let Some(fields) = outer.as_object() else { return false };
    if PAYLOADS.iter().any(|name| fields.get(*name).is_some_and(|value| !is_nothing(value))) {
        return false;
    }
    if fields.get("success") == Some(&Value::Bool(false))
        || fields.get("cloudflare_error") == Some(&Value::Bool(true))
    {
        return true;
    }
    let is_failed = matches!(text_field(outer, "status"), Some("failure" | "error" | "failed"));
    let has_code = || {
        ["code", "error_code", "errorCode", "statusCode", "status_code"]
            .iter()
            .any(|name| fields.get(*name).is_some_and(is_failure_code))
    };
    has_message(fields)
        && (is_failed || fields.get("error") == Some(&Value::Bool(true)) || has_code())
}

/// Returns the message of an error, wherever it is.
pub(super) fn message(of: &Value) -> Option<String> {
    if let Value::String(text) = of {
        return Some(text.clone()).filter(|text| !text.trim().is_empty());
    }
    MESSAGES
        .iter()
        .filter_map(|name| of.get(name))
        .filter_map(|it| match it {
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => Some(listed(items)),
            Value::Object(_) => {
                let text = it.get("message").or_else(|| it.get("msg"))?;
                text.as_str().map(str::to_owned)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        })
        .find(|text| !text.trim().is_empty())
}

/// Returns the code of Cloudflare's own error in the form `cloudflare_1010`.
pub(super) fn cloudflare_code(outer: &Value) -> Option<String> {
    let is_own = outer.get("cloudflare_error") == Some(&Value::Bool(true))
        || text_field(outer, "type").is_some_and(|kind| kind.contains("developers.cloudflare.com"));
    let code = lenient::count(outer.get("error_code")?)?;
    is_own.then(|| format!("cloudflare_{code}"))
}

/// Checks whether a code stands for a failure: neither zero nor a success of HTTP.
fn is_failure_code(code: &Value) -> bool {
    if let Some(number) = lenient::number(code) {
        return number != 0.0 && !(200.0..300.0).contains(&number);
    }
    lenient::text(code).is_some_and(|text| {
        !["ok", "success", "succeeded", "none", "null"]
            .iter()
            .any(|good| good.eq_ignore_ascii_case(text))
    })
}

fn has_message(fields: &Map<String, Value>) -> bool {
    ["message", "Message", "msg", "error_msg", "errorMessage", "detail"]
        .iter()
        .any(|name| fields.get(*name).and_then(lenient::text).is_some())
}

/// Checks whether a value holds nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn text_field<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// Joins the messages of a list, as `FastAPI` writes one for each field.
fn listed(items: &[Value]) -> String {
    let messages = items.iter().take(8).filter_map(|item| {
        item.as_str().or_else(|| item.get("msg").or_else(|| item.get("message"))?.as_str())
    });
    messages.collect::<Vec<_>>().join("; ")
}
