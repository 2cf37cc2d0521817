//! The results of attempts of actions, read before the evaluator decides.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::ports::{ReadDeliveries, StoreError};
use allclear_core::state::ShardState;
use allclear_evaluate::attempts;

/// Reads the results of the attempts that are awaited, all together, and records them in `state`. Returns true if the
/// state has changed.
///
/// A delivery that can never be read has no result, so that it blocks nothing.
pub(crate) async fn record_results<S: ReadDeliveries>(
    store: &S,
    state: &mut ShardState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let awaited = attempts::awaited(state);
    if awaited.is_empty() {
        return Ok(false);
    }
    let read = store.read_deliveries(&awaited).await?;
    let mut has_changed = false;
    for id in awaited {
        let delivery = read.iter().find(|one| one.id == id);
        let result = delivery.and_then(Delivery::attempt_result);
        has_changed |= attempts::record(state, &id, result, now);
    }
    Ok(has_changed)
}
