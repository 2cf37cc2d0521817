//! The cost of checks, by monitor and month of UTC.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::MonitorId;
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::state::ShardState;

/// Months of a ledger, this one included.
const N_MONTHS: usize = 3;

/// Time that covers these months.
const BACK: Duration = Duration::from_hours(93 * 24);

/// The cost of checks.
#[derive(Debug, Default, PartialEq)]
pub struct Ledger {
    /// By month, such as `2026-11`.
    by_monitor: BTreeMap<MonitorId, BTreeMap<String, Cost>>,
    /// The months that it covers, oldest first.
    pub months: Vec<String>,
}

impl Ledger {
    /// Returns the start of the rollups of days that a ledger at `now` needs.
    #[must_use]
    pub fn start(now: Timestamp) -> Timestamp {
        Period::Day.start_of(now - BACK)
    }

    /// Adds up `days`, the stored rollups of days, and the days that are not among them. The latter are in
    /// `stored`, the states of the store, which were read before the rollups, and in `folded`, the same
    /// states with all runs folded in.
    #[must_use]
    pub fn of(
        folded: &[ShardState],
        stored: &[ShardState],
        days: Vec<RollupRecord>,
        now: Timestamp,
    ) -> Self {
        // A fold since the checkpoint may have closed a day that is not in the store yet.
        let mut open = Open::of(folded);
        for (day, cost) in Open::of(stored).0 {
            let spent = open.0.entry(day).or_default();
            *spent = cost.max(*spent);
        }
        let mut ledger = Self { months: last_months(now), ..Self::default() };
        // A day that was closed between the two reads counts as stored.
        for record in days {
            open.0.remove(&(record.monitor.clone(), record.start));
            ledger.add(&record.monitor, record.start, record.rollup.cost);
        }
        for ((monitor, day), cost) in open.0 {
            ledger.add(&monitor, day, cost);
        }
        ledger
    }

    /// Returns the cost of a monitor by month; empty if it never cost anything.
    #[must_use]
    pub fn of_monitor(&self, monitor: &MonitorId) -> BTreeMap<String, Cost> {
        let Some(spent) = self.by_monitor.get(monitor) else { return BTreeMap::new() };
        let cost = |month: &String| spent.get(month).copied().unwrap_or_default();
        self.months.iter().map(|month| (month.clone(), cost(month))).collect()
    }

    /// Raises the cost of the month of `at` to `counted`, the counter of the budget. The counter also
    /// contains the reservations of checks that were killed and left no outcome.
    pub fn raise(&mut self, monitor: &MonitorId, at: Timestamp, counted: Cost) {
        if !counted.is_zero() {
            let months = self.by_monitor.entry(monitor.clone()).or_default();
            let spent = months.entry(month_of(at)).or_default();
            *spent = counted.max(*spent);
        }
    }

    fn add(&mut self, monitor: &MonitorId, at: Timestamp, cost: Cost) {
        if !cost.is_zero() {
            let months = self.by_monitor.entry(monitor.clone()).or_default();
            *months.entry(month_of(at)).or_default() += cost;
        }
    }
}

/// The costs of days that are not closed, by monitor and day.
struct Open(BTreeMap<(MonitorId, Timestamp), Cost>);

impl Open {
    fn of(states: &[ShardState]) -> Self {
        let mut costs: BTreeMap<(MonitorId, Timestamp), Cost> = BTreeMap::new();
        for (id, monitor_state) in states.iter().flat_map(|state| &state.monitors) {
            for (start, rollup) in monitor_state.open.hours.iter().chain(&monitor_state.open.days) {
                let day = (id.clone(), Period::Day.start_of(*start));
                *costs.entry(day).or_default() += rollup.cost;
            }
        }
        Self(costs)
    }
}

/// Returns the months of a ledger at `now`, oldest first.
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

/// Returns the month of `at`: `2026-11`.
#[must_use]
pub fn month_of(at: Timestamp) -> String {
    at.strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use allclear_core::rollup::Rollup;
    use allclear_core::state::MonitorState;

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

    #[test]
    fn closed_days_and_open_hours_are_summed_without_counting_a_day_twice() {
        let id = MonitorId::new("openai").unwrap();
        let now = at("2026-11-22T10:30:00Z");
        let mut monitor_state = MonitorState::unmeasured(now);
        monitor_state.open.hours.insert(at("2026-11-22T10:00:00Z"), rollup(0.5));
        monitor_state.open.days.insert(at("2026-11-22T00:00:00Z"), rollup(0.25));
        // The day was closed after the state was read.
        monitor_state.open.days.insert(at("2026-11-21T00:00:00Z"), rollup(100.0));
        let state = ShardState {
            monitors: [(id.clone(), monitor_state)].into_iter().collect(),
            ..ShardState::default()
        };
        let days = vec![
            day(&id, "2026-09-30T00:00:00Z", 4.0),
            day(&id, "2026-10-31T00:00:00Z", 2.0),
            day(&id, "2026-11-21T00:00:00Z", 1.0),
        ];
        let stored = [state.clone()];

        assert_eq!(Ledger::start(now), at("2026-08-21T00:00:00Z"));
        let ledger = Ledger::of(&[], &stored, days.clone(), now);
        assert_eq!(ledger.months, ["2026-09", "2026-10", "2026-11"]);
        let costs: Vec<f64> = ledger.of_monitor(&id).values().map(|cost| cost.dollars()).collect();
        assert_eq!(costs, [4.0, 2.0, 1.75]);

        // Another hour was folded after that.
        let mut newer = state.clone();
        let monitor_state = newer.monitors.get_mut(&id).unwrap();
        monitor_state.open.hours.insert(at("2026-11-22T11:00:00Z"), rollup(0.125));
        let ledger = Ledger::of(&[newer], &stored, days, now);
        assert_eq!(ledger.of_monitor(&id)["2026-11"], Cost::from_dollars(1.875));
        assert_eq!(ledger.of_monitor(&MonitorId::new("other").unwrap()), BTreeMap::new());
    }

    #[test]
    fn a_reservation_without_an_outcome_counts_in_its_month() {
        let id = MonitorId::new("openai").unwrap();
        let now = at("2026-12-01T00:10:00Z");
        let dollars = Cost::from_dollars;
        let mut ledger = Ledger { months: last_months(now), ..Ledger::default() };
        ledger.add(&id, at("2026-11-30T00:00:00Z"), dollars(0.5));
        ledger.raise(&id, at("2026-11-30T23:55:00Z"), dollars(0.75));
        ledger.raise(&id, at("2026-11-30T23:55:00Z"), dollars(0.25));
        ledger.raise(&id, now, dollars(0.125));
        ledger.raise(&id, now, Cost::ZERO);
        let costs: Vec<f64> = ledger.of_monitor(&id).values().map(|cost| cost.dollars()).collect();
        assert_eq!(costs, [0.0, 0.75, 0.125]);
    }

    #[test]
    fn a_ledger_has_three_months_with_or_without_costs() {
        assert_eq!(last_months(at("2026-01-31T10:00:00Z")), ["2025-11", "2025-12", "2026-01"]);
    }

    #[test]
    fn months_are_in_utc() {
        assert_eq!(month_of(at("2026-11-30T23:59:59Z")), "2026-11");
        assert_eq!(month_of(at("2026-12-01T00:00:00Z")), "2026-12");
    }
}
