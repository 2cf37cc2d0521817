//! A time or a date as a `<time>` element shows it.

use jiff::{Timestamp, civil::Date};

use crate::wording::{long_time, machine_time, short_date, short_time, time_near};

/// The two forms of one time.
pub(super) struct Moment {
    /// For the `datetime` attribute.
    pub(super) machine: String,
    /// For people.
    pub(super) text: String,
}

impl Moment {
    /// With the year.
    pub(super) fn long(at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: long_time(at) }
    }

    /// Without the year.
    pub(super) fn short(at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: short_time(at) }
    }

    /// Without the day, if that is today.
    pub(super) fn near(at: Timestamp, now: Timestamp) -> Self {
        Self { machine: machine_time(at), text: time_near(at, now) }
    }

    /// A day.
    pub(super) fn day(date: Date) -> Self {
        Self { machine: date.to_string(), text: short_date(date) }
    }
}
