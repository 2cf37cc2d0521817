//! A time or a date in the form that a `<time>` element shows.

use jiff::{Timestamp, civil::Date};

use crate::wording::{long_date, long_time, machine_time, short_date, short_time, time_near};

/// The two forms of one time.
pub(super) struct Moment {
    /// The value of the `datetime` attribute.
    pub(super) machine: String,
    /// The text that is shown.
    pub(super) text: String,
}

impl Moment {
    /// Formats a time with the year.
    pub(super) fn long(at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: long_time(at) }
    }

    /// Formats a time without the year.
    pub(super) fn short(at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: short_time(at) }
    }

    /// Formats a time, without the day if that is the day of `now`.
    pub(super) fn near(at: Timestamp, now: Timestamp) -> Self {
        Self { machine: machine_time(at), text: time_near(at, now) }
    }

    /// Formats a day with the year.
    pub(super) fn date(date: Date) -> Self {
        Self { machine: date.to_string(), text: long_date(date) }
    }

    /// Formats a day.
    pub(super) fn day(date: Date) -> Self {
        Self { machine: date.to_string(), text: short_date(date) }
    }
}
