//! The rehearsal: recorded runs, read in slices and folded again.

use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::ShardId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{ReadHistory, ReadPast, StoreResult};
use allclear_core::run::Run;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::attempts::RecordedAttempt;
use allclear_evaluate::replay::Replay;
use allclear_evaluate::rule_variables::{RuleVariable, compile};
use serde::Serialize;

use crate::decided::Decided;
use crate::summary_replay::SummaryReplay;

/// The ports of a store that a rehearsal uses.
pub trait RehearseStore: ReadPast + ReadHistory {}

impl<S> RehearseStore for S where S: ReadPast + ReadHistory {}

/// The length of the first slice of runs, and of the longest. Two slices are in memory at a time.
const LONGEST_SLICE: Duration = Duration::from_hours(1);

/// The length of the shortest slice.
const SHORTEST_SLICE: Duration = Duration::from_mins(5);

/// The number of outcomes of a slice that later slices have about. So many stay in the cache of a processor from their
/// reading to their folding, which is faster than an hour of a thousand monitors. A slice of few monitors is long, because
/// each slice is a request to the store.
const OUTCOMES_OF_SLICE: usize = 10_000;

/// The time around the period whose decisions are compared with those within it: a decision may have been made a
/// little later than the replay makes it.
pub(crate) const MARGIN: Duration = Duration::from_mins(5);

/// The time before the period from which on runs are folded: the hours of the uptime of a day.
const LEAD: Duration = Duration::from_hours(26);

/// The time before the period if a rule reads the usual response time, which is learned from two weeks.
const LONG_LEAD: Duration = Duration::from_hours(15 * 24);

/// The time before the first outcome of an alert from which on runs are folded.
const BEFORE_ALERT: Duration = Duration::from_hours(1);

/// The time whose decisions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ComparedPeriod {
    /// The start, included.
    pub from: Timestamp,
    /// The end, not included.
    pub to: Timestamp,
}

impl ComparedPeriod {
    /// Checks whether `at` is within the period.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// An assumption of a rehearsal, as a sentence.
pub type Assumption = String;

/// The progress of a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    /// The time up to which runs were folded.
    pub at: Timestamp,
    /// The first and the last time of the replay.
    pub span: ComparedPeriod,
    /// The number of folded outcomes.
    pub n_outcomes: u64,
}

/// The result of a rehearsal.
#[derive(Debug)]
pub struct Rehearsal {
    /// The period.
    pub period: ComparedPeriod,
    /// The time from which on runs were folded.
    pub replayed_from: Timestamp,
    /// The assumptions.
    pub assumptions: Vec<Assumption>,
    /// The number of folded runs.
    pub n_runs: u64,
    /// The number of those that are within the period.
    pub n_runs_in_period: u64,
    /// The number of folded outcomes.
    pub n_outcomes: u64,
    /// The decisions of the period and a few minutes around it.
    pub decided: Decided,
}

/// Folds the recorded runs of a period through the rules of `index`, with the entries that operators made then.
///
/// # Errors
///
/// Fails if the store does.
pub async fn rehearse(
    store: &impl RehearseStore,
    index: &ConfigIndex,
    period: ComparedPeriod,
    progress: impl FnMut(ReplayProgress),
) -> StoreResult<Rehearsal> {
    let end = later(period.to, MARGIN);
    Ok(replay(store, index, (period, end), progress).await?.rehearsal)
}

/// A rehearsal with the states at its end.
#[derive(Debug)]
pub struct Replayed {
    /// The result.
    pub rehearsal: Rehearsal,
    /// The replay of each shard.
    pub shards: BTreeMap<ShardId, Replay>,
    /// The summaries of each shard.
    summaries: BTreeMap<ShardId, SummaryReplay>,
}

/// Folds the recorded runs before `at`, and returns the states at that time.
///
/// # Errors
///
/// Fails if the store does.
pub async fn replay_until(
    store: &impl RehearseStore,
    index: &ConfigIndex,
    at: Timestamp,
    progress: impl FnMut(ReplayProgress),
) -> StoreResult<Replayed> {
    replay(store, index, (ComparedPeriod { from: at, to: at }, at), progress).await
}

async fn replay(
    store: &impl RehearseStore,
    index: &ConfigIndex,
    (period, end): (ComparedPeriod, Timestamp),
    mut progress: impl FnMut(ReplayProgress),
) -> StoreResult<Replayed> {
    let (start, assumptions) = beginning(store, index, period).await?;
    let events = PastEvents {
        entries: store.past_entries(start).await?,
        attempts: recorded_attempts(store, index, start).await?,
    };
    let span = ComparedPeriod { from: start, to: end };
    let mut replayed = Replayed {
        rehearsal: Rehearsal {
            period,
            replayed_from: start,
            assumptions,
            n_runs: 0,
            n_runs_in_period: 0,
            n_outcomes: 0,
            decided: Decided::default(),
        },
        shards: BTreeMap::new(),
        summaries: BTreeMap::new(),
    };
    let mut slice = Slice::first(span);
    let mut next: Reading<'_> = Box::pin(store.runs_between(slice.from, slice.until));
    while slice.from < span.to {
        let runs = next.await?;
        let until = slice.until;
        slice = slice.after(&runs, span);
        next = Box::pin(store.runs_between(slice.from, slice.until));
        // The store reads the next slice while this one is folded.
        let ready = begin(&mut next).await;
        replayed.play(runs, until, index, &events);
        progress(ReplayProgress { at: until, span, n_outcomes: replayed.rehearsal.n_outcomes });
        if let Some(runs) = ready {
            next = Box::pin(async move { runs });
        }
    }
    Ok(replayed)
}

/// The events beside the runs that had an effect on decisions.
struct PastEvents {
    entries: Vec<OperatorEntry>,
    attempts: Vec<RecordedAttempt>,
}

/// Returns the attempts of actions that were ordered from `from` on.
async fn recorded_attempts(
    store: &impl RehearseStore,
    index: &ConfigIndex,
    from: Timestamp,
) -> StoreResult<Vec<RecordedAttempt>> {
    if index.config().actions.is_empty() {
        return Ok(Vec::new());
    }
    let alerts = store.alerts(from).await?;
    let alerts: HashMap<&AlertId, &AlertRecord> = alerts.iter().map(|one| (&one.id, one)).collect();
    let with_alert = |attempt: RecordedAttempt| {
        let alert = attempt.alert.as_ref().and_then(|id| alerts.get(id).copied());
        match alert {
            Some(alert) => attempt.of_alert(alert),
            None => attempt,
        }
    };
    let deliveries = store.deliveries(from).await?;
    Ok(deliveries.iter().filter_map(RecordedAttempt::of).map(with_alert).collect())
}

/// A slice that is being read.
type Reading<'a> = Pin<Box<dyn Future<Output = StoreResult<Vec<Run>>> + Send + 'a>>;

/// Begins to read, and returns the result if it is there at once.
async fn begin(reading: &mut Reading<'_>) -> Option<StoreResult<Vec<Run>>> {
    poll_fn(|context| match reading.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The part of the replayed time that is read at once.
#[derive(Debug, Clone, Copy)]
struct Slice {
    from: Timestamp,
    until: Timestamp,
    length: Duration,
}

impl Slice {
    fn first(span: ComparedPeriod) -> Self {
        Self::starting(span.from, LONGEST_SLICE, span)
    }

    fn starting(from: Timestamp, length: Duration, span: ComparedPeriod) -> Self {
        Self { from, until: later(from, length).min(span.to), length }
    }

    /// Returns the slice after this one, whose runs these are.
    fn after(self, runs: &[Run], span: ComparedPeriod) -> Self {
        let n_outcomes: usize = runs.iter().map(|run| run.outcomes.len()).sum();
        let share = OUTCOMES_OF_SLICE as f64 / n_outcomes.max(1) as f64;
        let length = self.length.mul_f64(share).clamp(SHORTEST_SLICE, LONGEST_SLICE);
        Self::starting(self.until, length, span)
    }
}

/// Returns the time so long after `at`, as far as times reach.
pub(crate) fn later(at: Timestamp, after: Duration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// Returns the time so long before `at`, as far as times reach.
pub(crate) fn earlier(at: Timestamp, before: Duration) -> Timestamp {
    at.checked_sub(before).unwrap_or(Timestamp::MIN)
}

impl Replayed {
    fn play(&mut self, runs: Vec<Run>, until: Timestamp, index: &ConfigIndex, events: &PastEvents) {
        let mut by_shard: BTreeMap<ShardId, Vec<Run>> = BTreeMap::new();
        for run in runs {
            let is_in_period = self.rehearsal.period.contains(run.key.scheduled_at);
            self.rehearsal.n_runs += 1;
            self.rehearsal.n_runs_in_period += u64::from(is_in_period);
            self.rehearsal.n_outcomes += u64::try_from(run.outcomes.len()).unwrap_or_default();
            by_shard.entry(run.shard.clone()).or_default().push(run);
        }
        for shard in by_shard.keys() {
            self.shards.entry(shard.clone()).or_insert_with(|| {
                Replay::new(index.clone())
                    .with_entries(events.entries.clone())
                    .with_attempts(events.attempts.clone())
            });
        }
        let Rehearsal { period, decided, .. } = &mut self.rehearsal;
        let from = earlier(period.from, MARGIN);
        for (shard, replay) in &mut self.shards {
            let runs = by_shard.remove(shard).unwrap_or_default();
            let summaries = self.summaries.entry(shard.clone()).or_default();
            let owed = summaries.due(shard, &runs, index).into_iter();
            decided.summaries.extend(owed.filter(|one| one.created_at >= from));
            replay.play(runs, until, |at, decision| decided.add(at, from, decision));
        }
        decided.deliveries.sort_by_key(|one| one.created_at);
        decided.attempts.sort_by_key(|one| one.created_at);
        decided.suppressions.sort_by_key(|one| one.at);
    }
}

/// Returns the time from which on runs are folded, and the assumptions about the time before it.
async fn beginning(
    store: &impl RehearseStore,
    index: &ConfigIndex,
    period: ComparedPeriod,
) -> StoreResult<(Timestamp, Vec<Assumption>)> {
    let learns = index.config().rules.iter().any(|rule| {
        let reads = |name: &str| name == RuleVariable::UsualResponseTimeMs.name();
        compile(&rule.condition).is_ok_and(|condition| condition.variables().any(reads))
    });
    let lead = if learns { LONG_LEAD } else { LEAD };
    let wanted = earlier(period.from, lead);
    let oldest = store.oldest_run().await?;
    let alerts = store.alerts(oldest.unwrap_or(wanted)).await?;
    let wanted = before_alerts(wanted, period, &alerts);
    // Without any run there is nothing to read.
    let start = oldest.unwrap_or(period.to).max(wanted);
    let before = elapsed(start, period.from);
    let before = if before.is_zero() {
        String::new()
    } else {
        format!(", {} before the period", allclear_core::duration::format(before))
    };
    let mut assumptions = vec![format!("the state is empty at {start:.0}{before}")];
    if start > wanted {
        assumptions.push(format!(
            "no run before {start:.0} is stored: alerts that fired before, and the uptime and the usual response times \
             until then, are not known"
        ));
    }
    assumptions.push(
        "the config applies to the whole period; a config that was replaced within it is not known"
            .to_owned(),
    );
    if !index.config().actions.is_empty() {
        assumptions.push(
            "an attempt of an action that is not in the records has no result, and no notice reports one; one that moved \
             has its recorded result, as long after its order"
                .to_owned(),
        );
    }
    if !index.config().summaries.is_empty() {
        assumptions.push(
            "summaries are compared by their channels and times; their texts follow from records that begin before the \
             replay, and are not compared"
                .to_owned(),
        );
    }
    Ok((start, assumptions))
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// Returns the start from which on the alerts that fired before the period and were open within it fire again.
fn before_alerts(wanted: Timestamp, period: ComparedPeriod, alerts: &[AlertRecord]) -> Timestamp {
    let is_open = |alert: &&AlertRecord| {
        alert.pending_since < period.from && alert.resolved_at.is_none_or(|at| at >= period.from)
    };
    let first = alerts.iter().filter(is_open).map(|alert| alert.pending_since).min();
    first.map_or(wanted, |first| earlier(first, BEFORE_ALERT).min(wanted))
}
