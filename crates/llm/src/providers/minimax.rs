//! `MiniMax`: two platforms whose keys are not interchangeable.
//!
//! Sources: platform.minimax.io `docs/api-reference/errorcode`, as juspay/neurolink
//! `src/lib/providers/catalog/minimax.json` cites it (recorded 401 of the list without a key);
//! litellm 1.109.1 `litellm/llms/minimax` (the address of mainland China). The message ends with the
//! number of the error in parentheses.

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider};
use crate::task::{TaskEndpoint, TaskFormat};

pub(crate) static INTERNATIONAL: Provider = Provider {
    name: "minimax",
    title: "MiniMax",
    hosts: &[Host { name: "api", url: "https://api.minimax.io/v1" }],
    ..COMMON
};

pub(crate) static CHINA: Provider = Provider {
    name: "minimax-cn",
    title: "MiniMax (China)",
    hosts: &[Host { name: "api", url: "https://api.minimaxi.com/v1" }],
    ..COMMON
};

const COMMON: Provider = Provider {
    tasks: &[TaskEndpoint::at(TaskFormat::MiniMaxSpeech, "/t2a_v2").voice("male-qn-qingse")],
    // Usage comes unasked.
    chat_extra: "{}",
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).code("authorized_error"),
        ErrorRule::means(Reason::AuthInvalid).texts(&["(1004)"]),
        ErrorRule::means(Reason::AuthInvalid).texts(&["(2049)"]),
        ErrorRule::means(Reason::Billing).code("insufficient_balance_error"),
        ErrorRule::means(Reason::Billing).texts(&["(1008)"]),
        ErrorRule::means(Reason::Billing).status(500).texts(&["(1008)"]),
        ErrorRule::means(Reason::Throttled).texts(&["(1002)"]),
        ErrorRule::means(Reason::Throttled).texts(&["(1039)"]),
    ],
    request_ids: &["trace-id", "x-request-id"],
    ..DIALECT
};
