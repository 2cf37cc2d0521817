//! Mistral.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::{ErrorRule, HeaderCondition};
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, PageShape, Provider, Rates, Reach,
    StatusPage,
};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static TABLE: Provider = Provider {
    name: "mistral",
    title: "Mistral",
    hosts: &[Host { name: "api", url: "https://api.mistral.ai" }],
    optional_base_suffixes: &["/v1"],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/v1/chat/completions" }],
    tasks: &[
        TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/v1/embeddings"),
        TaskEndpoint::at(TaskFormat::MistralSpeech, "/v1/audio/speech"),
        TaskEndpoint::at(TaskFormat::OpenAiTranscription, "/v1/audio/transcriptions"),
    ],
    // Usage comes unasked, and unknown fields are refused.
    chat_extra: "{}",
    reach: Reach { host: "api", path: "/v1/models", expected: &[401] },
    key: Some(KeyCheck { path: "/v1/models", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/v1/models",
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        // The plan has no such model at all.
        ErrorRule::means(Reason::ModelNotFound)
            .status(429)
            .when(HeaderCondition::Is("x-ratelimit-limit-req-minute", "0"))
            .first(),
        ErrorRule::means(Reason::ModelNotFound).code("1500"),
        ErrorRule::means(Reason::Overloaded).code("3505"),
    ],
    request_ids: &["mistral-correlation-id", "x-kong-request-id"],
    rates: Rates::Mistral,
    status_page: Some(StatusPage {
        url: "https://status.mistral.ai/feed.rss",
        shape: PageShape::Feed,
        component: None,
    }),
    ..DIALECT
};
