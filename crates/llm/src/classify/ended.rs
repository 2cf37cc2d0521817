//! Classification of a completion whose stream ended regularly or was cut.

use allclear_core::reason::Reason;
use jiff::Timestamp;

use super::{CallKind, ProviderFailure, failure, stream_failure};
use crate::call::Head;
use crate::provider::Provider;
use crate::stream::{Completion, CompletionEnd};

/// Classifies a completion that was read to its end. Returns `None` if the model answered.
#[must_use]
pub fn completion_failure(
    provider: &Provider,
    head: &Head,
    completion: &Completion,
    now: Timestamp,
) -> Option<ProviderFailure> {
    let finish = completion.finish_reason.as_deref().unwrap_or("missing");
    let found = |reason, message: String, rule| {
        Some(ProviderFailure::new(reason, message).classified_by(rule))
    };
    match &completion.end {
        CompletionEnd::Complete if completion.is_success() => None,
        CompletionEnd::Complete if completion.is_filtered() => {
            let message = format!("a filter withheld the answer; its finish reason is {finish}");
            found(Reason::ProbeInvalid, message, "stream/filtered")
        }
        CompletionEnd::Complete => {
            let message = format!("the answer has no text; its finish reason is {finish}");
            found(Reason::ServerError, message, "stream/no-text")
        }
        CompletionEnd::Error(event) => Some(stream_failure(provider, event, now)),
        CompletionEnd::Truncated { n_bytes } => {
            let message = format!("the stream broke off after {n_bytes} bytes, without its end");
            found(Reason::StreamTruncated, message, "stream/truncated")
        }
        CompletionEnd::NotAStream(body) => failure(provider, CallKind::Completion, head, body, now)
            .or_else(|| {
                let message = "the answer is not a completion".to_owned();
                found(Reason::ServerError, message, "stream/foreign")
            }),
    }
}
