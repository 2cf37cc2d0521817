//! The causes of notifications that differ because an earlier one about the same alert does.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;

use super::Explainer;
use crate::compared_alert::{ComparedAlert, Side};
use crate::decided::subjects;
use crate::difference::DifferenceCause;
use crate::evidence_index::is_close;
use crate::story::StoryStage;

impl Explainer<'_> {
    /// Returns the cause of a difference that follows from an earlier notification: the first one about the alert that only
    /// one side has, with its causes.
    pub(super) fn earlier_notice_cause(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> DifferenceCause {
        let lone = self.lone_notices(old, new);
        let explained = lone.iter().find_map(|(one, side)| {
            let causes = match side {
                Side::Records => self.stage_causes(Some(one), None),
                Side::Replay => self.stage_causes(None, Some(one)),
            };
            let causes = causes.sorted();
            let texts: Vec<&str> = causes.iter().map(|it| it.text.as_str()).collect();
            let text = format!("{}: {}", sentence(one, *side), texts.join("; "));
            Some(DifferenceCause { stage: causes.first()?.stage, text })
        });
        explained.unwrap_or_else(|| {
            // Only what is strictly earlier than both: of two decisions, each must not be the cause of the other.
            let given = old.into_iter().chain(new).map(|it| it.created_at).min();
            let earlier = lone.iter().find(|(it, _)| given.is_some_and(|at| it.created_at < at));
            let first = earlier.map(|(one, side)| sentence(one, *side));
            let text = first.unwrap_or_else(|| {
                "the notifications about the alert before it are the same on both sides".to_owned()
            });
            DifferenceCause { stage: StoryStage::Notice, text }
        })
    }

    /// Returns the earlier notifications about the first alert of a notification that only one side has, by time.
    fn lone_notices(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> Vec<(&Delivery, Side)> {
        let Some(one) = old.or(new) else { return Vec::new() };
        let all = subjects(one);
        let alert = all.first().and_then(|about| self.compared(about, old, new));
        let Some(alert) = alert else { return Vec::new() };
        let times = old.into_iter().chain(new).map(|it| it.created_at);
        let until = times.max().unwrap_or(one.created_at);
        let is_given = |it: &Delivery| old.into_iter().chain(new).any(|given| given.id == it.id);
        let of = |side: Side| self.notices_before(&alert, side, one, until);
        let (before_old, before_new) = (of(Side::Records), of(Side::Replay));
        let is_in = |all: &[&Delivery], one: &Delivery| all.iter().any(|it| is_same(it, one));
        let of_records = before_old.iter().filter(|it| !is_in(&before_new, it));
        let of_replay = before_new.iter().filter(|it| !is_in(&before_old, it));
        let of_records = of_records.map(|it| (*it, Side::Records));
        let mut lone: Vec<(&Delivery, Side)> = of_records
            .chain(of_replay.map(|it| (*it, Side::Replay)))
            .filter(|(it, _)| !is_given(it))
            .collect();
        lone.sort_by_key(|(it, _)| it.created_at);
        lone
    }

    fn notices_before(
        &self,
        alert: &ComparedAlert<'_>,
        side: Side,
        one: &Delivery,
        until: Timestamp,
    ) -> Vec<&Delivery> {
        let span = alert.span(side);
        let notices = span.map(|span| self.side(side).deliveries(&span.id)).unwrap_or_default();
        let is_before = |it: &&&Delivery| it.channel == one.channel && it.created_at <= until;
        notices.iter().filter(is_before).copied().collect()
    }
}

/// Returns true if two notifications about an alert are the same one.
pub(super) fn is_same(a: &Delivery, b: &Delivery) -> bool {
    a.notification.kind == b.notification.kind && is_close(a.created_at, b.created_at)
}

fn sentence(one: &Delivery, side: Side) -> String {
    let (id, at, place) = (&one.id, one.created_at, side.place());
    format!("the earlier notification {id} of {at:.0} is only {place}")
}
