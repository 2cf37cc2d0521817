//! Streamed completions: from the bytes of an answer, in pieces of any size, to the model's text
//! and its timing.
//!
//! The first byte shows the format of a body more reliably than its `content-type`: events, JSON in
//! one piece or in many, the binary messages of AWS, or a page. Then each dialect reads its own
//! events. Memory is bounded for any input, and each byte is examined once.
//!
//! It reads no clock: each piece comes with the time since the request was sent. It does not look
//! at the status or the headers. Refusals, and errors inside an answer, are for
//! [`classify`](crate::classify).

mod completion;
mod dialects;
mod documents;
mod draft;
mod events;
mod frames;
mod sse;

use std::time::Duration;

pub use completion::{Completion, CompletionEnd, ServerTimings, Tokens, is_cap};
use documents::Documents;
use draft::CompletionDraft;
pub use events::{EventReader, EventTooLong, ServerEvent};
use frames::Frames;
use serde_json::{Value, json};
use sse::Sse;

use crate::error::{self, ErrorBody};
use crate::provider::Api;

/// The most bytes of one event.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// The most bytes of one answer.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Limit of the kept part of a body that is no answer.
const MAX_HEAD_BYTES: usize = 8 * 1024;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Reads one answer.
#[derive(Debug)]
pub struct StreamReader {
    api: Api,
    content_type: String,
    form: StreamFormat,
    /// The start of the body, as it came.
    head: Vec<u8>,
    n_bytes: usize,
    answer: StreamedContent,
}

/// Format of the body.
#[derive(Debug)]
enum StreamFormat {
    /// Nothing has come but white space and this much of a byte order mark.
    Unknown(usize),
    Events(Sse),
    Documents(Documents),
    Frames(Frames),
    /// No answer: its start is kept, nothing is read.
    Foreign,
    /// It became unreadable: nothing more is read.
    Broken,
}

/// An event, a document or a message as it stands in the body.
#[derive(Debug, Clone, Copy)]
struct Raw<'a> {
    /// Its name; empty for none.
    name: &'a str,
    data: &'a [u8],
    /// True if it is marked as an error.
    is_error: bool,
    /// True if only the end of the body ended it, so that a part of it may be missing.
    is_last: bool,
}

/// Reason why a body cannot be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnreadableBody {
    /// An event is longer than any is.
    TooLong,
    /// There is something that belongs to no event.
    Junk,
}

/// The form in which an event is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    /// An event of a stream.
    Stream,
    /// A document of a JSON body.
    Document,
}

/// An event of an answer, parsed.
#[derive(Debug, Clone, Copy)]
struct StreamEvent<'a> {
    /// Its name; empty for none.
    name: &'a str,
    value: &'a Value,
    /// Its arrival, since the request was sent.
    at: Duration,
    carrier: Carrier,
}

/// Content of the events so far.
#[derive(Debug, Default)]
struct StreamedContent {
    draft: CompletionDraft,
    /// True if any event was one of the dialect.
    is_known: bool,
    /// True if the body is one error and nothing else.
    is_refusal: bool,
}

impl StreamReader {
    /// Creates a reader for an answer in this dialect, with this header `content-type`.
    #[must_use]
    pub fn new(api: Api, content_type: Option<&str>) -> Self {
        Self {
            api,
            content_type: content_type.unwrap_or_default().to_ascii_lowercase(),
            form: StreamFormat::Unknown(0),
            head: Vec::new(),
            n_bytes: 0,
            answer: StreamedContent::default(),
        }
    }

    /// Takes the next bytes of the body, which came `at` so long after the request was sent.
    pub fn feed(&mut self, bytes: &[u8], at: Duration) {
        if self.is_over() {
            return;
        }
        let (bytes, _) = bytes.split_at(bytes.len().min(MAX_BYTES - self.n_bytes));
        self.n_bytes += bytes.len();
        let (start, _) = bytes.split_at(bytes.len().min(MAX_HEAD_BYTES - self.head.len()));
        self.head.extend_from_slice(start);

        let bytes = self.recognized(bytes);
        let (api, answer) = (self.api, &mut self.answer);
        let result = match &mut self.form {
            StreamFormat::Unknown(_) | StreamFormat::Foreign | StreamFormat::Broken => return,
            StreamFormat::Events(sse) => {
                sse.feed(bytes, &mut |raw| answer.take(api, raw, at, Carrier::Stream))
            }
            StreamFormat::Documents(documents) => {
                documents.feed(bytes, &mut |raw| answer.take(api, raw, at, Carrier::Document))
            }
            StreamFormat::Frames(frames) => {
                frames.feed(bytes, &mut |raw| answer.take(api, raw, at, Carrier::Stream))
            }
        };
        if answer.is_refusal {
            self.form = StreamFormat::Foreign;
        } else if let Err(unreadable) = result {
            self.broken(unreadable);
        }
    }

    /// Returns whether reading is finished: at the end, at an error, or at a size limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.answer.draft.has_end()
            || self.n_bytes >= MAX_BYTES
            || match self.form {
                StreamFormat::Foreign => self.head.len() >= MAX_HEAD_BYTES,
                StreamFormat::Broken => true,
                StreamFormat::Unknown(_)
                | StreamFormat::Events(_)
                | StreamFormat::Documents(_)
                | StreamFormat::Frames(_) => false,
            }
    }

    /// Returns whether visible text has arrived.
    #[must_use]
    pub fn has_text(&self) -> bool {
        self.answer.draft.has_text()
    }

    /// Checks whether visible text, reasoning or a call of a tool has come: the model is at work.
    #[must_use]
    pub fn has_content(&self) -> bool {
        let draft = &self.answer.draft;
        draft.has_text() || draft.has_reasoning() || draft.has_tool_call()
    }

    /// Returns the completion at the regular end of the body, `at` after the request was sent. A
    /// reason to stop makes an answer whole that lacks the mark of its dialect.
    #[must_use]
    pub fn finish(mut self, at: Duration) -> Completion {
        self.answer.draft.body_ended();
        self.finish_early(at)
    }

    /// Returns the completion as far as it was read, `at` after the request was sent, for a body
    /// that broke off or was not read to its end.
    #[must_use]
    pub fn finish_early(mut self, at: Duration) -> Completion {
        let is_foreign = match &mut self.form {
            StreamFormat::Foreign => true,
            StreamFormat::Unknown(_) | StreamFormat::Frames(_) | StreamFormat::Broken => false,
            StreamFormat::Documents(documents) => documents.is_between() && !self.answer.is_known,
            StreamFormat::Events(sse) => {
                let is_foreign = sse.is_foreign();
                let (api, answer) = (self.api, &mut self.answer);
                sse.finish(&mut |raw| answer.take(api, raw, at, Carrier::Stream));
                is_foreign
            }
        };
        let otherwise = if is_foreign {
            CompletionEnd::NotAStream(self.head)
        } else if self.n_bytes >= MAX_BYTES {
            CompletionEnd::Error(message_event("the answer is longer than 8 MiB"))
        } else {
            CompletionEnd::Truncated { n_bytes: self.n_bytes as u64 }
        };
        self.answer.draft.finish(at, otherwise)
    }

    /// Recognizes the format of the body by its first byte. Returns the part of these bytes that
    /// remains to read.
    fn recognized<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let StreamFormat::Unknown(n_marks) = &mut self.form else { return bytes };
        let is_passed_over = |byte: &u8| {
            let is_mark = BYTE_ORDER_MARK.get(*n_marks) == Some(byte);
            *n_marks += usize::from(is_mark);
            is_mark || byte.is_ascii_whitespace()
        };
        let n_passed = bytes.iter().copied().take_while(is_passed_over).count();
        let (_, bytes) = bytes.split_at(n_passed);
        let Some(first) = bytes.first() else { return bytes };
        let is_binary = self.content_type.contains("vnd.amazon.eventstream")
            || (self.api == Api::Converse && *first == 0);
        self.form = match first {
            b'<' => StreamFormat::Foreign,
            _ if self.content_type.starts_with("text/html") => StreamFormat::Foreign,
            b'{' | b'[' => StreamFormat::Documents(Documents::default()),
            _ if is_binary => StreamFormat::Frames(Frames::default()),
            _ => StreamFormat::Events(Sse::default()),
        };
        bytes
    }

    fn broken(&mut self, unreadable: UnreadableBody) {
        self.form = match unreadable {
            _ if self.answer.draft.has_end() => StreamFormat::Broken,
            UnreadableBody::TooLong => {
                self.answer
                    .draft
                    .fail(message_event("the answer contains an event longer than 1 MiB"));
                StreamFormat::Broken
            }
            UnreadableBody::Junk if self.answer.is_known => {
                self.answer
                    .draft
                    .fail(message_event("the answer contains data that is not an event"));
                StreamFormat::Broken
            }
            UnreadableBody::Junk => StreamFormat::Foreign,
        };
    }
}

impl StreamedContent {
    fn take(&mut self, api: Api, raw: Raw<'_>, at: Duration, carrier: Carrier) {
        if self.draft.has_end() || self.is_refusal || raw.name == "ping" {
            return;
        }
        let text = String::from_utf8_lossy(raw.data);
        if text.trim() == "[DONE]" {
            // Only this dialect ends so; others are ended so by servers in between.
            if api == Api::Chat {
                self.draft.complete();
            }
            return;
        }
        let is_error = raw.is_error || raw.name == "error";
        let value: Value = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(_) if is_error && !raw.is_last => Value::String(text.into_owned()),
            Err(_) => return,
        };
        if is_error {
            return self.draft.fail(named_error(raw, value));
        }
        if error::may_be_error(&value) && ErrorBody::from_value(&value).is_error {
            return self.refuse(value, carrier);
        }
        let event = StreamEvent { name: raw.name, value: &value, at, carrier };
        if dialects::read(api, &event, &mut self.draft) {
            self.is_known = true;
        } else if ErrorBody::from_value(&value).is_error {
            self.refuse(value, carrier);
        }
    }

    /// Takes an error: inside of an answer, or in place of one.
    fn refuse(&mut self, error: Value, carrier: Carrier) {
        if carrier == Carrier::Document && !self.is_known {
            self.is_refusal = true;
        } else {
            self.draft.fail(error);
        }
    }
}

/// Builds an event that is marked as an error, in a form that shows it.
fn named_error(raw: Raw<'_>, value: Value) -> Value {
    if raw.is_error {
        let message = value.get("message").or_else(|| value.get("Message")).unwrap_or(&value);
        return json!({"error": {"__type": raw.name, "message": message}});
    }
    if ErrorBody::from_value(&value).is_error { value } else { json!({ "error": value }) }
}

/// Builds an error that this reader found.
fn message_event(message: &str) -> Value {
    json!({"error": {"message": message}})
}
