//! The causes of differences between the records and a replay: the first stage at which their evidence differs, and the
//! changes of the config behind it.

mod attempts;
mod notices;
mod removals;
mod summaries;
mod suppressions;

use std::collections::BTreeSet;

use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{AlertId, Suppression};
use allclear_core::id::{ActionId, ChannelId};
use allclear_core::notice_path::GroupStep;
use allclear_evaluate::ConfigIndex;

use crate::compared_alert::{ComparedAlert, Side};
use crate::config_changes::{AlertProperties, ConfigChanges};
use crate::decided::{AlertSubject, Decided, named, subject, subjects};
use crate::difference::DifferenceCause;
use crate::disabled_rules::DisabledRules;
use crate::evidence_index::{EXACT, EvidenceIndex, TOLERANCE, is_close};
use crate::explanation::notices::is_same as is_same_notice;
use crate::story::{StoryStage, stage_of};

/// Finds the causes of a difference in the evidence of both sides and in their configs.
#[derive(Debug)]
pub struct Explainer<'a> {
    pub(crate) recorded: EvidenceIndex<'a>,
    pub(crate) simulated: EvidenceIndex<'a>,
    pub(crate) configs: ConfigChanges<'a>,
}

/// The causes that were found for a decision.
#[derive(Debug, Default)]
struct Causes(Vec<DifferenceCause>);

impl Causes {
    fn push(&mut self, stage: StoryStage, text: impl Into<String>) {
        self.0.push(DifferenceCause { stage, text: text.into() });
    }

    /// Adds a cause with the changes of the config behind it, before the evidence.
    fn push_with(&mut self, stage: StoryStage, changes: Vec<String>, evidence: String) {
        let parts: Vec<String> = changes.into_iter().chain([evidence]).collect();
        self.push(stage, parts.join("; "));
    }

    fn sorted(mut self) -> Vec<DifferenceCause> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

impl<'a> Explainer<'a> {
    /// Prepares the decisions of both sides. `before` is the config by which the records are supposed to have been
    /// decided, and `after` that of the replay.
    #[must_use]
    pub fn new(
        recorded: &'a Decided,
        simulated: &'a Decided,
        before: &'a ConfigIndex,
        after: &'a ConfigIndex,
    ) -> Self {
        Self {
            recorded: EvidenceIndex::new(recorded),
            simulated: EvidenceIndex::new(simulated),
            configs: ConfigChanges { before, after, disabled_before: None, disabled_after: None },
        }
    }

    /// Returns the explainer with the rules that each config has disabled, for the texts about rules that it lacks.
    #[must_use]
    pub fn with_disabled_rules(
        mut self,
        before: &'a DisabledRules,
        after: &'a DisabledRules,
    ) -> Self {
        self.configs.disabled_before = Some(before);
        self.configs.disabled_after = Some(after);
        self
    }

    fn side(&self, side: Side) -> &EvidenceIndex<'a> {
        match side {
            Side::Records => &self.recorded,
            Side::Replay => &self.simulated,
        }
    }

    /// Returns the causes of the difference between two notifications, or two attempts, at least one of which exists.
    pub(crate) fn delivery_causes(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> Vec<DifferenceCause> {
        let causes = self.stage_causes(old, new);
        if !causes.0.is_empty() {
            return causes.sorted();
        }
        // The stages are the same at this time, so that an earlier notice about the same alerts differs.
        let causes = match self.first_notices(old, new) {
            Some((first_old, first_new)) => self.stage_causes(first_old, first_new),
            None => Causes::default(),
        };
        if !causes.0.is_empty() {
            return causes.sorted();
        }
        match old.or(new).filter(|one| one.attempt().is_some()) {
            Some(_) => vec![self.earlier_attempt_cause(old, new)],
            None => vec![self.earlier_notice_cause(old, new)],
        }
    }

    fn stage_causes(&self, old: Option<&Delivery>, new: Option<&Delivery>) -> Causes {
        let mut causes = Causes::default();
        let mut all: Vec<AlertSubject> = old.into_iter().chain(new).flat_map(subjects).collect();
        all.sort();
        all.dedup();
        for about in &all {
            let Some(alert) = self.compared(about, old, new) else { continue };
            let is_over = self.lifecycle_causes(&alert, &mut causes);
            if is_over {
                continue;
            }
            let Some(one) = old.or(new) else { continue };
            if one.attempt().is_some() {
                self.attempt_causes(&alert, one, &mut causes);
            } else {
                self.notice_causes(&alert, (old, new), &mut causes);
            }
        }
        causes
    }

    /// Returns an alert of two deliveries as it is on both sides.
    fn compared<'s>(
        &self,
        about: &'s AlertSubject,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> Option<ComparedAlert<'s>> {
        let is_about = |one: &&AlertId| subject(one).as_ref() == Some(about);
        let id = |one: Option<&'_ Delivery>| {
            one.and_then(|one| named(one).find(is_about).cloned().zip(Some(one.created_at)))
        };
        let (old_id, new_id) = (id(old), id(new));
        let absent = match (&old_id, &new_id) {
            (Some(_), None) => Some(Side::Replay),
            (None, Some(_)) => Some(Side::Records),
            (Some(_), Some(_)) | (None, None) => None,
        };
        let recorded = old_id.map(|(id, at)| self.recorded.span(&id, at));
        let simulated = new_id.map(|(id, at)| self.simulated.span(&id, at));
        let one = old.or(new)?;
        let notification = &one.notification;
        let alert = ComparedAlert {
            about,
            at: one.created_at,
            fault: notification.fault,
            severity: notification.severity,
            recorded,
            simulated,
            absent,
        };
        Some(alert.completed(&self.recorded, &self.simulated))
    }

    /// Adds the differences in the life of an alert. Returns true if the later stages follow from them, because one side
    /// has no such alert.
    fn lifecycle_causes(&self, alert: &ComparedAlert<'_>, causes: &mut Causes) -> bool {
        let (monitor, rule) = alert.about;
        if let Some(missing) = self.configs.missing_monitor(monitor) {
            causes.push(StoryStage::Outcome, missing);
            return true;
        }
        if let Some(missing) = self.configs.missing_rule(rule) {
            causes.push(StoryStage::Lifecycle, missing);
            return true;
        }
        let mut changes = self.configs.lifecycle(alert.about);
        let tolerance = if changes.is_empty() { TOLERANCE } else { EXACT };
        let evidence = alert.lifecycle_difference(tolerance);
        if !evidence.is_empty() {
            if changes.is_empty() {
                changes.extend(self.configs.muting(&alert.properties()));
            }
            if changes.is_empty() {
                changes.extend(self.removal(alert));
            }
            causes.push_with(StoryStage::Lifecycle, changes, evidence.join("; "));
        }
        alert.recorded.is_none() || alert.simulated.is_none()
    }

    fn push_suppression(
        &self,
        alert: &ComparedAlert<'_>,
        one: &Suppression,
        side: Side,
        causes: &mut Causes,
    ) {
        let mut changes = self.configs.suppression(one.by, &alert.properties());
        if changes.is_empty() {
            changes = self.removed_parents(one);
        }
        if changes.is_empty() {
            changes = self.related(alert, side);
        }
        let (by, since, reason) = (one.by.as_str(), one.at, &one.reason);
        let place = side.place();
        let stage = stage_of(one.by);
        let beginning = format!("suppressed {place} by {by}");
        // Several alerts of a notification that are suppressed alike have one cause.
        let is_same =
            |it: &DifferenceCause| it.text.starts_with(&beginning) && it.text.contains(reason);
        if !causes.0.iter().any(is_same) {
            let parts =
                [format!("{beginning} since {since:.0}: {reason}")].into_iter().chain(changes);
            causes.push(stage, parts.collect::<Vec<_>>().join("; "));
        }
    }

    /// Returns the changes of the other rules of the monitor whose alerts fired on a side at the time of the decision.
    fn related(&self, alert: &ComparedAlert<'_>, side: Side) -> Vec<String> {
        let firing = self.side(side).firing(alert.about, alert.at);
        let others = firing.iter().filter(|about| *about != alert.about);
        others
            .flat_map(|about| match self.configs.missing_rule(&about.1) {
                Some(missing) => vec![missing],
                None => self.configs.lifecycle(about),
            })
            .collect()
    }

    fn notice_causes(
        &self,
        alert: &ComparedAlert<'_>,
        (old, new): (Option<&Delivery>, Option<&Delivery>),
        causes: &mut Causes,
    ) {
        let Some(one) = old.or(new) else { return };
        let properties = alert.properties();
        let of_actions = old.into_iter().chain(new).flat_map(|one| self.action_news(one));
        let of_actions: BTreeSet<String> = of_actions.collect();
        if !of_actions.is_empty() {
            for change in of_actions {
                causes.push(StoryStage::Action, change);
            }
            return;
        }
        let Some(absent) = alert.absent else {
            if let (Some(old), Some(new)) = (old, new) {
                self.moved_causes(alert, (old, new), causes);
            }
            return;
        };
        if let Some(missing) = self.configs.missing_channel(&one.channel) {
            return causes.push(StoryStage::Route, missing);
        }
        let Some(span) = alert.span(absent) else { return };
        let suppression = self.lone_suppression(alert, absent);
        if let Some(suppression) = suppression {
            self.push_suppression(alert, suppression, absent, causes);
        }
        let notices = self.side(absent).deliveries(&span.id);
        let near = notices
            .iter()
            .filter(|it| it.channel == one.channel)
            .min_by_key(|it| it.created_at.duration_since(one.created_at).unsigned_abs());
        if let Some(near) = near.filter(|near| same_event(near, one)) {
            let own =
                alert.span(absent.other()).map(|own| self.side(absent.other()).deliveries(&own.id));
            let is_on_both = own.unwrap_or_default().iter().any(|own| is_same_notice(own, near));
            let grouping = self.configs.grouping(&properties, &one.channel);
            if !is_on_both || grouping.is_some() {
                let changes = grouping.into_iter().chain(self.related(alert, absent)).collect();
                let (id, at, place) = (&near.id, near.created_at, absent.place());
                let text = format!("the alert is part of the notification {id} of {at:.0} {place}");
                causes.push_with(StoryStage::Group, changes, text);
            }
        } else if near.is_none() && suppression.is_none() {
            self.route_causes(alert, one, notices, causes);
        }
        self.lasting_causes(alert, one, causes);
    }

    /// Returns the changes of the actions whose progress an update tells.
    fn action_news(&self, one: &Delivery) -> Vec<String> {
        let Some(news) = &one.notification.details.change else { return Vec::new() };
        let told = |id: &&ActionId| news.contains(&format!("the action `{id}`"));
        self.configs
            .actions()
            .into_iter()
            .filter(told)
            .filter_map(|id| self.action_change(id, one.created_at))
            .collect()
    }

    /// Adds the reason that an alert went to other channels on the side that lacks the notification.
    fn route_causes(
        &self,
        alert: &ComparedAlert<'_>,
        one: &Delivery,
        notices: &[&Delivery],
        causes: &mut Causes,
    ) {
        let place = alert.absent.map(Side::place).unwrap_or_default();
        let mut channels: Vec<&ChannelId> = notices.iter().map(|it| &it.channel).collect();
        channels.sort();
        channels.dedup();
        let text = if channels.is_empty() {
            format!("no channel was notified of the alert {place}")
        } else {
            let channels: Vec<String> = channels.iter().map(|it| format!("`{it}`")).collect();
            format!("the alert went to {} {place}, not to `{}`", channels.join(", "), one.channel)
        };
        let changes = self.configs.route(&alert.properties());
        let is_escalated = one
            .notification
            .details
            .path
            .as_ref()
            .is_some_and(|it| it.step == GroupStep::Escalated);
        if !(changes.is_empty() && (is_escalated || channels.is_empty())) {
            causes.push_with(StoryStage::Route, changes, text);
        } else if let Some(change) = self.configs.grouping(&alert.properties(), &one.channel) {
            causes.push_with(StoryStage::Group, vec![change], text);
        }
    }

    /// Adds the changes behind a notice about alerts that last: a reminder, an update or an escalation.
    fn lasting_causes(&self, alert: &ComparedAlert<'_>, one: &Delivery, causes: &mut Causes) {
        let properties = alert.properties();
        match one.notification.kind {
            NoticeKind::Reminder | NoticeKind::Updated | NoticeKind::Firing => {}
            NoticeKind::Resolved | NoticeKind::Momentary | NoticeKind::Summary => return,
        }
        if one.notification.kind == NoticeKind::Reminder
            && let Some(muting) = self.configs.muting(&properties)
        {
            causes.push(StoryStage::Suppress, muting);
        }
        if let Some(change) = self.configs.lasting(&properties, &one.channel) {
            causes.push(StoryStage::Notice, change);
        }
    }

    /// Adds the reasons that a notification about the same alert was sent at another time.
    fn moved_causes(
        &self,
        alert: &ComparedAlert<'_>,
        (old, new): (&Delivery, &Delivery),
        causes: &mut Causes,
    ) {
        if is_close(old.created_at, new.created_at) {
            return;
        }
        let later = if old.created_at < new.created_at { Side::Replay } else { Side::Records };
        let first_at = old.created_at.min(new.created_at);
        if let Some(span) = alert.span(later)
            && let Some(suppression) = self.side(later).suppression(&span.id, first_at)
        {
            self.push_suppression(alert, suppression, later, causes);
        }
        let properties = AlertProperties { at: first_at, ..alert.properties() };
        if let Some(change) = self.configs.grouping(&properties, &old.channel) {
            causes.push(StoryStage::Group, change);
        }
        self.lasting_causes(alert, old, causes);
    }

    /// Returns the first notices of both sides to the channel about the same alert; `None` if these are the given ones.
    fn first_notices(
        &self,
        old: Option<&Delivery>,
        new: Option<&Delivery>,
    ) -> Option<(Option<&'a Delivery>, Option<&'a Delivery>)> {
        let one = old.or(new)?;
        let all = subjects(one);
        let alert = self.compared(all.first()?, old, new)?;
        let first = |side: Side| -> Option<&'a Delivery> {
            let notices = self.side(side).deliveries(&alert.span(side)?.id);
            notices.iter().copied().find(|it| it.channel == one.channel)
        };
        let (first_old, first_new) = (first(Side::Records), first(Side::Replay));
        let is_given = |first: Option<&Delivery>, given: Option<&Delivery>| {
            first.map(|it| &it.id) == given.map(|it| &it.id)
        };
        let is_new = !is_given(first_old, old) || !is_given(first_new, new);
        (is_new && (first_old.is_some() || first_new.is_some())).then_some((first_old, first_new))
    }
}

/// Returns true if both notifications report the beginning of alerts, their duration, or their end.
fn same_event(a: &Delivery, b: &Delivery) -> bool {
    let event = |one: &Delivery| match one.notification.kind {
        NoticeKind::Firing | NoticeKind::Updated => 0,
        NoticeKind::Reminder => 1,
        NoticeKind::Resolved => 2,
        NoticeKind::Momentary => 3,
        NoticeKind::Summary => 4,
    };
    event(a) == event(b)
}
