//! `[[channel]]`: destinations of notifications, and their filters.

use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::status::Severity;

use crate::names::DefinedNames;
use crate::raw;
use crate::scopes::scope;
use crate::spanned_error::SpannedError;

/// Returns the channel; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn channel(
    raw: &raw::Channel,
    send: Option<SendSpec>,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
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
