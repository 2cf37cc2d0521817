//! The list of the kinds of channel. A new kind needs its module, one line here, and one line for
//! its schema.

use allclear_core::channel::{ChannelKinds, ChannelSchemas, SendSpec, Sender};
use allclear_core::checker::ParamProblem;

use crate::client::{ChannelClient, ClientError};
use crate::settings::ChannelSettings;
use crate::{log, params, slack, webhook};

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

const KINDS: [ChannelKind; 3] = [
    ChannelKind { name: "slack", build: slack::build },
    ChannelKind { name: "webhook", build: webhook::build },
    ChannelKind { name: "log", build: log::build },
];

impl Channels {
    /// Creates the kinds of channel over one HTTP client with these settings.
    pub fn new(settings: ChannelSettings) -> Result<Self, ClientError> {
        Ok(Self { client: ChannelClient::new(settings)? })
    }
}

impl ChannelKinds for Channels {
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let Some(kind) = find(&spec.kind) else {
            let what = format!("unknown kind of channel `{}`", spec.kind);
            let hint = format!("choose from {}", self.names().join(", "));
            return Err(vec![ParamProblem::at([], what, Some(&hint))]);
        };
        (kind.build)(&self.client, &spec.params)
    }
}

impl ChannelSchemas for Channels {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        match kind {
            "slack" => Some(params::schema::<slack::Params>()),
            "webhook" => Some(params::schema::<webhook::Params>()),
            "log" => Some(params::schema::<log::Params>()),
            _ => None,
        }
    }
}

fn find(name: &str) -> Option<&'static ChannelKind> {
    KINDS.iter().find(|kind| kind.name == name)
}
