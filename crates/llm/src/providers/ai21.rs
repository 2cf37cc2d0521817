//! AI21 Labs.
//!
//! Sources: juspay/neurolink `src/lib/providers/catalog/ai21.json` (recorded answers without a key,
//! statuses of docs.ai21.com `reference/jamba-api-response`). The list is empty for every
//! account, so that nothing proves a key but a completion.

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider, Reach};

pub(crate) static TABLE: Provider = Provider {
    name: "ai21",
    title: "AI21 Labs",
    hosts: &[Host { name: "api", url: "https://api.ai21.com/studio/v1" }],
    chat_extra: "{}",
    reach: Reach { host: "api", path: "/models", expected: &[200, 401, 403] },
    key: None,
    list: None,
    errors: &[ErrorRule::means(Reason::AuthInvalid).texts(&["bad or missing authentication"])],
    ..DIALECT
};
