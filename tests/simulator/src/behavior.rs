//! The behavior of an endpoint for one request.
//!
//! This module only defines the behaviors: [`crate::http`] performs them on a connection, and a
//! script defines how long each one holds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::llm::LlmBehavior;

/// The behavior of an endpoint for one request, after the request was read completely.
///
/// In JSON the names are in snake case: `"ok"`, `"hang"`, `{"status": {"code": 503}}`,
/// `{"delay": {"ms": 500, "then": "ok"}}`, `{"flap": {"every": 4, "fault": "reset"}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Behavior {
    /// 200 with the text `ok`.
    #[default]
    Ok,
    /// A response that is sent exactly as given, so that a script can also send invalid ones.
    Status {
        /// The status code.
        code: u16,
        /// Header lines. A `content-length` or `content-type` here replaces the computed one.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// A JSON document.
    Json {
        /// The status code; 200 by default.
        #[serde(default = "status_ok")]
        status: u16,
        /// The document.
        body: serde_json::Value,
    },
    /// Waits, then performs another behavior.
    Delay {
        /// The wait, in milliseconds.
        ms: u64,
        /// The behavior after the wait.
        then: Box<Behavior>,
    },
    /// A fault for every n-th request, counted since the behavior took effect. The other requests
    /// get [`Behavior::Ok`].
    Flap {
        /// The interval of the failing requests: 4 is one in four, 1 is every request, 0 is none.
        every: u64,
        /// The behavior for the failing requests.
        fault: Box<Behavior>,
    },
    /// Never responds, and keeps the connection open until the client closes it.
    Hang,
    /// Resets the connection (RST) without a response.
    Reset,
    /// Closes the connection (FIN) without a response.
    Close,
    /// Announces 1,000 bytes, sends 500, and closes.
    HalfBody,
    /// Sends the head at once and the body slowly.
    Drip {
        /// The length of the body in bytes.
        bytes: u64,
        /// The rate in bytes per second; with 0 the body never begins.
        bytes_per_second: u64,
    },
    /// Sends a body until the client closes the connection.
    EndlessBody,
    /// 200 with one header line of this many bytes.
    HugeHeader {
        /// The length of the header's value in bytes.
        bytes: u64,
    },
    /// 200 with a text that is declared as UTF-8 and is not.
    InvalidUtf8,
    /// 302 to the requested URL itself.
    RedirectLoop,
    /// 302 to another URL.
    Redirect {
        /// The `location` header: a path on the simulator or a URL.
        to: String,
    },
    /// 200 with `content-encoding: gzip`: one megabyte that inflates to one gigabyte.
    GzipBomb,
    /// Bytes that are not HTTP at all.
    Garbage,
    /// The response of a provider of language models. It has an effect below `/llm/` only.
    Llm(Box<LlmBehavior>),
}

impl Behavior {
    /// Returns an empty response with this status code.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::text(code, "")
    }

    /// Returns a response with this status code and body.
    #[must_use]
    pub fn text(code: u16, body: &str) -> Self {
        Self::Status { code, headers: BTreeMap::new(), body: body.to_owned() }
    }

    /// Returns the recorded response of a provider with this name.
    #[must_use]
    pub fn llm_row(name: &str) -> Self {
        LlmBehavior::row(name).into()
    }

    /// Adds a header line to a response. Only [`Behavior::Status`] has header lines; other
    /// behaviors are returned unchanged.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// Returns a JSON document with status 200.
    #[must_use]
    pub fn json(body: serde_json::Value) -> Self {
        Self::Json { status: status_ok(), body }
    }

    /// Delays the behavior.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self::Delay { ms, then: Box::new(self) }
    }

    /// Returns this behavior for every n-th request, and [`Behavior::Ok`] for the others.
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
