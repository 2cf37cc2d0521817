//! Self-hosted servers that use OpenAI's dialect.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ModelList, Provider, Rates, Reach, Sign,
    SuccessRefusal, Usage,
};
use crate::task::{TaskEndpoint, TaskFormat};

/// Whatever its base URL is, as a client of OpenAI takes it.
pub(crate) static ANY: Provider = Provider {
    name: "openai-compatible",
    title: "OpenAI-compatible server",
    tasks: &[
        super::EMBEDDINGS,
        super::RERANK,
        super::SPEECH.voice("alloy"),
        super::TRANSCRIPTION,
        super::IMAGE,
    ],
    ..COMMON
};

/// Source: docs.vllm.ai `serving/openai_compatible_server`.
pub(crate) static VLLM: Provider =
    Provider { name: "vllm", title: "vLLM", tasks: &[EMBEDDINGS, RERANK, TRANSCRIPTION], ..LOCAL };

pub(crate) static OLLAMA: Provider = Provider {
    name: "ollama",
    title: "Ollama",
    completions: &[CHAT, Endpoint { api: Api::OllamaChat, host: "api", path: "/api/chat" }],
    tasks: &[TaskEndpoint::at(TaskFormat::OllamaEmbed, "/api/embed")],
    reach: Reach { host: "api", path: "/api/version", expected: &[200] },
    list: Some(ModelList { path: "/api/tags", shape: ListShape::Ollama, ..MODELS }),
    ..LOCAL
};

/// Source: ggml-org/llama.cpp `tools/server/README.md`.
pub(crate) static LLAMA_CPP: Provider =
    Provider { name: "llama.cpp", title: "llama.cpp", tasks: &[EMBEDDINGS, RERANK], ..LOCAL };

pub(crate) static LITELLM: Provider = Provider {
    name: "litellm",
    title: "LiteLLM",
    tasks: ALL_TASKS,
    // Its `/health` would ask every model, at a cost.
    reach: Reach { host: "api", path: "/health/liveliness", expected: &[200] },
    // `/key/info` proves nothing: without a database it fails for every good key.
    refusals: &[
        SuccessRefusal {
            pointer: "/info/spend",
            when: Sign::AtLeast("/info/max_budget"),
            reason: Reason::Billing,
            message: "the key's budget is used up",
        },
        SuccessRefusal {
            pointer: "/info/blocked",
            when: Sign::True,
            reason: Reason::AuthInvalid,
            message: "the key is blocked",
        },
    ],
    request_ids: &["x-litellm-call-id", "x-request-id"],
    rates: Rates::OpenAi,
    usage: &[Usage::LiteLlmKey],
    key_prefixes: &["sk-"],
    ..LOCAL
};

const COMMON: Provider = Provider {
    hosts: &[Host { name: "api", url: "" }],
    is_key_optional: true,
    is_self_hosted: true,
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    ..DIALECT
};

/// A server that has more than OpenAI's dialect, which is below `/v1`: its base URL may end so.
pub(super) const LOCAL: Provider = Provider {
    optional_base_suffixes: &["/v1"],
    completions: &[CHAT],
    reach: Reach { host: "api", path: "/health", expected: &[200] },
    key: Some(KeyCheck { path: "/v1/models", ..MODELS_CHECK }),
    list: Some(MODELS),
    ..COMMON
};

/// Its endpoints for tasks.
pub(super) const EMBEDDINGS: TaskEndpoint =
    TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/v1/embeddings");
pub(super) const RERANK: TaskEndpoint = TaskEndpoint::at(TaskFormat::Rerank, "/v1/rerank");
pub(super) const SPEECH: TaskEndpoint =
    TaskEndpoint::at(TaskFormat::OpenAiSpeech, "/v1/audio/speech").voice("alloy");
pub(super) const TRANSCRIPTION: TaskEndpoint =
    TaskEndpoint::at(TaskFormat::OpenAiTranscription, "/v1/audio/transcriptions");
pub(super) const IMAGE: TaskEndpoint =
    TaskEndpoint::at(TaskFormat::OpenAiImage, "/v1/images/generations");

/// The tasks of a gateway that passes all of them on.
pub(super) const ALL_TASKS: &[TaskEndpoint] = &[EMBEDDINGS, RERANK, SPEECH, TRANSCRIPTION, IMAGE];

const CHAT: Endpoint = Endpoint { api: Api::Chat, host: "api", path: "/v1/chat/completions" };

const MODELS: ModelList = ModelList {
    host: "api",
    path: "/v1/models",
    is_public: false,
    shape: ListShape::OpenAi,
    cursor: None,
};
