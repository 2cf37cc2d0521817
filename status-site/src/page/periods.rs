//! The periods of a strip: runs of days with the same text. A reader who points at a bar sees the text of its period.

use jiff::civil::Date;

use super::days::{self, IncidentsByService};
use crate::{
    edition::Edition,
    snapshot::{N_DAYS, PublicService, ServiceState, UptimeDay},
    words::Words,
};

/// A run of days with the same text, and its place above the strip.
pub(super) struct PeriodView {
    /// The distance from the left edge, in percent of the strip, such as `98.8`. The area ends where that of the next period
    /// begins, which covers it.
    pub(super) left: String,
    /// The side of the strip on which the text stands.
    pub(super) side: StripSide,
    /// "10 Mar: outage, 42 min".
    pub(super) text: String,
    /// True for the newest period with a problem, whose text is shown while the strip has the focus.
    pub(super) is_newest_problem: bool,
}

/// The third of a strip in which a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StripSide {
    Left,
    Middle,
    Right,
}

/// The content of a day for a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayContent {
    /// The day is before the first measurement.
    NotMeasured,
    Measured(ServiceState),
}

/// A run of days in columns of the strip.
struct DayRun<'a> {
    content: DayContent,
    first: usize,
    days: Vec<&'a UptimeDay>,
}

impl DayRun<'_> {
    fn is_problem(&self) -> bool {
        matches!(self.content, DayContent::Measured(state) if state.is_problem())
    }
}

/// Returns the periods that cover all days, the oldest first.
pub(super) fn periods(
    edition: &Edition<'_>,
    incidents: &IncidentsByService<'_>,
    service: &PublicService,
) -> Vec<PeriodView> {
    let n_before = N_DAYS - service.days.measured().len();
    let mut runs: Vec<DayRun<'_>> = Vec::new();
    for (column, day) in service.days.iter().enumerate() {
        let is_before = column < n_before;
        let content =
            if is_before { DayContent::NotMeasured } else { DayContent::Measured(day.state) };
        match runs.last_mut() {
            Some(run) if run.content == content && !run.is_problem() => run.days.push(day),
            _ => runs.push(DayRun { content, first: column, days: vec![day] }),
        }
    }
    let newest_problem = runs.iter().rposition(DayRun::is_problem);
    let view = |(n, run): (usize, DayRun<'_>)| {
        let length = run.days.len();
        let middle = run.first + length / 2;
        let side = match middle * 3 / N_DAYS {
            0 => StripSide::Left,
            1 => StripSide::Middle,
            _ => StripSide::Right,
        };
        PeriodView {
            left: percent(run.first),
            side,
            text: text(edition, incidents, service, &run),
            is_newest_problem: newest_problem == Some(n),
        }
    };
    runs.into_iter().enumerate().map(view).collect()
}

fn text(
    edition: &Edition<'_>,
    incidents: &IncidentsByService<'_>,
    service: &PublicService,
    run: &DayRun<'_>,
) -> String {
    let (Some(first), Some(last)) = (run.days.first(), run.days.last()) else {
        return String::new();
    };
    let what = match run.content {
        DayContent::NotMeasured => edition.words.period_not_measured(),
        DayContent::Measured(_) => days::in_brief(edition, incidents, service, first),
    };
    let words = edition.words;
    let text = words.labeled(&dates(words, first.date, last.date), &what);
    words.within_drawing(text)
}

fn dates(words: &Words, first: Date, last: Date) -> String {
    if first == last {
        words.brief_date(first)
    } else {
        words.span(&words.brief_date(first), &words.brief_date(last))
    }
}

/// Formats the left edge of a column, or a number of columns, in percent of the strip.
pub(super) fn percent(columns: usize) -> String {
    let tenths = columns * 1_000 / N_DAYS;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{rest}"),
    }
}
