//! Novita AI.
//!
//! Sources: novita.ai `docs/guides/error`; juspay/neurolink
//! `src/lib/providers/catalog/novita.json` (recorded 401 and 404).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider};

pub(crate) static TABLE: Provider = Provider {
    name: "novita",
    title: "Novita AI",
    hosts: &[Host { name: "api", url: "https://api.novita.ai/openai/v1" }],
    tasks: &[EMBEDDINGS, RERANK],
    errors: &[
        ErrorRule::means(Reason::Permission).code("model_access_denied"),
        ErrorRule::means(Reason::AuthInvalid).code("FAILED_TO_AUTH"),
        ErrorRule::means(Reason::Billing).status(403).texts(&["balance"]),
    ],
    key_prefixes: &["sk_"],
    ..DIALECT
};
