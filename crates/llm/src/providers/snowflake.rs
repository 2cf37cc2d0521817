//! Snowflake Cortex: an address of each account; asked with a programmatic access token.
//!
//! Sources: docs.snowflake.com `user-guide/snowflake-cortex/cortex-rest-api` (addresses, statuses)
//! and `open_ai_sdk`; litellm 1.109.1 `litellm/llms/snowflake`. There is no list and no check of a
//! token at no cost. A JSON web token needs a further header, and is not covered.

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Api, Endpoint, Host, PageShape, Provider, Reach, StatusPage};
use crate::task::{TaskEndpoint, TaskFormat};

const CHAT: &str = "/api/v2/cortex/v1/chat/completions";

pub(crate) static TABLE: Provider = Provider {
    name: "snowflake",
    title: "Snowflake Cortex",
    hosts: &[Host { name: "api", url: "" }],
    optional_base_suffixes: &["/api/v2/cortex/v1"],
    completions: &[
        Endpoint { api: Api::Chat, host: "api", path: CHAT },
        Endpoint { api: Api::Messages, host: "api", path: "/api/v2/cortex/v1/messages" },
    ],
    tasks: &[TaskEndpoint::at(TaskFormat::SnowflakeEmbed, "/api/v2/cortex/inference:embed")],
    headers: &[("x-snowflake-authorization-token-type", "PROGRAMMATIC_ACCESS_TOKEN")],
    reach: Reach { host: "api", path: CHAT, expected: &[400, 401, 403, 405] },
    key: None,
    list: None,
    token_cap: "max_completion_tokens",
    errors: &[
        ErrorRule::means(Reason::AuthInvalid).texts(&["programmatic access token", "invalid"]),
        ErrorRule::means(Reason::ModelNotFound).status(400).texts(&["unknown model"]),
    ],
    request_ids: &["x-snowflake-request-id", "x-request-id"],
    status_page: Some(StatusPage {
        url: "https://status.snowflake.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    ..DIALECT
};
