//! The results of attempts of actions, which the notifier records and the evaluator reads before it decides.
//!
//! A result changes what notices report. It changes no decision about further attempts, so that folding the log again
//! decides the same ones.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::AttemptResult;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState};
use allclear_core::state::{DecidedAttempt, ShardState};

/// The time after the expiry of an attempt for which its result is awaited.
const AWAITED_FOR: Duration = Duration::from_hours(1);

/// An attempt as a store has recorded it, for a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// The delivery that orders it.
    pub delivery: DeliveryId,
    /// The time at which it was settled, and its result; `None` while it is owed.
    result: Option<(Timestamp, AttemptResult)>,
}

impl RecordedAttempt {
    /// Returns the attempt that a delivery orders; `None` for a notice to a channel.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Option<Self> {
        delivery.attempt()?;
        let settled_at = match &delivery.state {
            DeliveryState::Owed { .. } => None,
            DeliveryState::Sent { at }
            | DeliveryState::GivenUp { at, .. }
            | DeliveryState::Superseded { at } => Some(*at),
        };
        Some(Self {
            delivery: delivery.id.clone(),
            result: settled_at.zip(delivery.attempt_result()),
        })
    }

    /// Returns the result as it was known at `now`.
    #[must_use]
    pub fn result_at(&self, now: Timestamp) -> Option<AttemptResult> {
        self.result.as_ref().filter(|(at, _)| *at <= now).map(|(_, result)| result.clone())
    }
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
