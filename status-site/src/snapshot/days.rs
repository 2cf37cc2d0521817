//! The 90 days of one service: always exactly 90, the last one is today, and all are UTC days.

use jiff::civil::Date;

use super::{ServiceState, Uptime};

/// The number of days on the page, including today.
pub const N_DAYS: usize = 90;

/// One UTC day of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UptimeDay {
    /// The day.
    pub date: Date,
    /// The worst state of the day; no data if nothing was measured.
    pub state: ServiceState,
    /// The uptime, measured from raw outcomes.
    pub uptime: Uptime,
    /// Seconds in outage.
    pub outage_seconds: u64,
    /// Seconds degraded; these count as up.
    pub degraded_seconds: u64,
}

impl UptimeDay {
    /// Creates a day on which nothing was measured.
    #[must_use]
    pub fn without_data(date: Date) -> Self {
        Self {
            date,
            state: ServiceState::NoData,
            uptime: Uptime::NONE,
            outage_seconds: 0,
            degraded_seconds: 0,
        }
    }
}

/// Exactly 90 consecutive days, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UptimeDays(Vec<UptimeDay>);

impl UptimeDays {
    /// Creates the 90 days that end with `today`. A day that is not in `known` has no data. A day
    /// outside the window is ignored. If `known` has a day twice, the last one counts.
    #[must_use]
    pub fn ending(today: Date, known: impl IntoIterator<Item = UptimeDay>) -> Self {
        let mut days: Vec<UptimeDay> = (0..N_DAYS)
            .rev()
            .map(|n| {
                let back = jiff::Span::new().days(i64::try_from(n).unwrap_or(0));
                UptimeDay::without_data(today.saturating_sub(back))
            })
            .collect();
        for day in known {
            if let Some(place) = days.iter_mut().find(|place| place.date == day.date) {
                *place = day;
            }
        }
        Self(days)
    }

    /// Returns the days, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, UptimeDay> {
        self.0.iter()
    }

    /// Returns the days from the first with a measurement on, oldest first.
    #[must_use]
    pub fn measured(&self) -> &[UptimeDay] {
        let first = self.iter().position(|day| day.state != ServiceState::NoData);
        first.and_then(|first| self.0.get(first..)).unwrap_or_default()
    }

    /// Returns the day on which measuring began, if it began within these days.
    #[must_use]
    pub fn measured_since(&self) -> Option<Date> {
        let measured = self.measured();
        measured.first().filter(|_| measured.len() < self.0.len()).map(|day| day.date)
    }

    /// Returns the uptime over all days.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        self.iter().fold(Uptime::NONE, |sum, day| sum.plus(day.uptime))
    }
}

impl<'a> IntoIterator for &'a UptimeDays {
    type Item = &'a UptimeDay;
    type IntoIter = std::slice::Iter<'a, UptimeDay>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn there_are_always_ninety_days_that_end_today() {
        let known = [
            UptimeDay { state: ServiceState::Outage, ..UptimeDay::without_data(date(2026, 3, 9)) },
            UptimeDay { state: ServiceState::Outage, ..UptimeDay::without_data(date(2025, 3, 9)) },
        ];
        let days = UptimeDays::ending(date(2026, 3, 10), known);
        assert_eq!(days.iter().count(), N_DAYS);
        assert_eq!(days.iter().next().unwrap().date, date(2025, 12, 11));
        assert_eq!(days.iter().last().unwrap().date, date(2026, 3, 10));
        let outages: Vec<Date> = days
            .iter()
            .filter(|day| day.state == ServiceState::Outage)
            .map(|day| day.date)
            .collect();
        assert_eq!(outages, [date(2026, 3, 9)]);
    }

    #[test]
    fn days_before_the_first_measurement_are_not_measured_days() {
        let today = date(2026, 3, 10);
        let known = |from: i8| {
            let day = |day| UptimeDay {
                state: ServiceState::Operational,
                ..UptimeDay::without_data(date(2026, 3, day))
            };
            UptimeDays::ending(today, [day(from), day(10)])
        };
        assert_eq!(known(8).measured_since(), Some(date(2026, 3, 8)));
        let states: Vec<ServiceState> = known(8).measured().iter().map(|day| day.state).collect();
        let (ok, gap) = (ServiceState::Operational, ServiceState::NoData);
        assert_eq!(states, [ok, gap, ok], "a gap after the first measurement is shown");
        assert_eq!(UptimeDays::ending(today, []).measured_since(), None);
        assert_eq!(UptimeDays::ending(today, []).measured(), []);
        let measured = |day: &UptimeDay| UptimeDay { state: ServiceState::Operational, ..*day };
        let all: Vec<UptimeDay> = UptimeDays::ending(today, []).iter().map(measured).collect();
        assert_eq!(UptimeDays::ending(today, all).measured_since(), None);
    }

    #[test]
    fn uptime_is_weighted_by_the_measured_time_of_each_day() {
        let day = |date, good, measured| UptimeDay {
            state: ServiceState::Operational,
            uptime: Uptime::new(good, measured),
            ..UptimeDay::without_data(date)
        };
        let days = UptimeDays::ending(
            date(2026, 3, 10),
            [day(date(2026, 3, 9), 0, 100), day(date(2026, 3, 10), 900, 900)],
        );
        assert_eq!(days.uptime(), Uptime::new(900, 1000));
    }
}
