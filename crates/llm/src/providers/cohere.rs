//! Cohere.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, KeyShape, ListShape, ModelList, PageShape, Provider, Rates,
    Reach, Sign, StatusPage, SuccessRefusal,
};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static TABLE: Provider = Provider {
    name: "cohere",
    title: "Cohere",
    hosts: &[Host { name: "api", url: "https://api.cohere.com" }],
    optional_base_suffixes: &["/v1", "/v2"],
    completions: &[Endpoint { api: Api::CohereChat, host: "api", path: "/v2/chat" }],
    tasks: &[
        TaskEndpoint::at(TaskFormat::CohereEmbed, "/v2/embed"),
        TaskEndpoint::at(TaskFormat::Rerank, "/v2/rerank"),
    ],
    chat_extra: "{}",
    reach: Reach { host: "api", path: "/v1/models?page_size=1", expected: &[401] },
    key: Some(KeyCheck {
        method: "POST",
        path: "/v1/check-api-key",
        shape: KeyShape::Cohere,
        ..MODELS_CHECK
    }),
    list: Some(ModelList {
        host: "api",
        path: "/v1/models?page_size=1000",
        is_public: false,
        shape: ListShape::Cohere,
        cursor: Some("page_token"),
    }),
    errors: &[
        ErrorRule::means(Reason::QuotaDaily).status(429).texts(&["trial key", "month"]),
        ErrorRule::means(Reason::Throttled).status(429).texts(&["trial key"]),
        // Content that is not allowed, although its documentation names it after tokens.
        ErrorRule::means(Reason::ProbeInvalid).status(498).first(),
    ],
    refusals: &[SuccessRefusal {
        pointer: "/valid",
        when: Sign::False,
        reason: Reason::AuthInvalid,
        message: "the key is not valid",
    }],
    request_ids: &["x-debug-trace-id"],
    rates: Rates::Cohere,
    status_page: Some(StatusPage {
        url: "https://status.cohere.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    ..DIALECT
};
