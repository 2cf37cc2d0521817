//! The ledger: what watching cost, by monitor and month of UTC.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::MonitorId;
use allclear_core::ports::{LoadState, ReadHistory, StoreResult};
use allclear_core::rollup::Period;

/// How many months are told of, this one included.
const N_MONTHS: usize = 3;

/// Long enough for them.
const BACK: Duration = Duration::from_hours(93 * 24);

/// What watching cost.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ledger {
    /// By month, such as `2026-11`.
    by_monitor: BTreeMap<MonitorId, BTreeMap<String, Cost>>,
    /// The months told of, oldest first.
    pub(super) months: Vec<String>,
}

impl Ledger {
    /// Reads what was counted: days that are closed, and what states hold of those that are not.
    pub(super) async fn read<S>(store: &S, now: Timestamp) -> StoreResult<Self>
    where
        S: LoadState + ReadHistory,
    {
        let from = Period::Day.start_of(now - BACK);
        let mut ledger = Self::default();
        let mut open = Vec::new();
        for shard in store.shards().await? {
            let Some(checkpoint) = store.load_state(&shard).await? else { continue };
            for (id, known) in checkpoint.state.monitors {
                let rollups = known.open.hours.into_iter().chain(known.open.days);
                open.extend(rollups.map(|(start, rollup)| (id.clone(), start, rollup.cost)));
            }
        }
        // After the states: a day that was closed in between is counted as it is in the store.
        let mut closed = BTreeSet::new();
        for record in store.rollups(Period::Day, from).await? {
            ledger.add(&record.monitor, record.start, record.rollup.cost);
            closed.insert((record.monitor, record.start));
        }
        for (id, start, cost) in open {
            if !closed.contains(&(id.clone(), Period::Day.start_of(start))) {
                ledger.add(&id, start, cost);
            }
        }
        ledger.keep_last(now);
        Ok(ledger)
    }

    /// What `monitor` cost in each month, by month; empty where it never cost anything.
    pub(super) fn of(&self, monitor: &MonitorId) -> BTreeMap<String, Cost> {
        let Some(known) = self.by_monitor.get(monitor) else { return BTreeMap::new() };
        let cost = |month: &String| known.get(month).copied().unwrap_or_default();
        self.months.iter().map(|month| (month.clone(), cost(month))).collect()
    }

    fn add(&mut self, monitor: &MonitorId, at: Timestamp, cost: Cost) {
        if !cost.is_zero() {
            let months = self.by_monitor.entry(monitor.clone()).or_default();
            *months.entry(month_of(at)).or_default() += cost;
        }
    }

    fn keep_last(&mut self, now: Timestamp) {
        let months = self.by_monitor.values().flat_map(BTreeMap::keys).cloned();
        let months: BTreeSet<String> = months.chain([month_of(now)]).collect();
        let surplus = months.len().saturating_sub(N_MONTHS);
        self.months = months.into_iter().skip(surplus).collect();
    }
}

/// The month that `at` lies in: `2026-11`.
pub(super) fn month_of(at: Timestamp) -> String {
    at.strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use allclear_core::id::ShardId;
    use allclear_core::ports::CommitState as _;
    use allclear_core::rollup::{Rollup, RollupRecord};
    use allclear_core::state::{Decision, MonitorState, ShardState};
    use allclear_local::SqliteStore;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rollup(dollars: f64) -> Rollup {
        Rollup { cost: Cost::from_dollars(dollars), ..Rollup::default() }
    }

    fn day(monitor: &MonitorId, start: &str, dollars: f64) -> RollupRecord {
        let (monitor, start) = (monitor.clone(), at(start));
        RollupRecord { monitor, period: Period::Day, start, rollup: rollup(dollars) }
    }

    #[tokio::test]
    async fn closed_days_and_open_hours_add_up_and_no_day_counts_twice() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("allclear.db")).unwrap();
        let id = MonitorId::new("openai").unwrap();
        let now = at("2026-11-22T10:30:00Z");
        let mut known = MonitorState::unmeasured(now);
        known.open.hours.insert(at("2026-11-22T10:00:00Z"), rollup(0.5));
        known.open.days.insert(at("2026-11-22T00:00:00Z"), rollup(0.25));
        // Closed since the state was read.
        known.open.days.insert(at("2026-11-21T00:00:00Z"), rollup(100.0));
        let state = ShardState { monitors: [(id.clone(), known)].into(), ..ShardState::default() };
        let rollups = vec![
            day(&id, "2026-08-20T00:00:00Z", 8.0),
            day(&id, "2026-09-30T00:00:00Z", 4.0),
            day(&id, "2026-10-31T00:00:00Z", 2.0),
            day(&id, "2026-11-21T00:00:00Z", 1.0),
        ];
        let decision = Decision { rollups, ..Decision::default() };
        store.commit(&ShardId::main(), 0, &state, &decision).await.unwrap();

        let ledger = Ledger::read(&store, now).await.unwrap();
        assert_eq!(ledger.months, ["2026-09", "2026-10", "2026-11"]);
        let costs: Vec<f64> = ledger.of(&id).values().map(|cost| cost.dollars()).collect();
        assert_eq!(costs, [4.0, 2.0, 1.75]);
        assert_eq!(ledger.of(&MonitorId::new("other").unwrap()), BTreeMap::new());
    }

    #[test]
    fn the_month_is_that_of_utc() {
        assert_eq!(month_of(at("2026-11-30T23:59:59Z")), "2026-11");
        assert_eq!(month_of(at("2026-12-01T00:00:00Z")), "2026-12");
    }
}
