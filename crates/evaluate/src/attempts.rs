//! The results of attempts of actions, which the notifier records and the evaluator reads before it decides.
//!
//! A result changes what notices report. It changes no decision about further attempts, so that folding the log again
//! decides the same ones.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::AttemptResult;
use allclear_core::delivery::DeliveryId;
use allclear_core::state::{RemedyAttempt, ShardState};

/// The time after the expiry of an attempt for which its result is awaited.
const AWAITED_FOR: Duration = Duration::from_hours(1);

/// Returns the deliveries of the attempts whose results are not known.
#[must_use]
pub fn awaited(state: &ShardState) -> Vec<DeliveryId> {
    let attempts = state.remedies.values().flat_map(|series| &series.attempts);
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
    for series in state.remedies.values_mut() {
        let awaited = |one: &&mut RemedyAttempt| one.delivery == *delivery && one.result.is_none();
        let Some(attempt) = series.attempts.iter_mut().find(awaited) else { continue };
        let given_up_at = attempt.expires_at.checked_add(AWAITED_FOR).unwrap_or(Timestamp::MAX);
        let forgotten = || AttemptResult::Unknown("no result was recorded".to_owned());
        let result = result.or_else(|| (now >= given_up_at).then(forgotten));
        if result.is_none() {
            return false;
        }
        attempt.result = result;
        series.n_events = series.n_events.saturating_add(1);
        return true;
    }
    false
}
