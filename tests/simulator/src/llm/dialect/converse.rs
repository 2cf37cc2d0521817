//! Bedrock's Converse; its streams are frames of AWS.

use serde_json::{Value, json};

use super::super::frames::Frame;
use super::super::generated_text::GeneratedText;
use super::super::stream::Event;

pub(super) fn stream(saying: &GeneratedText) -> Vec<Event> {
    let mut events = vec![event("messageStart", &json!({ "role": "assistant", "p": PADDING }))];
    let blocks = [
        saying.reasoning.iter().map(|it| json!({ "reasoningContent": { "text": it } })).collect(),
        saying.text.iter().map(|it| json!({ "text": it })).collect::<Vec<_>>(),
    ];
    for (index, deltas) in blocks.iter().filter(|deltas| !deltas.is_empty()).enumerate() {
        for delta in deltas {
            let payload = json!({ "contentBlockIndex": index, "delta": delta, "p": PADDING });
            events.push(Event::token(Frame::event("contentBlockDelta", &payload).encode()));
        }
        events
            .push(event("contentBlockStop", &json!({ "contentBlockIndex": index, "p": PADDING })));
    }
    let stop = json!({ "stopReason": saying.finish("end_turn", "max_tokens"), "p": PADDING });
    events.push(event("messageStop", &stop));
    let metadata = json!({ "usage": usage(saying), "metrics": { "latencyMs": 312 }, "p": PADDING });
    events.push(event("metadata", &metadata));
    events
}

pub(super) fn whole(saying: &GeneratedText) -> Value {
    let mut content = Vec::new();
    if !saying.reasoning.is_empty() {
        let thoughts = json!({ "text": saying.reasoning() });
        content.push(json!({ "reasoningContent": { "reasoningText": thoughts } }));
    }
    if !saying.text.is_empty() {
        content.push(json!({ "text": saying.text() }));
    }
    json!({
        "output": { "message": { "role": "assistant", "content": content } },
        "stopReason": saying.finish("end_turn", "max_tokens"), "usage": usage(saying),
        "metrics": { "latencyMs": 312 },
    })
}

/// AWS pads its frames, so that their lengths reveal nothing.
const PADDING: &str = "abcdefghij";

fn event(kind: &str, payload: &Value) -> Event {
    Event::new(Frame::event(kind, payload).encode())
}

fn usage(saying: &GeneratedText) -> Value {
    json!({
        "inputTokens": saying.input_tokens, "outputTokens": saying.output_tokens(),
        "totalTokens": saying.total_tokens(),
    })
}
