//! Perplexity.
//!
//! Sources: docs.perplexity.ai `api-reference/gateway-models-get`, `openapi-gateway-chat.json` and
//! `guides/perplexity-sdk-error-handling`; librechat.ai `ai_endpoints/perplexity` (the Sonar models
//! have no list); recorded 401 of an empty balance: lossless-group/investment-memo-orchestrator
//! `Perplexity-as-Default-Research-Agent.md`. The status page has Instatus' form, which is not read.

use super::{DIALECT, MODELS_CHECK};
use crate::provider::{Host, KeyCheck, Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

/// The catalog of the gateway, which lists other models than Sonar.
const CATALOG: &str = "/router/v1/models";

pub(crate) static TABLE: Provider = Provider {
    name: "perplexity",
    title: "Perplexity",
    hosts: &[Host { name: "api", url: "https://api.perplexity.ai" }],
    // The numbers of its vectors come as base64.
    tasks: &[TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/v1/embeddings")],
    // Usage comes unasked.
    chat_extra: "{}",
    reach: Reach { host: "api", path: CATALOG, expected: &[401, 403] },
    key: Some(KeyCheck { path: CATALOG, ..MODELS_CHECK }),
    list: None,
    request_ids: &["x-request-id", "cf-ray"],
    key_prefixes: &["pplx-"],
    ..DIALECT
};
