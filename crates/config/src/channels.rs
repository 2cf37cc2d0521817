//! `[[channel]]`: where notifications go, and which of them.

use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::status::Severity;

use crate::finding::Finding;
use crate::names::Names;
use crate::raw;
use crate::scopes::scope;

/// The channel; `None` if it lacks what it cannot be without, which is reported.
pub(crate) fn channel(
    raw: &raw::Channel,
    send: Option<SendSpec>,
    names: &Names,
    findings: &mut Vec<Finding>,
) -> Option<Channel> {
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    Some(Channel {
        id: raw.id.as_ref()?.get().clone(),
        send: send?,
        filter: ChannelFilter {
            min_severity: raw.min_severity.as_ref().map_or(Severity::Info, |severity| severity.0),
            faults: raw.faults.iter().map(|fault| fault.0).collect(),
            scope,
        },
    })
}
