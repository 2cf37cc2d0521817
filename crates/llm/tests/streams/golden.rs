//! Original answers of providers, and the expected result of each.

use std::time::Duration;

use allclear_llm::provider::Api;
use allclear_llm::stream::{Completion, CompletionEnd, StreamReader, Tokens};
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};

/// One answer.
pub(crate) struct Golden {
    pub(crate) name: &'static str,
    pub(crate) api: Api,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// A text that the bytes contain once the answer has ended, and not before.
    pub(crate) mark: &'static str,
    pub(crate) text: &'static str,
    pub(crate) has_reasoning: bool,
    pub(crate) finish_reason: &'static str,
    /// The numbers of input, output, reasoning and cached tokens.
    pub(crate) usage: Option<(u64, u64, Option<u64>, Option<u64>)>,
    pub(crate) model: Option<&'static str>,
    pub(crate) id: Option<&'static str>,
}

const EVENTS: &str = "text/event-stream; charset=utf-8";
const JSON: &str = "application/json";
/// The finish reason that makes an answer complete if the body then ends regularly.
const STOP: &str = "\"finish_reason\":\"stop\"";
const LENGTH: &str = "\"finish_reason\":\"length\"";

macro_rules! golden {
    ($name:literal, $api:ident, $type:expr, $mark:expr, $text:literal, $reasoning:literal,
     $reason:literal, $usage:expr, $model:expr, $id:expr) => {
        Golden {
            name: $name,
            api: Api::$api,
            content_type: $type,
            bytes: include_bytes!(concat!($name, ".txt")).to_vec(),
            mark: $mark,
            text: $text,
            has_reasoning: $reasoning,
            finish_reason: $reason,
            usage: $usage,
            model: $model,
            id: $id,
        }
    };
}

/// Returns all answers.
#[rustfmt::skip]
pub(crate) fn all() -> Vec<Golden> {
    let mut all = vec![
        golden!("chat-openai", Chat, EVENTS, LENGTH, "Pöng 🏓", false, "length", Some((8, 16, Some(5), Some(2))), Some("gpt-x-mini"), Some("chatcmpl-1")),
        golden!("chat-refusal", Chat, EVENTS, STOP, "I will not.", false, "stop", None, Some("gpt-x"), Some("chatcmpl-2")),
        golden!("chat-azure", Chat, EVENTS, STOP, "Pong", false, "stop", Some((8, 2, None, None)), Some("gpt-x-2026"), Some("chatcmpl-3")),
        golden!("chat-groq", Chat, EVENTS, STOP, "Pong!", true, "stop", Some((71, 30, Some(22), None)), Some("openai/gpt-oss-x"), Some("req_01")),
        golden!("chat-mistral", Chat, EVENTS, STOP, "Pong.", true, "stop", Some((10, 12, None, None)), Some("magistral-x"), Some("5f1e")),
        golden!("chat-openrouter", Chat, EVENTS, STOP, "Pong", true, "stop", Some((9, 3, None, None)), Some("acme/model-x"), Some("gen-1")),
        golden!("chat-deepseek", Chat, EVENTS, STOP, "乓", true, "stop", Some((6, 9, Some(7), Some(4))), Some("deepseek-x"), Some("ds-1")),
        golden!("chat-xai", Chat, EVENTS, STOP, "Pong", true, "stop", Some((12, 122, Some(120), None)), Some("grok-x"), Some("x-1")),
        golden!("chat-vllm", Chat, EVENTS, LENGTH, "", true, "length", None, Some("local"), Some("cmpl-9")),
        golden!("chat-whole", Chat, JSON, "\"error\": null\n}", "Pong {\"}\"}", true, "stop", Some((8, 20, None, None)), Some("local"), Some("chatcmpl-5")),
        golden!("responses", Responses, EVENTS, "\"total_tokens\":22}}}", "Pong", true, "completed", Some((8, 14, Some(10), Some(0))), Some("gpt-x-2026"), Some("resp_1")),
        golden!("responses-incomplete", Responses, EVENTS, "\"reasoning_tokens\":16}}}}", "", false, "max_output_tokens", Some((8, 16, Some(16), None)), Some("gpt-x"), Some("resp_2")),
        golden!("responses-whole", Responses, JSON, "\"output_tokens\":3}}", "Pong!", true, "completed", Some((8, 3, None, None)), Some("gpt-x"), Some("resp_3")),
        golden!("messages", Messages, EVENTS, "\"stop_reason\":\"end_turn\"", "Pong ✓", false, "end_turn", Some((12, 5, None, Some(3))), Some("claude-x"), Some("msg_01")),
        golden!("messages-thinking", Messages, EVENTS, "\"stop_reason\":\"max_tokens\"", "", true, "max_tokens", Some((8, 16, Some(16), None)), Some("claude-y"), Some("msg_02")),
        golden!("messages-whole", Messages, JSON, "\"standard\"}}", "Pong", true, "end_turn", Some((8, 5, None, None)), Some("claude-x"), Some("msg_03")),
        golden!("cohere", CohereChat, EVENTS, "\"cached_tokens\":448}}}", "Pong", true, "COMPLETE", Some((496, 11, None, Some(448))), None, Some("29f14a5a")),
        golden!("cohere-whole", CohereChat, JSON, "\"output_tokens\":11}}}", "Pong", false, "MAX_TOKENS", Some((496, 11, None, None)), None, Some("29f14a5b")),
        golden!("gemini", GenerateContent, EVENTS, "\"totalTokenCount\":13},\"modelVersion\":\"gemini-x\",\"responseId\":\"r1\"}", "Pong!", true, "STOP", Some((2, 11, Some(8), None)), Some("gemini-x"), Some("r1")),
        golden!("gemini-thoughts", GenerateContent, EVENTS, "\"r2\"}", "", false, "MAX_TOKENS", Some((2, 16, Some(16), None)), Some("gemini-x"), Some("r2")),
        golden!("gemini-blocked", GenerateContent, EVENTS, "\"r3\"}", "", false, "PROHIBITED_CONTENT", Some((2, 0, None, None)), Some("gemini-x"), Some("r3")),
        golden!("gemini-array", GenerateContent, JSON, "\"totalTokenCount\": 3},\n  \"modelVersion\": \"gemini-x\"\n}", "Pong", false, "STOP", Some((2, 1, None, None)), Some("gemini-x"), None),
        golden!("converse", Converse, "application/vnd.amazon.eventstream", "\"stopReason\":\"end_turn\",\"p\":\"abcdefghijk\"}", "Pöng", true, "end_turn", Some((7, 9, None, Some(4))), None, None),
        golden!("converse-whole", Converse, JSON, "\"totalTokens\":19}}", "Pong", true, "max_tokens", Some((3, 16, None, None)), None, None),
        golden!("ollama", OllamaChat, "application/x-ndjson", "\"eval_duration\":800000000}", "Pong {}", true, "stop", Some((26, 40, None, None)), Some("qwen-x"), None),
    ];
    for golden in all.iter_mut().filter(|golden| golden.name == "converse") {
        golden.bytes = framed(&String::from_utf8_lossy(&golden.bytes));
    }
    all
}

/// Returns the answer of this name.
pub(crate) fn named(name: &str) -> Golden {
    all().into_iter().find(|golden| golden.name == name).unwrap()
}

/// Encodes messages in the binary format of AWS, from lines of a name and a payload.
pub(crate) fn framed(lines: &str) -> Vec<u8> {
    lines
        .lines()
        .flat_map(|line| {
            let (name, payload) = line.split_once(' ').unwrap();
            frame(&[(":event-type", name), (":message-type", "event")], payload)
        })
        .collect()
}

/// Encodes one message in the binary format of AWS.
pub(crate) fn frame(headers: &[(&'static str, &str)], payload: &str) -> Vec<u8> {
    let mut message = Message::new(payload.as_bytes().to_vec());
    for (name, value) in headers {
        let value = HeaderValue::String((*value).to_owned().into());
        message = message.add_header(Header::new(*name, value));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

/// Reads bytes in pieces of `size`, which arrive at intervals of 10 ms.
pub(crate) fn read(api: Api, content_type: Option<&str>, bytes: &[u8], size: usize) -> Completion {
    let mut reader = StreamReader::new(api, content_type);
    let mut at = Duration::ZERO;
    for piece in bytes.chunks(size) {
        at += Duration::from_millis(10);
        reader.feed(piece, at);
    }
    reader.finish(at)
}

impl Golden {
    pub(crate) fn read(&self, bytes: &[u8], size: usize) -> Completion {
        read(self.api, Some(self.content_type), bytes, size)
    }

    /// Asserts that `completion` is the expected result, apart from the times.
    pub(crate) fn assert_read(&self, completion: &Completion, how: &str) {
        let name = format!("{} {how}", self.name);
        assert_eq!(completion.end, CompletionEnd::Complete, "{name}");
        assert_eq!(completion.text, self.text, "{name}");
        assert_eq!(completion.first_token.is_some(), !self.text.is_empty(), "{name}");
        assert_eq!(completion.first_reasoning.is_some(), self.has_reasoning, "{name}");
        assert_eq!(completion.finish_reason.as_deref(), Some(self.finish_reason), "{name}");
        let usage = self.usage.map(|(input, output, reasoning, cached)| Tokens {
            input,
            output,
            reasoning,
            cached,
        });
        assert_eq!(completion.usage, usage, "{name}");
        assert_eq!(completion.model.as_deref(), self.model, "{name}");
        assert_eq!(completion.id.as_deref(), self.id, "{name}");
    }
}
