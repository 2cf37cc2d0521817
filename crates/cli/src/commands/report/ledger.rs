//! The ledger: what watching cost, by monitor and month of UTC.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::MonitorId;
use allclear_core::ports::{LoadState, ReadHistory, StoreResult};
use allclear_core::rollup::Period;
use allclear_core::state::ShardState;

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
    /// `folded` are the states with all runs folded in.
    pub(super) async fn read<S>(
        store: &S,
        folded: &[ShardState],
        now: Timestamp,
    ) -> StoreResult<Self>
    where
        S: LoadState + ReadHistory,
    {
        let from = Period::Day.start_of(now - BACK);
        // What was folded since the checkpoint may have closed a day that is not in the store yet.
        let mut open = Open::of(folded);
        let mut stored = Vec::new();
        for shard in store.shards().await? {
            stored.extend(store.load_state(&shard).await?.map(|checkpoint| checkpoint.state));
        }
        for (day, cost) in Open::of(&stored).0 {
            let known = open.0.entry(day).or_default();
            *known = cost.max(*known);
        }
        let mut ledger = Self { months: last_months(now), ..Self::default() };
        // After the states: a day that was closed in between is counted as it is in the store.
        for record in store.rollups(Period::Day, from).await? {
            open.0.remove(&(record.monitor.clone(), record.start));
            ledger.add(&record.monitor, record.start, record.rollup.cost);
        }
        for ((monitor, day), cost) in open.0 {
            ledger.add(&monitor, day, cost);
        }
        Ok(ledger)
    }

    /// What `monitor` cost in each month, by month; empty where it never cost anything.
    pub(super) fn of(&self, monitor: &MonitorId) -> BTreeMap<String, Cost> {
        let Some(known) = self.by_monitor.get(monitor) else { return BTreeMap::new() };
        let cost = |month: &String| known.get(month).copied().unwrap_or_default();
        self.months.iter().map(|month| (month.clone(), cost(month))).collect()
    }

    /// Takes what the counter of a budget said at `at`, where that is more than the outcomes of the
    /// month cost: it also has what was reserved by checks that were killed and left no outcome.
    pub(super) fn raise(&mut self, monitor: &MonitorId, at: Timestamp, counted: Cost) {
        if !counted.is_zero() {
            let months = self.by_monitor.entry(monitor.clone()).or_default();
            let known = months.entry(month_of(at)).or_default();
            *known = counted.max(*known);
        }
    }

    fn add(&mut self, monitor: &MonitorId, at: Timestamp, cost: Cost) {
        if !cost.is_zero() {
            let months = self.by_monitor.entry(monitor.clone()).or_default();
            *months.entry(month_of(at)).or_default() += cost;
        }
    }
}

/// What states hold of days that are not closed, by monitor and day.
struct Open(BTreeMap<(MonitorId, Timestamp), Cost>);

impl Open {
    fn of(states: &[ShardState]) -> Self {
        let mut costs: BTreeMap<(MonitorId, Timestamp), Cost> = BTreeMap::new();
        for (id, known) in states.iter().flat_map(|state| &state.monitors) {
            for (start, rollup) in known.open.hours.iter().chain(&known.open.days) {
                let day = (id.clone(), Period::Day.start_of(*start));
                *costs.entry(day).or_default() += rollup.cost;
            }
        }
        Self(costs)
    }
}

/// The months that are told of, oldest first.
fn last_months(now: Timestamp) -> Vec<String> {
    let mut months = vec![month_of(now)];
    while months.len() < N_MONTHS {
        let first_day: Result<Timestamp, _> =
            format!("{}-01T00:00:00Z", months.last().map_or("", String::as_str)).parse();
        let Ok(first_day) = first_day else { break };
        months.push(month_of(first_day - Duration::from_hours(24)));
    }
    months.reverse();
    months
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
    use allclear_core::state::{Decision, MonitorState};
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

        let ledger = Ledger::read(&store, &[], now).await.unwrap();
        assert_eq!(ledger.months, ["2026-09", "2026-10", "2026-11"]);
        let costs: Vec<f64> = ledger.of(&id).values().map(|cost| cost.dollars()).collect();
        assert_eq!(costs, [4.0, 2.0, 1.75]);

        // Another hour was folded since.
        let mut newer = state.clone();
        let known = newer.monitors.get_mut(&id).unwrap();
        known.open.hours.insert(at("2026-11-22T11:00:00Z"), rollup(0.125));
        let ledger = Ledger::read(&store, &[newer], now).await.unwrap();
        assert_eq!(ledger.of(&id)["2026-11"], Cost::from_dollars(1.875));
        assert_eq!(ledger.of(&MonitorId::new("other").unwrap()), BTreeMap::new());
    }

    #[test]
    fn what_is_counted_and_left_no_outcome_is_part_of_its_month() {
        let id = MonitorId::new("openai").unwrap();
        let now = at("2026-12-01T00:10:00Z");
        let dollars = Cost::from_dollars;
        let mut ledger = Ledger { months: last_months(now), ..Ledger::default() };
        ledger.add(&id, at("2026-11-30T00:00:00Z"), dollars(0.5));
        ledger.raise(&id, at("2026-11-30T23:55:00Z"), dollars(0.75));
        ledger.raise(&id, at("2026-11-30T23:55:00Z"), dollars(0.25));
        ledger.raise(&id, now, dollars(0.125));
        ledger.raise(&id, now, Cost::ZERO);
        let costs: Vec<f64> = ledger.of(&id).values().map(|cost| cost.dollars()).collect();
        assert_eq!(costs, [0.0, 0.75, 0.125]);
    }

    #[test]
    fn months_are_told_of_whether_they_cost_anything_or_not() {
        assert_eq!(last_months(at("2026-01-31T10:00:00Z")), ["2025-11", "2025-12", "2026-01"]);
    }

    #[test]
    fn the_month_is_that_of_utc() {
        assert_eq!(month_of(at("2026-11-30T23:59:59Z")), "2026-11");
        assert_eq!(month_of(at("2026-12-01T00:00:00Z")), "2026-12");
    }
}
