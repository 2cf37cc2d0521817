//! The hours of a repeated window: from a local time of a day up to a local time of the same day or a later one.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Opening, WeekDay};

/// The hours of a repeated window, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// The local time at which the window opens.
    pub from: Time,
    /// The end of the window.
    pub to: WindowEnd,
}

/// The end of a repeated window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEnd {
    /// A local time, a number of days after the day of the opening.
    OnDay {
        /// 0 for the day of the opening.
        days_later: u16,
        /// The local time.
        time: Time,
    },
    /// A local time on the first such weekday after the opening.
    OnWeekday {
        /// The weekday.
        weekday: WeekDay,
        /// The local time.
        time: Time,
    },
    /// An elapsed time after the opening, regardless of changes of the clock.
    After(Duration),
}

impl OpeningHours {
    /// The most days that a window stays open.
    pub const MAX_DAYS: u16 = 31;

    /// Returns the hours from `from` to the next local time `to`: on the same day if `to` is later than `from`.
    #[must_use]
    pub fn within_a_day(from: Time, to: Time) -> Self {
        let days_later = u16::from(to <= from);
        Self { from, to: WindowEnd::OnDay { days_later, time: to } }
    }

    /// Returns a bound of the number of days between the first and the last day of an opening.
    #[must_use]
    pub fn max_days(&self) -> u16 {
        match self.to {
            WindowEnd::OnDay { days_later, .. } => days_later,
            WindowEnd::OnWeekday { .. } => 7,
            WindowEnd::After(elapsed) => {
                u16::try_from(elapsed.as_secs() / (24 * 60 * 60) + 1).unwrap_or(u16::MAX)
            }
        }
    }

    /// Returns the opening that begins on `date`; `None` if the clocks skip all of it, or if it does not end within the
    /// years that can be represented.
    ///
    /// The window is open while the local clock shows a time within its hours. If the clocks skip a limit, the window
    /// opens or closes at the jump. If they repeat a limit, the window opens at the first occurrence and closes at the
    /// second.
    #[must_use]
    pub fn opening_on(&self, date: Date, zone: &TimeZone) -> Option<Opening> {
        let start = instant(zone, date.to_datetime(self.from), Occurrence::First)?;
        let last = |days: u16, time: Time| {
            let date = date.checked_add(jiff::Span::new().days(days)).ok()?;
            instant(zone, date.to_datetime(time), Occurrence::Last)
        };
        let end = match self.to {
            WindowEnd::OnDay { days_later, time } => last(days_later, time)?,
            WindowEnd::OnWeekday { weekday, time } => {
                let days = weekday.days_after(date.weekday());
                last(if days == 0 && time <= self.from { 7 } else { days }, time)?
            }
            WindowEnd::After(elapsed) => start.checked_add(elapsed).ok()?,
        };
        (start < end).then_some(Opening { start, end })
    }
}

impl std::fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "from {}", clock(self.from))?;
        match self.to {
            WindowEnd::OnDay { days_later: 0, time } => write!(f, " to {}", clock(time)),
            WindowEnd::OnDay { days_later: 1, time } => {
                write!(f, " to {} of the next day", clock(time))
            }
            WindowEnd::OnDay { days_later, time } => {
                write!(f, " to {} {days_later} days later", clock(time))
            }
            WindowEnd::OnWeekday { weekday, time } => {
                write!(f, " to {} {}", weekday.as_str(), clock(time))
            }
            WindowEnd::After(elapsed) => {
                write!(f, " for {}", crate::duration::format(elapsed))
            }
        }
    }
}

/// Returns a time of day without seconds, unless it has some.
fn clock(time: Time) -> String {
    let format = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.strftime(format).to_string()
}

/// One of the two occurrences of a local time that the clocks repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// Before the clocks are set back.
    First,
    /// After the clocks were set back.
    Last,
}

/// Returns the time at which the clock in `zone` shows `local`, or the jump that skips `local`. `None` if it cannot be
/// represented.
#[must_use]
pub fn instant(zone: &TimeZone, local: DateTime, occurrence: Occurrence) -> Option<Timestamp> {
    let at = |offset: Offset| offset.to_timestamp(local).ok();
    match (zone.to_ambiguous_zoned(local).offset(), occurrence) {
        (AmbiguousOffset::Unambiguous { offset }, _) => at(offset),
        (AmbiguousOffset::Fold { before, .. }, Occurrence::First) => at(before),
        (AmbiguousOffset::Fold { after, .. }, Occurrence::Last) => at(after),
        (AmbiguousOffset::Gap { before, .. }, _) => {
            // With the offset before the jump, a skipped time lies at the jump or shortly after it.
            let after = at(before)?.checked_add(Duration::from_nanos(1)).ok()?;
            zone.preceding(after).next().map(|jump| jump.timestamp())
        }
    }
}
