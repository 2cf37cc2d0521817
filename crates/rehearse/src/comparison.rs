//! The difference between what was sent and suppressed and what other rules would have sent and suppressed.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use serde::Serialize;

use crate::attempt;
use crate::decided::{AlertSubject, Decided, subject, subjects};
use crate::explanation::Explainer;
use crate::rehearsal::{ComparedPeriod, MARGIN, earlier, later};

/// The difference of two decision times up to which they are the same decision: the evaluator works on a run a little
/// after it was recorded.
const TOLERANCE: Duration = Duration::from_mins(2);

/// The result of a comparison.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// The number of notifications within the period that are in the records.
    pub n_recorded: usize,
    /// The number of notifications within the period that the replay decides.
    pub n_simulated: usize,
    /// The number of attempts of actions within the period that are in the records.
    pub n_recorded_attempts: usize,
    /// The number of attempts of actions within the period that the replay decides.
    pub n_simulated_attempts: usize,
    /// The number of suppressions within the period that are in the records.
    pub n_recorded_suppressions: usize,
    /// The number of suppressions within the period that the replay decides.
    pub n_simulated_suppressions: usize,
    /// The differences, by time.
    pub differences: Vec<Difference>,
}

/// A notification or a suppression that is not the same in the records and in the replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The time of the decision.
    pub at: Timestamp,
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// The id by which `allclear explain` finds the recorded decision; in a replayed one, its id in the replay.
    pub id: String,
    /// The monitor.
    pub monitor: MonitorId,
    /// The decision as a text.
    pub decision: String,
    /// The reason for the difference.
    pub because: String,
}

/// The kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It was sent, and would not have been.
    NotSent,
    /// It would have been sent, and was not.
    Sent,
    /// The action was attempted, and would not have been.
    NotAttempted,
    /// The action would have been attempted, and was not.
    Attempted,
    /// It was sent or attempted, and would have been with another content or at another time.
    Changed,
    /// The alert was suppressed for a reason for which it would not have been.
    NotSuppressed,
    /// The alert would have been suppressed for a reason for which it was not.
    Suppressed,
}

impl DifferenceKind {
    /// Returns the sign of the difference, which needs no color.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::NotSent | Self::NotAttempted | Self::NotSuppressed => "-",
            Self::Sent | Self::Attempted | Self::Suppressed => "+",
            Self::Changed => "~",
        }
    }
}

/// Compares the records with the replay within `period`.
#[must_use]
pub fn compare(explainer: &Explainer<'_>, period: ComparedPeriod) -> Comparison {
    let (recorded, simulated) = (explainer.recorded, explainer.simulated);
    let mut differences = Vec::new();
    for (old, new) in pairs(&recorded.deliveries, &simulated.deliveries, period) {
        differences.extend(delivery_difference(old, new, explainer));
    }
    // An order that takes an attempt back follows from the attempt and the end of its alert.
    let attempts = |of: &Decided| -> Vec<Delivery> {
        of.attempts.iter().filter(|one| attempt::is_attempt(one)).cloned().collect()
    };
    let (old_attempts, new_attempts) = (attempts(recorded), attempts(simulated));
    for (old, new) in pairs(&old_attempts, &new_attempts, period) {
        differences.extend(delivery_difference(old, new, explainer));
    }
    for (old, new) in suppression_pairs(recorded, simulated) {
        differences.extend(suppression_difference(old, new, explainer));
    }
    differences.retain(|one| period.contains(one.at));
    differences.sort_by(|a, b| (a.at, a.kind, &a.decision).cmp(&(b.at, b.kind, &b.decision)));
    let within = |of: &[Delivery]| of.iter().filter(|one| period.contains(one.created_at)).count();
    let held = |of: &Decided| of.suppressions.iter().filter(|one| period.contains(one.at)).count();
    Comparison {
        n_recorded: within(&recorded.deliveries),
        n_simulated: within(&simulated.deliveries),
        n_recorded_attempts: within(&old_attempts),
        n_simulated_attempts: within(&new_attempts),
        n_recorded_suppressions: held(recorded),
        n_simulated_suppressions: held(simulated),
        differences,
    }
}

/// A recorded and a replayed value, at least one of them.
type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Pairs notifications of the same id, and then those of the same content at about the same time: an alert that fired
/// before the replay began has another id in it.
fn pairs<'a>(
    old: &'a [Delivery],
    new: &'a [Delivery],
    period: ComparedPeriod,
) -> Vec<Pair<'a, Delivery>> {
    let is_near = |one: &&Delivery| {
        let (from, to) = (earlier(period.from, MARGIN), later(period.to, MARGIN));
        (from..to).contains(&one.created_at)
    };
    let mut rest: BTreeMap<&str, &Delivery> =
        new.iter().filter(is_near).map(|one| (one.id.as_str(), one)).collect();
    let (mut pairs, mut lonely) = (Vec::new(), Vec::new());
    for one in old.iter().filter(is_near) {
        match rest.remove(one.id.as_str()) {
            Some(same) => pairs.push((Some(one), Some(same))),
            None => lonely.push(one),
        }
    }
    let mut rest: Vec<&Delivery> = rest.into_values().collect();
    rest.sort_by_key(|one| one.created_at);
    for one in lonely {
        let key = content(one);
        let similar = rest
            .iter()
            .position(|other| is_close(one.created_at, other.created_at) && content(other) == key);
        pairs.push((Some(one), similar.map(|position| rest.remove(position))));
    }
    pairs.extend(rest.into_iter().map(|one| (None, Some(one))));
    pairs
}

fn content(one: &Delivery) -> (&ChannelId, NoticeKind, Vec<AlertSubject>) {
    (&one.channel, one.notification.kind, subjects(one))
}

fn is_close(a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).unsigned_abs() <= TOLERANCE
}

fn suppression_pairs<'a>(old: &'a Decided, new: &'a Decided) -> Vec<Pair<'a, Suppression>> {
    let mut rest: BTreeMap<(MonitorId, RuleId, ReasonWord), Vec<&Suppression>> = BTreeMap::new();
    for one in &new.suppressions {
        if let Some(key) = suppression_key(one) {
            rest.entry(key).or_default().push(one);
        }
    }
    let mut pairs = Vec::new();
    for one in &old.suppressions {
        let same = suppression_key(one).and_then(|key| {
            let candidates = rest.get_mut(&key)?;
            let position = candidates.iter().position(|other| is_close(one.at, other.at))?;
            Some(candidates.remove(position))
        });
        pairs.push((Some(one), same));
    }
    pairs.extend(rest.into_values().flatten().map(|one| (None, Some(one))));
    pairs
}

/// The word of a reason, which has an order.
type ReasonWord = &'static str;

fn suppression_key(one: &Suppression) -> Option<(MonitorId, RuleId, &'static str)> {
    let (monitor, rule) = subject(&one.alert)?;
    Some((monitor, rule, SuppressedBy::as_str(one.by)))
}

/// Returns the difference between two notifications, or between two attempts.
fn delivery_difference(
    old: Option<&Delivery>,
    new: Option<&Delivery>,
    explainer: &Explainer<'_>,
) -> Option<Difference> {
    let difference = |kind, one: &Delivery, because| Difference {
        at: one.created_at,
        kind,
        id: one.id.to_string(),
        monitor: one.notification.monitor.clone(),
        decision: described(one),
        because,
    };
    let kind = |one: &Delivery, of_notice, of_attempt| match one.attempt() {
        Some(_) => of_attempt,
        None => of_notice,
    };
    match (old, new) {
        (Some(old), Some(new)) => {
            let changes = changes(old, new);
            (!changes.is_empty())
                .then(|| difference(DifferenceKind::Changed, old, changes.join("; ")))
        }
        (Some(old), None) => {
            let kind = kind(old, DifferenceKind::NotSent, DifferenceKind::NotAttempted);
            Some(difference(kind, old, explainer.not_sent(old)))
        }
        (None, Some(new)) => {
            let kind = kind(new, DifferenceKind::Sent, DifferenceKind::Attempted);
            Some(difference(kind, new, explainer.sent(new)))
        }
        (None, None) => None,
    }
}

/// Returns a notification as a text: ``firing critical `service_down` of `api` to `team` ``. An attempt is a text of its
/// own.
pub(crate) fn described(one: &Delivery) -> String {
    if let Some(attempt) = one.attempt() {
        return attempt::described(one, attempt);
    }
    let notification = &one.notification;
    let mut rules: Vec<&str> = notification.alerts.iter().map(|one| one.rule.as_str()).collect();
    rules.dedup();
    let others = match notification.details.n_others() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "{} {} `{}` of `{}`{others} to `{}`",
        kind_word(notification.kind),
        notification.severity,
        rules.join("`, `"),
        notification.monitor,
        one.channel
    )
}

/// Returns the word for a kind of notification.
pub(crate) fn kind_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Firing => "firing",
        NoticeKind::Updated => "updated",
        NoticeKind::Reminder => "reminder",
        NoticeKind::Resolved => "resolved",
        NoticeKind::Momentary => "momentary",
        NoticeKind::Summary => "summary",
    }
}

fn changes(old: &Delivery, new: &Delivery) -> Vec<String> {
    let mut changes = Vec::new();
    if !is_close(old.created_at, new.created_at) {
        changes.push(format!("at {} instead of {}", new.created_at, old.created_at));
    }
    if let (Some(old), Some(new)) = (old.attempt(), new.attempt()) {
        changes.extend(attempt::changes(old, new));
    }
    let (before, after) = (&old.notification, &new.notification);
    if before.severity != after.severity {
        changes.push(format!("severity {} instead of {}", after.severity, before.severity));
    }
    let (before, after) = (subjects(old), subjects(new));
    let named = |(monitor, rule): &AlertSubject| format!("`{rule}` of `{monitor}`");
    let added: Vec<String> = after.iter().filter(|one| !before.contains(one)).map(named).collect();
    let removed: Vec<String> =
        before.iter().filter(|one| !after.contains(one)).map(named).collect();
    if !added.is_empty() {
        changes.push(format!("also about {}", added.join(", ")));
    }
    if !removed.is_empty() {
        changes.push(format!("not about {}", removed.join(", ")));
    }
    changes
}

fn suppression_difference(
    old: Option<&Suppression>,
    new: Option<&Suppression>,
    explainer: &Explainer<'_>,
) -> Option<Difference> {
    let difference = |kind, one: &Suppression, because| {
        let (monitor, rule) = subject(&one.alert)?;
        Some(Difference {
            at: one.at,
            kind,
            id: one.alert.to_string(),
            decision: format!(
                "suppressed `{rule}` of `{monitor}` by {}: {}",
                one.by.as_str(),
                one.reason
            ),
            monitor,
            because,
        })
    };
    match (old, new) {
        (Some(old), None) => {
            difference(DifferenceKind::NotSuppressed, old, explainer.not_suppressed(old))
        }
        (None, Some(new)) => difference(DifferenceKind::Suppressed, new, explainer.suppressed(new)),
        (Some(_), Some(_)) | (None, None) => None,
    }
}
