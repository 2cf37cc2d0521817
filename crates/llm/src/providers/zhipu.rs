//! Zhipu: Z.ai for the world, `BigModel` for mainland China, with the same codes of errors.
//!
//! Sources: docs.z.ai `api-reference/api-code`; docs.bigmodel.cn `cn/api/api-code`; juspay/neurolink
//! `src/lib/providers/catalog/z-ai.json` (recorded 401 of the list without a key); zai-sdk
//! `zai/api_resource/embeddings` and docs.bigmodel.cn `cn/api/model-api/rerank` (tasks of `BigModel`).

use allclear_core::reason::Reason;

use super::{DIALECT, EMBEDDINGS, RERANK};
use crate::classify::ErrorRule;
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
    errors: &[
        // Tokens that are missing, malformed, expired or refused, and accounts that are locked.
        ErrorRule::means(Reason::AuthInvalid).code("1000"),
        ErrorRule::means(Reason::AuthInvalid).code("1001"),
        ErrorRule::means(Reason::AuthInvalid).code("1002"),
        ErrorRule::means(Reason::AuthInvalid).code("1003"),
        ErrorRule::means(Reason::AuthInvalid).code("1004"),
        ErrorRule::means(Reason::AuthInvalid).code("1005"),
        ErrorRule::means(Reason::Billing).code("1110"),
        ErrorRule::means(Reason::AuthInvalid).code("1111"),
        ErrorRule::means(Reason::AuthInvalid).code("1112"),
        ErrorRule::means(Reason::AuthInvalid).code("1121"),
        // Arrears, and a plan that ended.
        ErrorRule::means(Reason::Billing).code("1113"),
        ErrorRule::means(Reason::Billing).code("1309"),
        // The calls of a day, and the quota of a period of the plan.
        ErrorRule::means(Reason::QuotaDaily).code("1304"),
        ErrorRule::means(Reason::QuotaExceeded).code("1308"),
        ErrorRule::means(Reason::QuotaExceeded).code("1310"),
        ErrorRule::means(Reason::Permission).code("1220"),
        ErrorRule::means(Reason::ModelNotFound).code("1311"),
        ErrorRule::means(Reason::ModelNotFound).code("1211"),
        ErrorRule::means(Reason::EndpointNotFound).code("1221"),
        ErrorRule::means(Reason::EndpointNotFound).code("1222"),
        ErrorRule::means(Reason::ProbeInvalid).code("1301"),
        // The model's load, not the account's.
        ErrorRule::means(Reason::Overloaded).code("1305"),
        ErrorRule::means(Reason::Overloaded).code("1312"),
        ErrorRule::means(Reason::Throttled).code("1302"),
        ErrorRule::means(Reason::Throttled).code("1303"),
        ErrorRule::means(Reason::Throttled).code("1313"),
        // The provider cannot read the account, or has lost its network.
        ErrorRule::means(Reason::ServerError).code("1120"),
        ErrorRule::means(Reason::ServerError).code("1234"),
    ],
    ..DIALECT
};
