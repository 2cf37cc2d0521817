//! The results of attempts of actions, read before the evaluator decides.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::ports::{ReadDelivery, StoreError};
use allclear_core::state::ShardState;
use allclear_evaluate::attempts;

/// Reads the results of the attempts that are awaited, and records them in `state`. Returns true if the state has changed.
///
/// A delivery that can never be read has no result, so that it blocks nothing.
pub(crate) async fn record_results<S: ReadDelivery>(
    store: &S,
    state: &mut ShardState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut has_changed = false;
    for id in attempts::awaited(state) {
        let delivery = match store.read_delivery(&id).await {
            Ok(delivery) => delivery,
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                tracing::error!(delivery = %id, %error, "failed to read the result of an attempt");
                None
            }
        };
        let result = delivery.as_ref().and_then(Delivery::attempt_result);
        has_changed |= attempts::record(state, &id, result, now);
    }
    Ok(has_changed)
}
