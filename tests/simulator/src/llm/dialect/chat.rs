//! OpenAI's Chat Completions, and the variants of other providers.

use serde_json::{Value, json};

use super::super::generated_text::GeneratedText;
use super::super::query::LlmQuery;
use super::super::stream::Event;
use super::{data, token};

pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let mut events = Vec::new();
    if asked.provider.name == "azure" {
        events.push(data(&json!({
            "choices": [], "created": 0, "id": "", "model": "", "object": "",
            "prompt_filter_results": [{ "prompt_index": 0, "content_filter_results": {
                "hate": { "filtered": false, "severity": "safe" } } }],
        })));
    }
    let mut first = chunk(asked, &json!({ "role": "assistant", "content": "" }), &Value::Null);
    if asked.provider.name == "groq" {
        add(&mut first, "x_groq", json!({ "id": GROQ_ID }));
    }
    events.push(data(&first));
    if let Some(field) = &asked.provider.completion.reasoning {
        let thoughts = saying.reasoning.iter();
        events.extend(
            thoughts.map(|thought| {
                token(data(&chunk(asked, &reasoning(field, thought), &Value::Null)))
            }),
        );
    }
    let words = saying.text.iter();
    events.extend(
        words.map(|word| token(data(&chunk(asked, &json!({ "content": word }), &Value::Null)))),
    );
    events.extend(end(asked, saying));
    events.push(Event::new("data: [DONE]\n\n"));
    events
}

/// Returns the chunks after the last token.
fn end(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    let mut last = chunk(asked, &json!({}), &saying.finish("stop", "length").into());
    let usage = usage(asked, saying);
    if asked.provider.name == "groq" {
        add(&mut last, "x_groq", json!({ "id": GROQ_ID, "usage": usage }));
    }
    if !asked.provider.completion.usage_on_demand {
        add(&mut last, "usage", usage);
        return vec![data(&last)];
    }
    let wants_usage = asked.json.pointer("/stream_options/include_usage") == Some(&json!(true));
    let mut events = vec![data(&last)];
    if wants_usage {
        let mut chunk = chunk(asked, &json!({}), &Value::Null);
        add(&mut chunk, "choices", json!([]));
        add(&mut chunk, "usage", usage);
        events.push(data(&chunk));
    }
    events
}

pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let mut message = json!({ "role": "assistant", "content": saying.text() });
    if let Some(field) = &asked.provider.completion.reasoning
        && !saying.reasoning.is_empty()
        && let (Value::Object(message), Value::Object(own)) =
            (&mut message, reasoning(field, &saying.reasoning()))
    {
        message.extend(own);
    }
    let mut document = json!({
        "id": ID, "object": "chat.completion", "created": asked.now.as_second(), "model": asked.model,
        "choices": [{
            "index": 0, "message": message, "finish_reason": saying.finish("stop", "length"),
        }],
        "usage": usage(asked, saying),
    });
    match asked.provider.name {
        "groq" => add(&mut document, "x_groq", json!({ "id": GROQ_ID })),
        "openrouter" => add(&mut document, "provider", json!("Together")),
        _ => {}
    }
    document
}

const ID: &str = "chatcmpl-CfSimulated0123456789";
const GROQ_ID: &str = "req_01kb3m0r5te7v8w9xyzabcdefg";

fn chunk(asked: &LlmQuery, delta: &Value, finish: &Value) -> Value {
    let mut chunk = json!({
        "id": ID, "object": "chat.completion.chunk", "created": asked.now.as_second(), "model": asked.model,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    });
    if asked.provider.name == "openrouter" {
        add(&mut chunk, "provider", json!("Together"));
    }
    chunk
}

/// Returns reasoning in the provider's own format: most have a field for it; Mistral uses a list in
/// place of the text.
fn reasoning(field: &str, thought: &str) -> Value {
    if field == "content" {
        json!({ "content": [{ "type": "thinking", "thinking": [{ "type": "text", "text": thought }] }] })
    } else {
        json!({ field: thought })
    }
}

fn usage(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    let reasoning = saying.reasoning.len();
    // xAI counts the reasoning in addition to the completion, all others within it.
    let completion = match asked.provider.name {
        "xai" => saying.text.len(),
        _ => saying.output_tokens(),
    };
    let mut usage = json!({
        "prompt_tokens": saying.input_tokens, "completion_tokens": completion,
        "total_tokens": saying.total_tokens(), "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": reasoning },
    });
    match asked.provider.name {
        "groq" => {
            add(&mut usage, "queue_time", json!(0.012));
            add(&mut usage, "prompt_time", json!(0.003));
            add(&mut usage, "completion_time", json!(0.02));
            add(&mut usage, "total_time", json!(0.023));
        }
        "openrouter" => add(&mut usage, "cost", json!(0.000_012)),
        "xai" => add(&mut usage, "cost_in_usd_ticks", json!(410_000)),
        _ => {}
    }
    usage
}

fn add(document: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = document {
        fields.insert(name.to_owned(), value);
    }
}
