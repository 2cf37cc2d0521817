//! The tables, one module for each provider.
//!
//! A provider that speaks OpenAI's dialect is [`DIALECT`] with what differs.

use std::time::Duration;

use crate::call::{Proof, WhichKey};
use crate::provider::{Api, Endpoint, KeyCheck, KeyShape, List, ListShape, Provider, Rates, Reach};

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
mod deepinfra;
mod deepseek;
mod fireworks;
mod gateways;
mod gemini;
mod github;
mod groq;
mod huggingface;
mod hyperbolic;
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
mod watsonx;
mod xai;
mod zhipu;

/// All of them, in the order of the documentation.
pub(crate) static ALL: &[&Provider] = &[
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
];

const MINUTE: Duration = Duration::from_mins(1);

/// The usual way to hand over a key.
const BEARER: Proof =
    Proof::Key { key: WhichKey::Inference, header: "authorization", prefix: "Bearer " };

/// A key check that asks for the models, every 15 minutes.
const MODELS_CHECK: KeyCheck = KeyCheck {
    host: "api",
    method: "GET",
    path: "/models",
    shape: KeyShape::AnySuccess,
    every: Duration::from_mins(15),
    at_least: MINUTE,
};

/// What is asked for of a stream, where usage does not come unasked.
const WITH_USAGE: &str = r#"{"stream_options":{"include_usage":true}}"#;

/// What all that speak OpenAI's dialect have in common.
const DIALECT: Provider = Provider {
    name: "",
    title: "",
    hosts: &[],
    surplus: &[],
    completions: &[Endpoint { api: Api::Chat, host: "api", path: "/chat/completions" }],
    chat_extra: WITH_USAGE,
    least_tokens: &[("gpt-oss", 64)],
    proof: BEARER,
    keyless_proof: Proof::None,
    is_key_optional: false,
    is_self_hosted: false,
    may_sleep: false,
    headers: &[],
    option_headers: &[],
    reach: Reach { host: "api", path: "/models", expected: &[401, 403] },
    key: Some(MODELS_CHECK),
    list: Some(List {
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
