//! The causes of differences between suppressions.

use allclear_core::Timestamp;
use allclear_core::event::Suppression;
use allclear_core::status::Severity;

use super::{Causes, Explainer};
use crate::compared_alert::{ComparedAlert, Side};
use crate::decided::subject;
use crate::difference::DifferenceCause;
use crate::evidence_index::TOLERANCE;
use crate::story::stage_of;

impl Explainer<'_> {
    /// Returns the causes of the difference between two suppressions, at least one of which exists.
    pub(crate) fn suppression_causes(
        &self,
        old: Option<&Suppression>,
        new: Option<&Suppression>,
    ) -> Vec<DifferenceCause> {
        let mut causes = Causes::default();
        let Some(one) = old.or(new) else { return Vec::new() };
        let Some(about) = subject(&one.alert) else { return Vec::new() };
        let recorded = old.map(|it| self.recorded.span(&it.alert, it.at));
        let simulated = new.map(|it| self.simulated.span(&it.alert, it.at));
        let severity = [&recorded, &simulated].into_iter().flatten().find_map(|it| it.severity);
        let severity = severity.unwrap_or(Severity::Critical);
        let alert = ComparedAlert {
            about: &about,
            at: one.at,
            fault: None,
            severity,
            absent: match (old, new) {
                (Some(_), None) => Some(Side::Replay),
                (None, Some(_)) => Some(Side::Records),
                (Some(_), Some(_)) | (None, None) => None,
            },
            recorded,
            simulated,
        }
        .completed(&self.recorded, &self.simulated);
        if !self.lifecycle_causes(&alert, &mut causes) {
            self.later_suppression_causes(&alert, one, &mut causes);
        }
        causes.sorted()
    }

    fn later_suppression_causes(
        &self,
        alert: &ComparedAlert<'_>,
        one: &Suppression,
        causes: &mut Causes,
    ) {
        let present = match alert.absent {
            Some(side) => side.other(),
            None => Side::Records,
        };
        let mut changes = self.configs.suppression(one.by, &alert.properties());
        changes.extend(self.removed_parents(one));
        changes.extend(self.related(alert, present));
        let Some(absent) = alert.absent else {
            if causes.0.is_empty() || !changes.is_empty() {
                let text = format!("{} began at another time", one.by.as_str());
                causes.push_with(stage_of(one.by), changes, text);
            }
            return;
        };
        let Some(span) = alert.span(absent) else { return };
        let side = self.side(absent);
        let other = side.suppression(&span.id, one.at).filter(|it| it.by != one.by);
        if let Some(other) = other {
            if stage_of(other.by) <= stage_of(one.by) {
                return self.push_suppression(alert, other, absent, causes);
            }
            let (by, later, place) = (one.by.as_str(), other.by.as_str(), absent.place());
            let text = format!(
                "not suppressed by {by} {place}, but at a later stage by {later}: {}",
                other.reason
            );
            return causes.push_with(stage_of(one.by), changes, text);
        }
        let until = one.at.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX);
        let notices = side.deliveries(&span.id);
        let sent = notices.iter().rfind(|it| it.created_at <= until).or_else(|| notices.first());
        let place = absent.place();
        let text = match sent {
            Some(sent) => {
                format!("`{}` was notified at {:.0} {place}", sent.channel, sent.created_at)
            }
            None => format!("the alert was not suppressed by {} {place}", one.by.as_str()),
        };
        causes.push_with(stage_of(one.by), changes, text);
    }
}
