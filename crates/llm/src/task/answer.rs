//! Answers to a task: the reader, and the failure that an answer stands for.

mod embedding;
mod payload;
mod ranking;
mod usage;

use std::time::Duration;

use allclear_core::outcome::Metrics;
use allclear_core::reason::Reason;
use jiff::Timestamp;
use serde_json::Value;

use super::{Task, TaskFormat};
use crate::call::Head;
use crate::classify::{self, CallKind, ProviderFailure};
use crate::error::{self, ErrorBody};
use crate::metrics::{self, ANSWER_BYTES, DIMENSIONS, INPUT_TOKENS, OUTPUT_TOKENS, SERVER_MS};
use crate::provider::Provider;
use crate::stream::Tokens;

/// An answer to a task, with a status of success.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskAnswer {
    /// The end of the answer.
    pub end: TaskEnd,
    /// The numbers of a vector, if it comes as numbers.
    pub dimensions: Option<u64>,
    /// The size of the body in bytes.
    pub n_bytes: u64,
    /// Used tokens, if the provider reports them.
    pub usage: Option<Tokens>,
    /// Cost in US dollars, if the provider reports it.
    pub cost_usd: Option<f64>,
    /// The model that answered, in the provider's own name.
    pub model: Option<String>,
    /// Processing time that the server reports.
    pub server_time: Option<Duration>,
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskEnd {
    /// It holds the requested result.
    Whole,
    /// It is an error, in place of an answer.
    Error(Value),
    /// It is an answer that lacks the requested result.
    Incomplete {
        /// The second part of the rule's id: `empty-vector`.
        rule: &'static str,
        /// The missing part, for people.
        what: &'static str,
    },
    /// It ends before its end.
    Truncated,
    /// It is no answer: an HTML page or anything else.
    Foreign,
}

/// The rule and the words for something that is missing in an answer.
type MissingPart = (&'static str, &'static str);

/// Reads the body of a success.
#[must_use]
pub fn read(wire: TaskFormat, head: &Head, body: &[u8]) -> TaskAnswer {
    let mut answer = TaskAnswer {
        end: TaskEnd::Whole,
        dimensions: None,
        n_bytes: body.len() as u64,
        usage: None,
        cost_usd: None,
        model: None,
        server_time: None,
    };
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    answer.end = match (wire.task(), start.first()) {
        (_, None) => incomplete(("empty", "the answer is empty")),
        (_, Some(b'{' | b'[')) => document(&mut answer, wire, start),
        (_, Some(b'<')) => TaskEnd::Foreign,
        (Task::Speech, Some(_)) => payload::audio(head, body),
        (Task::Transcription, Some(_)) if is_plain(head) => TaskEnd::Whole,
        (Task::Embeddings | Task::Rerank | Task::Transcription | Task::Image, Some(_)) => {
            TaskEnd::Foreign
        }
    };
    answer
}

/// Reads an answer in JSON.
fn document(answer: &mut TaskAnswer, wire: TaskFormat, body: &[u8]) -> TaskEnd {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) if error.is_eof() => return TaskEnd::Truncated,
        Err(_) => return TaskEnd::Foreign,
    };
    if error::may_be_error(&value) && ErrorBody::from_value(&value).is_error {
        return TaskEnd::Error(value);
    }
    usage::add(answer, &value);
    let found = match wire.task() {
        Task::Embeddings => {
            embedding::read(&value).map(|dimensions| answer.dimensions = dimensions)
        }
        Task::Rerank => ranking::read(&value),
        Task::Speech => payload::audio_within(&value),
        Task::Transcription => payload::transcript(&value),
        Task::Image => payload::image(&value),
    };
    match found {
        Ok(()) => TaskEnd::Whole,
        Err(_) if ErrorBody::from_value(&value).is_error => TaskEnd::Error(value),
        Err(lack) => incomplete(lack),
    }
}

fn incomplete((rule, what): MissingPart) -> TaskEnd {
    TaskEnd::Incomplete { rule, what }
}

/// Checks whether a transcript came as text, as the config may ask for.
fn is_plain(head: &Head) -> bool {
    head.header("content-type").is_some_and(|kind| kind.starts_with("text/plain"))
}

impl TaskAnswer {
    /// Returns the failure in the answer with this head and body; `None` if it is whole.
    #[must_use]
    pub fn failure(
        &self,
        provider: &Provider,
        head: &Head,
        body: &[u8],
        now: Timestamp,
    ) -> Option<ProviderFailure> {
        let found = |reason, what: String, rule: &str| {
            ProviderFailure::new(reason, what).classified_by(format!("answer/{rule}"))
        };
        Some(match &self.end {
            TaskEnd::Whole => return None,
            TaskEnd::Error(value) => classify::stream_failure(provider, value, now),
            TaskEnd::Incomplete { rule, what } => {
                found(Reason::ServerError, (*what).to_owned(), rule)
            }
            TaskEnd::Truncated => {
                let what = format!("the answer is truncated after {} bytes", self.n_bytes);
                found(Reason::ResponseTruncated, what, "truncated")
            }
            TaskEnd::Foreign => {
                let other = classify::failure(provider, CallKind::Completion, head, body, now);
                other.unwrap_or_else(|| {
                    let what = "the answer does not fit the task".to_owned();
                    found(Reason::ServerError, what, "foreign")
                })
            }
        })
    }

    /// Returns the metrics `dimensions`, `answer_bytes`, `input_tokens`, `output_tokens` and
    /// `server_ms`, each only if it is known.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let usage = self.usage;
        metrics::known([
            (ANSWER_BYTES, Some(self.n_bytes as f64)),
            (DIMENSIONS, self.dimensions.map(|n| n as f64)),
            (INPUT_TOKENS, usage.map(|tokens| tokens.input as f64)),
            (OUTPUT_TOKENS, usage.map(|tokens| tokens.output as f64)),
            (SERVER_MS, self.server_time.map(|time| time.as_secs_f64() * 1e3)),
        ])
    }
}
