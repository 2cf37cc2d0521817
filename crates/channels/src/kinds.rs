//! The kinds of channel, and the one list of them.
//!
//! A kind is a module with its `Params` and the function `build`. Its name in a config is the name of the module.

mod datadog;
mod dingtalk;
mod discord;
mod email;
mod feishu;
mod google_chat;
mod log;
mod ntfy;
mod pagerduty;
mod slack;
mod slack_bot;
mod teams;
mod telegram;
mod webhook;
mod wecom;

use allclear_core::channel::{ChannelKinds, ChannelSchemas, SendSpec, Sender};
use allclear_core::checker::ParamProblem;

use crate::client::{ChannelClient, ClientError};
use crate::params;
use crate::settings::ChannelSettings;

/// Makes the lists of builders and of schemas from one list of modules.
macro_rules! kinds {
    ($($module:ident),+) => {
        const KINDS: &[ChannelKind] =
            &[$(ChannelKind { name: stringify!($module), build: $module::build }),+];

        /// The JSON Schema of the parameters of each kind. A list apart from the builders, because a
        /// program that only sends does not link schemas.
        const SCHEMAS: &[(&str, ParamsSchema)] =
            &[$((stringify!($module), params::schema::<$module::Params>)),+];
    };
}

kinds![
    slack,
    webhook,
    email,
    pagerduty,
    datadog,
    slack_bot,
    teams,
    discord,
    telegram,
    google_chat,
    feishu,
    dingtalk,
    wecom,
    ntfy,
    log
];

/// The available kinds of channel, with the HTTP client that they share.
#[derive(Debug, Clone)]
pub struct Channels {
    client: ChannelClient,
}

type BuiltSender = Result<Box<dyn Sender>, Vec<ParamProblem>>;

struct ChannelKind {
    name: &'static str,
    build: fn(&ChannelClient, &serde_json::Value) -> BuiltSender,
}

/// Returns the JSON Schema of the parameters of a kind.
type ParamsSchema = fn() -> serde_json::Value;

impl Channels {
    /// Creates the kinds of channel over one HTTP client with these settings.
    ///
    /// # Errors
    ///
    /// Fails if the TLS library or the HTTP library rejects the settings.
    pub fn new(settings: ChannelSettings) -> Result<Self, ClientError> {
        Ok(Self { client: ChannelClient::new(settings)? })
    }

    /// Returns the HTTP client.
    pub(crate) fn client(&self) -> &ChannelClient {
        &self.client
    }
}

impl ChannelKinds for Channels {
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let Some(kind) = find(&spec.kind) else {
            let what = format!("unknown kind of channel `{}`", spec.kind);
            let hint = format!("known: {}", self.names().join(", "));
            return Err(vec![ParamProblem::at([], what, Some(&hint))]);
        };
        (kind.build)(&self.client, &spec.params)
    }
}

impl ChannelSchemas for Channels {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        SCHEMAS.iter().find(|(name, _)| *name == kind).map(|(_, schema)| schema())
    }
}

fn find(name: &str) -> Option<&'static ChannelKind> {
    KINDS.iter().find(|kind| kind.name == name)
}
