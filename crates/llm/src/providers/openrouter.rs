//! OpenRouter.

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{
    Host, KeyCheck, KeyShape, ListShape, ListedModels, ModelList, Provider, Rates, Reach, Sign,
    SuccessRefusal, Usage,
};

pub(crate) static TABLE: Provider = Provider {
    name: "openrouter",
    title: "OpenRouter",
    hosts: &[Host { name: "api", url: "https://openrouter.ai/api/v1" }],
    tasks: &[EMBEDDINGS],
    listed_models: ListedModels::Chats,
    // Its list of models is public and large; the key check refuses at once.
    reach: Reach { host: "api", path: "/key", expected: &[401] },
    key: Some(KeyCheck { path: "/key", shape: KeyShape::OpenRouter, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: "/models",
        is_public: true,
        shape: ListShape::OpenAi,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::ProbeInvalid).status(403).texts(&["moderation"]).first(),
        ErrorRule::means(Reason::ProbeInvalid).status(403).texts(&["flagged"]).first(),
    ],
    refusals: &[SuccessRefusal {
        pointer: "/data/limit_remaining",
        when: Sign::Exhausted,
        reason: Reason::Billing,
        message: "the key's limit is used up",
    }],
    request_ids: &["x-generation-id"],
    rates: Rates::OpenRouter,
    usage: &[Usage::OpenRouterKey, Usage::OpenRouterCredits],
    key_prefixes: &["sk-or-"],
    ..DIALECT
};
