//! Zhipu: Z.ai for the world, `BigModel` for mainland China, with the same codes of errors.
//!
//! Sources: docs.z.ai `api-reference/api-code`; docs.bigmodel.cn `cn/api/api-code`; juspay/neurolink
//! `src/lib/providers/catalog/z-ai.json` (recorded 401 of the list without a key); zai-sdk
//! `zai/api_resource/embeddings` and docs.bigmodel.cn `cn/api/model-api/rerank` (tasks of `BigModel`).

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::provider::{Host, Provider};

pub(crate) static ZAI: Provider = Provider {
    name: "zai",
    title: "Z.ai",
    hosts: &[Host { name: "api", url: "https://api.z.ai/api/paas/v4" }],
    ..COMMON
};

pub(crate) static BIGMODEL: Provider = Provider {
    name: "zhipu",
    title: "Zhipu BigModel",
    hosts: &[Host { name: "api", url: "https://open.bigmodel.cn/api/paas/v4" }],
    tasks: &[EMBEDDINGS, RERANK],
    ..COMMON
};

const COMMON: Provider = Provider {
    // Usage comes unasked.
    chat_extra: "{}",
    ..DIALECT
};
