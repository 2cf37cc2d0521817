//! Routes: what a provider answers where, as its file says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::rows::Operation;

/// How a provider wants its key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// The header, in lower case.
    #[serde(default = "authorization")]
    pub(super) header: String,
    /// What stands before the key.
    #[serde(default = "bearer")]
    pub(super) prefix: String,
    /// Whether it answers without one.
    #[serde(default)]
    pub(super) is_optional: bool,
    /// Whether it also takes `Authorization: Bearer`.
    #[serde(default)]
    pub(super) takes_bearer: bool,
    /// Whether it also takes a signature of AWS.
    #[serde(default)]
    pub(super) takes_sigv4: bool,
    /// How a key of an administrator begins.
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

/// How a provider's completions differ from others of their dialect.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Completion {
    /// The field of a delta that holds reasoning; hidden where there is none.
    pub(super) reasoning: Option<String>,
    /// Whether usage is told only to who asks for it.
    pub(super) usage_on_demand: bool,
    /// The line that keeps a stream alive; a comment where there is none.
    pub(super) keep_alive: Option<String>,
    /// Headers of a completion beside those of every answer, as templates.
    pub(super) headers: BTreeMap<String, String>,
}

/// What is answered at a place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) operation: Operation,
    #[serde(default = "get")]
    method: String,
    /// The path below the provider's, in which a `*` stands for one segment, or for its beginning.
    path: String,
    /// How a completion is asked for here.
    pub(super) api: Option<String>,
    /// The form of a task that is asked for here, in place of `api` and `body`.
    pub(super) task: Option<String>,
    /// The success of that task.
    #[serde(skip)]
    pub(super) bytes: Vec<u8>,
    /// Whether it is always, or never, a stream.
    pub(super) streams: Option<bool>,
    /// Whether no key is looked at.
    #[serde(default)]
    pub(super) is_public: bool,
    /// Whether it takes a key of an administrator.
    #[serde(default)]
    pub(super) is_admins: bool,
    /// The type of the body.
    pub(super) content_type: Option<String>,
    /// Headers beside those of every answer, as templates.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// The success, as a template.
    #[serde(default)]
    pub(super) body: String,
    /// The query parameter of a cursor, and the page that follows when it is given.
    pub(super) cursor: Option<String>,
    #[serde(default)]
    pub(super) next_body: String,
    /// In place of a body: the costs by day, in this provider's form.
    pub(super) costs: Option<Costs>,
    /// In place of a body: the row that is the success.
    pub(super) row: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// Whose form costs are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Costs {
    OpenAi,
    Anthropic,
}

impl Route {
    /// The method, and the path with a segment in place of each `*`.
    pub(super) fn place(&self) -> (&str, String) {
        (&self.method, self.path.trim_start_matches('/').replace('*', "x"))
    }

    /// What the `*` stands for, if method and path are these.
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
