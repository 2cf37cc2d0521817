//! Gemini's `generateContent`, as events or as an array of documents. It has no mark of an end: the
//! candidate's `finishReason` is one, but some models give it with every piece, so that an answer is
//! read until its body ends.

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{at, count, stop, sum, text};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    let candidate = value.get("candidates").and_then(|candidates| candidates.get(0));
    let blocked = at(value, &["promptFeedback", "blockReason"]);
    let usage = value.get("usageMetadata");
    if candidate.is_none() && blocked.is_none() && usage.is_none() {
        return value.get("responseId").is_some() || value.get("modelVersion").is_some();
    }

    draft.model(value.get("modelVersion"));
    draft.id(value.get("responseId"));
    if let Some(usage) = usage {
        let reasoning = count(usage, &["thoughtsTokenCount"]);
        draft.usage(&TokenCounts {
            input: count(usage, &["promptTokenCount"]),
            // The candidates' count is without the thoughts.
            output: sum([count(usage, &["candidatesTokenCount"]), reasoning]),
            reasoning,
            cached: count(usage, &["cachedContentTokenCount"]),
        });
    }
    let parts = candidate.and_then(|candidate| at(candidate, &["content", "parts"]));
    for part in parts.map_or(&[][..], lenient::items) {
        if part.get("functionCall").is_some() {
            draft.tool_call(event.at);
        }
        let content = text(part, &["text"]);
        if part.get("thought").and_then(Value::as_bool) == Some(true) {
            draft.reasoning(content, event.at);
        } else {
            draft.text(content, event.at);
        }
    }
    // A question that is refused has no candidate.
    if candidate.is_none() && blocked.is_some() {
        draft.withheld();
    }
    let reason = candidate.and_then(|candidate| candidate.get("finishReason")).or(blocked);
    if stop(reason, event, draft) {
        draft.may_end();
    }
    true
}
