//! Dialects: the formats of streamed and whole completions.

mod chat;
mod cohere;
mod converse;
mod gemini;
mod messages;
mod ollama;
mod responses;

use serde_json::{Value, json};

use super::frames::{self, Frame};
use super::generated_text::GeneratedText;
use super::query::LlmQuery;
use super::stream::Event;

/// Returns the events of a streamed completion, from the first to the end marker.
pub(super) fn stream(asked: &LlmQuery, saying: &GeneratedText) -> Vec<Event> {
    match asked.api() {
        "responses" => responses::stream(asked, saying),
        "messages" => messages::stream(asked, saying),
        "cohere-chat" => cohere::stream(saying),
        "generate-content" => gemini::stream(asked, saying),
        "converse" => converse::stream(saying),
        "ollama-chat" => ollama::stream(asked, saying),
        _ => chat::stream(asked, saying),
    }
}

/// Returns a completion in one document.
pub(super) fn whole(asked: &LlmQuery, saying: &GeneratedText) -> Value {
    match asked.api() {
        "responses" => responses::whole(asked, saying),
        "messages" => messages::whole(asked, saying),
        "cohere-chat" => cohere::whole(saying),
        "generate-content" => gemini::whole(asked, saying),
        "converse" => converse::whole(saying),
        "ollama-chat" => ollama::whole(asked, saying),
        _ => chat::whole(asked, saying),
    }
}

/// Returns the event for an error in the middle of a stream.
pub(super) fn error(asked: &LlmQuery) -> Event {
    const MESSAGE: &str = "The server had an error while processing your request.";
    match asked.api() {
        "responses" => named(&json!({
            "type": "error", "code": "server_error", "message": MESSAGE, "param": null, "sequence_number": 9,
        })),
        "messages" => named(&json!({
            "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" },
        })),
        "cohere-chat" => named(&json!({
            "type": "message-end", "delta": { "finish_reason": "ERROR", "error": MESSAGE },
        })),
        "generate-content" => data(&json!({
            "error": { "code": 500, "message": MESSAGE, "status": "INTERNAL" },
        })),
        "converse" => Event::new(
            Frame::exception("internalServerException", &json!({ "message": MESSAGE })).encode(),
        ),
        "ollama-chat" => line(&json!({ "error": MESSAGE })),
        _ => data(&json!({
            "error": { "message": MESSAGE, "type": "server_error", "param": null, "code": null },
        })),
    }
}

/// Returns the event that keeps an idle stream alive.
pub(super) fn keep_alive(asked: &LlmQuery) -> Option<Event> {
    match (asked.api(), &asked.provider.completion.keep_alive) {
        ("converse" | "ollama-chat", _) => None,
        ("messages", _) => Some(named(&json!({ "type": "ping" }))),
        (_, Some(own)) => Some(Event::new(format!("{own}\n\n"))),
        _ => Some(Event::new(": keep-alive\n\n")),
    }
}

/// Returns the content type of a stream.
pub(super) fn content_type(asked: &LlmQuery) -> &'static str {
    match asked.api() {
        "converse" => frames::CONTENT_TYPE,
        "ollama-chat" => "application/x-ndjson",
        _ => "text/event-stream",
    }
}

/// Returns whether a stream consists of lines, whose ends have two variants.
pub(super) fn has_lines(asked: &LlmQuery) -> bool {
    asked.api() != "converse"
}

fn data(value: &Value) -> Event {
    Event::new(format!("data: {value}\n\n"))
}

/// Returns an event whose name is its type.
fn named(value: &Value) -> Event {
    let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
    Event::new(format!("event: {name}\ndata: {value}\n\n"))
}

fn line(value: &Value) -> Event {
    Event::new(format!("{value}\n"))
}

/// Marks an event as one with a token.
fn token(event: Event) -> Event {
    Event::token(event.bytes)
}
