//! Cohere's Chat, version 2. Ends with `message-end`.

use std::time::Duration;

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{at, count, stop, text};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    let kind = match text(value, &["type"]) {
        "" => event.name,
        kind => kind,
    };
    match kind {
        "message-start" => draft.id(value.get("id")),
        "content-start" | "content-delta" => {
            read_content(at(value, &["delta", "message", "content"]), event.at, draft);
        }
        "message-end" => read_end(value.get("delta").unwrap_or(&Value::Null), event, draft),
        "tool-call-start" => draft.tool_call(event.at),
        "content-end" | "tool-plan-delta" | "tool-call-delta" | "tool-call-end"
        | "citation-start" | "citation-end" | "debug" => {}
        _ if value.get("finish_reason").is_some() => {
            draft.id(value.get("id"));
            read_content(at(value, &["message", "content"]), event.at, draft);
            read_end(value, event, draft);
        }
        _ => return false,
    }
    true
}

/// Reads content: one piece, or all of an answer that is not streamed.
fn read_content(content: Option<&Value>, at: Duration, draft: &mut CompletionDraft) {
    let Some(content) = content else { return };
    let items = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
    for item in items {
        draft.reasoning(text(item, &["thinking"]), at);
        draft.text(text(item, &["text"]), at);
    }
}

/// Reads the end. Tokens count those around the question that Cohere adds; the billed ones do not.
fn read_end(end: &Value, event: &StreamEvent<'_>, draft: &mut CompletionDraft) {
    if let Some(usage) = end.get("usage") {
        draft.usage(&TokenCounts {
            input: count(usage, &["tokens", "input_tokens"]),
            output: count(usage, &["tokens", "output_tokens"]),
            reasoning: None,
            cached: count(usage, &["cached_tokens"]),
        });
        draft.billed(&TokenCounts {
            input: count(usage, &["billed_units", "input_tokens"]),
            output: count(usage, &["billed_units", "output_tokens"]),
            ..TokenCounts::default()
        });
    }
    stop(end.get("finish_reason"), event, draft);
    if end.get("error").and_then(lenient::text).is_some() {
        draft.fail(event.value.clone());
    }
    draft.complete();
}
