//! IBM watsonx.ai, through its model gateway: asked with a token of IAM, which lives for an hour.
//!
//! Sources: cloud.ibm.com `apidocs/watsonx-ai`; litellm 1.109.1 `litellm/llms/watsonx` (the exchange
//! of an API key for a token, which is not done here). The codes of errors are those of its SDK.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{Api, Endpoint, Host, KeyCheck, ListShape, ModelList, Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

const MODELS: &str = "/ml/gateway/v1/models";

pub(crate) static TABLE: Provider = Provider {
    name: "watsonx",
    title: "IBM watsonx.ai",
    hosts: &[Host { name: "api", url: "https://{region}.ml.cloud.ibm.com" }],
    optional_base_suffixes: &["/ml/gateway/v1"],
    completions: &[Endpoint {
        api: Api::Chat,
        host: "api",
        path: "/ml/gateway/v1/chat/completions",
    }],
    tasks: &[TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/ml/gateway/v1/embeddings")],
    // The catalog of the foundation models is public.
    reach: Reach {
        host: "api",
        path: "/ml/v1/foundation_model_specs?version=2024-03-14&limit=1",
        expected: &[200],
    },
    key: Some(KeyCheck { path: MODELS, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: MODELS,
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[ErrorRule::means(Reason::Throttled).code("rate_limit_reached_requests")],
    request_ids: &["x-global-transaction-id", "x-request-id"],
    ..DIALECT
};
