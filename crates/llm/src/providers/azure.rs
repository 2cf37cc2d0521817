//! Azure OpenAI: OpenAI's dialect at an address per account. The model is the deployment.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::{ErrorRule, HeaderCondition};
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, PageShape, Provider, Rates, Reach,
    StatusPage,
};
use crate::task::{TaskEndpoint, TaskFormat};

/// The catalog of models, which does not contain deployments.
const CATALOG: &str = "/openai/models?api-version=2024-10-21";

pub(crate) static TABLE: Provider = Provider {
    name: "azure",
    title: "Azure OpenAI",
    hosts: &[Host { name: "api", url: "" }],
    optional_base_suffixes: &["/openai/v1", "/openai"],
    completions: &[
        Endpoint {
            api: Api::Chat,
            host: "api",
            path: "/openai/deployments/{model}/chat/completions?api-version={api_version}",
        },
        Endpoint { api: Api::Chat, host: "api", path: "/openai/v1/chat/completions" },
        Endpoint { api: Api::Responses, host: "api", path: "/openai/v1/responses" },
    ],
    tasks: &[
        TaskEndpoint::at(
            TaskFormat::OpenAiEmbeddings,
            "/openai/deployments/{model}/embeddings?api-version={api_version}",
        ),
        TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/openai/v1/embeddings"),
        TaskEndpoint::at(
            TaskFormat::OpenAiSpeech,
            "/openai/deployments/{model}/audio/speech?api-version={api_version}",
        )
        .voice("alloy"),
        TaskEndpoint::at(
            TaskFormat::OpenAiTranscription,
            "/openai/deployments/{model}/audio/transcriptions?api-version={api_version}",
        ),
        TaskEndpoint::at(
            TaskFormat::OpenAiImage,
            "/openai/deployments/{model}/images/generations?api-version={api_version}",
        ),
    ],
    authentication: Authentication::Key { key: WhichKey::Inference, header: "api-key", prefix: "" },
    reach: Reach { host: "api", path: CATALOG, expected: &[401] },
    key: Some(KeyCheck { path: CATALOG, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: CATALOG,
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    token_cap: "max_completion_tokens",
    errors: &[
        // Here it may also mean the tokens of a minute.
        ErrorRule::means(Reason::Throttled)
            .status(429)
            .code("insufficient_quota")
            .when(HeaderCondition::HasRetryAfter)
            .first(),
        // A bad key has this code too.
        ErrorRule::means(Reason::AuthInvalid).status(401).code("PermissionDenied").first(),
    ],
    request_ids: &["apim-request-id", "x-request-id"],
    rates: Rates::OpenAi,
    status_page: Some(StatusPage {
        url: "https://azure.status.microsoft/en-us/status/feed/",
        shape: PageShape::Feed,
        component: Some("OpenAI"),
    }),
    ..DIALECT
};
