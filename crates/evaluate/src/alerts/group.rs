//! Stage `group`: the alerts that one notification names.
//!
//! One notification of a channel names all alerts of one monitor.

use std::collections::BTreeMap;

use allclear_core::id::ChannelId;

use super::firing_alert::FiringAlert;
use super::route::Routed;

/// The alerts that one notification of a channel names.
pub(super) struct AlertGroup<'a> {
    pub(super) channel: &'a ChannelId,
    /// At least one.
    pub(super) alerts: Vec<FiringAlert<'a>>,
}

/// Returns one group for each channel, in the order of their ids.
pub(super) fn by_channel(routed: Vec<Routed<'_>>) -> Vec<AlertGroup<'_>> {
    let mut groups: BTreeMap<&ChannelId, Vec<FiringAlert<'_>>> = BTreeMap::new();
    for Routed { alert, channels } in routed {
        for channel in channels {
            groups.entry(channel).or_default().push(alert);
        }
    }
    groups.into_iter().map(|(channel, alerts)| AlertGroup { channel, alerts }).collect()
}
