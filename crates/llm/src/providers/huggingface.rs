//! Hugging Face: the router to many providers, and dedicated endpoints, which may sleep.

use std::time::Duration;

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS};
use crate::classify::ErrorRule;
use crate::provider::{
    Host, KeyCheck, KeyShape, ListShape, ModelList, PageShape, Provider, Rates, Reach, StatusPage,
    Usage,
};

const HUB: Host = Host { name: "hub", url: "https://huggingface.co" };

/// The hub limits how often a token may be asked about, far more than anything else.
const WHOAMI: KeyCheck = KeyCheck {
    host: "hub",
    method: "GET",
    path: "/api/whoami-v2",
    shape: KeyShape::HuggingFace,
    every: Duration::from_hours(6),
    at_least: Duration::from_hours(6),
};

/// Common part of the router and of dedicated endpoints.
const COMMON: Provider = Provider {
    option_headers: &[("organization", "x-hf-bill-to")],
    key: Some(WHOAMI),
    request_ids: &["x-request-id", "x-amzn-trace-id", "x-amz-cf-id"],
    rates: Rates::HuggingFace,
    status_page: Some(StatusPage {
        url: "https://status.huggingface.co/index.json",
        shape: PageShape::BetterStack,
        component: None,
    }),
    key_prefixes: &["hf_", "api_org_"],
    ..DIALECT
};

pub(crate) static ROUTER: Provider = Provider {
    name: "huggingface",
    title: "Hugging Face",
    hosts: &[Host { name: "api", url: "https://router.huggingface.co/v1" }, HUB],
    reach: Reach { host: "api", path: "/models", expected: &[200] },
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: true,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    usage: &[Usage::HuggingFaceBilling],
    ..COMMON
};

pub(crate) static DEDICATED: Provider = Provider {
    name: "huggingface-endpoint",
    title: "Hugging Face Inference Endpoint",
    hosts: &[Host { name: "api", url: "" }, HUB],
    may_sleep: true,
    // An endpoint for embeddings runs Text Embeddings Inference.
    tasks: &[EMBEDDINGS],
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    errors: &[ErrorRule::means(Reason::Asleep).status(503)],
    ..COMMON
};
