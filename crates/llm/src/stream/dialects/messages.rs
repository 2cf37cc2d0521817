//! Anthropic's Messages. Ends with `message_stop`.

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{at, count, stop, sum, text};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    let kind = match text(value, &["type"]) {
        "" => event.name,
        kind => kind,
    };
    match kind {
        "message_start" => read_message(value.get("message"), event, draft),
        "content_block_start" => read_block(value.get("content_block"), event, draft),
        "content_block_delta" => read_block(value.get("delta"), event, draft),
        "message_delta" => {
            let reason = at(value, &["delta", "stop_reason"]);
            if stop(reason, event, draft) {
                draft.finished();
            }
            read_usage(value.get("usage"), draft);
        }
        "message_stop" => draft.complete(),
        "message" => {
            read_message(Some(value), event, draft);
            draft.complete();
        }
        "content_block_stop" | "ping" => {}
        _ => return false,
    }
    true
}

/// Reads a message: the start of one, or a whole one.
fn read_message(message: Option<&Value>, event: &StreamEvent<'_>, draft: &mut CompletionDraft) {
    let Some(message) = message else { return };
    draft.model(message.get("model"));
    draft.id(message.get("id"));
    draft.stop(message.get("stop_reason"));
    read_usage(message.get("usage"), draft);
    for block in message.get("content").map_or(&[][..], lenient::items) {
        read_block(Some(block), event, draft);
    }
}

/// Reads a block of content, or a piece of one.
fn read_block(block: Option<&Value>, event: &StreamEvent<'_>, draft: &mut CompletionDraft) {
    let Some(block) = block else { return };
    if text(block, &["type"]) == "tool_use" {
        draft.tool_call(event.at);
    }
    draft.text(text(block, &["text"]), event.at);
    draft.reasoning(text(block, &["thinking"]), event.at);
    // Thoughts that are withheld come sealed, in one piece.
    draft.reasoning(text(block, &["data"]), event.at);
}

/// Reads counts of tokens, which are of the whole answer so far.
fn read_usage(usage: Option<&Value>, draft: &mut CompletionDraft) {
    let Some(usage) = usage else { return };
    let cached = count(usage, &["cache_read_input_tokens"]);
    let input = count(usage, &["input_tokens"]).and_then(|fresh| {
        sum([Some(fresh), cached, count(usage, &["cache_creation_input_tokens"])])
    });
    draft.usage(&TokenCounts {
        input,
        output: count(usage, &["output_tokens"]),
        reasoning: count(usage, &["output_tokens_details", "thinking_tokens"]),
        cached,
    });
}
