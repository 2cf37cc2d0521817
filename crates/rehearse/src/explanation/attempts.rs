//! The causes of differences between attempts of actions.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{ActionAttempt, AttemptCount};
use allclear_core::delivery::Delivery;
use allclear_core::id::{ActionId, MonitorId};

use super::{Causes, Explainer};
use crate::attempt::{is_attempt, recorded_changes};
use crate::compared_alert::{ComparedAlert, Side};
use crate::decided::{named, subject};
use crate::difference::DifferenceCause;
use crate::evidence_index::{EXACT, TOLERANCE, is_within};
use crate::pairing::are_of_one_outage;
use crate::rehearsal::{earlier, later};
use crate::story::StoryStage;

/// The time before the first attempt of one side in which attempts of the other side can count with it.
const COUNTED_TOGETHER: Duration = Duration::from_hours(24);

/// An attempt that one side has at another time than the other one, or alone.
#[derive(Clone, Copy)]
struct LoneAttempt<'a> {
    one: &'a Delivery,
    attempt: &'a ActionAttempt,
    side: Side,
    /// The time of the same attempt on the other side; `None` if that side does not have it.
    moved_to: Option<Timestamp>,
}

impl Explainer<'_> {
    pub(super) fn attempt_causes(
        &self,
        alert: &ComparedAlert<'_>,
        one: &Delivery,
        causes: &mut Causes,
    ) {
        let Some(attempt) = one.attempt() else { return };
        if let Some(change) = self.action_change(&attempt.action, one.created_at) {
            causes.push(StoryStage::Action, change);
        }
        // A reason that stops one message, such as a cooldown, stops no action.
        if let Some(absent) = alert.absent
            && let Some(suppression) = self.lone_suppression(alert, absent)
            && suppression.by.is_about_the_monitor()
        {
            self.push_suppression(alert, suppression, absent, causes);
        }
        if causes.0.is_empty()
            && let Some(muting) = self.configs.muting(&alert.properties())
        {
            causes.push(StoryStage::Suppress, muting);
        }
    }

    /// Returns the change of an action between the configs. If both are the same, as without `--before`, the change that the
    /// attempts recorded before `at` show.
    pub(super) fn action_change(&self, id: &ActionId, at: Timestamp) -> Option<String> {
        self.configs.action(id).or_else(|| self.recorded_action(id, at))
    }

    fn recorded_action(&self, id: &ActionId, at: Timestamp) -> Option<String> {
        let action = self.configs.present_action(id)?;
        let period = earlier(at, COUNTED_TOGETHER)..=later(at, TOLERANCE);
        let recorded = self.recorded.decided.attempts.iter().rev();
        let recorded = recorded.filter(|one| period.contains(&one.created_at) && is_attempt(one));
        let mut changes = recorded.map(|one| {
            let changes = one.attempt().filter(|attempt| attempt.action == *id);
            (one, changes.map(|old| recorded_changes(old, action)).unwrap_or_default())
        });
        let (one, changes) = changes.find(|(_, changes)| !changes.is_empty())?;
        let (changes, at) = (changes.join(", "), one.created_at);
        Some(format!("action `{id}`: {changes}, since the attempt of {at:.0} in the records"))
    }

    /// Returns the cause of a difference that follows from another attempt of the same action: the first attempt counted
    /// with it that differs, with its causes. Of two attempts, each is never the cause of the other: the cause is earlier, or
    /// it has causes of its own and the attempt in question has none.
    pub(super) fn earlier_attempt_cause(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> DifferenceCause {
        let lone = |tolerance| {
            old.or(new).map(|one| self.lone_attempts(one, tolerance)).unwrap_or_default()
        };
        let (lone, moved) = (lone(TOLERANCE), lone(EXACT));
        let given = old.into_iter().chain(new).map(|it| it.created_at).min();
        let is_earlier =
            |other: &&LoneAttempt<'_>| given.is_some_and(|at| other.one.created_at < at);
        let has_own = !self.own_causes(old, Side::Records).is_empty()
            || !self.own_causes(new, Side::Replay).is_empty();
        // One that moved by less than the tolerance is a cause only if a change of the config is behind it.
        let explaining = lone.iter().chain(&moved).filter(|other| is_earlier(other) || !has_own);
        let mut explained = explaining.filter_map(|other| {
            let texts = self.own_causes(Some(other.one), other.side);
            (!texts.is_empty()).then(|| format!("{}: {}", other.sentence(), texts.join("; ")))
        });
        let text =
            explained.next().or_else(|| lone.iter().find(is_earlier).map(LoneAttempt::sentence));
        let text = text.unwrap_or_else(|| {
            "the attempts before it are the same, and their results, or the outcomes that call for it, are not"
                .to_owned()
        });
        DifferenceCause { stage: StoryStage::Action, text }
    }

    /// Returns the causes of an attempt of one side that do not follow from another attempt.
    fn own_causes(&self, one: Option<&Delivery>, side: Side) -> Vec<String> {
        if one.is_none() {
            return Vec::new();
        }
        let causes = match side {
            Side::Records => self.stage_causes(one, None),
            Side::Replay => self.stage_causes(None, one),
        };
        causes.sorted().into_iter().map(|it| it.text).collect()
    }

    /// Returns the other attempts that are counted with an attempt and that one side does not have at that time, in the
    /// order of their times. Times that differ by at most `tolerance` are the same.
    fn lone_attempts(&self, one: &Delivery, tolerance: Duration) -> Vec<LoneAttempt<'_>> {
        let (old, new) = (self.counted(one, Side::Records), self.counted(one, Side::Replay));
        let is_in =
            |of: &[&Delivery], one: &Delivery| of.iter().any(|it| is_same(it, one, tolerance));
        let of_records = old.iter().filter(|it| !is_in(&new, it)).map(|it| (*it, Side::Records));
        let of_replay = new.iter().filter(|it| !is_in(&old, it)).map(|it| (*it, Side::Replay));
        let mut lone: Vec<LoneAttempt<'_>> = of_records
            .chain(of_replay)
            .filter(|(it, _)| it.id != one.id)
            .filter_map(|(one, side)| {
                let moved = match side {
                    Side::Records => &new,
                    Side::Replay => &old,
                };
                let moved = moved.iter().find(|it| self.is_same_attempt(one, side, it));
                let moved_to = moved.map(|it| it.created_at);
                Some(LoneAttempt { one, attempt: one.attempt()?, side, moved_to })
            })
            .collect();
        lone.sort_by_key(|it| it.one.created_at);
        lone
    }

    /// Checks whether an attempt of a side is that of the other side at another time.
    fn is_same_attempt(&self, one: &Delivery, side: Side, other: &Delivery) -> bool {
        let number = |one: &Delivery| one.attempt().map(|attempt| attempt.number);
        let (Some(alert), Some(other_alert)) = (named(one).next(), named(other).next()) else {
            return false;
        };
        let span = self.side(side).span(alert, one.created_at);
        let other_span = self.side(side.other()).span(other_alert, other.created_at);
        number(one) == number(other)
            && subject(alert) == subject(other_alert)
            && are_of_one_outage((one, &span), (other, &other_span))
    }

    /// Returns the attempts of a side that are counted with an attempt, up to its time.
    fn counted(&self, one: &Delivery, side: Side) -> Vec<&Delivery> {
        let Some(attempt) = one.attempt() else { return Vec::new() };
        let monitor = self.counting_monitor(one, attempt);
        let until = later(one.created_at, TOLERANCE);
        let begin = earlier(one.created_at, COUNTED_TOGETHER);
        let of_action = |it: &&Delivery| {
            it.attempt().is_some_and(|it| it.action == attempt.action)
                && is_attempt(it)
                && (begin..=until).contains(&it.created_at)
                && monitor.is_none_or(|monitor| it.notification.monitor == *monitor)
        };
        let all: Vec<&Delivery> =
            self.side(side).decided.attempts.iter().filter(of_action).collect();
        // The attempts from the latest first one on.
        let is_first = |it: &&Delivery| it.attempt().is_some_and(|it| it.number == 1);
        let first = all.iter().rposition(is_first).unwrap_or_default();
        all.into_iter().skip(first).collect()
    }

    /// Returns the monitor whose attempts are counted on their own; `None` if those for all monitors count together under
    /// one of the configs.
    fn counting_monitor<'d>(
        &self,
        one: &'d Delivery,
        attempt: &ActionAttempt,
    ) -> Option<&'d MonitorId> {
        let counts = self.configs.action_counts(&attempt.action);
        let is_separate = counts.iter().all(|count| *count == AttemptCount::PerMonitor);
        is_separate.then_some(&one.notification.monitor)
    }
}

impl LoneAttempt<'_> {
    fn sentence(&self) -> String {
        let ActionAttempt { action, number, .. } = self.attempt;
        let (monitor, at) = (&self.one.notification.monitor, self.one.created_at);
        let place = self.side.place();
        let attempt = format!("attempt {number} of the action `{action}` for `{monitor}`");
        match self.moved_to {
            None => format!("{attempt} at {at:.0} is only {place}"),
            Some(other_at) => {
                let other_place = self.side.other().place();
                format!("{attempt} is at {at:.0} {place} and at {other_at:.0} {other_place}")
            }
        }
    }
}

/// Returns true if two attempts of an action are the same one, at times that differ by at most `tolerance`.
fn is_same(a: &Delivery, b: &Delivery, tolerance: Duration) -> bool {
    let number = |one: &Delivery| one.attempt().map(|attempt| attempt.number);
    number(a) == number(b)
        && a.notification.monitor == b.notification.monitor
        && is_within(tolerance, a.created_at, b.created_at)
}
