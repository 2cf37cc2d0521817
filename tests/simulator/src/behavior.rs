//! What an endpoint does with one request.
//!
//! Only the words: [`crate::http`] performs them on a connection, and a script says how long each one holds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::llm::LlmBehavior;

/// What an endpoint does with one request, once it was read completely.
///
/// In JSON the names are in snake case: `"ok"`, `"hang"`, `{"status": {"code": 503}}`,
/// `{"delay": {"ms": 500, "then": "ok"}}`, `{"flap": {"every": 4, "fault": "reset"}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Behavior {
    /// 200 with the text `ok`.
    #[default]
    Ok,
    /// An answer written as it is given, so a script can also say what no server should.
    Status {
        /// The status code.
        code: u16,
        /// Header lines; a `content-length` or `content-type` here replaces the computed one.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// A JSON document.
    Json {
        /// The status code, 200 when left out.
        #[serde(default = "status_ok")]
        status: u16,
        /// The document.
        body: serde_json::Value,
    },
    /// Waits, then does something else.
    Delay {
        /// How long to wait, in milliseconds.
        ms: u64,
        /// What to do then.
        then: Box<Behavior>,
    },
    /// Every n-th request meets a fault, counted since the behavior took effect; the others get [`Behavior::Ok`].
    Flap {
        /// Which requests fail: 4 is one in four, 1 is each, 0 is none.
        every: u64,
        /// What the failing ones meet.
        fault: Box<Behavior>,
    },
    /// Never answers, and keeps the connection open until the client closes it.
    Hang,
    /// Resets the connection (RST) without an answer.
    Reset,
    /// Closes the connection (FIN) without an answer.
    Close,
    /// Promises 1,000 bytes, sends 500, and closes.
    HalfBody,
    /// Sends the head at once and the body slowly.
    Drip {
        /// Length of the body in bytes.
        bytes: u64,
        /// How many of them are sent in a second; with 0 the body never begins.
        bytes_per_second: u64,
    },
    /// Sends a body until the client closes the connection.
    EndlessBody,
    /// 200 with one header line of this many bytes.
    HugeHeader {
        /// Length of the header's value in bytes.
        bytes: u64,
    },
    /// 200 with a text that claims to be UTF-8 and is not.
    InvalidUtf8,
    /// 302 to the very URL that was asked for.
    RedirectLoop,
    /// 302 to another place.
    Redirect {
        /// The `location`: a path on the simulator or a URL.
        to: String,
    },
    /// 200 with `content-encoding: gzip`: one megabyte that inflates to one gigabyte.
    GzipBomb,
    /// Bytes that are not HTTP at all.
    Garbage,
    /// How a provider of language models answers. It has a meaning below `/llm/` only.
    Llm(Box<LlmBehavior>),
}

impl Behavior {
    /// An empty answer with this status code.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::text(code, "")
    }

    /// An answer with this status code and body.
    #[must_use]
    pub fn text(code: u16, body: &str) -> Self {
        Self::Status { code, headers: BTreeMap::new(), body: body.to_owned() }
    }

    /// A provider's recorded answer of this name.
    #[must_use]
    pub fn llm_row(name: &str) -> Self {
        LlmBehavior::row(name).into()
    }

    /// The same answer with one header line more. Only [`Behavior::Status`] has header lines; others stay as they are.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// A JSON document with status 200.
    #[must_use]
    pub fn json(body: serde_json::Value) -> Self {
        Self::Json { status: status_ok(), body }
    }

    /// The same behavior, later.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self::Delay { ms, then: Box::new(self) }
    }

    /// This behavior for every n-th request, and [`Behavior::Ok`] for the others.
    #[must_use]
    pub fn one_in(self, every: u64) -> Self {
        Self::Flap { every, fault: Box::new(self) }
    }
}

impl From<LlmBehavior> for Behavior {
    fn from(behavior: LlmBehavior) -> Self {
        Self::Llm(Box::new(behavior))
    }
}

fn status_ok() -> u16 {
    200
}
