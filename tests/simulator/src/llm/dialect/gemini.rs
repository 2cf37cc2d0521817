//! Gemini's `generateContent`.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::query::LlmQuery;
use super::super::stream::Event;
use super::{data, token};

pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let thoughts = saying.reasoning.iter().map(|it| json!({ "text": it, "thought": true }));
    let words = saying.text.iter().map(|it| json!({ "text": it }));
    let mut chunks: Vec<Value> =
        thoughts.chain(words).map(|part| chunk(asked, saying, &[part], None)).collect();
    let parts: &[Value] = if saying.text.is_empty() { &[] } else { &[json!({ "text": "" })] };
    chunks.push(chunk(asked, saying, parts, Some(saying.finish("STOP", "MAX_TOKENS"))));
    let last = chunks.len() - 1;
    // Without `alt=sse` a stream is one JSON array.
    let is_sse = asked.query.split('&').any(|pair| pair == "alt=sse");
    let events = chunks.into_iter().enumerate().map(|(at, chunk)| {
        let event = match (is_sse, at) {
            (true, _) => data(&chunk),
            (false, 0) if last == 0 => Event::new(format!("[{chunk}]")),
            (false, 0) => Event::new(format!("[{chunk}")),
            (false, at) if at == last => Event::new(format!(",\r\n{chunk}]")),
            (false, _) => Event::new(format!(",\r\n{chunk}")),
        };
        if at == last { event } else { token(event) }
    });
    events.collect()
}

pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let words = saying.text();
    let parts: &[Value] = if words.is_empty() { &[] } else { &[json!({ "text": words })] };
    chunk(asked, saying, parts, Some(saying.finish("STOP", "MAX_TOKENS")))
}

fn chunk(asked: &LlmQuery, saying: &GeneratedText, parts: &[Value], finish: Option<&str>) -> Value {
    let mut content = json!({ "role": "model" });
    let mut usage =
        json!({ "promptTokenCount": saying.input_tokens, "totalTokenCount": saying.input_tokens });
    let mut candidate = json!({ "index": 0 });
    if let (false, Value::Object(content)) = (parts.is_empty(), &mut content) {
        content.insert("parts".to_owned(), json!(parts));
    }
    if let (Some(finish), Value::Object(candidate)) = (finish, &mut candidate) {
        candidate.insert("finishReason".to_owned(), json!(finish));
        usage = json!({
            "promptTokenCount": saying.input_tokens, "candidatesTokenCount": saying.text.len(),
            "thoughtsTokenCount": saying.reasoning.len(), "totalTokenCount": saying.total_tokens(),
        });
    }
    if let Value::Object(candidate) = &mut candidate {
        candidate.insert("content".to_owned(), content);
    }
    json!({
        "candidates": [candidate], "usageMetadata": usage, "modelVersion": asked.model,
        "responseId": "c2ltdWxhdGVkLXJlc3BvbnNl",
    })
}
