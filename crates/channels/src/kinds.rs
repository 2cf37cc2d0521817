//! The list of the kinds of channel. A new kind is its module and one line here.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::channel::{ChannelKinds, SendSpec, Sender};
use allclear_core::checker::ParamProblem;
use allclear_core::proxy::ProxySettings;
use rustls::RootCertStore;

use crate::client::{Client, ClientError};
use crate::{log, params, slack, webhook};

/// What all channels share.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The authorities whose certificates are trusted.
    pub roots: Arc<RootCertStore>,
    /// The limit for one try, from the connection to the last byte of the answer.
    pub try_timeout: Duration,
    /// The proxies for channels that set none.
    pub proxies: ProxySettings,
}

impl Settings {
    /// Settings that trust `roots`, with 10 s for a try and without a proxy.
    #[must_use]
    pub fn new(roots: Arc<RootCertStore>) -> Self {
        Self { roots, try_timeout: Duration::from_secs(10), proxies: ProxySettings::default() }
    }
}

/// The kinds of channel that there are, with the HTTP client that they share.
#[derive(Debug, Clone)]
pub struct Channels {
    client: Client,
}

type Built = Result<Box<dyn Sender>, Vec<ParamProblem>>;

struct Kind {
    name: &'static str,
    schema: fn() -> serde_json::Value,
    build: fn(&Client, &serde_json::Value) -> Built,
}

const KINDS: [Kind; 3] = [
    Kind { name: "slack", schema: params::schema::<slack::Params>, build: slack::build },
    Kind { name: "webhook", schema: params::schema::<webhook::Params>, build: webhook::build },
    Kind { name: "log", schema: params::schema::<log::Params>, build: log::build },
];

impl Channels {
    /// The kinds of channel, over one HTTP client with these settings.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        Ok(Self { client: Client::new(settings)? })
    }
}

impl ChannelKinds for Channels {
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        find(kind).map(|kind| (kind.schema)())
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let Some(kind) = find(&spec.kind) else {
            let what = format!("there is no kind of channel `{}`", spec.kind);
            let hint = format!("the kinds are {}", self.names().join(", "));
            return Err(vec![ParamProblem::at([], what, Some(&hint))]);
        };
        (kind.build)(&self.client, &spec.params)
    }
}

fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
