//! Gateways: programs in front of providers, hosted or of the operator's own.
//!
//! Sources: portkey.ai `docs/api-reference/inference-api/error-codes`; vercel.com
//! `docs/ai-gateway/rate-limits` and `docs/ai-gateway/faq`, litellm 1.109.1
//! `litellm/llms/vercel_ai_gateway`; songquanpeng/one-api `middleware/utils.go`;
//! QuantumNous/new-api `types/error.go` and `router/relay-router.go`; docs.konghq.com `hub/kong-inc/key-auth` and `rate-limiting`,
//! docs.erda.cloud `msp/guides/apigw/status` (bodies of Kong); learn.microsoft.com
//! `azure/api-management` (`rate-limit-policy`, `quota-policy`, `llm-token-limit-policy`).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::ErrorRule;
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, PageShape, Provider, Rates, Reach,
    StatusPage,
};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static PORTKEY: Provider = Provider {
    name: "portkey",
    title: "Portkey",
    hosts: &[Host { name: "api", url: "https://api.portkey.ai/v1" }],
    tasks: &[EMBEDDINGS],
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "x-portkey-api-key",
        prefix: "",
    },
    errors: &[ErrorRule::means(Reason::Billing).status(412)],
    request_ids: &["x-portkey-trace-id", "x-request-id"],
    ..DIALECT
};

pub(crate) static VERCEL: Provider = Provider {
    name: "vercel",
    title: "Vercel AI Gateway",
    hosts: &[Host { name: "api", url: "https://ai-gateway.vercel.sh/v1" }],
    tasks: &[EMBEDDINGS],
    reach: Reach { host: "api", path: "/models", expected: &[200] },
    key: Some(KeyCheck { path: "/credits", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: true,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::Billing).texts(&["insufficient funds"]),
        ErrorRule::means(Reason::Billing).texts(&["positive credit balance"]),
        ErrorRule::means(Reason::Billing).texts(&["budget", "exceeded"]),
    ],
    request_ids: &["x-vercel-id"],
    status_page: Some(StatusPage {
        url: "https://www.vercel-status.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: Some("AI Gateway"),
    }),
    key_prefixes: &["vck_"],
    ..DIALECT
};

pub(crate) static ONE_API: Provider = Provider {
    name: "one-api",
    title: "One API",
    tasks: &[super::compatible::EMBEDDINGS],
    errors: CHANNELS,
    ..OWN
};

pub(crate) static NEW_API: Provider = Provider {
    name: "new-api",
    title: "New API",
    tasks: super::compatible::ALL_TASKS,
    errors: CHANNELS,
    ..OWN
};

/// An address of Kong at which its plugin `ai-proxy` answers.
pub(crate) static KONG: Provider = Provider {
    name: "kong",
    title: "Kong AI Gateway",
    optional_base_suffixes: &["/chat/completions"],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/chat/completions" }],
    authentication: Authentication::Key { key: WhichKey::Inference, header: "apikey", prefix: "" },
    is_key_optional: true,
    reach: Reach {
        host: "api",
        path: "/chat/completions",
        expected: &[200, 400, 401, 403, 404, 405],
    },
    key: None,
    list: None,
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["no api key found"]),
        ErrorRule::means(Reason::AuthInvalid).texts(&["no authenticate credentials found"]),
        ErrorRule::means(Reason::AuthInvalid).texts(&["invalid authentication credentials"]),
        ErrorRule::means(Reason::EndpointNotFound).status(404).texts(&["no route matched"]),
        ErrorRule::means(Reason::EndpointNotFound)
            .status(404)
            .texts(&["no route and no api found"]),
        // The provider behind it has no healthy address.
        ErrorRule::means(Reason::Overloaded).status(503).texts(&["failure to get a peer"]),
    ],
    request_ids: &["x-kong-request-id"],
    ..OWN
};

/// An API of Azure API Management that passes on to a model.
pub(crate) static APIM: Provider = Provider {
    name: "azure-apim",
    title: "Azure API Management",
    optional_base_suffixes: &["/openai/v1", "/openai"],
    completions: &[
        Endpoint {
            api: Api::Chat,
            host: "api",
            path: "/openai/deployments/{model}/chat/completions?api-version={api_version}",
        },
        Endpoint { api: Api::Chat, host: "api", path: "/openai/v1/chat/completions" },
    ],
    tasks: &[
        TaskEndpoint::at(
            TaskFormat::OpenAiEmbeddings,
            "/openai/deployments/{model}/embeddings?api-version={api_version}",
        ),
        TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/openai/v1/embeddings"),
    ],
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "ocp-apim-subscription-key",
        prefix: "",
    },
    reach: Reach {
        host: "api",
        path: "/openai/v1/chat/completions",
        expected: &[400, 401, 403, 404, 405],
    },
    key: None,
    list: None,
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["missing subscription key"]),
        ErrorRule::means(Reason::QuotaExceeded).status(403).texts(&["call volume quota"]).first(),
        ErrorRule::means(Reason::QuotaExceeded).status(403).texts(&["bandwidth quota"]).first(),
        ErrorRule::means(Reason::QuotaExceeded).status(403).texts(&["token quota"]).first(),
        ErrorRule::means(Reason::Throttled).status(429).texts(&["token limit is exceeded"]),
    ],
    request_ids: &["apim-request-id", "x-ms-request-id", "request-id"],
    rates: Rates::OpenAi,
    ..OWN
};

/// A gateway at an address of the operator's own, which hands out its own tokens.
const OWN: Provider = Provider {
    hosts: &[Host { name: "api", url: "" }],
    optional_base_suffixes: &["/v1"],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/v1/chat/completions" }],
    is_self_hosted: true,
    reach: Reach { host: "api", path: "/api/status", expected: &[200] },
    key: Some(KeyCheck { path: "/v1/models", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/v1/models",
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    request_ids: &["x-oneapi-request-id", "x-request-id"],
    key_prefixes: &["sk-"],
    ..DIALECT
};

/// The errors of One API and of its forks: tokens, quotas and channels.
const CHANNELS: &[ErrorRule] = &[
    ErrorRule::means(Reason::Permission).code("access_denied"),
    ErrorRule::means(Reason::AuthInvalid).texts(&["用户已被封禁"]),
    // A token or a user without credit comes with the status of a lack of permission.
    ErrorRule::means(Reason::Billing).texts(&["额度不足"]),
    ErrorRule::means(Reason::Billing).texts(&["额度已用尽"]),
    ErrorRule::means(Reason::QuotaDaily).code("entitlement_daily_limit_exceeded"),
    ErrorRule::means(Reason::QuotaExceeded).code("entitlement_total_limit_exceeded"),
    ErrorRule::means(Reason::Throttled).code("token_concurrency_limit_reached"),
    // No channel offers the model to the token's group.
    ErrorRule::means(Reason::ModelNotFound).status(503).texts(&["无可用渠道"]),
    ErrorRule::means(Reason::ModelNotFound).status(503).code("model_not_found"),
    // The credentials of a channel are the gateway's own.
    ErrorRule::means(Reason::ServerError).code("channel:invalid_key"),
];
