//! Ollama's own chat format, which streams NDJSON.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::query::LlmQuery;
use super::super::stream::Event;
use super::{line, token};

pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let thoughts = saying
        .reasoning
        .iter()
        .map(|it| json!({ "role": "assistant", "content": "", "thinking": it }));
    let words = saying.text.iter().map(|it| json!({ "role": "assistant", "content": it }));
    let mut events: Vec<Event> = thoughts
        .chain(words)
        .map(|message| {
            token(line(&json!({
                "model": asked.model, "created_at": asked.now.to_string(), "message": message, "done": false,
            })))
        })
        .collect();
    events.push(line(&end(asked, saying, &json!({ "role": "assistant", "content": "" }))));
    events
}

pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let mut message = json!({ "role": "assistant", "content": saying.text() });
    if let (false, Value::Object(message)) = (saying.reasoning.is_empty(), &mut message) {
        message.insert("thinking".to_owned(), json!(saying.reasoning()));
    }
    end(asked, saying, &message)
}

/// Returns the end of a completion. Times are in nanoseconds: 20 ms for each token of the answer.
fn end(asked: &LlmQuery, saying: &GeneratedText, message: &Value) -> Value {
    let eval_duration = saying.output_tokens() * 20_000_000;
    json!({
        "model": asked.model, "created_at": asked.now.to_string(), "message": message, "done": true,
        "done_reason": saying.finish("stop", "length"), "total_duration": eval_duration + 120_000_000,
        "load_duration": 20_000_000, "prompt_eval_count": saying.input_tokens,
        "prompt_eval_duration": 100_000_000, "eval_count": saying.output_tokens(),
        "eval_duration": eval_duration,
    })
}
