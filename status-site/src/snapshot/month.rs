//! The months that have pages of their own.

use std::fmt;

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};

use super::{PublicIncident, ServiceState, Uptime};

/// A month of a year, such as `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarMonth {
    first: Date,
}

impl CalendarMonth {
    /// Returns the month of a day.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self { first: date.first_of_month() }
    }

    /// Returns the first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.first
    }

    /// Returns the last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first.last_of_month()
    }

    /// Returns the month that is `n` months before this one.
    #[must_use]
    pub fn back(self, n: u8) -> Self {
        Self::of(self.first.saturating_sub(i32::from(n).months()))
    }
}

/// Formats as `2026-11`.
impl fmt::Display for CalendarMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.strftime("%Y-%m"))
    }
}

/// A month with its public facts. Once it is over, only an operator's entry or a new config changes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HistoryMonth {
    /// The month.
    pub month: CalendarMonth,
    /// The known days, oldest first and without a gap. The first month begins with the first day that is known, and the
    /// last one ends with the day of the snapshot.
    pub days: Vec<HistoryDay>,
    /// The uptimes in the month, in the order of the page. A service without a measurement in the month has none.
    pub uptimes: Vec<MonthUptime>,
    /// The incidents that were open in the month.
    pub incidents: Vec<PublicIncident>,
}

/// One UTC day of all services.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HistoryDay {
    /// The day.
    pub date: Date,
    /// The worst state of the services that were measured or in maintenance; no data if none was.
    pub state: ServiceState,
    /// The services with another state than operational and no data, in the order of the page.
    pub exceptions: Vec<DayException>,
}

/// A service that was not simply operational on a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DayException {
    /// The id of the service.
    pub service: String,
    /// The worst state of the day.
    pub state: ServiceState,
    /// Seconds in that state.
    pub seconds: u64,
}

/// The uptime of a service in a month.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MonthUptime {
    /// The id of the service.
    pub service: String,
    /// The uptime.
    pub uptime: Uptime,
}

impl HistoryMonth {
    /// Creates a month without days.
    #[must_use]
    pub fn empty(month: CalendarMonth) -> Self {
        Self { month, days: Vec::new(), uptimes: Vec::new(), incidents: Vec::new() }
    }

    /// Checks whether an incident is listed in this month: it began on one of its days.
    pub(crate) fn lists(&self, incident: &PublicIncident) -> bool {
        let began = incident.started_at.to_zoned(TimeZone::UTC).date();
        let days = self.days.first().zip(self.days.last());
        days.is_some_and(|(first, last)| (first.date..=last.date).contains(&began))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_has_its_days_and_the_months_before_it() {
        let month = CalendarMonth::of(date(2024, 2, 29));
        assert_eq!(month.to_string(), "2024-02");
        assert_eq!((month.first_day(), month.last_day()), (date(2024, 2, 1), date(2024, 2, 29)));
        assert_eq!(month.back(2).to_string(), "2023-12");
        assert_eq!(month.back(12).to_string(), "2023-02");
    }
}
