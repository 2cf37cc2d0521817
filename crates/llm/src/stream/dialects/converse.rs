//! Bedrock's Converse. Ends with `messageStop`, which `metadata` follows.

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{MILLISECOND, at, count, stop, sum, text, time};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    match event.name {
        "contentBlockDelta" => read_content(value.get("delta"), event, draft),
        "messageStop" => {
            if stop(value.get("stopReason"), event, draft) {
                draft.may_end();
            }
        }
        "metadata" => {
            read_measured(value, draft);
            draft.complete_if_ended();
        }
        "contentBlockStart" if at(value, &["start", "toolUse"]).is_some() => {
            draft.tool_call(event.at);
        }
        "messageStart" | "contentBlockStart" | "contentBlockStop" => {}
        _ if at(value, &["output", "message"]).is_some() => {
            let content = at(value, &["output", "message", "content"]);
            for block in content.map_or(&[][..], lenient::items) {
                read_content(Some(block), event, draft);
            }
            stop(value.get("stopReason"), event, draft);
            read_measured(value, draft);
            draft.complete();
        }
        _ => return false,
    }
    true
}

/// Reads a block of content, or a piece of one.
fn read_content(content: Option<&Value>, event: &StreamEvent<'_>, draft: &mut CompletionDraft) {
    let Some(content) = content else { return };
    if content.get("toolUse").is_some() {
        draft.tool_call(event.at);
    }
    draft.text(text(content, &["text"]), event.at);
    for path in [
        &["reasoningContent", "text"][..],
        &["reasoningContent", "redactedContent"],
        &["reasoningContent", "reasoningText", "text"],
    ] {
        draft.reasoning(text(content, path), event.at);
    }
}

fn read_measured(value: &Value, draft: &mut CompletionDraft) {
    if let Some(usage) = value.get("usage") {
        let cached = count(usage, &["cacheReadInputTokens"]);
        let input = count(usage, &["inputTokens"])
            .and_then(|fresh| sum([Some(fresh), cached, count(usage, &["cacheWriteInputTokens"])]));
        let output = count(usage, &["outputTokens"]);
        draft.usage(&TokenCounts { input, output, reasoning: None, cached });
    }
    let latency = at(value, &["metrics", "latencyMs"]);
    draft.server.total = time(latency, MILLISECOND).or(draft.server.total);
}
