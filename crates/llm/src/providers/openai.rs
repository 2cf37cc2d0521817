//! OpenAI.

use super::{DIALECT, EMBEDDINGS, IMAGE, SPEECH, TRANSCRIPTION};
use crate::provider::{Api, Endpoint, Host, PageShape, Provider, Rates, StatusPage, Usage};

pub(crate) static TABLE: Provider = Provider {
    name: "openai",
    title: "OpenAI",
    hosts: &[Host { name: "api", url: "https://api.openai.com/v1" }],
    completions: &[
        Endpoint { api: Api::Chat, host: "api", path: "/chat/completions" },
        Endpoint { api: Api::Responses, host: "api", path: "/responses" },
    ],
    tasks: &[
        EMBEDDINGS,
        SPEECH.voice("alloy"),
        TRANSCRIPTION,
        IMAGE.extra(r#"{"quality":"low","size":"1024x1024"}"#),
    ],
    chat_extra: r#"{"stream_options":{"include_usage":true,"include_obfuscation":false}}"#,
    option_headers: &[("organization", "openai-organization"), ("project", "openai-project")],
    token_cap: "max_completion_tokens",
    rates: Rates::OpenAi,
    usage: &[Usage::OpenAiCosts],
    status_page: Some(StatusPage {
        url: "https://status.openai.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    key_prefixes: &["sk-", "sk-proj-", "sk-svcacct-"],
    admin_key_prefixes: &["sk-admin-"],
    ..DIALECT
};
