//! The meaning of a client's request to a provider.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::data::Provider;
use super::route::Route;
use super::rows::{Operation, Row};
use crate::Received;

/// A parsed request to a provider.
#[derive(Debug)]
pub(super) struct LlmQuery {
    pub(super) provider: &'static Provider,
    pub(super) route: &'static Route,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) path: String,
    pub(super) query: String,
    /// The body as JSON; null if it is not JSON.
    pub(super) json: Value,
    pub(super) body: String,
    pub(super) model: String,
    pub(super) streams: bool,
    pub(super) now: Timestamp,
}

impl LlmQuery {
    /// Parses a request. The error names the missing resource.
    pub(super) fn read(received: &Received) -> Result<Self, String> {
        let (path, query) = received.path.split_once('?').unwrap_or((&received.path, ""));
        let path = path.trim_start_matches('/').strip_prefix("llm/").unwrap_or_default();
        let (name, path) = path.split_at(path.find('/').unwrap_or(path.len()));
        let provider = super::data::find(name).ok_or_else(|| {
            format!("unknown provider `{name}`; known: {}", super::providers().join(", "))
        })?;
        let found = provider
            .routes
            .iter()
            .find_map(|route| Some((route, route.matches(&received.method, path)?)));
        let (route, part) = found.ok_or_else(|| {
            format!("`{name}` has unknown request `{} {path}`: see its file", received.method)
        })?;
        let json: Value = received.json().unwrap_or_default();
        let model = json.get("model").and_then(Value::as_str).map_or(part, str::to_owned);
        let streams = route.streams.unwrap_or_else(|| {
            let usually = route.api.as_deref() == Some("ollama-chat");
            json.get("stream").and_then(Value::as_bool).unwrap_or(usually)
        });
        Ok(Self {
            provider,
            route,
            headers: received.headers.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            json,
            body: received.text(),
            model,
            streams,
            now: received.at,
        })
    }

    /// Returns the operation. A key check or a list of models that needs a key and has none counts as a
    /// reach check.
    pub(super) fn operation(&self) -> Operation {
        let needs_key = !self.route.is_public && !self.provider.key.is_optional;
        let may_reach = matches!(self.route.operation, Operation::Key | Operation::List);
        if may_reach && needs_key && self.key().is_none() {
            Operation::Reach
        } else {
            self.route.operation
        }
    }

    /// Returns the API of a completion.
    pub(super) fn api(&self) -> &str {
        self.route.api.as_deref().unwrap_or_default()
    }

    /// Returns the row that refuses the request, if the provider would refuse it.
    pub(super) fn refusal(&self, revoked: &BTreeSet<String>) -> Option<&'static Row> {
        if !self.route.is_public {
            let key = self.key();
            let Some(key) = key else {
                let row = || self.provider.row("no_key");
                return if self.provider.key.is_optional { None } else { row() };
            };
            if revoked.contains(key) {
                let own = format!("{}_invalid_key", self.route.operation.name());
                return self.provider.row(&own).or_else(|| self.provider.row("invalid_key"));
            }
            if let (true, Some(prefix)) = (self.route.is_admins, &self.provider.key.admin_prefix)
                && !key.starts_with(prefix.as_str())
            {
                return self.provider.row("admin_key_needed");
            }
        }
        self.request_error().and_then(|name| self.provider.row(name))
    }

    /// Returns the key in the request; for AWS, the id of the key that signed it.
    fn key(&self) -> Option<&str> {
        let key = &self.provider.key;
        if let Some(value) = self.headers.get(&key.header)
            && let Some(shown) = value.strip_prefix(&key.prefix)
        {
            return Some(shown).filter(|shown| !shown.is_empty());
        }
        let authorization = self.headers.get("authorization")?;
        if key.takes_bearer
            && let Some(token) = authorization.strip_prefix("Bearer ")
        {
            return Some(token);
        }
        let signature =
            authorization.strip_prefix("AWS4-HMAC-SHA256 ").filter(|_| key.takes_sigv4)?;
        let is_whole = ["SignedHeaders=", "Signature=", "/bedrock/aws4_request"]
            .iter()
            .all(|part| signature.contains(part))
            && self.headers.contains_key("x-amz-date");
        let (_, scope) = signature.split_once("Credential=").filter(|_| is_whole)?;
        scope.split('/').next()
    }

    /// Returns the name of the row for an error of the request itself.
    fn request_error(&self) -> Option<&'static str> {
        let has = |field: &str| self.json.get(field).is_some();
        let reasons =
            ["gpt-5", "gpt-6", "o1", "o3", "o4"].iter().any(|it| self.model.starts_with(it));
        match (self.provider.name, self.api()) {
            ("anthropic", _)
                if !self.route.is_public && !self.headers.contains_key("anthropic-version") =>
            {
                Some("missing_version")
            }
            (_, "messages") if !has("max_tokens") => Some("invalid_request"),
            (_, "responses")
                if self
                    .json
                    .get("max_output_tokens")
                    .and_then(Value::as_u64)
                    .is_some_and(|n| n < 16) =>
            {
                Some("cap_too_small")
            }
            ("openai" | "azure", "chat") if reasons && has("max_tokens") => {
                Some("unsupported_parameter")
            }
            ("mistral", "chat") if has("max_completion_tokens") || has("stream_options") => {
                Some("unprocessable")
            }
            // Only the newer paths of Azure work without a version.
            ("azure", api) if !self.query.contains("api-version=") && api != "responses" => {
                (!self.path.starts_with("/openai/v1/") && !self.route.is_public)
                    .then_some("resource_not_found")
            }
            ("gemini", _)
                if ["x-goog-api-key", "authorization"]
                    .iter()
                    .all(|it| self.headers.contains_key(*it)) =>
            {
                Some("two_credentials")
            }
            _ => None,
        }
    }
}
