//! Cohere's Chat, version 2.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::stream::Event;
use super::{named, token};

pub(super) fn stream(saying: &GeneratedText) -> Vec<Event> {
    let mut events = vec![named(&json!({
        "type": "message-start", "id": ID,
        "delta": { "message": { "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [] } },
    }))];
    let mut index = 0;
    if !saying.reasoning.is_empty() {
        events.extend(content(index, "thinking", &saying.reasoning));
        index += 1;
    }
    if !saying.text.is_empty() {
        events.extend(content(index, "text", &saying.text));
    }
    events.push(named(&json!({
        "type": "message-end",
        "delta": { "finish_reason": saying.finish("COMPLETE", "MAX_TOKENS"), "usage": usage(saying) },
    })));
    events.push(Event::new("data: [DONE]\n\n"));
    events
}

pub(super) fn whole(saying: &GeneratedText) -> Value {
    let mut content = Vec::new();
    if !saying.reasoning.is_empty() {
        content.push(json!({ "type": "thinking", "thinking": saying.reasoning() }));
    }
    if !saying.text.is_empty() {
        content.push(json!({ "type": "text", "text": saying.text() }));
    }
    json!({
        "id": ID, "finish_reason": saying.finish("COMPLETE", "MAX_TOKENS"),
        "message": { "role": "assistant", "content": content }, "usage": usage(saying),
    })
}

const ID: &str = "c14c80c3-18eb-4519-9460-6c92edd8cfb4";
/// The tokens that the template adds to each prompt, which are not billed.
const TEMPLATE_TOKENS: usize = 63;

fn content(index: usize, kind: &str, tokens: &[String]) -> Vec<Event> {
    let mut events = vec![named(&json!({
        "type": "content-start", "index": index,
        "delta": { "message": { "content": { "type": kind, kind: "" } } },
    }))];
    events.extend(tokens.iter().map(|content| {
        token(named(&json!({
            "type": "content-delta", "index": index,
            "delta": { "message": { "content": { kind: content } } },
        })))
    }));
    events.push(named(&json!({ "type": "content-end", "index": index })));
    events
}

fn usage(saying: &GeneratedText) -> Value {
    json!({
        "billed_units": { "input_tokens": saying.input_tokens, "output_tokens": saying.output_tokens() },
        "tokens": { "input_tokens": saying.input_tokens + TEMPLATE_TOKENS,
            "output_tokens": saying.output_tokens() },
        "cached_tokens": 0,
    })
}
