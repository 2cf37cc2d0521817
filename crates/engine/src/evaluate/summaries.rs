//! The summaries that are due, added to the decisions of a fold.

use allclear_core::id::ShardId;
use allclear_core::ports::{ReadHistory, StoreError};
use allclear_core::rollup::Period;
use allclear_core::state::{Decision, ShardState, Summarized};
use allclear_core::summary::Covered;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::summary::{
    History, LATEST, SummaryFacts, begin, compose, due, forget_removed,
};

use crate::active_config::ConfigAge;

/// Adds the summaries that are due to `decision`, which is not committed yet, and records them in `state`.
/// Returns true if the state has changed. Under a config older than the active one, no summary is dropped
/// for being absent from it.
///
/// If the store cannot be read, the summary is sent at a later call. Nothing else waits for it.
pub(crate) async fn add_due_summaries<S: ReadHistory>(
    store: &S,
    shard: &ShardId,
    (index, age): (&ConfigIndex, ConfigAge),
    state: &mut ShardState,
    decision: &mut Decision,
) -> bool {
    let config = index.config();
    let has_forgotten = age == ConfigAge::Active && forget_removed(state, &config.summaries);
    let mut has_changed = begin(state, &config.summaries) || has_forgotten;
    for (summary, covered) in due(state, &config.summaries) {
        let history = match read(store, state, &covered).await {
            Ok(history) => history.with(decision),
            Err(error) => {
                let id = &summary.id;
                tracing::error!(%shard, summary = %id, %error, "failed to read the history of a summary; postponed it");
                continue;
            }
        };
        let deliveries =
            compose(summary, &covered, SummaryFacts { shard, index, state, history: &history });
        decision.deliveries.extend(deliveries);
        state.summaries.insert(summary.id.clone(), Summarized { until: covered.until });
        has_changed = true;
    }
    has_changed
}

async fn read<S: ReadHistory>(
    store: &S,
    state: &ShardState,
    covered: &Covered,
) -> Result<History, StoreError> {
    let hours = store.rollups(Period::Hour, Period::Hour.start_of(covered.from)).await?;
    let days = store.rollups(Period::Day, Period::Day.start_of(covered.month)).await?;
    let transitions = store.transitions(covered.from).await?;
    let alerts = store.alerts(covered.from).await?;
    let newest = state.folded.newest.unwrap_or(covered.until);
    let runs = store.runs(newest.checked_sub(LATEST).unwrap_or(newest)).await?;
    Ok(History::new(hours.into_iter().chain(days), transitions, alerts, &runs))
}
