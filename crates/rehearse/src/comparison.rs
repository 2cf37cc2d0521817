//! The difference between what was sent and suppressed and what other rules would have sent and suppressed.

mod incidents;

use allclear_core::Timestamp;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{SuppressedBy, Suppression};
use allclear_core::incident::AutomaticIncident;

use crate::attempt;
use crate::decided::{AlertSubject, Decided, subject, subjects};
use crate::difference::{
    Comparison, Difference, DifferenceKind, DifferenceKinds, Differing, PairedIds,
};
use crate::evidence_index::is_close;
use crate::explanation::Explainer;
use crate::notice_text::described;
use crate::pairing::{self, Pair};
use crate::rehearsal::{ComparedPeriod, MARGIN, earlier, later};

/// Compares the records with the replay within `period`. Decisions shortly before and after it are paired with those
/// within: the evaluator may have decided a little earlier or later than the replay. A pair counts if one of its two
/// times is within the period.
#[must_use]
pub fn compare(explainer: &Explainer<'_>, period: ComparedPeriod) -> Comparison {
    let (recorded, simulated) = (explainer.recorded.decided, explainer.simulated.decided);
    let near = ComparedPeriod { from: earlier(period.from, MARGIN), to: later(period.to, MARGIN) };
    let created_at = |one: &Delivery| one.created_at;
    let deliveries = |of: fn(&Decided, ComparedPeriod) -> Vec<&Delivery>| {
        let pairs = pairing::deliveries(&of(recorded, near), &of(simulated, near), explainer);
        PairsWithin::new(pairs, created_at, period)
    };
    let (notices, attempts) = (deliveries(notices), deliveries(attempts));
    let (old, new) = (summaries(recorded, near), summaries(simulated, near));
    let summaries = PairsWithin::new(pairing::summaries(&old, &new), created_at, period);
    let (old, new) = (suppressions(recorded, near), suppressions(simulated, near));
    let pairs = pairing::suppressions(&old, &new, explainer);
    let suppressions = PairsWithin::new(pairs, |one: &Suppression| one.at, period);
    let pairs = incidents::pairs(recorded, simulated, near);
    let incidents = PairsWithin::new(pairs, |one: &AutomaticIncident| one.opened_at, period);

    let deliveries = notices.iter().chain(attempts.iter()).chain(summaries.iter());
    let mut differences: Vec<Difference> =
        deliveries.filter_map(|(pair, at)| delivery_difference(pair, explainer, at)).collect();
    let compared = suppressions.iter();
    differences
        .extend(compared.filter_map(|(pair, at)| suppression_difference(pair, explainer, at)));
    let compared = incidents.iter();
    differences.extend(
        compared.filter_map(|(pair, at)| incidents::difference(pair, explainer, (at, period))),
    );
    differences.sort_by(|a, b| (a.at, a.kind, &a.decision).cmp(&(b.at, b.kind, &b.decision)));
    Comparison {
        n_recorded: notices.n_old(),
        n_simulated: notices.n_new(),
        n_recorded_summaries: summaries.n_old(),
        n_simulated_summaries: summaries.n_new(),
        n_recorded_attempts: attempts.n_old(),
        n_simulated_attempts: attempts.n_new(),
        n_recorded_suppressions: suppressions.n_old(),
        n_simulated_suppressions: suppressions.n_new(),
        n_recorded_incidents: incidents.n_old(),
        n_simulated_incidents: incidents.n_new(),
        differences,
        renamed: [&notices, &attempts, &summaries]
            .into_iter()
            .flat_map(|pairs| renamed(pairs, |one| one.id.to_string()))
            .chain(renamed(&suppressions, |one| one.alert.to_string()))
            .chain(renamed(&incidents, |one| one.id.to_string()))
            .chain(renamed_alerts(explainer))
            .collect(),
    }
}

/// The pairs of which one decision is within the period, each with its time: that of the records, unless only the time
/// of the replay is within the period.
struct PairsWithin<'a, T>(Vec<(Pair<'a, T>, Timestamp)>);

impl<'a, T> PairsWithin<'a, T> {
    fn new(
        pairs: Vec<Pair<'a, T>>,
        time: impl Fn(&T) -> Timestamp,
        period: ComparedPeriod,
    ) -> Self {
        let within = |pair: Pair<'a, T>| {
            let mut times = pair.old.into_iter().chain(pair.new).map(&time);
            times.find(|at| period.contains(*at)).map(|at| (pair, at))
        };
        Self(pairs.into_iter().filter_map(within).collect())
    }

    fn iter(&self) -> impl Iterator<Item = (&Pair<'a, T>, Timestamp)> {
        self.0.iter().map(|(pair, at)| (pair, *at))
    }

    fn n_old(&self) -> usize {
        self.0.iter().filter(|(pair, _)| pair.old.is_some()).count()
    }

    fn n_new(&self) -> usize {
        self.0.iter().filter(|(pair, _)| pair.new.is_some()).count()
    }
}

fn notices(of: &Decided, period: ComparedPeriod) -> Vec<&Delivery> {
    of.deliveries.iter().filter(|one| period.contains(one.created_at)).collect()
}

/// Returns the attempts of actions. An order that takes an attempt back follows from the attempt and the end of its
/// alert.
fn attempts(of: &Decided, period: ComparedPeriod) -> Vec<&Delivery> {
    let is_within = |one: &&Delivery| attempt::is_attempt(one) && period.contains(one.created_at);
    of.attempts.iter().filter(is_within).collect()
}

fn summaries(of: &Decided, period: ComparedPeriod) -> Vec<&Delivery> {
    of.summaries.iter().filter(|one| period.contains(one.created_at)).collect()
}

fn suppressions(of: &Decided, period: ComparedPeriod) -> Vec<&Suppression> {
    of.suppressions.iter().filter(|one| period.contains(one.at)).collect()
}

/// The class of a compared delivery.
#[derive(Clone, Copy)]
enum DeliveryClass {
    Notice,
    Attempt,
    Summary,
}

impl DeliveryClass {
    fn of(one: &Delivery) -> Self {
        match one.notification.kind {
            NoticeKind::Summary => Self::Summary,
            NoticeKind::Firing
            | NoticeKind::Updated
            | NoticeKind::Reminder
            | NoticeKind::Resolved
            | NoticeKind::Momentary
                if one.attempt().is_some() =>
            {
                Self::Attempt
            }
            NoticeKind::Firing
            | NoticeKind::Updated
            | NoticeKind::Reminder
            | NoticeKind::Resolved
            | NoticeKind::Momentary => Self::Notice,
        }
    }

    fn kinds(self) -> DifferenceKinds {
        let changed = DifferenceKind::Changed;
        match self {
            Self::Notice | Self::Summary => DifferenceKinds {
                lost: DifferenceKind::NotSent,
                added: DifferenceKind::Sent,
                changed,
            },
            Self::Attempt => DifferenceKinds {
                lost: DifferenceKind::NotAttempted,
                added: DifferenceKind::Attempted,
                changed,
            },
        }
    }

    /// Returns the parts that differ. The texts of summaries are not compared.
    fn changes(self, old: &Delivery, new: &Delivery) -> Vec<String> {
        match self {
            Self::Notice | Self::Attempt => changes(old, new),
            Self::Summary => moved(old.created_at, new.created_at).into_iter().collect(),
        }
    }
}

/// Returns the difference between two deliveries of one class.
fn delivery_difference(
    pair: &Pair<'_, Delivery>,
    explainer: &Explainer<'_>,
    at: Timestamp,
) -> Option<Difference> {
    let Pair { old, new } = *pair;
    let one = old.or(new)?;
    let class = DeliveryClass::of(one);
    let Differing { kind, changes } =
        pair.differing(class.kinds(), |old, new| class.changes(old, new))?;
    Some(Difference {
        at,
        kind,
        recorded_id: old.map(|it| it.id.to_string()),
        simulated_id: new.map(|it| it.id.to_string()),
        monitor: one.notification.monitor.clone(),
        decision: described(one),
        changes,
        causes: match class {
            DeliveryClass::Notice | DeliveryClass::Attempt => explainer.delivery_causes(old, new),
            DeliveryClass::Summary => explainer.summary_causes(old, new),
        },
    })
}

/// Returns the change of a time; `None` if both are about the same.
fn moved(old: Timestamp, new: Timestamp) -> Option<String> {
    (!is_close(old, new)).then(|| format!("at {new:.0} instead of {old:.0}"))
}

fn changes(old: &Delivery, new: &Delivery) -> Vec<String> {
    let mut changes: Vec<String> = moved(old.created_at, new.created_at).into_iter().collect();
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
    pair: &Pair<'_, Suppression>,
    explainer: &Explainer<'_>,
    at: Timestamp,
) -> Option<Difference> {
    let Pair { old, new } = *pair;
    let one = old.or(new)?;
    let kinds = DifferenceKinds {
        lost: DifferenceKind::NotSuppressed,
        added: DifferenceKind::Suppressed,
        changed: DifferenceKind::SuppressionChanged,
    };
    let Differing { kind, changes } =
        pair.differing(kinds, |old, new| moved(old.at, new.at).into_iter().collect())?;
    let (monitor, rule) = subject(&one.alert)?;
    let (by, reason) = (SuppressedBy::as_str(one.by), &one.reason);
    Some(Difference {
        at,
        kind,
        recorded_id: old.map(|it| it.alert.to_string()),
        simulated_id: new.map(|it| it.alert.to_string()),
        decision: format!("suppressed `{rule}` of `{monitor}` by {by}: {reason}"),
        monitor,
        changes,
        causes: explainer.suppression_causes(old, new),
    })
}

/// Returns the ids of the decisions that are the same on both sides under two ids.
fn renamed<T>(
    pairs: &PairsWithin<'_, T>,
    id: impl Fn(&T) -> String,
) -> impl Iterator<Item = PairedIds> {
    pairs.iter().filter_map(move |(pair, _)| {
        let (recorded, simulated) = (id(pair.old?), id(pair.new?));
        (recorded != simulated).then_some(PairedIds { recorded, simulated })
    })
}

/// Returns the ids of the alerts that are the same on both sides and fired at different times.
fn renamed_alerts(explainer: &Explainer<'_>) -> impl Iterator<Item = PairedIds> {
    let simulated = &explainer.simulated;
    let recorded = explainer.recorded.decided.alerts.keys();
    let missing = recorded.filter(|id| !simulated.decided.alerts.contains_key(*id));
    missing.filter_map(|id| {
        let span = explainer.recorded.span(id, Timestamp::MAX);
        let same = simulated.counterpart(&subject(id)?, &span)?;
        Some(PairedIds { recorded: id.to_string(), simulated: same.id.to_string() })
    })
}
