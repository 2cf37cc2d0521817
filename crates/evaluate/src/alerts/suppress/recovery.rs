//! Suppression around a recovery: no new notice is sent while a recovery awaits its confirmation, and no
//! separate notice of it follows an all-clear.

use allclear_core::event::SuppressedBy;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::rule::SERVICE_RECOVERY;
use allclear_core::state::Alert;

use crate::ConfigIndex;
use crate::alerts::firing_alert::{FiringAlert, is_recovering};
use crate::alerts::suppressed::SuppressionReason;

pub(super) fn reason(alert: &FiringAlert<'_>) -> Option<SuppressionReason> {
    if is_recovering(alert.state) {
        let reason = "the latest outcome is better, and a recovery awaits its confirmation";
        return Some((SuppressedBy::Recovering, reason.to_owned()));
    }
    let is_recovery = alert.id.as_str() == SERVICE_RECOVERY;
    let by = alert.firing.suppressed_by.filter(|by| is_recovery && covers_recovery(*by))?;
    let reason = match by {
        SuppressedBy::AllClear => "the all-clear covers it",
        SuppressedBy::Maintenance
        | SuppressedBy::Silence
        | SuppressedBy::Dependency
        | SuppressedBy::Recovering
        | SuppressedBy::Cooldown
        | SuppressedBy::Impaired
        | SuppressedBy::AlreadyNotified
        | SuppressedBy::RecentOutage
        | SuppressedBy::NoChannel
        | SuppressedBy::InactiveRoute => "no channel was notified of the outage",
    };
    Some((by, reason.to_owned()))
}

/// Returns the reason that makes a separate notice of a recovery unnecessary, given the alerts that ended with it: the
/// all-clear, or the suppression of everything that had to be notified about the monitor.
pub(in crate::alerts) fn covered_by(
    resolved: &[(RuleId, Alert)],
    id: &MonitorId,
    index: &ConfigIndex,
) -> Option<SuppressedBy> {
    let about_outcome = || {
        resolved.iter().filter_map(|(rule, alert)| {
            let rule = index.rule(id, rule)?;
            alert.firing.as_ref().filter(|_| rule.fault.is_none() && !rule.momentary)
        })
    };
    if about_outcome().any(|firing| !firing.notified.is_empty()) {
        return Some(SuppressedBy::AllClear);
    }
    about_outcome().filter_map(|firing| firing.suppressed_by).find(|by| hides_the_outage(*by))
}

fn covers_recovery(by: SuppressedBy) -> bool {
    by == SuppressedBy::AllClear || hides_the_outage(by)
}

/// Returns true if no channel is notified of an outage for this reason.
fn hides_the_outage(by: SuppressedBy) -> bool {
    by == SuppressedBy::InactiveRoute || by.is_about_the_monitor()
}
