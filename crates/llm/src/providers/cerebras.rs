//! Cerebras.
//!
//! Sources: inference-docs.cerebras.ai `support/error` and `support/rate-limits`; juspay/neurolink
//! `src/lib/providers/catalog/cerebras.json` (recorded 401 and 402); bentleypark/aiwatch (status page);
//! sandialabs/atlas-ui-3 issue 111 (429 of high traffic).

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Host, PageShape, Provider, Rates, StatusPage};

pub(crate) static TABLE: Provider = Provider {
    name: "cerebras",
    title: "Cerebras",
    hosts: &[Host { name: "api", url: "https://api.cerebras.ai/v1" }],
    token_cap: "max_completion_tokens",
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).code("wrong_api_key"),
        // The load of all customers, not of this account.
        ErrorRule::means(Reason::Overloaded).status(429).code("queue_exceeded"),
        ErrorRule::means(Reason::Overloaded).status(429).texts(&["high traffic"]),
    ],
    rates: Rates::Windowed,
    status_page: Some(StatusPage {
        url: "https://status.cerebras.ai/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    key_prefixes: &["csk-"],
    ..DIALECT
};
