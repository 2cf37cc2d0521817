//! Moonshot AI (Kimi): two platforms whose keys are not interchangeable.
//!
//! Sources: platform.kimi.ai `docs/api/errors`; docs.rs quotas 0.4.0 `docs-usage/kimi.md` (balance);
//! juspay/neurolink `src/lib/providers/catalog/moonshot-ai.json`; kimi.com `help/kimi-api`. The form
//! of its rate headers is not documented.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::classify::ErrorRule;
use crate::provider::{Host, KeyCheck, Provider, Sign, SuccessRefusal};

/// The international platform, which bills in US dollars.
pub(crate) static INTERNATIONAL: Provider = Provider {
    name: "moonshot",
    title: "Moonshot AI",
    hosts: &[Host { name: "api", url: "https://api.moonshot.ai/v1" }],
    ..COMMON
};

/// The platform of mainland China, which bills in yuan.
pub(crate) static CHINA: Provider = Provider {
    name: "moonshot-cn",
    title: "Moonshot AI (China)",
    hosts: &[Host { name: "api", url: "https://api.moonshot.cn/v1" }],
    ..COMMON
};

const COMMON: Provider = Provider {
    key: Some(KeyCheck { path: "/users/me/balance", ..MODELS_CHECK }),
    errors: &[
        ErrorRule::means(Reason::Permission).code("permission_denied_error"),
        ErrorRule::means(Reason::Billing).status(403).texts(&["balance"]),
    ],
    refusals: &[SuccessRefusal {
        pointer: "/data/available_balance",
        when: Sign::Exhausted,
        reason: Reason::Billing,
        message: "the balance is used up",
    }],
    key_prefixes: &["sk-"],
    ..DIALECT
};
