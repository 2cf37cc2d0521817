//! The summaries that are due in a replay: their channels and times. Their texts follow from the records of a period that
//! begins long before the replay, and are not composed.

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::id::ShardId;
use allclear_core::run::Run;
use allclear_core::state::{ShardState, Summarized};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::summary::{History, SummaryFacts, begin, compose, due};

/// The summaries of a shard that were due so far, in the state that the evaluator keeps about them.
#[derive(Debug, Default)]
pub(crate) struct SummaryReplay(ShardState);

impl SummaryReplay {
    /// Returns the summaries that become due with `runs`.
    pub(crate) fn due(
        &mut self,
        shard: &ShardId,
        runs: &[Run],
        index: &ConfigIndex,
    ) -> Vec<Delivery> {
        let summaries = &index.config().summaries;
        if summaries.is_empty() {
            return Vec::new();
        }
        let mut times: Vec<Timestamp> = runs.iter().map(|run| run.key.scheduled_at).collect();
        times.sort_unstable();
        times.dedup();
        let mut owed = Vec::new();
        for at in times {
            let Self(state) = self;
            state.folded.newest = state.folded.newest.max(Some(at));
            begin(state, summaries);
            for (summary, covered) in due(state, summaries) {
                let history = History::default();
                let facts = SummaryFacts { shard, index, state, history: &history };
                owed.extend(compose(summary, &covered, facts));
                state.summaries.insert(summary.id.clone(), Summarized { until: covered.until });
            }
        }
        owed
    }
}
