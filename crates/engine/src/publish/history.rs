//! The history of the monitors: the uptime and the latencies of hours and days. Periods that can no longer change are
//! kept in memory and not read again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadHistory, StoreError};
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::sketch::Sketch;
use allclear_core::state::{LATE_LIMIT, ShardState};
use allclear_status_site::snapshot::LatencyPercentiles;

use crate::publish::speeds::{DAYS_KEPT, HOURS_KEPT, SpeedHistory};

/// The period for which days and incidents are read: the present month and the 12 months before.
pub(crate) const DAYS_READ: Duration = Duration::from_hours(397 * 24);

/// The period for which hours are read.
pub(crate) const HOURS_READ: Duration = Duration::from_hours(7 * 24);

/// An hour or a day of a monitor.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PeriodFacts {
    /// The seconds in each status.
    pub tally: Tally,
    /// The percentiles of the latency; `None` if no check was answered.
    pub latency: Option<LatencyPercentiles>,
}

impl PeriodFacts {
    /// Summarizes a rollup.
    pub(crate) fn of(rollup: &Rollup) -> Self {
        Self { tally: rollup.tally, latency: percentiles(&rollup.latency) }
    }
}

/// Returns the published percentiles of `latency`; `None` if nothing was counted.
fn percentiles(latency: &Sketch) -> Option<LatencyPercentiles> {
    let at = |quantile| latency.quantile(quantile);
    Some(LatencyPercentiles { p50: at(0.5)?, p95: at(0.95)?, p99: at(0.99)? })
}

/// Facts by the start of their period.
pub type Periods = BTreeMap<Timestamp, PeriodFacts>;

/// The stored history of a monitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MonitorHistory {
    /// The hours of the last week.
    pub hours: Periods,
    /// The days of the last 13 months.
    pub days: Periods,
    /// The speeds of the model that the monitor asks; empty if it asks none.
    pub speeds: SpeedHistory,
}

impl MonitorHistory {
    fn periods(&mut self, period: Period) -> &mut Periods {
        match period {
            Period::Hour => &mut self.hours,
            Period::Day => &mut self.days,
        }
    }
}

/// The stored history of each monitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageHistory(HashMap<MonitorId, MonitorHistory>);

impl PageHistory {
    /// Returns the history of `monitor`.
    #[must_use]
    pub fn of(&self, monitor: &MonitorId) -> Option<&MonitorHistory> {
        self.0.get(monitor)
    }

    /// Adds `records`. Of two records of the same period the later one counts.
    pub(crate) fn add(&mut self, records: impl IntoIterator<Item = RollupRecord>) {
        for RollupRecord { monitor, period, start, rollup } in records {
            let history = self.0.entry(monitor).or_default();
            history.periods(period).insert(start, PeriodFacts::of(&rollup));
            if !rollup.speed.is_empty() {
                history.speeds.periods(period).insert(start, rollup.speed);
            }
        }
    }

    /// Removes the periods of a kind that start before `from`, and the speeds of those that start before `speeds_from`.
    fn forget_before(&mut self, period: Period, from: Timestamp, speeds_from: Timestamp) {
        for history in self.0.values_mut() {
            history.periods(period).retain(|start, _| *start >= from);
            history.speeds.periods(period).retain(|start, _| *start >= speeds_from);
        }
        self.0.retain(|_, history| !history.hours.is_empty() || !history.days.is_empty());
    }
}

impl FromIterator<RollupRecord> for PageHistory {
    fn from_iter<T: IntoIterator<Item = RollupRecord>>(records: T) -> Self {
        let mut history = Self::default();
        history.add(records);
        history
    }
}

/// The history that was read.
#[derive(Debug, Default)]
pub(crate) struct KnownHistory {
    history: Arc<PageHistory>,
    /// The end of the periods that are known and can no longer change; `None` if there are none.
    settled: Option<SettledUntil>,
}

/// The starts of the first hour and day that may still change in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SettledUntil {
    hour: Timestamp,
    day: Timestamp,
}

impl SettledUntil {
    /// Returns what is settled according to a state; `None` if nothing is.
    pub(crate) fn of(state: &ShardState) -> Option<Self> {
        let monitors = state.monitors.values();
        let hours = monitors.clone().flat_map(|monitor| monitor.open.hours.keys()).min();
        let days = monitors.flat_map(|monitor| monitor.open.days.keys()).min();
        // Twice the limit for late runs, because a read of the store may be slightly behind.
        let newest = state.folded.newest?.checked_sub(LATE_LIMIT * 2).ok()?;
        let first = |open: Option<&Timestamp>| open.map_or(newest, |open| newest.min(*open));
        let (hour, day) = (first(hours), first(hours.into_iter().chain(days).min()));
        Some(Self { hour: Period::Hour.start_of(hour), day: Period::Day.start_of(day) })
    }

    /// Returns what is settled according to both; nothing if one of them is `None`.
    pub(crate) fn and(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = (one?, other?);
        Some(Self { hour: one.hour.min(other.hour), day: one.day.min(other.day) })
    }

    /// Returns the start of the first hour that may still change. No decision before it is committed any more.
    pub(crate) fn hour(self) -> Timestamp {
        self.hour
    }

    fn of_period(self, period: Period) -> Timestamp {
        match period {
            Period::Hour => self.hour,
            Period::Day => self.day,
        }
    }
}

impl KnownHistory {
    /// Reads the periods that may have changed, and marks those before `settled` as final.
    pub(crate) async fn read<S: ReadHistory>(
        &mut self,
        store: &S,
        settled: Option<SettledUntil>,
        now: Timestamp,
    ) -> Result<Arc<PageHistory>, StoreError> {
        // A clock that was set back reopens periods.
        let known = SettledUntil::and(self.settled, settled);
        for (period, length, speeds_length) in
            [(Period::Hour, HOURS_READ, HOURS_KEPT), (Period::Day, DAYS_READ, DAYS_KEPT)]
        {
            let from = period.start_of(now - length);
            let read_from = known.map_or(from, |known| known.of_period(period).max(from));
            let records = store.rollups(period, read_from).await?;
            let history = Arc::make_mut(&mut self.history);
            history.add(records);
            history.forget_before(period, from, period.start_of(now - speeds_length));
        }
        self.settled = settled;
        Ok(Arc::clone(&self.history))
    }
}
