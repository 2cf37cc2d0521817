//! Anthropic.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::{ErrorRule, HeaderCondition};
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, PageShape, Provider, Rates, Reach,
    StatusPage, Usage,
};

pub(crate) static TABLE: Provider = Provider {
    name: "anthropic",
    title: "Anthropic",
    hosts: &[Host { name: "api", url: "https://api.anthropic.com" }],
    optional_base_suffixes: &["/v1"],
    completions: &[Endpoint { api: Api::Messages, host: "api", path: "/v1/messages" }],
    chat_extra: "{}",
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "x-api-key",
        prefix: "",
    },
    headers: &[("anthropic-version", "2023-06-01")],
    option_headers: &[("api_version", "anthropic-version")],
    reach: Reach { host: "api", path: "/v1/models?limit=1", expected: &[401] },
    key: Some(KeyCheck { path: "/v1/models?limit=1", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/v1/models?limit=1000",
        is_public: false,
        shape: ListShape::Anthropic,
        cursor: Some("after_id"),
    }),
    errors: &[
        // A gateway that uses its dialect refuses by a policy of its own.
        ErrorRule::means(Reason::Permission).status(403).texts(&["request not allowed", "policy"]),
        // The edge refuses the network or the country before it looks at the key.
        ErrorRule::means(Reason::RegionBlocked).status(403).texts(&["request not allowed"]),
        ErrorRule::means(Reason::Billing)
            .status(400)
            .texts(&["reached your specified", "usage limits"]),
        ErrorRule::means(Reason::Billing).texts(&["credit balance is too low"]),
        // The windows of a subscription, of hours and days.
        ErrorRule::means(Reason::QuotaExceeded)
            .status(429)
            .when(HeaderCondition::Is("anthropic-ratelimit-unified-5h-status", "rejected")),
        ErrorRule::means(Reason::QuotaExceeded)
            .status(429)
            .when(HeaderCondition::Is("anthropic-ratelimit-unified-7d-status", "rejected")),
    ],
    request_ids: &["request-id"],
    rates: Rates::Anthropic,
    usage: &[Usage::AnthropicCosts],
    status_page: Some(StatusPage {
        url: "https://status.claude.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: Some("Claude API"),
    }),
    key_prefixes: &["sk-ant-"],
    admin_key_prefixes: &["sk-ant-admin"],
    ..DIALECT
};
