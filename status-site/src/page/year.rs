//! `history/index.html`: a calendar with the state of each day, as text and as a mark. Days on which something happened
//! link to the page of their month.

use askama::Template;
use jiff::{ToSpan as _, civil::Date};

use crate::{
    SiteFile,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{CALENDAR_PATH, day_anchor, day_of, month_file},
    icon,
    snapshot::{HistoryMonth, PageIdentity, PublicIncident, ServiceState},
    stylesheet::PageSheet,
    words::Words,
};

/// The number of days of a week.
const N_WEEKDAYS: i8 = 7;

#[derive(Template)]
#[template(path = "year.html")]
struct YearPage<'a> {
    style: PageStyle,
    favicon: String,
    page: &'a PageIdentity,
    words: &'static Words,
    /// The path to the first page in the same language.
    home: String,
    languages: Vec<LanguageLink>,
    states: [ServiceState; 5],
    /// From Monday on: the short form that is shown, and the whole word.
    weekdays: Vec<(String, String)>,
    months: Vec<MonthGrid>,
}

/// A month as rows of seven days, from Monday on.
struct MonthGrid {
    id: String,
    file: String,
    name: String,
    summary: String,
    weeks: Vec<Vec<DayCell>>,
}

/// A cell of the grid.
enum DayCell {
    /// A day of another month.
    Outside,
    /// A day that is not known: before the first one, or in the future.
    Unknown {
        /// The day of the month.
        day: i8,
    },
    /// A known day.
    Known {
        /// The day of the month.
        day: i8,
        state: ServiceState,
        /// "outage, 2 incidents".
        words: String,
        /// The fragment on the page of the month; empty for a day on which nothing happened.
        fragment: String,
    },
}

/// Renders the calendar.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(edition: &Edition<'_>) -> SiteFile {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let weekdays = 1..=N_WEEKDAYS;
    let style = edition.style(PageSheet::Subpage, None);
    let page = YearPage {
        style,
        favicon: icon::favicon(ServiceState::NoData),
        page: &snapshot.page,
        words,
        home: edition.home_path(1),
        languages: edition.links(CALENDAR_PATH, 1),
        states: LEGEND,
        weekdays: weekdays.map(|day| (words.weekday_brief(day), words.weekday(day))).collect(),
        months: snapshot.months.iter().rev().map(|month| grid(words, month)).collect(),
    };
    SiteFile::text(
        edition.path(CALENDAR_PATH),
        page.render().expect("writing to a string cannot fail"),
    )
}

/// The states in the order of the legend.
const LEGEND: [ServiceState; 5] = [
    ServiceState::Operational,
    ServiceState::Degraded,
    ServiceState::Outage,
    ServiceState::Maintenance,
    ServiceState::NoData,
];

fn grid(words: &Words, month: &HistoryMonth) -> MonthGrid {
    let first = month.month.first_day();
    let n_outside = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
    let n_days = first.days_in_month();
    let dates = (0..n_days).map(|n| first.saturating_add(n.days()));
    let outside = std::iter::repeat_with(|| DayCell::Outside).take(n_outside);
    let cells = outside.chain(dates.map(|date| cell(words, month, date)));
    let n_weekdays = usize::try_from(N_WEEKDAYS).unwrap_or(1);
    let mut weeks: Vec<Vec<DayCell>> = Vec::new();
    for (place, cell) in cells.enumerate() {
        if place % n_weekdays == 0 {
            weeks.push(Vec::new());
        }
        if let Some(week) = weeks.last_mut() {
            week.push(cell);
        }
    }
    if let Some(last) = weeks.last_mut() {
        last.resize_with(n_weekdays, || DayCell::Outside);
    }
    MonthGrid {
        id: format!("month-{}", month.month),
        file: month_file(month.month),
        name: words.month_name(month.month),
        summary: words.month_summary(month),
        weeks,
    }
}

fn cell(words: &Words, month: &HistoryMonth, date: Date) -> DayCell {
    let day = date.day();
    let Some(known) = month.days.iter().find(|known| known.date == date) else {
        return DayCell::Unknown { day };
    };
    let n_incidents = month.incidents.iter().filter(|one| was_open(one, date)).count();
    let is_quiet = n_incidents == 0 && known.exceptions.is_empty();
    DayCell::Known {
        day,
        state: known.state,
        words: words.day_with_incidents(known.state, n_incidents),
        fragment: if is_quiet { String::new() } else { day_anchor(date) },
    }
}

fn was_open(incident: &PublicIncident, date: Date) -> bool {
    let is_over = incident.resolved_at.is_some_and(|end| day_of(end) < date);
    day_of(incident.started_at) <= date && !is_over
}
