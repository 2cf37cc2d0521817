//! Jina AI: embeddings and rerankers.
//!
//! Sources: litellm 1.110.2 `litellm/llms/jina_ai`; jina-ai/reader `backend/functions/src` (the text
//! and the code 40203 of an empty balance); jina.ai `embeddings` and `reranker`. There is no list of
//! models and no check of a key at no cost.

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "jina",
    title: "Jina AI",
    hosts: &[Host { name: "api", url: "https://api.jina.ai/v1" }],
    completions: &[],
    tasks: &[EMBEDDINGS, RERANK],
    reach: Reach { host: "api", path: "/embeddings", expected: &[401, 403, 404, 405] },
    key: None,
    list: None,
    errors: &[
        ErrorRule::means(Reason::Billing).code("40203"),
        ErrorRule::means(Reason::Billing).texts(&["balance not enough"]),
        ErrorRule::means(Reason::ModelNotFound).status(422).texts(&["input should be", "jina-"]),
    ],
    key_prefixes: &["jina_"],
    ..DIALECT
};
