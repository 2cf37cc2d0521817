//! Summaries: scheduled reports of a day or a week.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, SummaryId};
use crate::window::WeekDay;

/// A scheduled summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its stable name.
    pub id: SummaryId,
    /// The length of the period that each summary covers, and the time between two of them.
    pub every: SummaryPeriod,
    /// The local time at which it is due.
    pub at: Time,
    /// The IANA name of the time zone, known to exist.
    pub time_zone: String,
    /// The channels that receive it, regardless of their filters; empty means every channel that takes
    /// `info`. Known to exist.
    pub channels: Vec<ChannelId>,
}

/// The frequency of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryPeriod {
    /// Each day.
    Day,
    /// Each week, on this day.
    Week(WeekDay),
}

/// The period that a summary covers, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The start of the period.
    pub from: Timestamp,
    /// The end of the period, which is the time at which the summary is due.
    pub until: Timestamp,
    /// The start of the month that contains the last moment of the period, in the time zone of the summary.
    pub month: Timestamp,
}

impl Summary {
    /// Returns the period of the summary that was due last at `now`; `None` if its time zone is unknown.
    ///
    /// If daylight saving skips the local time, the summary is due later by the length of the jump. If it
    /// repeats the local time, the first one counts.
    #[must_use]
    pub fn covered(&self, now: Timestamp) -> Option<Covered> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let at = |date: Date, time: Time| -> Option<Timestamp> {
            let zoned = zone.to_ambiguous_zoned(date.to_datetime(time)).compatible().ok()?;
            Some(zoned.timestamp())
        };
        let is_its_day = |date: Date| match self.every {
            SummaryPeriod::Day => true,
            SummaryPeriod::Week(day) => Weekday::from(day) == date.weekday(),
        };
        let today = now.to_zoned(zone.clone()).date();
        let days_back = |date: Date, n: i64| date.checked_sub(Span::new().days(n)).ok();
        let date = (0..=7)
            .filter_map(|n| days_back(today, n))
            .filter(|date| is_its_day(*date))
            .find(|date| at(*date, self.at).is_some_and(|due| due <= now))?;
        let length = match self.every {
            SummaryPeriod::Day => 1,
            SummaryPeriod::Week(_) => 7,
        };
        let until = at(date, self.at)?;
        let last_day = until.checked_sub(Duration::from_nanos(1)).ok()?.to_zoned(zone.clone());
        Some(Covered {
            from: at(days_back(date, length)?, self.at)?,
            until,
            month: at(last_day.date().first_of_month(), Time::midnight())?,
        })
    }

    /// Returns the title for a person: `Daily summary, 2026-11-22`.
    #[must_use]
    pub fn title(&self, covered: &Covered) -> String {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let date = covered.until.to_zoned(zone).date();
        match self.every {
            SummaryPeriod::Day => format!("Daily summary, {date}"),
            SummaryPeriod::Week(_) => format!("Weekly summary, {date}"),
        }
    }
}
