//! The causes of differences between suppressions.

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::status::Severity;

use super::notices::is_same;
use super::{Causes, Explainer};
use crate::compared_alert::{ComparedAlert, Side};
use crate::decided::subject;
use crate::difference::DifferenceCause;
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

    /// Returns the suppression of an alert on the side that lacks a decision about it, unless the other side suppressed it
    /// alike.
    pub(super) fn lone_suppression(
        &self,
        alert: &ComparedAlert<'_>,
        absent: Side,
    ) -> Option<&Suppression> {
        let found = self.side(absent).suppression(&alert.span(absent)?.id, alert.at)?;
        let Some(own) = alert.span(absent.other()) else { return Some(found) };
        let side = self.side(absent.other());
        let is_alike = match found.by {
            // A channel that was notified stays so: an update follows in spite of it.
            SuppressedBy::AlreadyNotified | SuppressedBy::AllClear => {
                side.was_suppressed(&own.id, found.by, alert.at)
            }
            // A notification shows that the reason has ended.
            SuppressedBy::Maintenance
            | SuppressedBy::Silence
            | SuppressedBy::Dependency
            | SuppressedBy::Recovering
            | SuppressedBy::Cooldown
            | SuppressedBy::Impaired
            | SuppressedBy::RecentOutage
            | SuppressedBy::NoChannel
            | SuppressedBy::InactiveRoute => {
                side.suppression(&own.id, alert.at).is_some_and(|own| own.by == found.by)
            }
        };
        (!is_alike).then_some(found)
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
        let sent = self.told(alert, alert.absent.unwrap_or(Side::Replay), one.at);
        if let Some(sent) = sent.filter(|_| one.by == SuppressedBy::AlreadyNotified) {
            // The time at which a channel is notified decides which alerts find it notified.
            changes.extend(self.configs.grouping(&alert.properties(), &sent.channel));
        }
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
        let place = absent.place();
        let text = match sent {
            Some(sent) => {
                format!("`{}` was notified at {:.0} {place}", sent.channel, sent.created_at)
            }
            None => format!("the alert was not suppressed by {} {place}", one.by.as_str()),
        };
        causes.push_with(stage_of(one.by), changes, text);
    }

    /// Returns the notification that tells of an alert on a side: of those while it fires that the other side does not have,
    /// the one that is nearest to `at`.
    fn told(&self, alert: &ComparedAlert<'_>, side: Side, at: Timestamp) -> Option<&Delivery> {
        let of = |side: Side| {
            let span = alert.span(side);
            span.map(|span| self.side(side).deliveries(&span.id)).unwrap_or_default()
        };
        let tells = |one: &&&Delivery| match one.notification.kind {
            NoticeKind::Firing
            | NoticeKind::Updated
            | NoticeKind::Reminder
            | NoticeKind::Momentary => true,
            NoticeKind::Resolved | NoticeKind::Summary => false,
        };
        let is_lone = |one: &&Delivery| !of(side.other()).iter().any(|own| is_same(own, one));
        let distance = |one: &&Delivery| one.created_at.duration_since(at).unsigned_abs();
        let told: Vec<&Delivery> = of(side).iter().filter(tells).copied().collect();
        let lone = told.iter().copied().filter(is_lone).min_by_key(distance);
        lone.or_else(|| told.iter().copied().min_by_key(distance))
    }
}
