//! The kinds of check, channel and action of the command, as the documents describe them.

use std::sync::Arc;

use allclear_actions::{LocalActions, WebhookActions};
use allclear_aws::actions::AwsActions;
use allclear_aws::ses::SesKinds;
use allclear_aws::sns::SnsKinds;
use allclear_channels::{ChannelSettings, Channels};
use allclear_config::{Kinds, load, schema};
use allclear_core::action::ActionKinds;
use allclear_core::channel::{ChannelKinds, ChannelSchemas, JoinedKinds, SendSpec, Sender};
use allclear_core::checker::ParamProblem;
use allclear_probes::{ProbeSettings, Probes};
use rustls::RootCertStore;
use serde_json::Value;

/// All kinds of check, channel and action.
pub(crate) struct AllKinds {
    probes: Probes,
    channels: AllChannels,
    actions: JoinedKinds<WebhookActions<Channels>, JoinedKinds<LocalActions, AwsActions>>,
}

struct AllChannels {
    everywhere: Channels,
    aws: JoinedKinds<SnsKinds, SesKinds>,
}

impl ChannelKinds for AllChannels {
    fn names(&self) -> Vec<&'static str> {
        [self.everywhere.names(), self.aws.names()].concat()
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let is_aws = self.aws.names().contains(&spec.kind.as_str());
        if is_aws { self.aws.build(spec) } else { self.everywhere.build(spec) }
    }
}

impl ChannelSchemas for AllChannels {
    fn schema(&self, kind: &str) -> Option<Value> {
        self.everywhere.schema(kind).or_else(|| self.aws.schema(kind))
    }
}

impl AllKinds {
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = Arc::new(RootCertStore::empty());
        let everywhere = Channels::new(ChannelSettings::new(Arc::clone(&roots))).unwrap();
        let aws = JoinedKinds(SnsKinds::default(), SesKinds::default());
        let actions = JoinedKinds(LocalActions, AwsActions::default());
        let actions = JoinedKinds(WebhookActions(everywhere.clone()), actions);
        let channels = AllChannels { everywhere, aws };
        Self { probes: Probes::new(ProbeSettings::new(roots)), channels, actions }
    }

    fn kinds(&self) -> Kinds<'_> {
        Kinds { checks: &self.probes, channels: &self.channels, actions: &self.actions }
    }

    /// Returns the JSON Schema of the config.
    pub(crate) fn schema(&self) -> Value {
        schema(&self.kinds())
    }

    /// Checks a config. The error lists all its problems, warnings included.
    pub(crate) fn check(&self, name: &str, text: &str) -> Result<(), String> {
        let loaded = load(name, text, &self.kinds()).map_err(|it| format!("{name}: {it:#?}"))?;
        let warnings = loaded.warnings;
        if warnings.is_empty() { Ok(()) } else { Err(format!("{name}: {warnings:#?}")) }
    }

    /// Returns the names of the kinds of channel, in the order of the documentation.
    pub(crate) fn channels(&self) -> Vec<&'static str> {
        self.channels.names()
    }

    /// Returns the names of the kinds of action, in the order of the documentation.
    pub(crate) fn actions(&self) -> Vec<&'static str> {
        ActionKinds::names(&self.actions)
    }
}
