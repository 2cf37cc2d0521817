//! Servers of one's own that speak OpenAI's dialect.

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::provider::{Api, Endpoint, Host, List, ListShape, Provider, Rates, Reach, Usage};
use crate::row::Row;

/// What is not below `/v1`.
const SERVER: Host = Host { name: "server", url: "{server}" };

pub(crate) static ANY: Provider =
    Provider { name: "openai-compatible", title: "OpenAI-compatible server", ..COMMON };

pub(crate) static VLLM: Provider = Provider {
    name: "vllm",
    title: "vLLM",
    reach: Reach { host: "server", path: "/health", expected: &[200] },
    ..COMMON
};

pub(crate) static OLLAMA: Provider = Provider {
    name: "ollama",
    title: "Ollama",
    completions: &[
        Endpoint { api: Api::Chat, host: "api", path: "/chat/completions" },
        Endpoint { api: Api::OllamaChat, host: "server", path: "/api/chat" },
    ],
    reach: Reach { host: "server", path: "/api/version", expected: &[200] },
    list: Some(List {
        host: "server",
        path: "/api/tags",
        is_public: false,
        shape: ListShape::Ollama,
        cursor: None,
    }),
    ..COMMON
};

pub(crate) static LLAMA_CPP: Provider = Provider {
    name: "llama.cpp",
    title: "llama.cpp",
    reach: Reach { host: "server", path: "/health", expected: &[200] },
    ..COMMON
};

pub(crate) static LITELLM: Provider = Provider {
    name: "litellm",
    title: "LiteLLM",
    // Its `/health` would ask every model, at a cost.
    reach: Reach { host: "server", path: "/health/liveliness", expected: &[200] },
    errors: &[
        Row::means(Reason::Permission).code("key_model_access_denied"),
        Row::means(Reason::Permission).code("team_model_access_denied"),
        Row::means(Reason::AuthInvalid).code("token_not_found_in_db"),
        Row::means(Reason::AuthInvalid).code("expired_key"),
        // What a server without a database says of an unknown key.
        Row::means(Reason::AuthInvalid).code("no_db_connection"),
        Row::means(Reason::Billing).code("budget_exceeded"),
    ],
    request_ids: &["x-litellm-call-id", "x-request-id"],
    rates: Rates::OpenAi,
    usage: &[Usage::LiteLlmKey],
    key_prefixes: &["sk-"],
    ..COMMON
};

const COMMON: Provider = Provider {
    hosts: &[Host { name: "api", url: "" }, SERVER],
    is_key_optional: true,
    is_self_hosted: true,
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    ..DIALECT
};
