//! Hyperbolic.
//!
//! Sources: litellm 1.109.1 `litellm/llms/hyperbolic/chat/transformation.py`;
//! HyperbolicLabs/Hyperbolic-AgentKit `api/hyperbolic/get-current-balance` (the form of the answer is
//! not documented); api-evangelist/hyperbolic-ai `rate-limits` (402 and 429).

use super::{DIALECT, MODELS_CHECK};
use crate::provider::{Host, KeyCheck, Provider, Reach};

/// The credit of the account.
const BALANCE: &str = "/billing/get_current_balance";

pub(crate) static TABLE: Provider = Provider {
    name: "hyperbolic",
    title: "Hyperbolic",
    hosts: &[
        Host { name: "api", url: "https://api.hyperbolic.xyz/v1" },
        Host { name: "billing", url: "https://api.hyperbolic.xyz" },
    ],
    reach: Reach { host: "billing", path: BALANCE, expected: &[401, 403] },
    key: Some(KeyCheck { host: "billing", path: BALANCE, ..MODELS_CHECK }),
    ..DIALECT
};
