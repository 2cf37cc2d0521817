//! xAI.

use allclear_core::reason::Reason;

use super::{DIALECT, IMAGE, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{
    Host, KeyCheck, KeyShape, ListShape, ListedModels, ModelList, PageShape, Provider, Rates,
    Reach, Sign, StatusPage, SuccessRefusal, Usage,
};

pub(crate) static TABLE: Provider = Provider {
    name: "xai",
    title: "xAI",
    hosts: &[
        Host { name: "api", url: "https://api.x.ai/v1" },
        Host { name: "admin", url: "https://management-api.x.ai" },
    ],
    tasks: &[IMAGE],
    listed_models: ListedModels::Chats,
    // It refuses a missing key with a 400 as well.
    reach: Reach { host: "api", path: "/models", expected: &[400, 401, 403] },
    key: Some(KeyCheck { path: "/api-key", shape: KeyShape::Xai, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/language-models",
        is_public: false,
        shape: ListShape::Xai,
        cursor: None,
    }),
    token_cap: "max_completion_tokens",
    errors: &[
        ErrorRule::means(Reason::Billing).texts(&["team", "any credits"]),
        ErrorRule::means(Reason::Billing).texts(&["team", "available credits"]),
        ErrorRule::means(Reason::Billing).texts(&["team", "spending limit"]),
    ],
    refusals: &[
        blocked("/api_key_blocked", "the key is blocked"),
        blocked("/api_key_disabled", "the key is disabled"),
        blocked("/disabled", "the key is disabled"),
        blocked("/team_blocked", "the team of the key is blocked"),
    ],
    rates: Rates::OpenAi,
    usage: &[Usage::XaiBalance],
    status_page: Some(StatusPage {
        url: "https://status.x.ai/feed.xml",
        shape: PageShape::Feed,
        component: None,
    }),
    key_prefixes: &["xai-"],
    ..DIALECT
};

const fn blocked(pointer: &'static str, message: &'static str) -> SuccessRefusal {
    SuccessRefusal { pointer, when: Sign::True, reason: Reason::AuthInvalid, message }
}
