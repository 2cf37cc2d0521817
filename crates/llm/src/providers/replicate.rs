//! Replicate: reach and token only. Its predictions are no chat, and its list names all public models.
//!
//! Sources: litellm 1.109.1 `litellm/llms/replicate`; replicate.com `docs/reference/http`
//! (`/v1/account`); bentleypark/aiwatch (form of the status page).

use super::{DIALECT, MODELS_CHECK};
use crate::provider::{Host, KeyCheck, PageShape, Provider, Reach, StatusPage};

const ACCOUNT: &str = "/account";

pub(crate) static TABLE: Provider = Provider {
    name: "replicate",
    title: "Replicate",
    hosts: &[Host { name: "api", url: "https://api.replicate.com/v1" }],
    completions: &[],
    reach: Reach { host: "api", path: ACCOUNT, expected: &[401] },
    key: Some(KeyCheck { path: ACCOUNT, ..MODELS_CHECK }),
    list: None,
    status_page: Some(StatusPage {
        url: "https://www.replicatestatus.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: Some("HTTP API"),
    }),
    key_prefixes: &["r8_"],
    ..DIALECT
};
