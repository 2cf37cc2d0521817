//! OpenAI's Chat Completions, with the additions of Groq, Mistral, OpenRouter, xAI, DeepSeek, Azure
//! and self-hosted servers. Ends with `[DONE]`, which is no event.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::draft::{CompletionDraft, TokenCounts};
use super::super::{Carrier, StreamEvent};
use super::{MILLISECOND, at, cost, count, stop, sum, text, time};
use crate::lenient;

pub(super) fn read(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let value = event.value;
    let choice = at(value, &["choices"]).and_then(|choices| choices.get(0));
    let groq = at(value, &["x_groq"]);

    draft.model(at(value, &["model"]));
    draft.served_by(at(value, &["provider"]));
    draft.id(groq.and_then(|groq| groq.get("id")).or_else(|| value.get("id")));
    for usage in [value.get("usage"), groq.and_then(|groq| groq.get("usage"))].into_iter().flatten()
    {
        read_usage(usage, draft);
    }
    // llama.cpp measures itself.
    let generation = time(at(value, &["timings", "predicted_ms"]), MILLISECOND);
    draft.server.generation = generation.or(draft.server.generation);
    // Groq puts the reason of a broken answer here.
    let broken_off = groq.and_then(|groq| groq.get("error")).and_then(lenient::text);
    if let Some(error) = broken_off {
        draft.fail(json!({ "error": error }));
    }

    if read_result(event, draft) {
        return true;
    }
    let Some(choice) = choice else {
        return value.get("choices").is_some() || value.get("usage").is_some() || groq.is_some();
    };
    if choice.get("error").is_some_and(|error| !error.is_null()) {
        draft.fail(value.clone());
    }
    // If both are there, the message repeats all deltas so far.
    let object = |name: &str| choice.get(name).filter(|message| message.is_object());
    if let Some(message) = object("delta").or_else(|| object("message")) {
        read_message(message, event.at, draft);
    }
    draft.text(text(choice, &["text"]), event.at);
    if stop(choice.get("finish_reason"), event, draft) {
        draft.finished();
    }
    if event.carrier == Carrier::Document && object("message").is_some() {
        draft.complete();
    }
    true
}

/// Reads an answer of Baidu's first API, which has the text in `result`, and returns true if it is one.
fn read_result(event: &StreamEvent<'_>, draft: &mut CompletionDraft) -> bool {
    let Some(Value::String(result)) = event.value.get("result") else { return false };
    draft.text(result, event.at);
    let is_end = event.value.get("is_end").and_then(Value::as_bool) == Some(true);
    if stop(event.value.get("finish_reason"), event, draft) || is_end {
        draft.finished();
    }
    if event.carrier == Carrier::Document {
        draft.complete();
    }
    true
}

/// Reads a delta, or the message of an answer that is not streamed.
fn read_message(message: &Value, at: Duration, draft: &mut CompletionDraft) {
    let calls = message.get("tool_calls").map_or(&[][..], lenient::items);
    if !calls.is_empty() || message.get("function_call").is_some_and(Value::is_object) {
        draft.tool_call(at);
    }
    for name in ["reasoning", "reasoning_content"] {
        draft.reasoning(text(message, &[name]), at);
    }
    for detail in message.get("reasoning_details").map_or(&[][..], lenient::items) {
        for name in ["text", "summary", "data"] {
            draft.reasoning(text(detail, &[name]), at);
        }
    }
    match message.get("content") {
        Some(Value::String(content)) => draft.text(content, at),
        Some(Value::Array(items)) => items.iter().for_each(|item| read_item(item, at, draft)),
        _ => {}
    }
    draft.text(text(message, &["refusal"]), at);
}

/// Reads an item of a content that is a list: a text, or thoughts, which are a list again.
fn read_item(item: &Value, at: Duration, draft: &mut CompletionDraft) {
    draft.text(text(item, &["text"]), at);
    match item.get("thinking") {
        Some(Value::String(thought)) => draft.reasoning(thought, at),
        Some(Value::Array(thoughts)) => {
            for thought in thoughts {
                draft.reasoning(text(thought, &["text"]), at);
            }
        }
        _ => {}
    }
}

fn read_usage(usage: &Value, draft: &mut CompletionDraft) {
    let input = count(usage, &["prompt_tokens"]);
    let reasoning = count(usage, &["completion_tokens_details", "reasoning_tokens"])
        .or_else(|| count(usage, &["reasoning_tokens"]));
    let reported = count(usage, &["completion_tokens"]);
    // xAI counts reasoning apart from the answer's tokens, other providers within them; the sum shows which.
    let with_reasoning = sum([reported, reasoning]);
    let is_beside = reasoning.is_some_and(|n| n > 0)
        && reported.is_some()
        && (reasoning > reported
            || count(usage, &["total_tokens"]) == sum([input, with_reasoning]));
    draft.usage(&TokenCounts {
        input,
        output: if is_beside { with_reasoning } else { reported },
        reasoning,
        cached: count(usage, &["prompt_tokens_details", "cached_tokens"])
            .or_else(|| count(usage, &["prompt_cache_hit_tokens"])),
    });
    draft.cost(cost(usage));

    let seconds = |name: &str| time(usage.get(name), 1.0);
    let server = &mut draft.server;
    server.queue = seconds("queue_time").or(server.queue);
    server.generation = seconds("completion_time").or(server.generation);
    server.total = seconds("total_time").or(server.total);
}
