//! Google Gemini, as AI Studio offers it.

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::provider::{Api, Endpoint, Host, KeyCheck, ListShape, ModelList, Provider, Reach};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static TABLE: Provider = Provider {
    name: "gemini",
    title: "Google Gemini",
    hosts: &[Host { name: "api", url: "https://generativelanguage.googleapis.com/v1beta" }],
    completions: &[Endpoint {
        api: Api::GenerateContent,
        host: "api",
        path: "/models/{model}:streamGenerateContent?alt=sse",
    }],
    tasks: &[TaskEndpoint::at(TaskFormat::GeminiEmbed, "/models/{model}:embedContent")],
    chat_extra: "{}",
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "x-goog-api-key",
        prefix: "",
    },
    reach: Reach { host: "api", path: "/models?pageSize=1", expected: &[401, 403] },
    key: Some(KeyCheck { path: "/models?pageSize=1", ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/models?pageSize=1000",
        is_public: false,
        shape: ListShape::Gemini,
        cursor: Some("pageToken"),
    }),
    request_ids: &[],
    key_prefixes: &["AIza", "AQ."],
    ..DIALECT
};
