//! Voyage AI: embeddings and rerankers. Its keys of Atlas, by `MongoDB`, are asked with at
//! `ai.mongodb.com/v1`, as `base_url`.
//!
//! Sources: voyageai 0.5.0; docs.voyageai.com `reference/embeddings-api`, `reference/reranker-api`,
//! `docs/error-codes` and `docs/rate-limits`; mongodb.com `docs/api/doc/atlas-embedding-and-reranking-api`.
//! There is no list of models and no check of a key at no cost. The status page is not read.

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "voyage",
    title: "Voyage AI",
    hosts: &[Host { name: "api", url: "https://api.voyageai.com/v1" }],
    completions: &[],
    tasks: &[EMBEDDINGS, RERANK],
    reach: Reach { host: "api", path: "/embeddings", expected: &[401, 403, 404, 405] },
    key: None,
    list: None,
    errors: &[
        // Without a payment method, three requests a minute are allowed for ever.
        ErrorRule::means(Reason::Billing).status(429).texts(&["payment method"]).first(),
        ErrorRule::means(Reason::ModelNotFound).status(400).texts(&["model", "not supported"]),
    ],
    key_prefixes: &["pa-", "al-"],
    ..DIALECT
};
