//! `SambaNova` Cloud.
//!
//! Sources: docs.sambanova.ai `api-reference/using-the-api/api-error-codes` and `models/rate-limits`;
//! juspay/neurolink `src/lib/providers/catalog/sambanova.json` (recorded 401, 402 and 429).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider, Rates, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "sambanova",
    title: "SambaNova",
    hosts: &[Host { name: "api", url: "https://api.sambanova.ai/v1" }],
    tasks: &[EMBEDDINGS],
    // Some sources state that the list needs no key, so that it proves none.
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    key: None,
    errors: &[
        ErrorRule::means(Reason::Billing).code("PAYMENT_METHOD_REQUIRED"),
        ErrorRule::means(Reason::ModelNotFound).status(410),
        // The load of all customers, not of this account.
        ErrorRule::means(Reason::Overloaded).status(429).texts(&["high demand"]),
    ],
    rates: Rates::Windowed,
    ..DIALECT
};
