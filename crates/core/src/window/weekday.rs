//! Days of the week, as words of configs and JSON.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

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

    /// Returns the number of days from `other` to the next day of this weekday: 0 to 6.
    #[must_use]
    pub fn days_after(self, other: Weekday) -> u16 {
        u16::from(Weekday::from(self).since(other).unsigned_abs())
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
