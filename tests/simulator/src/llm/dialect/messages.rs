//! Anthropic's Messages.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::query::LlmQuery;
use super::super::stream::Event;
use super::{named, token};

pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let mut events = vec![named(&json!({ "type": "message_start", "message": {
        "id": ID, "type": "message", "role": "assistant", "model": asked.model, "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": saying.input_tokens, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "output_tokens": 1 },
    } }))];
    let mut index = 0;
    if !saying.reasoning.is_empty() {
        let thoughts =
            saying.reasoning.iter().map(|it| json!({ "type": "thinking_delta", "thinking": it }));
        events.extend(block(index, &json!({ "type": "thinking", "thinking": "" }), thoughts));
        index += 1;
    }
    if !saying.text.is_empty() {
        let words = saying.text.iter().map(|it| json!({ "type": "text_delta", "text": it }));
        events.extend(block(index, &json!({ "type": "text", "text": "" }), words));
    }
    events.push(named(&json!({
        "type": "message_delta",
        "delta": { "stop_reason": saying.finish("end_turn", "max_tokens"), "stop_sequence": null },
        "usage": { "output_tokens": saying.output_tokens(),
            "output_tokens_details": { "thinking_tokens": saying.reasoning.len() } },
    })));
    events.push(named(&json!({ "type": "message_stop" })));
    events
}

pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let mut content = Vec::new();
    if !saying.reasoning.is_empty() {
        content.push(
            json!({ "type": "thinking", "thinking": saying.reasoning(), "signature": "c2ln" }),
        );
    }
    if !saying.text.is_empty() {
        content.push(json!({ "type": "text", "text": saying.text() }));
    }
    json!({
        "id": ID, "type": "message", "role": "assistant", "model": asked.model, "content": content,
        "stop_reason": saying.finish("end_turn", "max_tokens"), "stop_sequence": null,
        "usage": { "input_tokens": saying.input_tokens, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "output_tokens": saying.output_tokens(),
            "service_tier": "standard" },
    })
}

const ID: &str = "msg_01Simulated0123456789abcd";

fn block(index: usize, start: &Value, deltas: impl Iterator<Item = Value>) -> Vec<Event> {
    let mut events = vec![named(
        &json!({ "type": "content_block_start", "index": index, "content_block": start }),
    )];
    events.push(named(&json!({ "type": "ping" })));
    events.extend(deltas.map(|delta| {
        token(named(&json!({ "type": "content_block_delta", "index": index, "delta": delta })))
    }));
    events.push(named(&json!({ "type": "content_block_stop", "index": index })));
    events
}
