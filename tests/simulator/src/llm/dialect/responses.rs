//! OpenAI's Responses.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::query::LlmQuery;
use super::super::stream::Event;
use super::{named, token};

pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let begun = json!({ "id": ID, "object": "response", "status": "in_progress", "model": asked.model, "output": [] });
    let mut events = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    let first_thought = events.len();
    events.extend(saying.reasoning.iter().map(|thought| {
        json!({ "type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0,
            "summary_index": 0, "delta": thought })
    }));
    let after_thoughts = events.len();
    if !saying.text.is_empty() {
        events.push(json!({ "type": "response.output_item.added", "output_index": 0,
            "item": { "id": ITEM, "type": "message", "status": "in_progress", "role": "assistant", "content": [] } }));
        events.push(
            json!({ "type": "response.content_part.added", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "part": { "type": "output_text", "text": "", "annotations": [] } }),
        );
    }
    let first_word = events.len();
    events.extend(saying.text.iter().map(|word| {
        json!({ "type": "response.output_text.delta", "item_id": ITEM, "output_index": 0, "content_index": 0,
            "delta": word })
    }));
    let after_words = events.len();
    if !saying.text.is_empty() {
        events
            .push(json!({ "type": "response.output_text.done", "item_id": ITEM, "output_index": 0,
            "content_index": 0, "text": saying.text() }));
    }
    let end = saying.finish("response.completed", "response.incomplete");
    events.push(json!({ "type": end, "response": whole(asked, saying) }));
    let is_token = |at: usize| {
        (first_thought..after_thoughts).contains(&at) || (first_word..after_words).contains(&at)
    };
    let numbered = events.into_iter().enumerate().map(|(at, mut event)| {
        if let Value::Object(fields) = &mut event {
            fields.insert("sequence_number".to_owned(), json!(at));
        }
        if is_token(at) { token(named(&event)) } else { named(&event) }
    });
    numbered.collect()
}

pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let output = if saying.text.is_empty() {
        json!([{ "id": "rs_1", "type": "reasoning", "summary": [] }])
    } else {
        json!([{ "id": ITEM, "type": "message", "status": "completed", "role": "assistant",
            "content": [{ "type": "output_text", "text": saying.text(), "annotations": [] }] }])
    };
    json!({
        "id": ID, "object": "response", "created_at": asked.now.as_second(), "model": asked.model,
        "status": saying.finish("completed", "incomplete"), "error": null, "output": output,
        "incomplete_details": saying.is_capped.then(|| json!({ "reason": "max_output_tokens" })),
        "usage": {
            "input_tokens": saying.input_tokens, "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": saying.output_tokens(),
            "output_tokens_details": { "reasoning_tokens": saying.reasoning.len() },
            "total_tokens": saying.total_tokens(),
        },
    })
}

const ID: &str = "resp_0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ITEM: &str = "msg_0f1e2d3c4b5a6978";
