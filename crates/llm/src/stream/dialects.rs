//! Dialects: the meaning of the events of each API.
//!
//! Each module reads one event into the draft of the completion. It tolerates fields that are
//! missing, `null` or of another type. Errors in the usual forms are read before it; a dialect
//! handles only its own kinds of failure.

mod chat;
mod cohere;
mod converse;
mod gemini;
mod messages;
mod ollama;
mod responses;

use std::time::Duration;

use serde_json::Value;

use super::StreamEvent;
use super::draft::CompletionDraft;
use crate::lenient;
use crate::provider::Api;

/// The reasons to stop that are failures of the provider.
const FAILURES: &[&str] = &[
    "error",
    "errored",
    "failed",
    "failure",
    "timeout",
    "time_out",
    "abort",
    "aborted",
    "cancel",
    "cancelled",
    "canceled",
    "load",
    "unload",
    "network_error",
    "network",
    "connection_error",
    "internal_error",
    "internal_server_error",
    "server_error",
    "system_error",
    "upstream_error",
    "unavailable",
    "overloaded",
    "insufficient_system_resource",
    "insufficient_resource",
];

const MILLISECOND: f64 = 1e-3;
/// Number of xAI's ticks in a dollar.
const TICKS: f64 = 1e10;

/// Reads an event into the draft. Returns whether it is one of this dialect.
pub(super) fn read(api: Api, event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let read = match api {
        Api::Chat => chat::read,
        Api::Responses => responses::read,
        Api::Messages => messages::read,
        Api::CohereChat => cohere::read,
        Api::GenerateContent => gemini::read,
        Api::Converse => converse::read,
        Api::OllamaChat => ollama::read,
    };
    read(event, draft)
}

/// Takes the reason to stop, which may be a failure. Returns whether there is one.
fn stop(reason: Option<&Value>, event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    draft.stop(reason);
    let Some(reason) = reason.and_then(lenient::text) else { return false };
    if FAILURES.iter().any(|failure| failure.eq_ignore_ascii_case(reason)) {
        draft.fail(event.value.clone());
    }
    true
}

/// Returns the value under these names, from the outside in.
fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// Returns the count under these names.
fn count(value: &Value, path: &[&str]) -> Option<u64> {
    at(value, path).and_then(lenient::count)
}

/// Returns the text under these names; empty if there is none. White space is text.
fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the sum of the known counts; `None` if none is known.
fn sum<const N: usize>(counts: [Option<u64>; N]) -> Option<u64> {
    counts.into_iter().flatten().reduce(u64::saturating_add)
}

/// Returns the cost of an answer in US dollars, if its usage states it: OpenRouter and xAI do.
fn cost(usage: &Value) -> Option<f64> {
    let number = |name: &str| usage.get(name).and_then(lenient::number);
    number("cost").or_else(|| Some(number("cost_in_usd_ticks")? / TICKS))
}

/// Returns the time that `value` counts in units of `unit` seconds.
fn time(value: Option<&Value>, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(lenient::number(value?)? * unit).ok()
}
