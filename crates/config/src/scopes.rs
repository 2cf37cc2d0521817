//! Selections of monitors, as rules, channels and windows specify them.

use allclear_core::id::MonitorId;
use allclear_core::rule::Scope;

use crate::at::{At, AtText};
use crate::finding::Finding;
use crate::names::Names;

/// Returns the selection, and reports every name in it that does not exist.
pub(crate) fn scope(
    monitors: &[AtText<MonitorId>],
    groups: &[At<String>],
    tags: &[At<String>],
    names: &Names,
    findings: &mut Vec<Finding>,
) -> Scope {
    findings.extend(
        monitors.iter().filter_map(|id| names.unknown_monitor(id.get().as_str(), &id.span)),
    );
    findings
        .extend(groups.iter().filter_map(|group| names.unknown_group(&group.value, &group.span)));
    findings.extend(tags.iter().filter_map(|tag| names.unknown_tag(&tag.value, &tag.span)));
    Scope {
        monitors: monitors.iter().map(|id| id.get().clone()).collect(),
        groups: groups.iter().map(|group| group.value.clone()).collect(),
        tags: tags.iter().map(|tag| tag.value.clone()).collect(),
    }
}
