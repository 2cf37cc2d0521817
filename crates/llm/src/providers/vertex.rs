//! Google Vertex AI: asked with an access token of OAuth, which lives for an hour.
//!
//! Sources: cloud.google.com `vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints.chat/completions`
//! and `vertex-ai/generative-ai/docs/start/express-mode/vertex-ai-express-mode-api-reference`;
//! developersdigest.tech `errors/api/vertex-ai`. Nothing checks a token at no cost without a further
//! permission. The status page has a form of its own, which is not read.

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Api, Endpoint, Host, Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static TABLE: Provider = Provider {
    name: "vertex",
    title: "Google Vertex AI",
    hosts: &[Host { name: "api", url: "https://{region}-aiplatform.googleapis.com" }],
    optional_base_suffixes: &["/v1"],
    completions: &[
        Endpoint {
            api: Api::Chat,
            host: "api",
            path: "/v1/projects/{project}/locations/{region}/endpoints/openapi/chat/completions",
        },
        Endpoint {
            api: Api::GenerateContent,
            host: "api",
            path: "/v1/projects/{project}/locations/{region}/publishers/google/models/{model}\
                   :streamGenerateContent?alt=sse",
        },
    ],
    tasks: &[TaskEndpoint::at(
        TaskFormat::VertexPredict,
        "/v1/projects/{project}/locations/{region}/publishers/google/models/{model}:predict",
    )],
    reach: Reach {
        host: "api",
        path: "/v1/projects/{project}/locations/{region}/endpoints",
        expected: &[401, 403],
    },
    key: None,
    list: None,
    errors: &[
        // An API that is off, or a project without billing, comes as a denied permission.
        ErrorRule::means(Reason::Billing).status(403).code("BILLING_DISABLED").first(),
        ErrorRule::means(Reason::Billing).status(403).texts(&["billing", "enable"]).first(),
        ErrorRule::means(Reason::Billing).status(403).texts(&["billing", "disabled"]).first(),
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["per day"]).first(),
        // Shared capacity or a quota of the project: the answer does not tell which.
        ErrorRule::means(Reason::Throttled).status(429).code("RESOURCE_EXHAUSTED").first(),
        ErrorRule::means(Reason::ModelNotFound).status(404).code("NOT_FOUND"),
    ],
    request_ids: &[],
    key_prefixes: &["ya29."],
    ..DIALECT
};
