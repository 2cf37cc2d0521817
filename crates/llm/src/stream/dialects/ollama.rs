//! Ollama's own chat. Ends with `"done": true`.

use serde_json::Value;

use super::super::StreamEvent;
use super::super::draft::{CompletionDraft, TokenCounts};
use super::{at, count, stop, text, time};
use crate::lenient;

const NANOSECOND: f64 = 1e-9;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    let is_done = value.get("done").and_then(Value::as_bool);
    if is_done.is_none() && value.get("message").is_none_or(Value::is_string) {
        return false;
    }
    draft.model(value.get("model"));
    for path in [&["message", "thinking"][..], &["thinking"]] {
        draft.reasoning(text(value, path), event.at);
    }
    for path in [&["message", "content"][..], &["response"]] {
        draft.text(text(value, path), event.at);
    }
    let calls = at(value, &["message", "tool_calls"]);
    if !calls.map_or(&[][..], lenient::items).is_empty() {
        draft.tool_call(event.at);
    }
    stop(value.get("done_reason"), event, draft);
    if is_done != Some(true) {
        return true;
    }
    draft.usage(&TokenCounts {
        input: count(value, &["prompt_eval_count"]),
        output: count(value, &["eval_count"]),
        ..TokenCounts::default()
    });
    let nanoseconds = |name: &str| time(value.get(name), NANOSECOND);
    draft.server.total = nanoseconds("total_duration");
    draft.server.generation = nanoseconds("eval_duration");
    draft.server.load = nanoseconds("load_duration");
    draft.complete();
    true
}
