//! The kinds of channel of the function: those of every machine, and those of AWS.

use allclear_aws::cloud::Cloud;
use allclear_aws::{ses::SesKinds, sns::SnsKinds};
use allclear_channels::{ChannelSettings, Channels};
use allclear_core::channel::JoinedKinds;
use allclear_engine::InvocationFailure;
use allclear_runtime::lambda;

pub(crate) type NotifierKinds = JoinedKinds<Channels, JoinedKinds<SnsKinds, SesKinds>>;

/// Creates the kinds with the proxies and the topic that the environment names.
pub(crate) fn kinds(cloud: &Cloud) -> Result<NotifierKinds, InvocationFailure> {
    let settings = ChannelSettings::new(lambda::trusted_roots()).with_proxies(lambda::proxies());
    let everywhere = Channels::new(settings).map_err(lambda::unusable)?;
    let sns = SnsKinds::new(lambda::optional("ALLCLEAR_TOPIC"), Some(cloud));
    Ok(JoinedKinds(everywhere, JoinedKinds(sns, SesKinds::new(Some(cloud)))))
}
