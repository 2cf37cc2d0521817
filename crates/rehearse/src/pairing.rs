//! The pairs of decisions of the records and the replay that are the same decision.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::id::ChannelId;

use crate::decided::{AlertSubject, named, subject};
use crate::difference::{DifferenceKinds, Differing};
use crate::evidence_index::{AlertSpan, EvidenceIndex, is_close};
use crate::explanation::Explainer;
use crate::notice_text::kind_word;

/// A recorded and a replayed decision, at least one of them.
#[derive(Debug)]
pub(crate) struct Pair<'a, T> {
    pub(crate) old: Option<&'a T>,
    pub(crate) new: Option<&'a T>,
}

impl<'a, T> Pair<'a, T> {
    fn both(old: &'a T, new: &'a T) -> Self {
        Self { old: Some(old), new: Some(new) }
    }

    fn only_old(old: &'a T) -> Self {
        Self { old: Some(old), new: None }
    }

    fn only_new(new: &'a T) -> Self {
        Self { old: None, new: Some(new) }
    }

    /// Returns the kind of difference, and what `changes` finds between the two; `None` if there is no difference.
    pub(crate) fn differing(
        &self,
        kinds: DifferenceKinds,
        changes: impl FnOnce(&T, &T) -> Vec<String>,
    ) -> Option<Differing> {
        match (self.old, self.new) {
            (Some(old), Some(new)) => {
                let changes = changes(old, new);
                (!changes.is_empty()).then_some(Differing { kind: kinds.changed, changes })
            }
            (Some(_), None) => Some(Differing { kind: kinds.lost, changes: Vec::new() }),
            (None, _) => Some(Differing { kind: kinds.added, changes: Vec::new() }),
        }
    }
}

/// The properties that two notifications, or two attempts, share if they are the same decision.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DeliveryKey {
    channel: ChannelId,
    kind: &'static str,
    /// The number of the attempt; `None` for a notification.
    attempt: Option<u32>,
    about: AlertSubject,
}

/// Two decisions that may be the same one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// The number of alerts that only one of them names.
    n_apart: usize,
    distance: Duration,
    old: usize,
    new: usize,
}

/// Pairs each recorded notification with at most one of the replay: the one with the same id, or one to the same channel
/// of the same kind about at least one of the same alerts. Of several, the alerts decide, and then the time.
pub(crate) fn deliveries<'a>(
    old: &[&'a Delivery],
    new: &[&'a Delivery],
    explainer: &Explainer<'_>,
) -> Vec<Pair<'a, Delivery>> {
    let (mut pairs, mut rest_old) = (Vec::new(), Vec::new());
    let mut by_id: BTreeMap<&str, &Delivery> =
        new.iter().map(|one| (one.id.as_str(), *one)).collect();
    for one in old {
        // A number within the group is part of the id of a notice, and its alerts are not.
        let shares = |other: &&Delivery| {
            let about: Vec<_> = named(one).filter_map(subject).collect();
            named(other).filter_map(subject).any(|it| about.contains(&it))
        };
        match by_id.get(one.id.as_str()).copied().filter(shares) {
            Some(same) => {
                by_id.remove(one.id.as_str());
                pairs.push(Pair::both(*one, same));
            }
            None => rest_old.push(*one),
        }
    }
    let mut rest_new: Vec<&Delivery> = by_id.into_values().collect();
    rest_new.sort_by_key(|one| one.created_at);
    let candidates = delivery_candidates(&rest_old, &rest_new, explainer);
    pairs.extend(matched(&rest_old, &rest_new, candidates));
    pairs
}

fn delivery_candidates(
    old: &[&Delivery],
    new: &[&Delivery],
    explainer: &Explainer<'_>,
) -> Vec<Candidate> {
    let mut by_key: HashMap<DeliveryKey, Vec<(usize, AlertSpan)>> = HashMap::new();
    for (position, one) in new.iter().enumerate() {
        for (key, span) in keys(one, &explainer.simulated) {
            by_key.entry(key).or_default().push((position, span));
        }
    }
    let mut candidates = Vec::new();
    for (position, one) in old.iter().enumerate() {
        let mut n_common: BTreeMap<usize, usize> = BTreeMap::new();
        for (key, span) in keys(one, &explainer.recorded) {
            let others = by_key.get(&key).into_iter().flatten();
            let same = others.filter(|(other_position, other_span)| {
                other_span.overlaps(&span)
                    && new.get(*other_position).is_some_and(|other| {
                        let (one, other) = ((*one, &span), (*other, other_span));
                        one.0.attempt().is_none() || are_of_one_outage(one, other)
                    })
            });
            for (other, _) in same {
                *n_common.entry(*other).or_default() += 1;
            }
        }
        for (other_position, n_common) in n_common {
            let Some(other) = new.get(other_position) else { continue };
            let n_named = named(one).count() + named(other).count();
            candidates.push(Candidate {
                n_apart: n_named.saturating_sub(2 * n_common),
                distance: distance(one.created_at, other.created_at),
                old: position,
                new: other_position,
            });
        }
    }
    candidates
}

/// Checks whether each of two attempts was decided while the alert of the other one was pending or fired. An alert that
/// fires over several outages of the other side has attempts for each of them, with the same numbers.
pub(crate) fn are_of_one_outage(
    (one, span): (&Delivery, &AlertSpan),
    (other, other_span): (&Delivery, &AlertSpan),
) -> bool {
    span.contains(other.created_at) && other_span.contains(one.created_at)
}

fn keys<'a>(
    one: &'a Delivery,
    index: &'a EvidenceIndex<'_>,
) -> impl Iterator<Item = (DeliveryKey, AlertSpan)> + 'a {
    named(one).filter_map(move |alert| {
        let key = DeliveryKey {
            channel: one.channel.clone(),
            kind: kind_word(one.notification.kind),
            attempt: one.attempt().map(|attempt| attempt.number),
            about: subject(alert)?,
        };
        Some((key, index.span(alert, one.created_at)))
    })
}

fn distance(a: Timestamp, b: Timestamp) -> Duration {
    a.duration_since(b).unsigned_abs()
}

/// Pairs the best candidates first, and returns what is left alone.
fn matched<'a, T>(
    old: &[&'a T],
    new: &[&'a T],
    mut candidates: Vec<Candidate>,
) -> Vec<Pair<'a, T>> {
    candidates.sort();
    let (mut is_old_free, mut is_new_free) = (vec![true; old.len()], vec![true; new.len()]);
    let mut pairs = Vec::new();
    for Candidate { old: old_position, new: new_position, .. } in candidates {
        let (Some(old_free), Some(new_free)) =
            (is_old_free.get_mut(old_position), is_new_free.get_mut(new_position))
        else {
            continue;
        };
        if *old_free
            && *new_free
            && let (Some(old), Some(new)) = (old.get(old_position), new.get(new_position))
        {
            (*old_free, *new_free) = (false, false);
            pairs.push(Pair::both(*old, *new));
        }
    }
    let free = |all: &[&'a T], is_free: &[bool]| -> Vec<&'a T> {
        all.iter().zip(is_free).filter(|(_, is_free)| **is_free).map(|(one, _)| *one).collect()
    };
    pairs.extend(free(old, &is_old_free).into_iter().map(Pair::only_old));
    pairs.extend(free(new, &is_new_free).into_iter().map(Pair::only_new));
    pairs
}

/// Pairs each recorded summary with at most one of the replay: one with the same title to the same channel, of several the
/// nearest one.
pub(crate) fn summaries<'a>(old: &[&'a Delivery], new: &[&'a Delivery]) -> Vec<Pair<'a, Delivery>> {
    let title = |one: &Delivery| one.notification.monitor_name.clone();
    let mut candidates = Vec::new();
    for (position, one) in old.iter().enumerate() {
        let same = new
            .iter()
            .enumerate()
            .filter(|(_, other)| other.channel == one.channel && title(other) == title(one));
        candidates.extend(same.map(|(other_position, other)| Candidate {
            n_apart: 0,
            distance: distance(one.created_at, other.created_at),
            old: position,
            new: other_position,
        }));
    }
    matched(old, new, candidates)
}

/// The properties that two suppressions share if they are the same decision.
#[derive(Debug, PartialEq, Eq, Hash)]
struct SuppressionKey {
    about: AlertSubject,
    by: SuppressedBy,
}

impl SuppressionKey {
    fn of(one: &Suppression) -> Option<Self> {
        Some(Self { about: subject(&one.alert)?, by: one.by })
    }
}

/// Pairs each recorded suppression with at most one of the replay: one for the same reason of the same rule and monitor,
/// at about the same time or while the same alert was pending or fired.
pub(crate) fn suppressions<'a>(
    old: &[&'a Suppression],
    new: &[&'a Suppression],
    explainer: &Explainer<'_>,
) -> Vec<Pair<'a, Suppression>> {
    let recorded = &explainer.recorded;
    let mut by_key: HashMap<SuppressionKey, Vec<(usize, &Suppression)>> = HashMap::new();
    for (position, one) in new.iter().enumerate() {
        if let Some(key) = SuppressionKey::of(one) {
            by_key.entry(key).or_default().push((position, *one));
        }
    }
    let mut candidates = Vec::new();
    for (position, one) in old.iter().enumerate() {
        let Some(key) = SuppressionKey::of(one) else { continue };
        let span = recorded.span(&one.alert, one.at);
        let all = by_key.get(&key).map(Vec::as_slice).unwrap_or_default();
        let first = all.partition_point(|(_, other)| {
            other.at < span.pending_since && !is_close(other.at, span.pending_since)
        });
        let is_within = |at: Timestamp| {
            is_close(one.at, at)
                || span.resolved_at.is_none_or(|end| at <= end || is_close(at, end))
        };
        let within = all.get(first..).into_iter().flatten().take_while(|(_, it)| is_within(it.at));
        candidates.extend(within.map(|(other_position, other)| Candidate {
            n_apart: 0,
            distance: distance(one.at, other.at),
            old: position,
            new: *other_position,
        }));
    }
    matched(old, new, candidates)
}
