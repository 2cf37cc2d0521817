//! Windows of time in which notifications are suppressed: planned maintenance and silences.

mod opening_days;
mod opening_hours;
mod rrule;
mod weekday;

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::MaintenanceId;
use crate::matcher::Matcher;
use crate::rule::RuleScope;

pub use self::opening_days::{DayOfMonth, OpeningDays};
pub use self::opening_hours::{Occurrence, OpeningHours, WindowEnd, instant};
pub use self::rrule::{RecurrenceRule, RuleError};
pub use self::weekday::WeekDay;

/// A planned window. Notifications are suppressed, the page announces it, and its time does not count in uptime.
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
    /// The time at which an operator ended it, from which on it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Maintenance {
    /// Returns the openings that overlap the time from `from` up to `until`, in the order of their start.
    #[must_use]
    pub fn openings(&self, from: Timestamp, until: Timestamp) -> Vec<Opening> {
        let Some(ended_at) = self.ended_at else { return self.schedule.openings(from, until) };
        let openings = self.schedule.openings(from, until.min(ended_at)).into_iter();
        let cut = openings.map(|one| Opening { end: one.end.min(ended_at), ..one });
        cut.filter(|one| one.start < one.end && from < one.end).collect()
    }

    /// Checks whether the window is open at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.ended_at.is_none_or(|ended_at| at < ended_at) && self.schedule.is_open(at)
    }

    /// Returns the opening that contains `at`, or the next one; `None` if there is none within a century.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Opening> {
        let next = self.schedule.next_opening(at)?;
        let end = self.ended_at.map_or(next.end, |ended_at| next.end.min(ended_at));
        (next.start < end && at < end).then_some(Opening { end, ..next })
    }

    /// Returns the first start or end of an opening after `at`; `None` if there is none within a century.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.next_opening(at)?;
        Some(if at < next.start { next.start } else { next.end })
    }
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
    /// At the same local hours on some days.
    Repeated {
        /// The days on which it opens.
        days: OpeningDays,
        /// The hours, in local time.
        hours: OpeningHours,
        /// The IANA name of the time zone, known to exist.
        time_zone: String,
    },
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

/// The days of one step of the search for the next opening.
const SEARCH_DAYS: u32 = 32;

/// The steps after which the search for the next opening ends: a century. The longest pause between two days of a rule
/// is 40 years, for a weekday on February 29.
const MAX_SEARCHES: u32 = 36_525 / SEARCH_DAYS;

impl WindowSchedule {
    /// Returns the openings that overlap the time from `from` up to `until`, in the order of their start. The time of
    /// the call grows with the days from `from` to `until`, not with the age of the schedule.
    #[must_use]
    pub fn openings(&self, from: Timestamp, until: Timestamp) -> Vec<Opening> {
        let overlaps = |opening: &Opening| opening.start < until && from < opening.end;
        match self {
            Self::Once { start, end } => {
                Some(Opening { start: *start, end: *end }).filter(overlaps).into_iter().collect()
            }
            Self::Repeated { days, hours, time_zone } => {
                let Ok(zone) = TimeZone::get(time_zone) else { return Vec::new() };
                // An opening of an earlier day may still be open.
                let earlier = Span::new().days(hours.max_days());
                let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
                let first = date(from).checked_sub(earlier).unwrap_or(Date::MIN);
                let (lower, upper) = days.bounds();
                opening_days::days(first.max(lower), date(until).min(upper))
                    .filter(|date| days.include(*date))
                    .filter_map(|date| hours.opening_on(date, &zone))
                    .filter(overlaps)
                    .collect()
            }
        }
    }

    /// Returns the schedule that repeats the window from `start` to `end`, both local to `zone`, by `rule`.
    ///
    /// # Errors
    ///
    /// Fails if the window ends before it begins or stays open for too long, if the rule does not include its first
    /// day, or if the time zone has no IANA name.
    pub fn by_rule(
        rule: RecurrenceRule,
        (start, end): (DateTime, DateTime),
        zone: &TimeZone,
    ) -> Result<Self, RuleError> {
        let n_days = end.date().duration_since(start.date()).as_hours() / 24;
        let days_later = u16::try_from(n_days).ok().filter(|_| start < end);
        let Some(days_later) = days_later else {
            let message = format!("the window ends at {end}, before it begins at {start}");
            return Err(RuleError::new(message, "choose a later end"));
        };
        if days_later > OpeningHours::MAX_DAYS {
            let message = format!("the repeated window stays open for {days_later} days");
            return Err(RuleError::new(message, "choose an end within 31 days"));
        }
        let Some(name) = zone.iana_name() else {
            let hint = "write an IANA name such as `Europe/Berlin`";
            return Err(RuleError::new("the time zone of a repeated window has no name", hint));
        };
        let hours = OpeningHours {
            from: start.time(),
            to: WindowEnd::OnDay { days_later, time: end.time() },
        };
        let days = OpeningDays::by_rule(rule, start, zone)?;
        Ok(Self::Repeated { days, hours, time_zone: name.to_owned() })
    }

    /// Checks whether the window is open at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let just_after = at.saturating_add(Duration::from_nanos(1)).unwrap_or(at);
        self.openings(at, just_after).iter().any(|opening| opening.contains(at))
    }

    /// Returns the opening that contains `at`, or the next one; `None` if there is none within a century after the first
    /// day of the schedule.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<Opening> {
        let Self::Repeated { days, .. } = self else {
            return self.openings(at, Timestamp::MAX).pop();
        };
        let (first, _) = days.bounds();
        // The day begins at most a day earlier than in UTC.
        let begins = first.yesterday().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        let step = Duration::from_hours(u64::from(SEARCH_DAYS) * 24);
        let mut from = begins.map_or(at, |begins| begins.timestamp().max(at));
        for _ in 0..MAX_SEARCHES {
            let until = from.checked_add(step).ok()?;
            if let Some(opening) = self.openings(from, until).into_iter().next() {
                return Some(opening);
            }
            from = until;
        }
        None
    }
}

impl fmt::Display for WindowSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once { start, end } => write!(f, "once from {start} to {end}"),
            Self::Repeated { days, hours, time_zone } => {
                write!(f, "{} ({time_zone})", days.with_hours(hours))
            }
        }
    }
}

/// A temporary mute of the alerts that its matchers select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The matchers, all of which must hold; not empty.
    pub matchers: Vec<Matcher>,
    /// The start; `None` if it applies to all times before the end.
    pub starts_at: Option<Timestamp>,
    /// The end.
    pub until: Timestamp,
    /// The person who requested it.
    pub author: String,
    /// The reason for it.
    pub comment: String,
}

impl Silence {
    /// Checks whether it is in force at `at`.
    #[must_use]
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= at) && at < self.until
    }
}

#[cfg(test)]
mod tests;
