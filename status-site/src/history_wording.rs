//! The words of the pages of the months and of the calendar.

use jiff::civil::Date;

use crate::{
    snapshot::{CalendarMonth, HistoryDay, ServiceState},
    wording::{count, encoded},
};

/// The weekdays from Monday on: the short form that is shown, and the whole word.
pub(crate) const WEEKDAYS: [(&str, &str); 7] = [
    ("Mo", "Monday"),
    ("Tu", "Tuesday"),
    ("We", "Wednesday"),
    ("Th", "Thursday"),
    ("Fr", "Friday"),
    ("Sa", "Saturday"),
    ("Su", "Sunday"),
];

/// The most services that a day names for one state.
pub(crate) const MAX_NAMES: usize = 5;

/// Formats a month as "November 2026".
pub(crate) fn month_name(month: CalendarMonth) -> String {
    month.first_day().strftime("%B %Y").to_string()
}

/// Returns the words about the services of a day beyond the [`MAX_NAMES`] that are named.
pub(crate) fn more_services(n: usize) -> String {
    format!("and {}", count(n, "more service"))
}

/// Returns the words about a day that a reader hears instead of seeing its mark: "outage, 2 incidents".
pub(crate) fn day_words(state: ServiceState, n_incidents: usize) -> String {
    let state = state.word().to_lowercase();
    if n_incidents == 0 { state } else { format!("{state}, {}", count(n_incidents, "incident")) }
}

/// Returns the line under the name of a month.
pub(crate) fn month_summary(n_incidents: usize) -> String {
    if n_incidents == 0 { "No incidents.".to_owned() } else { count(n_incidents, "incident") + "." }
}

/// Returns the sentence of a day, or of a run of days, on which nothing happened.
pub(crate) fn quiet_day(day: &HistoryDay) -> &'static str {
    match day.state {
        ServiceState::NoData => "No data. No incidents.",
        ServiceState::Operational
        | ServiceState::Degraded
        | ServiceState::Outage
        | ServiceState::Maintenance => "No incidents.",
    }
}

/// Returns the id of a day on the page of its month.
pub(crate) fn day_anchor(date: Date) -> String {
    format!("day-{date}")
}

/// Returns the name of the page of a month among the pages of history.
pub(crate) fn month_file(month: CalendarMonth) -> String {
    format!("{}.html", encoded(&month.to_string()))
}
