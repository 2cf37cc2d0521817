//! Windows of time in which paging is suppressed: planned maintenance and silences.

use std::time::Duration;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{MaintenanceId, RuleId};
use crate::rule::RuleScope;

/// A planned window. Paging is suppressed, the page announces it, and its time does not count in uptime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its stable name.
    pub id: MaintenanceId,
    /// The title that the public reads.
    pub title: String,
    /// Further information.
    pub description: Option<String>,
    /// The monitors that it applies to.
    pub scope: RuleScope,
    /// The times at which it is open.
    pub schedule: WindowSchedule,
}

/// The times at which a window is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowSchedule {
    /// Once.
    Once {
        /// The start.
        start: Timestamp,
        /// The end, which is not included.
        end: Timestamp,
    },
    /// At the same local time on the same days of each week.
    Weekly {
        /// The days on which it opens; not empty.
        days: Vec<WeekDay>,
        /// The local time at which it opens.
        at: Time,
        /// The time for which it stays open, in elapsed time.
        duration: Duration,
        /// The IANA name of the time zone, known to exist.
        time_zone: String,
    },
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the days say it")]
pub enum WeekDay {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl WeekDay {
    /// All days, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Returns the word used in config and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl From<WeekDay> for Weekday {
    fn from(day: WeekDay) -> Self {
        match day {
            WeekDay::Monday => Self::Monday,
            WeekDay::Tuesday => Self::Tuesday,
            WeekDay::Wednesday => Self::Wednesday,
            WeekDay::Thursday => Self::Thursday,
            WeekDay::Friday => Self::Friday,
            WeekDay::Saturday => Self::Saturday,
            WeekDay::Sunday => Self::Sunday,
        }
    }
}

/// One opening of a window: from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opening {
    /// The time at which it opens.
    pub start: Timestamp,
    /// The time at which it closes.
    pub end: Timestamp,
}

impl Opening {
    /// Checks whether `at` lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

impl WindowSchedule {
    /// The longest time that a weekly window may stay open.
    pub const MAX_WEEKLY: Duration = Duration::from_hours(168);

    /// Returns the openings that overlap the time from `from` up to `until`, in order.
    ///
    /// If daylight saving skips the local time, the window opens later by the length of the jump. If it
    /// repeats the local time, the window opens once, at the first of the two.
    #[must_use]
    pub fn openings(&self, from: Timestamp, until: Timestamp) -> Vec<Opening> {
        match self {
            Self::Once { start, end } => {
                let opening = Opening { start: *start, end: *end };
                if opening.start < until && from < opening.end { vec![opening] } else { Vec::new() }
            }
            Self::Weekly { days, at, duration, time_zone } => {
                let Ok(zone) = TimeZone::get(time_zone) else { return Vec::new() };
                Weekly { days, at: *at, duration: *duration, zone }.openings(from, until)
            }
        }
    }

    /// Checks whether the window is open at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let just_after = at.saturating_add(Duration::from_nanos(1)).unwrap_or(at);
        self.openings(at, just_after).iter().any(|opening| opening.contains(at))
    }
}

/// A weekly window in its time zone.
struct Weekly<'a> {
    days: &'a [WeekDay],
    at: Time,
    duration: Duration,
    zone: TimeZone,
}

impl Weekly<'_> {
    fn openings(&self, from: Timestamp, until: Timestamp) -> Vec<Opening> {
        let Self { days, at, duration, zone } = self;
        let mut openings = Vec::new();
        // An opening before `from` may still be open. The search therefore begins earlier by the duration,
        // and by a day for the time zone.
        let Ok(earliest) = from.checked_sub(*duration + Duration::from_hours(24)) else {
            return openings;
        };
        let mut date = earliest.to_zoned(zone.clone()).date();
        loop {
            let start = zone.to_ambiguous_zoned(date.to_datetime(*at)).compatible();
            let Ok(start) = start.map(|start| start.timestamp()) else { break };
            if start >= until {
                break;
            }
            let Ok(end) = start.checked_add(*duration) else { break };
            if days.iter().any(|day| Weekday::from(*day) == date.weekday()) && end > from {
                openings.push(Opening { start, end });
            }
            let Ok(next) = date.checked_add(Span::new().days(1)) else { break };
            date = next;
        }
        openings
    }
}

/// A temporary mute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silence {
    /// The monitors that it applies to.
    pub scope: RuleScope,
    /// The rules that it applies to; empty means all.
    pub rules: Vec<RuleId>,
    /// The end.
    pub until: Timestamp,
    /// The person who requested it.
    pub author: String,
    /// The reason for it.
    pub reason: String,
}

impl Silence {
    /// Checks whether it applies to the rule.
    #[must_use]
    pub fn mutes(&self, rule: &RuleId) -> bool {
        self.rules.is_empty() || self.rules.contains(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly_in_berlin(at: &str) -> WindowSchedule {
        WindowSchedule::Weekly {
            days: vec![WeekDay::Sunday],
            at: at.parse().unwrap(),
            duration: Duration::from_hours(1),
            time_zone: "Europe/Berlin".to_owned(),
        }
    }

    fn openings(schedule: &WindowSchedule, from: &str, until: &str) -> Vec<String> {
        schedule
            .openings(from.parse().unwrap(), until.parse().unwrap())
            .iter()
            .map(|opening| format!("{}..{}", opening.start, opening.end))
            .collect()
    }

    #[test]
    fn a_weekly_window_follows_local_time_over_the_year() {
        let schedule = weekly_in_berlin("04:00");
        assert_eq!(
            openings(&schedule, "2026-10-18T00:00:00Z", "2026-10-26T00:00:00Z"),
            [
                "2026-10-18T02:00:00Z..2026-10-18T03:00:00Z",
                "2026-10-25T03:00:00Z..2026-10-25T04:00:00Z"
            ]
        );
    }

    #[test]
    fn an_hour_that_daylight_saving_skips_opens_after_the_jump() {
        let schedule = weekly_in_berlin("02:30");
        assert_eq!(
            openings(&schedule, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
            ["2026-03-29T01:30:00Z..2026-03-29T02:30:00Z"]
        );
    }

    #[test]
    fn an_hour_that_daylight_saving_repeats_opens_once() {
        let schedule = weekly_in_berlin("02:30");
        assert_eq!(
            openings(&schedule, "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z"),
            ["2026-10-25T00:30:00Z..2026-10-25T01:30:00Z"]
        );
    }

    #[test]
    fn a_window_that_opened_yesterday_is_still_open() {
        let schedule = weekly_in_berlin("23:30");
        assert!(schedule.is_open("2026-06-14T22:15:00Z".parse().unwrap()));
        assert!(!schedule.is_open("2026-06-14T22:30:00Z".parse().unwrap()));
        assert!(!schedule.is_open("2026-06-14T21:29:59Z".parse().unwrap()));
    }
}
