//! The tables, one module for each provider.
//!
//! A provider that uses OpenAI's dialect is `DIALECT` with its differences.
//!
//! Sources of the endpoints for tasks, for tables that name none: litellm 1.110.2 `litellm/llms`
//! and `provider_endpoints_support_backup.json`; the resources of the SDKs openai 3.57.0, cohere
//! 7.3.1, voyageai 0.5.0, mistralai 3.7.0, together 3.1.1, groq 1.7.0, ollama 0.6.3, elevenlabs
//! 2.78.0 and deepgram-sdk 7.17.0.

use std::time::Duration;

use crate::call::{Authentication, WhichKey};
use crate::provider::{
    Api, Endpoint, KeyCheck, KeyShape, ListShape, ListedModels, ModelList, Provider, Rates, Reach,
};
use crate::task::{TaskEndpoint, TaskFormat};

mod ai21;
mod anthropic;
mod azure;
mod baseten;
mod bedrock;
mod cerebras;
mod cloudflare;
mod cohere;
mod compatible;
mod dashscope;
mod databricks;
mod deepgram;
mod deepinfra;
mod deepseek;
mod elevenlabs;
mod fireworks;
mod gateways;
mod gemini;
mod github;
mod groq;
mod huggingface;
mod hyperbolic;
mod jina;
mod local;
mod minimax;
mod mistral;
mod moonshot;
mod novita;
mod nvidia;
mod openai;
mod openrouter;
mod perplexity;
mod replicate;
mod sambanova;
mod siliconflow;
mod snowflake;
mod together;
mod vertex;
mod voyage;
mod watsonx;
mod xai;
mod zhipu;

/// All of them, in the order of the documentation.
static ALL: &[&Provider] = &[
    &openai::TABLE,
    &anthropic::TABLE,
    &huggingface::ROUTER,
    &huggingface::DEDICATED,
    &cohere::TABLE,
    &gemini::TABLE,
    &mistral::TABLE,
    &groq::TABLE,
    &openrouter::TABLE,
    &xai::TABLE,
    &deepseek::TABLE,
    &together::TABLE,
    &azure::TABLE,
    &bedrock::TABLE,
    &vertex::TABLE,
    &github::TABLE,
    &perplexity::TABLE,
    &fireworks::TABLE,
    &cerebras::TABLE,
    &nvidia::TABLE,
    &deepinfra::TABLE,
    &sambanova::TABLE,
    &hyperbolic::TABLE,
    &novita::TABLE,
    &baseten::TABLE,
    &replicate::TABLE,
    &ai21::TABLE,
    &voyage::TABLE,
    &jina::TABLE,
    &elevenlabs::TABLE,
    &deepgram::TABLE,
    &moonshot::INTERNATIONAL,
    &moonshot::CHINA,
    &dashscope::INTERNATIONAL,
    &dashscope::CHINA,
    &zhipu::ZAI,
    &zhipu::BIGMODEL,
    &minimax::INTERNATIONAL,
    &minimax::CHINA,
    &siliconflow::INTERNATIONAL,
    &siliconflow::CHINA,
    &cloudflare::WORKERS_AI,
    &watsonx::TABLE,
    &databricks::TABLE,
    &snowflake::TABLE,
    &gateways::PORTKEY,
    &gateways::VERCEL,
    &cloudflare::AI_GATEWAY,
    &gateways::ONE_API,
    &gateways::NEW_API,
    &gateways::KONG,
    &gateways::APIM,
    &compatible::ANY,
    &compatible::VLLM,
    &compatible::OLLAMA,
    &compatible::LLAMA_CPP,
    &compatible::LITELLM,
    &local::SGLANG,
    &local::TGI,
    &local::LM_STUDIO,
    &local::TEXT_GENERATION_WEBUI,
    &local::MISTRAL_RS,
    &local::LLAMAFILE,
    &local::TABBY_API,
    &local::TEI,
];

const MINUTE: Duration = Duration::from_mins(1);

/// The usual way to hand over a key.
const BEARER: Authentication =
    Authentication::Key { key: WhichKey::Inference, header: "authorization", prefix: "Bearer " };

/// A key check that asks for the models, every 15 minutes.
const MODELS_CHECK: KeyCheck = KeyCheck {
    host: "api",
    method: "GET",
    path: "/models",
    shape: KeyShape::AnySuccess,
    every: Duration::from_mins(15),
    at_least: MINUTE,
};

/// The endpoints of OpenAI for tasks other than a chat, and the rerank endpoint of Cohere, which
/// most other providers of rerank imitate.
const EMBEDDINGS: TaskEndpoint = TaskEndpoint::at(TaskFormat::OpenAiEmbeddings, "/embeddings");
const RERANK: TaskEndpoint = TaskEndpoint::at(TaskFormat::Rerank, "/rerank");
const SPEECH: TaskEndpoint = TaskEndpoint::at(TaskFormat::OpenAiSpeech, "/audio/speech");
const TRANSCRIPTION: TaskEndpoint =
    TaskEndpoint::at(TaskFormat::OpenAiTranscription, "/audio/transcriptions");
const IMAGE: TaskEndpoint = TaskEndpoint::at(TaskFormat::OpenAiImage, "/images/generations");

/// Field that requests the usage of a stream from a provider that omits it by default.
const WITH_USAGE: &str = r#"{"stream_options":{"include_usage":true}}"#;

/// Common part of all providers that use OpenAI's dialect.
const DIALECT: Provider = Provider {
    name: "",
    title: "",
    hosts: &[],
    optional_base_suffixes: &[],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/chat/completions" }],
    tasks: &[],
    listed_models: ListedModels::All,
    chat_extra: WITH_USAGE,
    least_tokens: &[("gpt-oss", 64)],
    authentication: BEARER,
    authentication_without_key: Authentication::None,
    is_key_optional: false,
    is_self_hosted: false,
    may_sleep: false,
    headers: &[],
    option_headers: &[],
    reach: Reach { host: "api", path: "/models", expected: &[401, 403] },
    key: Some(MODELS_CHECK),
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: false,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    token_cap: "max_tokens",
    errors: &[],
    refusals: &[],
    request_ids: &["x-request-id"],
    rates: Rates::None,
    usage: &[],
    status_page: None,
    key_prefixes: &[],
    admin_key_prefixes: &[],
};

/// Returns all providers, in the order of the documentation.
#[must_use]
pub fn all() -> &'static [&'static Provider] {
    ALL
}

/// Returns the provider of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.name == name).copied()
}
