//! The words of the pages of months and of the calendar.

use jiff::Timestamp;

use super::Words;
use crate::snapshot::{CalendarMonth, HistoryDay, HistoryMonth, ServiceState};

impl Words {
    /// Formats a month as "November 2026".
    pub(crate) fn month_name(&self, month: CalendarMonth) -> String {
        let first = month.first_day();
        self.month_and_year(&self.month(first.month()), &first.year().to_string())
    }

    /// Returns the line under the name of a month: the number of incidents that began in it.
    pub(crate) fn month_summary(&self, month: &HistoryMonth) -> String {
        match month.incidents.iter().filter(|one| month.lists(one)).count() {
            0 => self.no_incidents(),
            n => self.sentence(&self.n_incidents(n)),
        }
    }

    /// Returns the sentence of a day, or of a run of days, on which nothing happened.
    pub(crate) fn quiet_day(&self, day: &HistoryDay) -> String {
        match day.state {
            ServiceState::NoData => {
                format!("{} {}", self.sentence(&self.no_data()), self.no_incidents())
            }
            ServiceState::Operational
            | ServiceState::Degraded
            | ServiceState::Outage
            | ServiceState::Maintenance => self.no_incidents(),
        }
    }

    /// Returns the words about a day that a reader hears instead of seeing its mark: "outage, 2 incidents".
    pub(crate) fn day_with_incidents(&self, state: ServiceState, n_incidents: usize) -> String {
        let state = self.day_state(state);
        if n_incidents == 0 { state } else { self.list(&[state, self.n_incidents(n_incidents)]) }
    }

    /// Returns the sentence about the promise of the next update, with the date.
    pub(crate) fn promise(&self, at: Timestamp) -> String {
        let around = self.next_update();
        self.sentence(&format!("{}{}{}", around.before, self.long_time(at), around.after))
    }
}
