//! Classification: from a failed answer to whose fault it is.
//!
//! The order is fixed: what a key may not do, bad keys, money, models, other codes, the status, and
//! only then words. Within each, the provider's own rows precede the common ones.

use allclear_core::reason::Reason;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::blame::Blame;
use crate::call::Head;
use crate::error::{ErrorBody, Form};
use crate::meaning;
use crate::provider::{Provider, Sign};
use crate::retry::retry_after;
use crate::row::{Meaning, Row, Seen, Stage};

/// The most characters of a request's id that are kept.
const MAX_ID: usize = 200;

/// A success of more bytes than this is an answer: no error is as long, and reading it only to find
/// out is not worth the time.
const MAX_ERROR: usize = 64 * 1024;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Whether anybody is there, without a key.
    Reach,
    /// Whether the key is good.
    Key,
    /// Which models there are.
    Models,
    /// A completion.
    Completion,
    /// What is left or was spent.
    Usage,
}

/// Whose fault an answer is; `None` for a success that holds no error, and for a refusal that shows
/// that all works. What a key check tells beyond that is for [`key::read`](crate::key::read).
#[must_use]
pub fn blame(
    provider: &Provider,
    step: Step,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Option<Blame> {
    if head.is_success() && body.len() > MAX_ERROR && form_of(head, body) == Form::Json {
        return None;
    }
    let error = ErrorBody::of(head, body);
    if head.is_success() {
        if let Some(refusal) = refusal(provider, step, &error) {
            return Some(refusal);
        }
        if !error.is_error {
            // Only the start of it may have been read, to see who is there.
            let is_cut = step == Step::Reach && form_of(head, body) == Form::Json;
            return if is_cut { None } else { unreadable(provider, step, head, &error) };
        }
    }
    let status = if head.is_success() { error.status } else { Some(head.status) };
    judge(provider, Some(step), status, Some(head), &error, now)
}

/// Whose fault an error is that came inside of a stream.
#[must_use]
pub fn blame_in_stream(provider: &Provider, event: &Value, now: Timestamp) -> Blame {
    let error = ErrorBody::from_value(event);
    judge(provider, Some(Step::Completion), error.status, None, &error, now)
        .unwrap_or_else(|| Blame::new(Reason::ServerError, "the stream ended with an error"))
}

/// Whether an answer without a key shows that the provider is there: a status that is expected,
/// with a body of the provider's own and not of a page in between.
pub fn reached(provider: &Provider, head: &Head, body: &[u8], now: Timestamp) -> Result<(), Blame> {
    // Without a key, whoever asks for one is there.
    let is_expected = head.status == 401 || provider.reach.expected.contains(&head.status);
    let form = form_of(head, body);
    if (is_expected || head.is_success())
        && (form == Form::Json || (provider.is_self_hosted && form != Form::Html))
    {
        return match blame(provider, Step::Reach, head, body, now) {
            Some(blame) if head.is_success() || blame.reason == Reason::RegionBlocked => Err(blame),
            _ => Ok(()),
        };
    }
    let mut error = ErrorBody::of(head, body);
    if is_expected {
        let what = if error.message.is_empty() { "an empty answer" } else { &error.message };
        error.message = format!("not an answer of its own: {what}");
        return Err(with(Blame::new(Reason::ServerError, ""), &error));
    }
    Err(blame(provider, Step::Reach, head, body, now).unwrap_or_else(|| {
        with(Blame::new(Reason::ServerError, "not an answer of its own"), &error)
    }))
}

/// The id of a request, by which the provider finds it.
#[must_use]
pub fn request_id(provider: &Provider, head: &Head, body: &[u8]) -> Option<String> {
    let clean = |id: &str| {
        let id: String = id.chars().filter(char::is_ascii_graphic).take(MAX_ID).collect();
        (!id.is_empty()).then_some(id)
    };
    provider.request_ids.iter().filter_map(|name| head.header(name)).find_map(clean).or_else(|| {
        let value: Value = serde_json::from_slice(body).ok()?;
        // Elsewhere, an id may be a person's.
        let own = value.get("message").is_some_and(Value::is_string).then_some("/id");
        ["/request_id", "/error/request_id", "/x_groq/id", "/responseId", "/requestId"]
            .into_iter()
            .chain(own)
            .filter_map(|pointer| value.pointer(pointer)?.as_str())
            .find_map(clean)
    })
}

/// Whose fault an error is.
fn judge(
    provider: &Provider,
    step: Option<Step>,
    status: Option<u16>,
    head: Option<&Head>,
    error: &ErrorBody,
    now: Timestamp,
) -> Option<Blame> {
    let none = HeaderMap::new();
    let wait = retry_after(head.map_or(&none, |head| &head.headers), error, now);
    let seen = Seen {
        text: format!("{} {}", error.message, error.codes.join(" ")).to_lowercase(),
        body: error,
        head,
        says_when: wait.is_some(),
    };
    let row = Stage::ALL.iter().find_map(|stage| {
        rows(provider).find(|row| row.stage() == *stage && row.matches(status, &seen))
    });
    let reason = match row.map(|row| row.meaning) {
        Some(Meaning::Healthy) => return None,
        Some(Meaning::Failure(reason)) => reason,
        None => match status {
            Some(status) => meaning::of_status(status, step, &seen),
            None => meaning::of_words(&seen),
        },
    };
    let mut blame = with(Blame::new(reason, ""), error);
    if blame.message.is_empty() {
        blame.message = match (status, error.form) {
            (Some(status), Form::Empty) => format!("HTTP {status} with an empty body"),
            (Some(status), _) => format!("HTTP {status}"),
            (None, _) => "an error without words".to_owned(),
        };
    }
    blame.retry_after = wait;
    Some(blame)
}

/// The provider's own rows, then the common ones.
fn rows(provider: &Provider) -> impl Iterator<Item = &Row> {
    provider.errors.iter().chain(meaning::COMMON)
}

fn with(blame: Blame, error: &ErrorBody) -> Blame {
    let message = if error.message.is_empty() { blame.message } else { error.message.clone() };
    let code = error.code.clone().or_else(|| error.codes.first().cloned());
    Blame { message, code, ..blame }
}

/// A fact inside of a success that is a refusal.
fn refusal(provider: &Provider, step: Step, answer: &ErrorBody) -> Option<Blame> {
    if !matches!(step, Step::Key | Step::Usage) {
        return None;
    }
    let holds = |sign, value: &Value| match sign {
        Sign::True => value.as_bool() == Some(true),
        Sign::False => value.as_bool() == Some(false),
        Sign::NothingLeft => value.as_f64().is_some_and(|left| left <= 0.0),
        Sign::AtLeast(pointer) => {
            let bound = answer.details.pointer(pointer).and_then(Value::as_f64);
            bound.zip(value.as_f64()).is_some_and(|(bound, value)| value >= bound)
        }
    };
    provider
        .refusals
        .iter()
        .find(|refusal| {
            answer.details.pointer(refusal.pointer).is_some_and(|it| holds(refusal.when, it))
        })
        .map(|refusal| Blame::new(refusal.reason, refusal.message))
}

/// What is wrong with a success that nobody can read.
fn unreadable(provider: &Provider, step: Step, head: &Head, answer: &ErrorBody) -> Option<Blame> {
    let is_stream = head.header("content-type").is_some_and(|kind| {
        kind.contains("event-stream") || kind.contains("eventstream") || kind.contains("ndjson")
    });
    let what = match answer.form {
        Form::Json => return None,
        Form::Html => format!("{} in place of an answer", answer.message),
        Form::Text | Form::Empty if step == Step::Reach && provider.is_self_hosted => return None,
        Form::Text | Form::Empty if step == Step::Completion && is_stream => return None,
        Form::Text => format!("no JSON: {}", answer.message),
        Form::Empty => "an empty answer".to_owned(),
    };
    Some(Blame::new(Reason::ServerError, what))
}

/// What a body is, of which only the beginning may be there.
fn form_of(head: &Head, body: &[u8]) -> Form {
    let is_html = head.header("content-type").is_some_and(|kind| kind.contains("html"));
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') if !is_html => Form::Json,
        _ if is_html => Form::Html,
        _ => ErrorBody::read(body).form,
    }
}
