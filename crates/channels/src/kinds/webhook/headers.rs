//! The headers of a webhook: the configured ones, and those that Allclear sets.

use std::collections::BTreeMap;

use allclear_core::checker::ParamProblem;
use allclear_core::send_error::SendError;
use reqwest::header::{HeaderName, HeaderValue};

use crate::value::ConfiguredText;

/// The header with the id of the delivery, the same at each try.
pub(super) const DELIVERY: HeaderName = HeaderName::from_static("x-allclear-delivery");
/// The header with the same id under the name that gateways know.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header with the signature, which proves the origin of the message.
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("x-allclear-signature");

/// Headers that a config cannot set, because Allclear or the HTTP connection sets them.
const OWN_HEADERS: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Parts of the names of headers whose values grant access.
const SECRET: [&str; 7] =
    ["authorization", "cookie", "token", "secret", "password", "api-key", "apikey"];

/// Reads the headers of a config. The error lists all problems.
pub(super) fn read(
    headers: &BTreeMap<String, String>,
) -> Result<Vec<(HeaderName, ConfiguredText)>, Vec<ParamProblem>> {
    let mut problems = Vec::new();
    let mut read = Vec::new();
    for (name, text) in headers {
        match read_one(name, text) {
            Ok(header) => read.push(header),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// Returns the value of a header, marked as sensitive so that it is not printed.
pub(super) fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, SendError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| SendError::transient(format!("invalid value of the header `{name}`")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn read_one(name: &str, text: &str) -> Result<(HeaderName, ConfiguredText), ParamProblem> {
    let problem = |what: String, hint| ParamProblem::at(["headers", name], what, Some(hint));
    let header = HeaderName::try_from(name).map_err(|_| {
        problem(format!("`{name}` is not the name of a header"), "use letters, digits and `-`")
    })?;
    if OWN_HEADERS.contains(&header.as_str()) || header.as_str().starts_with("x-allclear-") {
        let what = format!("the header `{name}` is set by Allclear");
        return Err(problem(what, "leave it out"));
    }
    let value = ConfiguredText::read(&["headers", name], text)?;
    if let ConfiguredText::Literal(text) = &value {
        if SECRET.iter().any(|part| header.as_str().contains(part)) {
            let what = format!("the header `{name}` is a secret and must not be in the config");
            let hint = "store the value as a secret and refer to it: `\"secret:NAME\"`";
            return Err(problem(what, hint));
        }
        if HeaderValue::from_str(text).is_err() {
            let what = format!("invalid value of the header `{name}`");
            return Err(problem(what, "remove line breaks and control characters"));
        }
    }
    Ok((header, value))
}
