//! Novita AI.
//!
//! Sources: novita.ai `docs/guides/error`; juspay/neurolink
//! `src/lib/providers/catalog/novita.json` (recorded 401 and 404).

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::provider::{Host, Provider};
use crate::row::Row;

pub(crate) static TABLE: Provider = Provider {
    name: "novita",
    title: "Novita AI",
    hosts: &[Host { name: "api", url: "https://api.novita.ai/openai/v1" }],
    errors: &[
        Row::means(Reason::Permission).code("model_access_denied"),
        Row::means(Reason::AuthInvalid).code("FAILED_TO_AUTH"),
        Row::means(Reason::Billing).status(403).texts(&["balance"]),
        Row::means(Reason::ModelNotFound).code("MODEL_NOT_FOUND"),
    ],
    key_prefixes: &["sk_"],
    ..DIALECT
};
