//! Classification: maps a failed answer to the party that has to act, and names the rule that decided.
//!
//! Rules are tried by precision: codes before words before codes with several meanings before the
//! status. Within a tier the provider's rules precede those of families, and those precede the common
//! ones; within a table the first match decides. The common table names money before access before
//! limits.

mod clause_evidence;
pub(crate) mod common_rules;
mod ended;
mod failure;
pub(crate) mod families;
pub(crate) mod rule;

use allclear_core::reason::Reason;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

pub use self::ended::completion_failure;
pub use self::failure::ProviderFailure;
pub use self::rule::{ErrorContext, ErrorRule, HeaderCondition, Precision};
use crate::call::Head;
use crate::error::{BodyFormat, ErrorBody};
use crate::provider::{Provider, Sign};
use crate::retry::retry_after;

/// The maximum length of a request id in characters.
const MAX_ID: usize = 200;

/// The maximum size in bytes of a success that is searched for an error. No error is longer.
const MAX_ERROR: usize = 64 * 1024;

/// The kind of call that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// A call without a key that proves that the provider is up.
    Reach,
    /// The validation of the key.
    Key,
    /// The list of models.
    Models,
    /// A completion.
    Completion,
    /// A report of usage or balance.
    Usage,
}

/// Classifies an answer. Returns `None` for a success without an error, and for a refusal that proves
/// that everything works. [`key::read`](crate::key::read) reads the facts of a key check.
#[must_use]
pub fn failure(
    provider: &Provider,
    step: CallKind,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Option<ProviderFailure> {
    if head.is_success() && body.len() > MAX_ERROR && form_of(head, body) == BodyFormat::Json {
        return None;
    }
    let error = ErrorBody::of(head, body);
    if head.is_success() {
        if let Some(refusal) = refusal(provider, step, &error) {
            return Some(refusal);
        }
        if !error.is_error {
            // A call for reach may have been read only in part.
            let is_cut = step == CallKind::Reach && form_of(head, body) == BodyFormat::Json;
            return if is_cut { None } else { unreadable(provider, step, head, &error) };
        }
    }
    let status = if head.is_success() { error.status } else { Some(head.status) };
    classify(provider, ErrorPlace { step, status, head: Some(head) }, &error, now)
}

/// Classifies an error inside a stream.
#[must_use]
pub fn stream_failure(provider: &Provider, event: &Value, now: Timestamp) -> ProviderFailure {
    let error = ErrorBody::from_value(event);
    let place = ErrorPlace { step: CallKind::Completion, status: error.status, head: None };
    classify(provider, place, &error, now).unwrap_or_else(|| {
        let what = "the stream ended with an error";
        ProviderFailure::new(Reason::ServerError, what).classified_by("stream/error")
    })
}

/// Checks whether an answer to a call without a key proves that the provider is up: it has an
/// expected status, and a body of the provider instead of a page of a proxy.
///
/// # Errors
///
/// Returns the classified failure if the answer proves nothing.
pub fn reached(
    provider: &Provider,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Result<(), ProviderFailure> {
    // A 401 without a key proves that the provider is up.
    let is_expected = head.status == 401 || provider.reach.expected.contains(&head.status);
    let form = form_of(head, body);
    if (is_expected || head.is_success())
        && (form == BodyFormat::Json || (provider.is_self_hosted && form != BodyFormat::Html))
    {
        return match failure(provider, CallKind::Reach, head, body, now) {
            Some(failure) if head.is_success() || failure.reason == Reason::RegionBlocked => {
                Err(failure)
            }
            _ => Ok(()),
        };
    }
    let mut error = ErrorBody::of(head, body);
    let foreign = |error: &ErrorBody, what| {
        let failure = ProviderFailure::new(Reason::ServerError, what);
        Err(with(failure, error).classified_by("reach/foreign-answer"))
    };
    if is_expected {
        let what = if error.message.is_empty() { "an empty answer" } else { &error.message };
        error.message = format!("not an answer of the provider: {what}");
        return foreign(&error, "");
    }
    match failure(provider, CallKind::Reach, head, body, now) {
        Some(failure) => Err(failure),
        None => foreign(&error, "not an answer of the provider"),
    }
}

/// Returns the id by which the provider finds the request.
#[must_use]
pub fn request_id(provider: &Provider, head: &Head, body: &[u8]) -> Option<String> {
    let clean = |id: &str| {
        let id: String = id.chars().filter(char::is_ascii_graphic).take(MAX_ID).collect();
        (!id.is_empty()).then_some(id)
    };
    provider.request_ids.iter().filter_map(|name| head.header(name)).find_map(clean).or_else(|| {
        let value: Value = serde_json::from_slice(body).ok()?;
        // Without a message beside it, an id may be a person's.
        let own = value.get("message").is_some_and(Value::is_string).then_some("/id");
        ["/request_id", "/error/request_id", "/x_groq/id", "/responseId", "/requestId"]
            .into_iter()
            .chain(own)
            .filter_map(|pointer| value.pointer(pointer)?.as_str())
            .find_map(clean)
    })
}

/// Returns the tables of rules for a provider's error, each with the first part of its ids.
fn tables<'a>(
    provider: &'a Provider,
    error: &ErrorContext<'_>,
) -> Vec<(&'static str, &'a [ErrorRule])> {
    let families = families::FAMILIES
        .iter()
        .filter(|family| family.of.contains(&provider.name) || (family.wrote)(error));
    std::iter::once((provider.name, provider.errors))
        .chain(families.map(|family| (family.name, family.rules)))
        .chain(common_rules::TABLES.iter().map(|table| ("common", *table)))
        .collect()
}

/// The place in which a provider reports an error.
#[derive(Clone, Copy)]
struct ErrorPlace<'a> {
    step: CallKind,
    /// HTTP status of the answer, or the one that a stream names.
    status: Option<u16>,
    /// `None` inside a stream.
    head: Option<&'a Head>,
}

/// Classifies an error by the first rule that matches, and else by its status or its words.
fn classify(
    provider: &Provider,
    place: ErrorPlace<'_>,
    error: &ErrorBody,
    now: Timestamp,
) -> Option<ProviderFailure> {
    let ErrorPlace { step, status, head } = place;
    let none = HeaderMap::new();
    let wait = retry_after(head.map_or(&none, |head| &head.headers), error, now);
    let context = ErrorContext {
        step: Some(step),
        status,
        text: searched_text(error),
        body: error,
        head,
        wait,
    };
    let (reason, rule) = decide(provider, &context)?;
    let mut failure = with(ProviderFailure::new(reason, ""), error).classified_by(rule);
    if failure.message.is_empty() {
        failure.message = match (status, error.form) {
            (Some(status), BodyFormat::Empty) => format!("HTTP {status} with an empty body"),
            (Some(status), _) => format!("HTTP {status}"),
            (None, _) => "an error without a message".to_owned(),
        };
    }
    failure.retry_after = wait;
    Some(failure)
}

/// Returns the message and the codes in lower case, the codes also as words: `usage_limit_exceeded`
/// and `UsageLimitExceeded` as "usage limit exceeded".
fn searched_text(error: &ErrorBody) -> String {
    let mut text = error.message.clone();
    for code in &error.codes {
        text.push(' ');
        text.push_str(code);
    }
    for code in error.codes.iter().filter(|code| !code.contains(' ')) {
        text.push(' ');
        text.push_str(&spaced(code));
    }
    text.to_lowercase()
}

/// Returns a code with spaces between its words.
fn spaced(code: &str) -> String {
    let mut text = String::new();
    let mut is_after_lower = false;
    for char in code.chars() {
        if matches!(char, '_' | '-' | '.' | ':') {
            text.push(' ');
        } else {
            if char.is_uppercase() && is_after_lower {
                text.push(' ');
            }
            text.push(char);
        }
        is_after_lower = char.is_lowercase();
    }
    text
}

/// Returns the reason and the id of the rule; `None` for an error that is no failure.
///
/// General evidence stands between words and the codes with several meanings. It counts only if it
/// names another party than those codes and the status do.
fn decide(provider: &Provider, error: &ErrorContext<'_>) -> Option<(Reason, String)> {
    let tables = tables(provider, error);
    let matched = |precision: Precision| {
        let rules =
            tables.iter().flat_map(|(scope, rules)| rules.iter().map(move |rule| (*scope, rule)));
        rules.filter(|(_, rule)| rule.precision == precision).find(|(_, rule)| rule.matches(error))
    };
    let decided =
        |(scope, rule): (&str, &ErrorRule)| Some((rule.reason?, format!("{scope}/{}", rule.id())));
    let specific = [Precision::Override, Precision::Code, Precision::Words];
    if let Some(found) = specific.into_iter().find_map(matched) {
        return decided(found);
    }
    let broad = [Precision::BroadCode, Precision::Status].into_iter().find_map(matched);
    let prior = if let Some(found) = broad {
        decided(found)?
    } else {
        let (reason, id) = match error.status {
            Some(status) => common_rules::of_status(status, error),
            None => common_rules::from_text(error),
        };
        (reason, format!("common/{id}"))
    };
    match clause_evidence::decide(error) {
        Some((reason, id)) if reason.fault() != prior.0.fault() => {
            Some((reason, format!("general/{id}")))
        }
        Some(_) | None => Some(prior),
    }
}

fn with(failure: ProviderFailure, error: &ErrorBody) -> ProviderFailure {
    let message = if error.message.is_empty() { failure.message } else { error.message.clone() };
    let code = error.code.clone().or_else(|| error.codes.first().cloned());
    ProviderFailure { message, code, ..failure }
}

/// Returns the failure that a fact inside a success stands for.
fn refusal(provider: &Provider, step: CallKind, answer: &ErrorBody) -> Option<ProviderFailure> {
    if !matches!(step, CallKind::Key | CallKind::Usage) {
        return None;
    }
    let holds = |sign, value: &Value| match sign {
        Sign::True => value.as_bool() == Some(true),
        Sign::False => value.as_bool() == Some(false),
        Sign::Exhausted => value.as_f64().is_some_and(|left| left <= 0.0),
        Sign::AtLeast(pointer) => {
            let bound = answer.details.pointer(pointer).and_then(Value::as_f64);
            bound.zip(value.as_f64()).is_some_and(|(bound, value)| value >= bound)
        }
    };
    let refusal = provider.refusals.iter().find(|refusal| {
        answer.details.pointer(refusal.pointer).is_some_and(|it| holds(refusal.when, it))
    })?;
    let rule = format!("{}{}", provider.name, refusal.pointer);
    Some(ProviderFailure::new(refusal.reason, refusal.message).classified_by(rule))
}

/// Returns the failure of a success that cannot be read.
fn unreadable(
    provider: &Provider,
    step: CallKind,
    head: &Head,
    answer: &ErrorBody,
) -> Option<ProviderFailure> {
    let is_stream = head.header("content-type").is_some_and(|kind| {
        kind.contains("event-stream") || kind.contains("eventstream") || kind.contains("ndjson")
    });
    let (rule, what) = match answer.form {
        BodyFormat::Json => return None,
        BodyFormat::Html => ("200+page", format!("{} instead of an answer", answer.message)),
        BodyFormat::Text | BodyFormat::Empty
            if step == CallKind::Reach && provider.is_self_hosted =>
        {
            return None;
        }
        BodyFormat::Text | BodyFormat::Empty if step == CallKind::Completion && is_stream => {
            return None;
        }
        BodyFormat::Text => ("200+text", format!("not JSON: {}", answer.message)),
        BodyFormat::Empty => ("200+empty", "an empty answer".to_owned()),
    };
    let failure = ProviderFailure::new(Reason::ServerError, what);
    Some(failure.classified_by(format!("common/{rule}")))
}

/// Returns the format of a body, of which only the beginning may be there.
fn form_of(head: &Head, body: &[u8]) -> BodyFormat {
    let is_html = head.header("content-type").is_some_and(|kind| kind.contains("html"));
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') if !is_html => BodyFormat::Json,
        _ if is_html => BodyFormat::Html,
        _ => ErrorBody::read(body).form,
    }
}

#[cfg(test)]
mod tests;
