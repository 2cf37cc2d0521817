//! Summaries: scheduled reports of a day or a week.
//!
//! The newest folded run decides when a summary is due. A summary that was due while no process ran is
//! therefore sent when a process runs again, but only the latest one of those that were missed. The evaluator
//! reads the history that a summary covers; its text is composed here.

mod compose;
mod history;

use std::time::Duration;

use allclear_core::state::{ShardState, Summarized};
use allclear_core::summary::{Covered, Summary};

pub use self::compose::{SummaryFacts, compose};
pub use self::history::History;

/// The age up to which the latest metrics of a check count. It covers a metric that is measured once an
/// hour and failed once.
pub const LATEST: Duration = Duration::from_hours(3);

/// Records the start of each summary that is new to the state, because none is sent for the time before it
/// was configured. Returns true if the state has changed.
pub fn begin(state: &mut ShardState, summaries: &[Summary]) -> bool {
    let Some(newest) = state.folded.newest else { return false };
    let n_before = state.summaries.len();
    for summary in summaries {
        if !state.summaries.contains_key(&summary.id)
            && let Some(Covered { until, .. }) = summary.covered(newest)
        {
            state.summaries.insert(summary.id.clone(), Summarized { until });
        }
    }
    state.summaries.len() != n_before
}

/// Drops the summaries that are not among `summaries`. Returns true if the state has changed.
pub fn forget_removed(state: &mut ShardState, summaries: &[Summary]) -> bool {
    let n_before = state.summaries.len();
    state.summaries.retain(|id, _| summaries.iter().any(|summary| summary.id == *id));
    state.summaries.len() != n_before
}

/// Returns the summaries that are due, each with its period.
#[must_use]
pub fn due<'a>(state: &ShardState, summaries: &'a [Summary]) -> Vec<(&'a Summary, Covered)> {
    let Some(newest) = state.folded.newest else { return Vec::new() };
    summaries
        .iter()
        .filter_map(|summary| Some((summary, summary.covered(newest)?)))
        .filter(|(summary, covered)| {
            let summarized = state.summaries.get(&summary.id);
            summarized.is_some_and(|summarized| summarized.until < covered.until)
        })
        .collect()
}
