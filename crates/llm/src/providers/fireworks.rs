//! Fireworks AI.
//!
//! Sources: docs.fireworks.ai `guides/inference-error-codes` and `inference-api-reference/rerank`; juspay/neurolink
//! `src/lib/providers/catalog/fireworks.json`; bentleypark/aiwatch (form of the status page).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::classify::ErrorRule;
use crate::provider::{Host, PageShape, Provider, Rates, StatusPage};

pub(crate) static TABLE: Provider = Provider {
    name: "fireworks",
    title: "Fireworks AI",
    hosts: &[Host { name: "api", url: "https://api.fireworks.ai/inference/v1" }],
    tasks: &[EMBEDDINGS, RERANK],
    errors: &[
        // A suspended account; a model that failed to load has this status too.
        ErrorRule::means(Reason::Billing).status(412).texts(&["suspended"]),
        ErrorRule::means(Reason::Billing).status(412).texts(&["billing"]),
        ErrorRule::means(Reason::ModelNotFound).status(412),
        ErrorRule::means(Reason::ModelNotFound).status(404).texts(&["not deployed"]),
        // A deployment that was scaled to zero starts.
        ErrorRule::means(Reason::Asleep).status(503).code("DEPLOYMENT_SCALING_UP"),
    ],
    rates: Rates::OpenAi,
    status_page: Some(StatusPage {
        url: "https://status.fireworks.ai/index.json",
        shape: PageShape::BetterStack,
        component: None,
    }),
    key_prefixes: &["fw_"],
    ..DIALECT
};
