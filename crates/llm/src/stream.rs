//! Streamed completions: from the bytes of an answer, in whatever pieces they come, to what the
//! model said and how fast.
//!
//! It reads no clock: each piece comes with the time since the request was sent. It does not look
//! at the status or the headers; an answer that is refused outright is for
//! [`classify`](crate::classify).

mod completion;

use std::time::Duration;

pub use completion::{Completion, End, Server, Tokens, is_cap};

use crate::provider::Api;

/// Reads one answer.
#[derive(Debug)]
pub struct Reader {
    _api: Api,
}

impl Reader {
    /// A reader for an answer in this dialect, with this header `content-type`.
    #[must_use]
    pub fn new(api: Api, content_type: Option<&str>) -> Self {
        let _ = content_type;
        Self { _api: api }
    }

    /// Takes the next bytes of the body, which came `at` so long after the request was sent.
    pub fn feed(&mut self, bytes: &[u8], at: Duration) {
        let _ = (bytes, at);
    }

    /// Whether nothing more is to be read: the end was seen, or an error.
    #[must_use]
    pub fn is_over(&self) -> bool {
        false
    }

    /// Whether visible text has come.
    #[must_use]
    pub fn has_text(&self) -> bool {
        false
    }

    /// Whether visible text or reasoning has come: the model is at work.
    #[must_use]
    pub fn has_content(&self) -> bool {
        false
    }

    /// What was read until now, `at` so long after the request was sent.
    #[must_use]
    pub fn finish(self, at: Duration) -> Completion {
        Completion {
            end: End::Truncated { n_bytes: 0 },
            text: String::new(),
            first_token: None,
            first_reasoning: None,
            last_token: None,
            longest_gap: None,
            total: at,
            finish_reason: None,
            usage: None,
            billed: None,
            cost_usd: None,
            server: Server::default(),
            served_by: None,
            model: None,
            id: None,
        }
    }
}
