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

/// Creates the kinds over `cloud`; `topic` is the ARN of the stack's own topic.
pub(crate) fn all(
    cloud: &Cloud,
    topic: Option<String>,
) -> Result<(NotifierKinds, NotifierActions), InvocationFailure> {
    let settings = ChannelSettings::new(lambda::trusted_roots()).with_proxies(lambda::proxies());
    let channels = Channels::new(settings).map_err(lambda::unusable)?;
    let sns = SnsKinds::new(topic, Some(cloud));
    let aws = JoinedKinds(sns, SesKinds::new(Some(cloud)));
    let actions = JoinedKinds(WebhookActions(channels.clone()), AwsActions::new(Some(cloud)));
    Ok((JoinedKinds(channels, aws), actions))
}
