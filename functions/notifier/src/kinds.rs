//! The kinds of channel and of action that the function has.

use allclear_actions::WebhookActions;
use allclear_aws::actions::AwsActions;
use allclear_aws::cloud::Cloud;
use allclear_aws::{ses::SesKinds, sns::SnsKinds};
use allclear_channels::{ChannelSettings, Channels};
use allclear_core::channel::JoinedKinds;
use allclear_engine::InvocationFailure;
use allclear_runtime::lambda;

pub(crate) type NotifierKinds = JoinedKinds<Channels, JoinedKinds<SnsKinds, SesKinds>>;

/// The kinds of action that need no machine. `allclear apply` refuses the others.
pub(crate) type NotifierActions = JoinedKinds<WebhookActions<Channels>, AwsActions>;

/// Creates the kinds with the proxies and the topic that the environment names.
pub(crate) fn kinds(cloud: &Cloud) -> Result<(NotifierKinds, NotifierActions), InvocationFailure> {
    let settings = ChannelSettings::new(lambda::trusted_roots()).with_proxies(lambda::proxies());
    let everywhere = Channels::new(settings).map_err(lambda::unusable)?;
    let sns = SnsKinds::new(lambda::optional("ALLCLEAR_TOPIC"), Some(cloud));
    let aws = JoinedKinds(sns, SesKinds::new(Some(cloud)));
    let actions = JoinedKinds(WebhookActions(everywhere.clone()), AwsActions::new(Some(cloud)));
    Ok((JoinedKinds(everywhere, aws), actions))
}
