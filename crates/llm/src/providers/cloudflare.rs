//! Cloudflare Workers AI, and Cloudflare's AI Gateway in front of other providers.
//!
//! Sources: developers.cloudflare.com `workers-ai/platform/errors`,
//! `changelog/post/2026-11-03-required-authentication` and `2026-10-05-provider-credential-errors`;
//! juspay/neurolink `src/lib/providers/catalog/cloudflare.json`; docs.docker.com
//! `ai/docker-agent/providers/cloudflare-ai-gateway`; promptfoo.dev `docs/providers/cloudflare-gateway`.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::call::{Authentication, WhichKey};
use crate::classify::ErrorRule;
use crate::provider::{
    Api, Endpoint, Host, KeyCheck, ListShape, ListedModels, ModelList, PageShape, Provider, Reach,
    StatusPage,
};
use crate::task::{TaskEndpoint, TaskFormat};

/// The models that complete text.
const SEARCH: &str =
    "/accounts/{organization}/ai/models/search?task=Text%20Generation&per_page=100";

/// The option `organization` is the id of the account.
pub(crate) static WORKERS_AI: Provider = Provider {
    name: "cloudflare",
    title: "Cloudflare Workers AI",
    hosts: &[Host { name: "api", url: "https://api.cloudflare.com/client/v4" }],
    completions: &[Endpoint {
        api: Api::Chat,
        host: "api",
        path: "/accounts/{organization}/ai/v1/chat/completions",
    }],
    tasks: &[TaskEndpoint::at(
        TaskFormat::OpenAiEmbeddings,
        "/accounts/{organization}/ai/v1/embeddings",
    )],
    listed_models: ListedModels::Chats,
    reach: Reach { host: "api", path: SEARCH, expected: &[400, 401, 403] },
    key: Some(KeyCheck { path: SEARCH, ..MODELS_CHECK }),
    list: Some(ModelList {
        host: "api",
        path: SEARCH,
        is_public: false,
        shape: ListShape::Name,
        cursor: None,
    }),
    errors: &[
        ErrorRule::means(Reason::ModelNotFound).code("3042"),
        // A private model, one whose terms are not agreed to, and an account that is blocked.
        ErrorRule::means(Reason::Permission).code("5018"),
        ErrorRule::means(Reason::Permission).code("3041"),
        ErrorRule::means(Reason::Permission).code("5016"),
        ErrorRule::means(Reason::Permission).code("3023"),
        ErrorRule::means(Reason::ServerError).code("3008"),
    ],
    request_ids: &["cf-ray"],
    status_page: Some(page("Workers AI")),
    ..DIALECT
};

/// The option `organization` is the id of the account, `project` the gateway's. The credentials of
/// the providers behind it are stored in the gateway.
pub(crate) static AI_GATEWAY: Provider = Provider {
    name: "cloudflare-ai-gateway",
    title: "Cloudflare AI Gateway",
    hosts: &[Host {
        name: "api",
        url: "https://gateway.ai.cloudflare.com/v1/{organization}/{project}/compat",
    }],
    authentication: Authentication::Key {
        key: WhichKey::Inference,
        header: "cf-aig-authorization",
        prefix: "Bearer ",
    },
    reach: Reach { host: "api", path: "/chat/completions", expected: &[400, 401, 403, 404, 405] },
    key: None,
    list: None,
    request_ids: &["cf-aig-log-id", "cf-ray"],
    status_page: Some(page("AI Gateway")),
    ..DIALECT
};

const fn page(component: &'static str) -> StatusPage {
    StatusPage {
        url: "https://www.cloudflarestatus.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: Some(component),
    }
}
