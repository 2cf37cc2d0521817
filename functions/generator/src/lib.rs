#![doc = include_str!("../README.md")]

mod outages;
mod reduce;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::event::Transition;
use allclear_core::fold::{Watchlist, fold};
use allclear_core::ports::{
    LoadState, LookBack, PublishError, PublishSite, PublishedFile, ReadHistory, ReadRuns,
    StoreError,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::state::ShardState;
use allclear_status_site::render;

pub use reduce::{is_fresh, reduce, stale_after};

/// How far back the page looks.
const HISTORY: Duration = Duration::from_hours(90 * 24);

/// The most runs that are folded on top of a checkpoint: some minutes of a run every second.
const MAX_UNFOLDED: usize = 2_000;

/// Why the page was not published. The last good version is still there.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The facts could not be read.
    #[error("the facts for the page could not be read")]
    Read(#[from] StoreError),
    /// The files could not be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Everything the page is made of, before it is reduced to what the public may see.
#[derive(Debug, Default)]
pub struct Facts {
    /// The states of all shards, with every recorded run folded in.
    pub states: Vec<ShardState>,
    /// Day rollups of the last 90 days.
    pub days: Vec<RollupRecord>,
    /// Transitions of the last 90 days, by time.
    pub transitions: Vec<Transition>,
}

/// Reads the facts, and publishes the page they make at `now`.
pub async fn generate<S, P>(
    store: &S,
    site: &P,
    config: &Arc<Config>,
    now: Timestamp,
) -> Result<(), GenerateError>
where
    S: LoadState + ReadRuns + ReadHistory,
    P: PublishSite,
{
    // Each is gone before the next is made: for a thousand monitors they take megabytes.
    let snapshot = reduce(config, &facts(store, config, now).await?, now);
    let files = render(&snapshot);
    drop(snapshot);
    let published: Vec<PublishedFile<'_>> = files
        .iter()
        .map(|file| PublishedFile {
            path: &file.path,
            content_type: file.content_type,
            cache_control: file.cache_control,
            content: &file.bytes,
        })
        .collect();
    site.publish(&published).await?;
    Ok(())
}

/// Reads everything the page is made of. A checkpoint may be minutes old, so the runs since are
/// folded in; what that decides is the evaluator's to commit.
pub async fn facts<S>(store: &S, config: &Arc<Config>, now: Timestamp) -> Result<Facts, StoreError>
where
    S: LoadState + ReadRuns + ReadHistory,
{
    let watchlist = Watchlist::new(Arc::clone(config));
    let from = Period::Day.start_of(now - HISTORY);
    let mut facts = Facts {
        days: store.rollups(Period::Day, from).await?,
        transitions: store.transitions(from).await?,
        ..Facts::default()
    };
    for shard in store.shards().await? {
        let mut state =
            store.load_state(&shard).await?.map(|checkpoint| checkpoint.state).unwrap_or_default();
        let runs =
            store.unfolded_runs(&shard, &state.folded, LookBack::Horizon, MAX_UNFOLDED).await?;
        for run in &runs {
            // A state that was read before the evaluator's last commit decides again what is stored.
            for transition in fold(&mut state, run, &watchlist).transitions {
                if !facts.transitions.contains(&transition) {
                    facts.transitions.push(transition);
                }
            }
        }
        facts.states.push(state);
    }
    Ok(facts)
}
