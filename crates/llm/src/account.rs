//! Accounts: what one monitor uses of a provider.

use std::collections::BTreeMap;

use url::Url;

use crate::provider::{Api, Provider};

/// One monitor's account with a provider, without its keys.
#[derive(Debug, Clone)]
pub struct Account {
    /// The provider.
    pub provider: &'static Provider,
    /// Where it is asked, by the name of the host in the provider's table; its own addresses where
    /// one is missing here.
    pub hosts: BTreeMap<String, Url>,
    /// How completions are asked for.
    pub api: Api,
    /// The model, or on Azure the deployment; `None` where nothing is completed.
    pub model: Option<String>,
    /// The region of AWS, for Bedrock; the Azure resource's API version, and the like.
    pub options: Options,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// What is added to the body of a completion as it is.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// What only some providers ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The region, such as `us-east-1`.
    pub region: Option<String>,
    /// The API version.
    pub api_version: Option<String>,
    /// The organization.
    pub organization: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// How much the model is to reason: `none`, `minimal`, `low`, …
    pub reasoning_effort: Option<String>,
}
