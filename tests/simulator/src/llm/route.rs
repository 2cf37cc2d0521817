//! Routes: the responses of a provider by method and path, as its file defines them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rows::Operation;

/// The form of a provider's key in a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// The header, in lower case.
    #[serde(default = "authorization")]
    pub(super) header: String,
    /// The prefix before the key.
    #[serde(default = "bearer")]
    pub(super) prefix: String,
    /// True if the provider also responds without a key.
    #[serde(default)]
    pub(super) is_optional: bool,
    /// True if `Authorization: Bearer` is also accepted.
    #[serde(default)]
    pub(super) takes_bearer: bool,
    /// True if a signature of AWS is also accepted.
    #[serde(default)]
    pub(super) takes_sigv4: bool,
    /// The prefix of an administrator's key.
    pub(super) admin_prefix: Option<String>,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            header: authorization(),
            prefix: bearer(),
            is_optional: false,
            takes_bearer: false,
            takes_sigv4: false,
            admin_prefix: None,
        }
    }
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// The differences of a provider's completions from others of their dialect.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Completion {
    /// The field of a delta that holds reasoning; `None` if the reasoning is hidden.
    pub(super) reasoning: Option<String>,
    /// True if usage is only sent on request.
    pub(super) usage_on_demand: bool,
    /// The line that keeps a stream alive; a comment by default.
    pub(super) keep_alive: Option<String>,
    /// Headers of a completion in addition to those of every response, as templates.
    pub(super) headers: BTreeMap<String, String>,
}

/// The successful response of a path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) operation: Operation,
    #[serde(default = "get")]
    method: String,
    /// The path below the provider's. A `*` matches one segment, or the beginning of one.
    path: String,
    /// The completion API of this path.
    pub(super) api: Option<String>,
    /// The format of the task of this path, in place of `api` and `body`.
    pub(super) task: Option<String>,
    /// The success of the task.
    #[serde(skip)]
    pub(super) bytes: Vec<u8>,
    /// True if the response is always a stream, false if never; `None` if the request decides.
    pub(super) streams: Option<bool>,
    /// True if the key is not checked.
    #[serde(default)]
    pub(super) is_public: bool,
    /// True if an administrator's key is required.
    #[serde(default)]
    pub(super) is_admins: bool,
    /// The content type of the body.
    pub(super) content_type: Option<String>,
    /// Headers in addition to those of every response, as templates.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// The success, as a template.
    #[serde(default)]
    pub(super) body: String,
    /// The query parameter of a cursor, and the page that is sent if it is present.
    pub(super) cursor: Option<String>,
    #[serde(default)]
    pub(super) next_body: String,
    /// An alternative to a body: the costs by day, in this provider's format.
    pub(super) costs: Option<Costs>,
    /// An alternative to a body: the row that is the success.
    pub(super) row: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// The provider whose format of costs is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Costs {
    OpenAi,
    Anthropic,
}

impl Route {
    /// Returns the method, and the path with a segment in place of each `*`.
    pub(super) fn place(&self) -> (&str, String) {
        (&self.method, self.path.trim_start_matches('/').replace('*', "x"))
    }

    /// Returns the text that the `*` matches, if method and path match.
    pub(super) fn matches(&self, method: &str, path: &str) -> Option<String> {
        if method != self.method {
            return None;
        }
        let mut part = String::new();
        let (mut expected, mut found) = (self.path.split('/'), path.split('/'));
        loop {
            match (expected.next(), found.next()) {
                (None, None) => return Some(part),
                (Some(expected), Some(found)) => match expected.split_once('*') {
                    Some((_, end)) => part = found.strip_suffix(end)?.replace("%3A", ":"),
                    None if expected == found => {}
                    None => return None,
                },
                _ => return None,
            }
        }
    }
}
