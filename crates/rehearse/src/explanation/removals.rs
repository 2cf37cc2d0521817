//! The causes of differences if the config of the records has lost a monitor or a rule.

use allclear_core::alert_group::ConfigEnd;
use allclear_core::event::{SuppressedBy, Suppression};

use super::Explainer;
use crate::compared_alert::ComparedAlert;
use crate::decided::{named, subject};
use crate::evidence_index::{TOLERANCE, is_close};
use crate::rehearsal::later;

impl Explainer<'_> {
    /// Returns the sentence about a change of the config that ended the alert, or one before it, in the records. The replay
    /// has one config for the whole period.
    pub(super) fn removal(&self, alert: &ComparedAlert<'_>) -> Option<String> {
        let spans = [&alert.recorded, &alert.simulated].into_iter().flatten();
        let from = spans.map(|span| span.pending_since).min()?;
        let until = later(alert.at, TOLERANCE);
        let ends = self.recorded.about(alert.about).flat_map(|id| {
            self.recorded.deliveries(id).iter().filter(|one| {
                one.notification.details.config_end.is_some()
                    && (is_close(one.created_at, from) || one.created_at >= from)
                    && one.created_at <= until
            })
        });
        let first = ends.min_by_key(|one| one.created_at)?;
        let (monitor, rule) = alert.about;
        // The message may have waited for the ends of other alerts.
        let of_subject = named(first).filter(|id| subject(id).as_ref() == Some(alert.about));
        let records = of_subject.filter_map(|id| self.recorded.decided.alerts.get(id));
        let at = records.filter_map(|one| one.resolved_at).max().unwrap_or(first.created_at);
        if first.notification.monitor != *monitor {
            return Some(format!("a change of the config of the records ended it at {at:.0}"));
        }
        Some(match first.notification.details.config_end? {
            ConfigEnd::MonitorRemoved => {
                format!(
                    "the monitor `{monitor}` was removed from the config of the records at {at:.0}"
                )
            }
            ConfigEnd::RuleRemoved => {
                format!("the rule `{rule}` was removed from the config of the records at {at:.0}")
            }
            ConfigEnd::RuleChanged => format!(
                "the rule `{rule}` was changed in the config of the records at {at:.0}, and no longer selected `{monitor}`"
            ),
        })
    }

    /// Returns the sentences about the monitors for which a suppression by a dependency waited, and that the config does not
    /// have.
    pub(super) fn removed_parents(&self, one: &Suppression) -> Vec<String> {
        if one.by != SuppressedBy::Dependency {
            return Vec::new();
        }
        let monitors = self.recorded.monitors();
        let is_named = |id: &str| one.reason.contains(&format!("`{id}`"));
        let named = monitors.filter(|id| is_named(id.as_str()));
        named.filter_map(|id| self.configs.missing_monitor(id)).collect()
    }
}
