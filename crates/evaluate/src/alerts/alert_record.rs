//! The stored records of alerts.

use allclear_core::Timestamp;
use allclear_core::event::AlertRecord;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::state::Alert;

/// Returns the record of an alert that fires; `None` if it is pending.
pub(super) fn fired((monitor, rule): (&MonitorId, &RuleId), alert: &Alert) -> Option<AlertRecord> {
    let firing = alert.firing.as_ref()?;
    Some(AlertRecord {
        id: firing.id.clone(),
        monitor: monitor.clone(),
        rule: rule.clone(),
        severity: alert.severity,
        message: firing.message.clone(),
        pending_since: alert.since,
        fired_at: firing.at,
        resolved_at: None,
    })
}

/// Returns the record of an alert that was resolved at `at`. It may have fired while the recovery awaited its
/// confirmation, and thus later.
pub(super) fn resolved(
    key: (&MonitorId, &RuleId),
    alert: &Alert,
    at: Timestamp,
) -> Option<AlertRecord> {
    let record = fired(key, alert)?;
    Some(AlertRecord { resolved_at: Some(at.max(record.fired_at)), ..record })
}
