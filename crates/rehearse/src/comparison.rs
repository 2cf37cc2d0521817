//! The difference between what was sent and suppressed and what other rules would have sent and suppressed.

mod incidents;

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{SuppressedBy, Suppression};

use crate::attempt;
use crate::decided::{AlertSubject, Decided, subject, subjects};
use crate::difference::{Comparison, Difference, DifferenceKind};
use crate::evidence_index::is_close;
use crate::explanation::Explainer;
use crate::notice_text::described;
use crate::pairing::{self, Pair};
use crate::rehearsal::{ComparedPeriod, MARGIN, earlier, later};

/// Compares the records with the replay within `period`.
#[must_use]
pub fn compare(explainer: &Explainer<'_>, period: ComparedPeriod) -> Comparison {
    let (recorded, simulated) = (explainer.recorded.decided, explainer.simulated.decided);
    let near = ComparedPeriod { from: earlier(period.from, MARGIN), to: later(period.to, MARGIN) };
    let mut differences = Vec::new();
    for of in [notices, attempts] {
        let (old, new) = (of(recorded, near), of(simulated, near));
        let pairs = pairing::deliveries(&old, &new, explainer);
        let compared = pairs.iter().filter_map(|pair| delivery_difference(pair, explainer, period));
        differences.extend(compared);
    }
    let pairs = pairing::suppressions(explainer);
    let compared = pairs.iter().filter_map(|pair| suppression_difference(pair, explainer, period));
    differences.extend(compared);
    differences.extend(incidents::differences(explainer, period));
    differences.retain(|one| period.contains(one.at));
    differences.sort_by(|a, b| (a.at, a.kind, &a.decision).cmp(&(b.at, b.kind, &b.decision)));
    let held = |of: &Decided| of.suppressions.iter().filter(|one| period.contains(one.at)).count();
    Comparison {
        n_recorded: notices(recorded, period).len(),
        n_simulated: notices(simulated, period).len(),
        n_recorded_attempts: attempts(recorded, period).len(),
        n_simulated_attempts: attempts(simulated, period).len(),
        n_recorded_suppressions: held(recorded),
        n_simulated_suppressions: held(simulated),
        n_recorded_incidents: incidents::opened(recorded, period).count(),
        n_simulated_incidents: incidents::opened(simulated, period).count(),
        differences,
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

/// Returns the time of a pair: that of the records, unless only the time of the replay is within the period.
fn time_of(
    old: Option<Timestamp>,
    new: Option<Timestamp>,
    period: ComparedPeriod,
) -> Option<Timestamp> {
    let times = || old.into_iter().chain(new);
    times().find(|at| period.contains(*at)).or_else(|| times().next())
}

/// Returns the difference between two notifications, or between two attempts.
fn delivery_difference(
    pair: &Pair<'_, Delivery>,
    explainer: &Explainer<'_>,
    period: ComparedPeriod,
) -> Option<Difference> {
    let Pair { old, new } = *pair;
    let one = old.or(new)?;
    let is_attempt = one.attempt().is_some();
    let (kind, changes) = match (old, new) {
        (Some(old), Some(new)) => {
            let changes = changes(old, new);
            if changes.is_empty() {
                return None;
            }
            (DifferenceKind::Changed, changes)
        }
        (Some(_), None) if is_attempt => (DifferenceKind::NotAttempted, Vec::new()),
        (Some(_), None) => (DifferenceKind::NotSent, Vec::new()),
        (None, _) if is_attempt => (DifferenceKind::Attempted, Vec::new()),
        (None, _) => (DifferenceKind::Sent, Vec::new()),
    };
    Some(Difference {
        at: time_of(old.map(|it| it.created_at), new.map(|it| it.created_at), period)?,
        kind,
        recorded_id: old.map(|it| it.id.to_string()),
        simulated_id: new.map(|it| it.id.to_string()),
        monitor: one.notification.monitor.clone(),
        decision: described(one),
        changes,
        causes: explainer.delivery_causes(old, new),
    })
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
    pair: &Pair<'_, Suppression>,
    explainer: &Explainer<'_>,
    period: ComparedPeriod,
) -> Option<Difference> {
    let Pair { old, new } = *pair;
    let one = old.or(new)?;
    let (kind, changes) = match (old, new) {
        (Some(old), Some(new)) if is_close(old.at, new.at) => return None,
        (Some(old), Some(new)) => {
            let changes = vec![format!("at {} instead of {}", new.at, old.at)];
            (DifferenceKind::SuppressionChanged, changes)
        }
        (Some(_), None) => (DifferenceKind::NotSuppressed, Vec::new()),
        (None, _) => (DifferenceKind::Suppressed, Vec::new()),
    };
    let (monitor, rule) = subject(&one.alert)?;
    let (by, reason) = (SuppressedBy::as_str(one.by), &one.reason);
    Some(Difference {
        at: time_of(old.map(|it| it.at), new.map(|it| it.at), period)?,
        kind,
        recorded_id: old.map(|it| it.alert.to_string()),
        simulated_id: new.map(|it| it.alert.to_string()),
        decision: format!("suppressed `{rule}` of `{monitor}` by {by}: {reason}"),
        monitor,
        changes,
        causes: explainer.suppression_causes(old, new),
    })
}
