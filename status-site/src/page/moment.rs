//! A time or a date in the form that a `<time>` element shows.

use jiff::{Timestamp, civil::Date};

use crate::{
    formats::{day_of, machine_time},
    words::{Around, Words},
};

/// The two forms of one time.
pub(super) struct Moment {
    /// The value of the `datetime` attribute.
    pub(super) machine: String,
    /// The text that is shown.
    pub(super) text: String,
    precision: MomentPrecision,
}

/// The parts of a time that its text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MomentPrecision {
    /// The time of a day that the reader knows.
    TimeOfDay,
    /// A date, also with a time.
    Date,
}

impl Moment {
    /// Formats a time with the year.
    pub(super) fn long(words: &Words, at: Timestamp) -> Self {
        let text = words.long_time(at);
        Self { machine: machine_time(at), text, precision: MomentPrecision::Date }
    }

    /// Formats a time without the year.
    pub(super) fn short(words: &Words, at: Timestamp) -> Self {
        let text = words.short_time(at);
        Self { machine: machine_time(at), text, precision: MomentPrecision::Date }
    }

    /// Formats a time, without the day if that is the day of `now`.
    pub(super) fn near(words: &Words, at: Timestamp, now: Timestamp) -> Self {
        let is_today = day_of(at) == day_of(now);
        let precision = if is_today { MomentPrecision::TimeOfDay } else { MomentPrecision::Date };
        Self { machine: machine_time(at), text: words.time_near(at, now), precision }
    }

    /// Formats a day.
    pub(super) fn day(words: &Words, date: Date) -> Self {
        let text = words.short_date(date);
        Self { machine: date.to_string(), text, precision: MomentPrecision::Date }
    }

    /// Returns the text around the moment as the start of a state. Some languages have an article before a date.
    pub(super) fn since(&self, words: &Words) -> Around {
        match self.precision {
            MomentPrecision::TimeOfDay => words.since(),
            MomentPrecision::Date => words.since_date(),
        }
    }
}
