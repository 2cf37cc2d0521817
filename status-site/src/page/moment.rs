//! A time or a date in the form that a `<time>` element shows.

use jiff::{Timestamp, civil::Date};

use crate::{
    wording::{day_of, machine_time},
    words::{MomentForm, Words},
};

/// The two forms of one time.
pub(super) struct Moment {
    /// The value of the `datetime` attribute.
    pub(super) machine: String,
    /// The text that is shown.
    pub(super) text: String,
    pub(super) form: MomentForm,
}

impl Moment {
    /// Formats a time with the year.
    pub(super) fn long(words: &Words, at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: words.long_time(at), form: MomentForm::WithDate }
    }

    /// Formats a time without the year.
    pub(super) fn short(words: &Words, at: Timestamp) -> Self {
        Self { machine: machine_time(at), text: words.short_time(at), form: MomentForm::WithDate }
    }

    /// Formats a time, without the day if that is the day of `now`.
    pub(super) fn near(words: &Words, at: Timestamp, now: Timestamp) -> Self {
        let form =
            if day_of(at) == day_of(now) { MomentForm::TimeOfDay } else { MomentForm::WithDate };
        Self { machine: machine_time(at), text: words.time_near(at, now), form }
    }

    /// Formats a day.
    pub(super) fn day(words: &Words, date: Date) -> Self {
        Self { machine: date.to_string(), text: words.short_date(date), form: MomentForm::WithDate }
    }
}
