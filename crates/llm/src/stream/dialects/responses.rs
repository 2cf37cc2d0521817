//! OpenAI's Responses. Ends with `response.completed` or `response.incomplete`.

use std::time::Duration;

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{at, cost, count, text};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    if text(value, &["object"]) == "response" {
        return read_document(event, draft);
    }
    let kind = match text(value, &["type"]) {
        "" => event.name,
        kind => kind,
    };
    match kind {
        "response.output_text.delta" | "response.refusal.delta" => {
            draft.text(text(value, &["delta"]), event.at);
        }
        "response.reasoning_text.delta"
        | "response.reasoning_summary_text.delta"
        | "response.reasoning.delta"
        | "response.reasoning_summary.delta" => {
            draft.reasoning(text(value, &["delta"]), event.at);
        }
        "response.completed" | "response.incomplete" => {
            read_response(at(value, &["response"]).unwrap_or(&Value::Null), event.at, draft);
            draft.complete();
        }
        "response.output_item.added" if is_call(at(value, &["item"])) => {
            draft.tool_call(event.at);
        }
        "response.failed" | "response.cancelled" => draft.fail(value.clone()),
        "response.created" | "response.queued" | "response.in_progress" => {
            draft.model(at(value, &["response", "model"]));
            draft.id(at(value, &["response", "id"]));
        }
        _ => return kind.starts_with("response."),
    }
    true
}

/// Checks whether an item of the output is a call of a tool.
fn is_call(item: Option<&Value>) -> bool {
    item.is_some_and(|item| text(item, &["type"]).ends_with("_call"))
}

/// Reads a response that is not streamed.
fn read_document(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    read_response(event.value, event.at, draft);
    match text(event.value, &["status"]) {
        "completed" | "incomplete" => draft.complete(),
        "failed" | "cancelled" => draft.fail(event.value.clone()),
        _ => {}
    }
    true
}

/// Reads a whole response; its text only if none came in pieces.
fn read_response(response: &Value, arrival: Duration, draft: &mut CompletionDraft) {
    draft.model(response.get("model"));
    draft.id(response.get("id"));
    draft.stop(at(response, &["incomplete_details", "reason"]).or_else(|| response.get("status")));
    if let Some(usage) = response.get("usage") {
        draft.cost(cost(usage));
        draft.usage(&TokenCounts {
            input: count(usage, &["input_tokens"]),
            output: count(usage, &["output_tokens"]),
            reasoning: count(usage, &["output_tokens_details", "reasoning_tokens"]),
            cached: count(usage, &["input_tokens_details", "cached_tokens"]),
        });
    }
    let (had_text, had_reasoning) = (draft.has_text(), draft.has_reasoning());
    for item in response.get("output").map_or(&[][..], lenient::items) {
        if is_call(Some(item)) {
            draft.tool_call(arrival);
        }
        let is_reasoning = text(item, &["type"]) == "reasoning";
        for part in ["content", "summary"].into_iter().filter_map(|name| item.get(name)) {
            for part in lenient::items(part) {
                for content in [text(part, &["text"]), text(part, &["refusal"])] {
                    if is_reasoning && !had_reasoning {
                        draft.reasoning(content, arrival);
                    } else if !is_reasoning && !had_text {
                        draft.text(content, arrival);
                    }
                }
            }
        }
    }
}
