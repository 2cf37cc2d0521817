//! GitHub Models: asked with a token of GitHub that has the permission `models: read`.
//!
//! Sources: docs.github.com `rest/models/catalog`, `rest/rate-limit` (asking for the limits of the
//! REST API costs none of them); github.blog `2025-05-15-github-models-api-now-available`;
//! `rest/models/embeddings`; nsrosenqvist/nitpik wiki `04-GitHub-Models` (403 without the permission).

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, Provider, Rates, Reach,
};
use crate::task::{TaskEndpoint, TaskFormat};

/// The catalog of all models.
const CATALOG: &str = "/catalog/models";

pub(crate) static TABLE: Provider = Provider {
    name: "github",
    title: "GitHub Models",
    hosts: &[
        Host { name: "api", url: "https://models.github.ai" },
        Host { name: "rest", url: "https://api.github.com" },
    ],
    optional_base_suffixes: &["/inference"],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/inference/chat/completions" }],
    tasks: &[TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/inference/embeddings")],
    headers: &[("user-agent", "allclear"), ("x-github-api-version", "2022-11-28")],
    reach: Reach { host: "api", path: CATALOG, expected: &[200, 401, 403] },
    // It proves the token, and not its permission for models.
    key: Some(KeyCheck { host: "rest", path: "/rate_limit", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: CATALOG,
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["bad credentials"]),
        // The limits of a day are named after the unit that they count.
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["byday"]),
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["per 86400s"]),
    ],
    request_ids: &["x-github-request-id", "x-request-id"],
    rates: Rates::OpenAi,
    key_prefixes: &["github_pat_", "ghp_"],
    ..DIALECT
};
