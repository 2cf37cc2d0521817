//! DeepSeek.

use allclear_core::reason::Reason;

use super::{DIALECT, MODELS_CHECK};
use crate::provider::{
    Host, KeyCheck, KeyShape, PageShape, Provider, Sign, StatusPage, SuccessRefusal, Usage,
};

pub(crate) static TABLE: Provider = Provider {
    name: "deepseek",
    title: "DeepSeek",
    hosts: &[Host { name: "api", url: "https://api.deepseek.com" }],
    key: Some(KeyCheck { path: "/user/balance", shape: KeyShape::DeepSeek, ..MODELS_CHECK }),
    refusals: &[SuccessRefusal {
        pointer: "/is_available",
        when: Sign::False,
        reason: Reason::Billing,
        message: "the balance is used up",
    }],
    request_ids: &["x-ds-trace-id"],
    usage: &[Usage::DeepSeekBalance],
    status_page: Some(StatusPage {
        url: "https://status.deepseek.com/api/v2/summary.json",
        shape: PageShape::Statuspage,
        component: None,
    }),
    key_prefixes: &["sk-"],
    ..DIALECT
};
