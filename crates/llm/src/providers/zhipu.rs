//! Zhipu: Z.ai for the world, `BigModel` for mainland China, with the same codes of errors.
//!
//! Sources: docs.z.ai `api-reference/api-code`; docs.bigmodel.cn `cn/api/api-code`; juspay/neurolink
//! `src/lib/providers/catalog/z-ai.json` (recorded 401 of the list without a key).

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::provider::{Host, Provider};
use crate::row::Row;

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
    ..COMMON
};

const COMMON: Provider = Provider {
    // Usage comes unasked.
    chat_extra: "{}",
    errors: &[
        // Tokens that are missing, malformed, expired or refused, and accounts that are locked.
        Row::means(Reason::AuthInvalid).code("1000"),
        Row::means(Reason::AuthInvalid).code("1001"),
        Row::means(Reason::AuthInvalid).code("1002"),
        Row::means(Reason::AuthInvalid).code("1003"),
        Row::means(Reason::AuthInvalid).code("1004"),
        Row::means(Reason::AuthInvalid).code("1005"),
        Row::means(Reason::AuthInvalid).code("1110"),
        Row::means(Reason::AuthInvalid).code("1111"),
        Row::means(Reason::AuthInvalid).code("1112"),
        Row::means(Reason::AuthInvalid).code("1121"),
        // Arrears, and a plan that ended.
        Row::means(Reason::Billing).code("1113"),
        Row::means(Reason::Billing).code("1309"),
        // The calls of a day, and the quota of a period of the plan.
        Row::means(Reason::QuotaDaily).code("1304"),
        Row::means(Reason::QuotaExceeded).code("1308"),
        Row::means(Reason::QuotaExceeded).code("1310"),
        Row::means(Reason::Permission).code("1220"),
        Row::means(Reason::Permission).code("1311"),
        Row::means(Reason::ModelNotFound).code("1211"),
        Row::means(Reason::EndpointNotFound).code("1221"),
        Row::means(Reason::EndpointNotFound).code("1222"),
        Row::means(Reason::ProbeInvalid).code("1301"),
        // The model's load, not the account's.
        Row::means(Reason::Overloaded).code("1305"),
        Row::means(Reason::Overloaded).code("1312"),
        Row::means(Reason::Throttled).code("1302"),
        Row::means(Reason::Throttled).code("1303"),
        Row::means(Reason::Throttled).code("1313"),
        // The provider cannot read the account, or has lost its network.
        Row::means(Reason::ServerError).code("1120"),
        Row::means(Reason::ServerError).code("1234"),
    ],
    ..DIALECT
};
