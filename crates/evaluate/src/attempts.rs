//! The results of attempts of actions, which the notifier records and the evaluator reads before it decides.
//!
//! A result changes what notices report. It changes no decision about further attempts, so that folding the log again
//! decides the same ones.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{AttemptOrder, AttemptResult, Execution};
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState};
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{ActionId, MonitorId};
use allclear_core::state::{DecidedAttempt, ShardState};

/// The time after the expiry of an attempt for which its result is awaited.
const AWAITED_FOR: Duration = Duration::from_hours(1);

/// The time before and after an alert of the records in which an attempt of a replay is about the same outage.
const NEAR: Duration = Duration::from_mins(2);

/// An attempt as a store has recorded it, for a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// The delivery that orders it.
    pub delivery: DeliveryId,
    /// The alert that caused it; `None` if the delivery names none.
    pub alert: Option<AlertId>,
    key: AttemptKey,
    ordered_at: Timestamp,
    /// The time in which its alert was pending or fired; `None` if there is no record of the alert.
    outage: Option<RecordedOutage>,
    /// The time at which it was settled, and its result; `None` while it is owed.
    result: Option<(Timestamp, AttemptResult)>,
}

/// The properties that an attempt of a replay shares with the recorded attempt that is the same one at another time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct AttemptKey {
    action: ActionId,
    monitor: MonitorId,
    number: u32,
    /// True if nothing is executed.
    is_dry_run: bool,
}

/// The time in which a recorded alert was pending or fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RecordedOutage {
    since: Timestamp,
    /// `None` while it fires.
    until: Option<Timestamp>,
}

impl RecordedOutage {
    fn contains(self, at: Timestamp) -> bool {
        let begins = self.since.checked_sub(NEAR).unwrap_or(Timestamp::MIN);
        let ends = self.until.map(|end| end.checked_add(NEAR).unwrap_or(Timestamp::MAX));
        begins <= at && ends.is_none_or(|end| at <= end)
    }
}

impl RecordedAttempt {
    /// Returns the attempt that a delivery orders; `None` for a notice to a channel and for an order that takes an attempt
    /// back.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Option<Self> {
        let attempt = delivery.attempt()?;
        let is_dry_run = match attempt.order {
            AttemptOrder::Execute => false,
            AttemptOrder::DryRun => true,
            AttemptOrder::TakeBack => return None,
        };
        let settled_at = match &delivery.state {
            DeliveryState::Owed { .. } => None,
            DeliveryState::Sent { at }
            | DeliveryState::GivenUp { at, .. }
            | DeliveryState::Superseded { at } => Some(*at),
        };
        Some(Self {
            delivery: delivery.id.clone(),
            alert: delivery.notification.alerts.first().map(|one| one.id.clone()),
            key: AttemptKey {
                action: attempt.action.clone(),
                monitor: delivery.notification.monitor.clone(),
                number: attempt.number,
                is_dry_run,
            },
            ordered_at: delivery.created_at,
            outage: None,
            result: settled_at.zip(delivery.attempt_result()),
        })
    }

    /// Returns the attempt with the record of its alert. An attempt of a replay at another time within this alert has the
    /// result.
    #[must_use]
    pub fn of_alert(mut self, alert: &AlertRecord) -> Self {
        self.outage = Some(RecordedOutage { since: alert.pending_since, until: alert.resolved_at });
        self
    }

    /// Returns the result as it was known at `now` of the attempt that was ordered at `ordered_at`: as long after the order as
    /// it was recorded.
    fn result_at(&self, ordered_at: Timestamp, now: Timestamp) -> Option<AttemptResult> {
        let (settled_at, result) = self.result.as_ref()?;
        let took = settled_at.duration_since(self.ordered_at);
        let known_at = ordered_at.checked_add(took).unwrap_or(Timestamp::MAX);
        (known_at <= now).then(|| result.clone())
    }
}

/// The recorded attempts of a replay. Each has the result of at most one attempt of the replay: the one with the same
/// delivery, or the first one with the same number that is decided at another time of the same outage.
#[derive(Debug, Default)]
pub(crate) struct RecordedResults {
    recorded: BTreeMap<DeliveryId, RecordedAttempt>,
    /// The recorded attempt of each attempt of the replay that has another delivery; `None` if there is none.
    moved: BTreeMap<DeliveryId, Option<DeliveryId>>,
}

impl RecordedResults {
    pub(crate) fn new(attempts: Vec<RecordedAttempt>) -> Self {
        let recorded = attempts.into_iter().map(|one| (one.delivery.clone(), one)).collect();
        Self { recorded, moved: BTreeMap::new() }
    }

    /// Records the results of the attempts of a replay that were known at `now`, like the evaluator before it decides.
    pub(crate) fn record(&mut self, state: &mut ShardState, now: Timestamp) {
        for (action, attempt) in awaited_attempts(state) {
            let Some((recorded, is_moved)) = self.of(action, &attempt) else { continue };
            let ordered_at = if is_moved { attempt.at } else { recorded.ordered_at };
            let result = recorded.result_at(ordered_at, now);
            record(state, &attempt.delivery, result, now);
        }
    }

    /// Returns the recorded attempt that is one of the replay, and true if it was recorded at another time.
    fn of(
        &mut self,
        action: ActionId,
        attempt: &DecidedAttempt,
    ) -> Option<(&RecordedAttempt, bool)> {
        if self.recorded.contains_key(&attempt.delivery) {
            return Some((self.recorded.get(&attempt.delivery)?, false));
        }
        if !self.moved.contains_key(&attempt.delivery) {
            let found = self.find(action, attempt);
            self.moved.insert(attempt.delivery.clone(), found);
        }
        let found = self.moved.get(&attempt.delivery)?.as_ref()?;
        Some((self.recorded.get(found)?, true))
    }

    /// Finds the recorded attempt that no other one of the replay is, of several the nearest one.
    fn find(&self, action: ActionId, attempt: &DecidedAttempt) -> Option<DeliveryId> {
        let DecidedAttempt { monitor, number, execution, at, .. } = attempt;
        let is_dry_run = *execution == Execution::DryRun;
        let key = AttemptKey { action, monitor: monitor.clone(), number: *number, is_dry_run };
        let is_taken = |one: &DeliveryId| self.moved.values().any(|it| it.as_ref() == Some(one));
        let same = self.recorded.values().filter(|one| {
            one.key == key
                && one.outage.is_some_and(|outage| outage.contains(*at))
                && !is_taken(&one.delivery)
        });
        let nearest = same.min_by_key(|one| one.ordered_at.duration_since(*at).unsigned_abs());
        nearest.map(|one| one.delivery.clone())
    }
}

fn awaited_attempts(state: &ShardState) -> Vec<(ActionId, DecidedAttempt)> {
    let mut awaited = Vec::new();
    for (key, action) in &state.actions {
        let Ok(id) = ActionId::new(key.action()) else { continue };
        let open = action.attempts.iter().filter(|one| one.result.is_none());
        awaited.extend(open.map(|one| (id.clone(), one.clone())));
    }
    awaited
}

/// Returns the deliveries of the attempts whose results are not known.
#[must_use]
pub fn awaited(state: &ShardState) -> Vec<DeliveryId> {
    let attempts = state.actions.values().flat_map(|action| &action.attempts);
    attempts.filter(|one| one.result.is_none()).map(|one| one.delivery.clone()).collect()
}

/// Records the result of an attempt as it is known at `now`; `None` if the store has none. Returns true if the state has
/// changed.
pub fn record(
    state: &mut ShardState,
    delivery: &DeliveryId,
    result: Option<AttemptResult>,
    now: Timestamp,
) -> bool {
    for action in state.actions.values_mut() {
        let awaited = |one: &&mut DecidedAttempt| one.delivery == *delivery && one.result.is_none();
        let Some(attempt) = action.attempts.iter_mut().find(awaited) else { continue };
        let given_up_at = attempt.expires_at.checked_add(AWAITED_FOR).unwrap_or(Timestamp::MAX);
        let forgotten = || AttemptResult::Unknown("no result was recorded".to_owned());
        let result = result.or_else(|| (now >= given_up_at).then(forgotten));
        if result.is_none() {
            return false;
        }
        attempt.result = result;
        if attempt.result == Some(AttemptResult::DryRun) && attempt.result_event.is_some() {
            return true;
        }
        action.n_events = action.n_events.saturating_add(1);
        attempt.result_event = Some(action.n_events);
        return true;
    }
    false
}
