//! Property of the stream readers: any body is read without a panic, within the limits, and to the
//! same completion whatever pieces it comes in.
//!
//! The first three bytes of an input choose the dialect, the content type and the size of the pieces.
//! The body follows.

use std::time::Duration;

use allclear_llm::provider::Api;
use allclear_llm::question::SumQuestion;
use allclear_llm::stream::{Completion, CompletionEnd, StreamReader};
use jiff::Timestamp;

const APIS: [Api; 7] = [
    Api::Chat,
    Api::Responses,
    Api::Messages,
    Api::CohereChat,
    Api::GenerateContent,
    Api::Converse,
    Api::OllamaChat,
];
const CONTENT_TYPES: [Option<&str>; 6] = [
    None,
    Some("text/event-stream"),
    Some("application/json"),
    Some("application/x-ndjson"),
    Some("application/vnd.amazon.eventstream"),
    Some("text/html"),
];

/// Checks the property for one input.
///
/// # Panics
///
/// Panics if the property does not hold.
pub(crate) fn check(data: &[u8]) {
    let [api, content_type, size, body @ ..] = data else { return };
    let api = APIS[usize::from(*api) % APIS.len()];
    let content_type = CONTENT_TYPES[usize::from(*content_type) % CONTENT_TYPES.len()];

    let whole = read(api, content_type, body, usize::MAX);
    let pieces = read(api, content_type, body, usize::from(*size) + 1);
    assert_eq!(whole.end, pieces.end);
    assert_eq!(whole.text, pieces.text);
    assert_eq!(whole.usage, pieces.usage);
    assert_eq!(whole.finish_reason, pieces.finish_reason);
    assert_eq!(whole.has_tool_call, pieces.has_tool_call);
    assert!(whole.text.len() <= 16 * 1024);
    assert!(pieces.first_token <= pieces.last_token);
    assert!(pieces.metrics().values().all(|value| value.is_finite() && *value >= 0.0));
    if let CompletionEnd::NotAStream(head) = &whole.end {
        assert!(body.starts_with(head) && head.len() <= 8 * 1024);
    }
    let _ =
        SumQuestion::at(Timestamp::UNIX_EPOCH).judge(&whole.text, whole.finish_reason.as_deref());
}

/// Reads `bytes` in pieces of `size` bytes that arrive 10 ms apart.
fn read(api: Api, content_type: Option<&str>, bytes: &[u8], size: usize) -> Completion {
    let mut reader = StreamReader::new(api, content_type);
    let mut at = Duration::ZERO;
    for piece in bytes.chunks(size) {
        at += Duration::from_millis(10);
        reader.feed(piece, at);
    }
    reader.finish(at)
}
