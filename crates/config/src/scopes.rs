//! Selections of monitors, as rules, channels and windows specify them.

use allclear_core::id::MonitorId;
use allclear_core::rule::RuleScope;

use crate::names::DefinedNames;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::SpannedError;

/// Returns the selection, and reports every name in it that does not exist.
pub(crate) fn scope(
    monitors: &[AtText<MonitorId>],
    groups: &[Spanned<String>],
    tags: &[Spanned<String>],
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> RuleScope {
    findings.extend(
        monitors.iter().filter_map(|id| names.unknown_monitor(id.get().as_str(), &id.span)),
    );
    findings
        .extend(groups.iter().filter_map(|group| names.unknown_group(&group.value, &group.span)));
    findings.extend(tags.iter().filter_map(|tag| names.unknown_tag(&tag.value, &tag.span)));
    RuleScope {
        monitors: monitors.iter().map(|id| id.get().clone()).collect(),
        groups: groups.iter().map(|group| group.value.clone()).collect(),
        tags: tags.iter().map(|tag| tag.value.clone()).collect(),
    }
}
