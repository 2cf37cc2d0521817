//! Alibaba Cloud Model Studio (`DashScope`, Qwen): regions whose keys are not interchangeable.
//!
//! Sources: help.aliyun.com `en/model-studio/error-code-start` and `error-code`; alibabacloud.com
//! `help/en/model-studio/rate-limit`; juspay/neurolink `docs/getting-started/providers/dashscope.md`;
//! litellm 1.109.1 `litellm/llms/dashscope` (also the address of the rerank).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS};
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider};
use crate::task::{TaskEndpoint, TaskFormat};

/// The international region, Singapore.
pub(crate) static INTERNATIONAL: Provider = Provider {
    name: "dashscope",
    title: "Alibaba Model Studio",
    hosts: &[
        Host { name: "api", url: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1" },
        Host { name: "rerank", url: "https://dashscope-intl.aliyuncs.com/compatible-api/v1" },
    ],
    ..COMMON
};

/// Mainland China, Beijing.
pub(crate) static CHINA: Provider = Provider {
    name: "dashscope-cn",
    title: "Alibaba Model Studio (China)",
    hosts: &[
        Host { name: "api", url: "https://dashscope.aliyuncs.com/compatible-mode/v1" },
        Host { name: "rerank", url: "https://dashscope.aliyuncs.com/compatible-api/v1" },
    ],
    ..COMMON
};

const COMMON: Provider = Provider {
    tasks: &[EMBEDDINGS, TaskEndpoint::at(TaskFormat::Rerank, "/reranks").on("rerank")],
    errors: &[
        // Here the code of an exhausted quota means the tokens of a minute.
        ErrorRule::means(Reason::Throttled).status(429).code("insufficient_quota").first(),
        ErrorRule::means(Reason::Billing).code("AllocationQuota.FreeTierOnly").first(),
        ErrorRule::means(Reason::Billing).texts(&["free tier", "exhausted"]).first(),
        // Arrears come as a denied access.
        ErrorRule::means(Reason::Billing).code("Arrearage").first(),
        ErrorRule::means(Reason::Billing).texts(&["account is in good standing"]).first(),
        ErrorRule::means(Reason::Permission).code("AccessDenied"),
        ErrorRule::means(Reason::Permission).code("access_denied"),
    ],
    key_prefixes: &["sk-"],
    ..DIALECT
};
