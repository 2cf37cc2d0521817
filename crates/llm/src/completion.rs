//! Bodies of completions, one form for each dialect.
//!
//! Nothing but the model, the question, the cap and the wish for a stream is sent unasked: some
//! model refuses any other parameter.

use http::Method;
use serde_json::{Map, Value, json};

use crate::account::{Account, CallRoute, CallSite};
use crate::call::{Authentication, ProviderCall, RequestBody};
use crate::merge::merge;
use crate::provider::{Api, Provider};
use crate::task;

/// The content type of most bodies.
const JSON: &str = "application/json";

impl Account {
    /// Returns the request for a streamed completion, or for the task of the account, which has an
    /// input of its own; `None` without a model, and if there is neither a key nor keyless
    /// authentication.
    #[must_use]
    pub fn completion(&self, question: &str) -> Option<ProviderCall> {
        let authentication = self.authentication();
        if authentication == Authentication::None && !self.provider.is_key_optional {
            return None;
        }
        let body = match self.route {
            CallRoute::Chat(endpoint) => {
                let body = body(self, endpoint.api, question)?;
                RequestBody {
                    content_type: JSON,
                    bytes: Value::Object(body).to_string().into_bytes(),
                }
            }
            CallRoute::Task(endpoint) => task::request::body(self, endpoint)?,
        };
        let at = CallSite { host: self.route.host(), path: self.route.path() };
        self.call(Method::POST, at, authentication, Some(body))
    }
}

/// Returns the body of a streamed completion; `None` without a model.
fn body(account: &Account, api: Api, question: &str) -> Option<Map<String, Value>> {
    let model = account.model.as_deref()?;
    let mut body = match account.provider.chat_extra {
        extra if api == Api::Chat => serde_json::from_str(extra).ok()?,
        _ => Map::new(),
    };
    if let Some(effort) = account.options.reasoning_effort.as_deref() {
        merge(&mut body, reasoning_effort_fields(api, effort)?);
    }
    merge(&mut body, account.extra.clone());
    merge(&mut body, basis(account, api, model, question));
    Some(body)
}

/// Returns the fields that set the reasoning effort; `None` if the API has none for it.
pub(crate) fn reasoning_effort_fields(api: Api, effort: &str) -> Option<Map<String, Value>> {
    let effort = match (api, effort) {
        (Api::Chat, _) => json!({ "reasoning_effort": effort }),
        (Api::Responses, _) => json!({ "reasoning": { "effort": effort } }),
        (Api::CohereChat, "none") => json!({ "thinking": { "type": "disabled" } }),
        (Api::GenerateContent, "none") => {
            json!({ "generationConfig": { "thinkingConfig": { "thinkingBudget": 0 } } })
        }
        (Api::GenerateContent, _) => {
            json!({ "generationConfig": { "thinkingConfig": { "thinkingLevel": effort } } })
        }
        (Api::OllamaChat, "none") => json!({ "think": false }),
        (Api::OllamaChat, _) => json!({ "think": effort }),
        (Api::CohereChat | Api::Messages | Api::Converse, _) => return None,
    };
    object(effort)
}

/// Returns the cap of an answer's tokens if the config sets none: enough for a liveness check and
/// for the model's reasoning before it.
pub(crate) fn default_cap(provider: &Provider, model: &str, effort: Option<&str>) -> u32 {
    const LIVENESS: u32 = 16;
    const REASONING: u32 = 256;
    let reasons = effort.is_some_and(|effort| !matches!(effort, "none" | "minimal"));
    let by_name = provider.least_tokens.iter().filter(|(part, _)| model.contains(part));
    let least = by_name.map(|(_, least)| *least).max().unwrap_or(LIVENESS);
    if reasons { REASONING.max(least) } else { least }
}

/// Returns the fields of a completion that the config cannot replace.
fn basis(account: &Account, api: Api, model: &str, question: &str) -> Map<String, Value> {
    let cap = account.max_tokens;
    let messages = json!([{ "role": "user", "content": question }]);
    let basis = match api {
        Api::Chat => {
            let mut body = json!({ "model": model, "messages": messages, "stream": true });
            if let Some(fields) = body.as_object_mut() {
                fields.insert(account.provider.token_cap.to_owned(), json!(cap));
            }
            body
        }
        Api::Responses => json!({
            "model": model, "input": question, "max_output_tokens": cap, "store": false,
            "stream": true
        }),
        Api::Messages | Api::CohereChat => {
            json!({ "model": model, "max_tokens": cap, "messages": messages, "stream": true })
        }
        Api::GenerateContent => json!({
            "contents": [{ "role": "user", "parts": [{ "text": question }] }],
            "generationConfig": { "maxOutputTokens": cap }
        }),
        Api::Converse => json!({
            "messages": [{ "role": "user", "content": [{ "text": question }] }],
            "inferenceConfig": { "maxTokens": cap }
        }),
        Api::OllamaChat => json!({
            "model": model, "messages": messages, "stream": true, "options": { "num_predict": cap }
        }),
    };
    object(basis).unwrap_or_default()
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}
