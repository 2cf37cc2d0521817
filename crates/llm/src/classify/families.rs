//! Families: servers that are met under several names, with codes of their own.
//!
//! A gateway or a compatible server passes the errors of many providers on. A family recognizes its
//! own errors by their shape, so that its rules apply whatever the check calls the provider.

mod aws;
mod baidu;
mod cloudflare;
mod dashscope;
mod firewall;
mod gateways;
mod google;
mod hosted;
mod minimax;
mod openai;
mod tencent;
mod volcengine;
mod zhipu;

use super::rule::{ErrorContext, ErrorRule};

/// A family of servers.
#[derive(Debug)]
pub(crate) struct ServerFamily {
    /// The first part of the ids of its rules.
    pub(crate) name: &'static str,
    /// Checks whether an error has the family's shape.
    pub(crate) wrote: fn(&ErrorContext<'_>) -> bool,
    /// The providers whose errors belong to the family in any shape.
    pub(crate) of: &'static [&'static str],
    /// The rules.
    pub(crate) rules: &'static [ErrorRule],
}

/// All families in the order in which they are tried.
pub(crate) static FAMILIES: &[ServerFamily] = &[
    cloudflare::EDGE,
    cloudflare::API,
    firewall::FAMILY,
    openai::FAMILY,
    google::FAMILY,
    aws::FAMILY,
    dashscope::FAMILY,
    zhipu::FAMILY,
    minimax::FAMILY,
    volcengine::FAMILY,
    tencent::FAMILY,
    baidu::FAMILY,
    baidu::SPARK,
    hosted::MOONSHOT,
    hosted::SILICONFLOW,
    hosted::NOVITA,
    hosted::GITHUB_MODELS,
    hosted::WATSONX,
    gateways::ONE_API,
    gateways::LITELLM,
    gateways::API_GATEWAY,
];

/// Accepts any error: for a family whose codes no other server uses.
const fn anything(_: &ErrorContext<'_>) -> bool {
    true
}
