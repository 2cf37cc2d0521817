//! Strings of maintenance windows and silences: later times, recurrence rules, matchers.

use allclear_core::matcher::Matcher;
use allclear_core::window::{OpeningHours, RecurrenceRule, WeekDay, WindowEnd};
use allclear_evaluate::matchers::CompiledMatchers;
use jiff::civil::Time;

use super::{FormatError, StringFormat};

/// A local time after the opening of a window: `04:00`, `sunday 18:00` or `+2d 18:00`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaterTime {
    day: LaterDay,
    time: Time,
}

#[derive(Debug, Clone, Copy)]
enum LaterDay {
    /// The same day, or the next one if the time is not later than the opening.
    Next,
    Weekday(WeekDay),
    DaysLater(u16),
}

impl LaterTime {
    /// Returns the hours from `from` to this time.
    pub(crate) fn after(self, from: Time) -> OpeningHours {
        let time = self.time;
        let to = match self.day {
            LaterDay::Next => return OpeningHours::within_a_day(from, time),
            LaterDay::Weekday(weekday) => WindowEnd::OnWeekday { weekday, time },
            LaterDay::DaysLater(days_later) => WindowEnd::OnDay { days_later, time },
        };
        OpeningHours { from, to }
    }
}

impl StringFormat for LaterTime {
    const FORMAT: &'static str = "later_time";

    fn read(text: &str) -> Result<Self, FormatError> {
        let wrong = || {
            let what = format!("`{text}` is not a local time after the opening");
            FormatError::new(what, "write `\"04:00\"`, `\"sunday 18:00\"` or `\"+2d 18:00\"`")
        };
        let Some((day, time)) = text.split_once(' ') else {
            let time = Time::read(text).map_err(|_| wrong())?;
            return Ok(Self { day: LaterDay::Next, time });
        };
        let time = Time::read(time.trim()).map_err(|_| wrong())?;
        if let Some(weekday) = WeekDay::ALL.into_iter().find(|one| one.as_str() == day) {
            return Ok(Self { day: LaterDay::Weekday(weekday), time });
        }
        let days = day.strip_prefix('+').and_then(|rest| rest.strip_suffix('d'));
        let days: u16 = days.and_then(|days| days.parse().ok()).ok_or_else(wrong)?;
        if days > OpeningHours::MAX_DAYS {
            let what = format!("`{text}` is more than {} days later", OpeningHours::MAX_DAYS);
            return Err(FormatError::new(what, "choose an end within 31 days"));
        }
        Ok(Self { day: LaterDay::DaysLater(days), time })
    }
}

impl StringFormat for RecurrenceRule {
    const FORMAT: &'static str = "recurrence_rule";

    fn read(text: &str) -> Result<Self, FormatError> {
        text.parse().map_err(|error: allclear_core::window::RuleError| {
            FormatError::new(error.message, error.hint)
        })
    }
}

impl StringFormat for Matcher {
    const FORMAT: &'static str = "matcher";

    fn read(text: &str) -> Result<Self, FormatError> {
        let matcher: Self =
            text.parse().map_err(|error: allclear_core::matcher::MatcherError| {
                FormatError::new(error.to_string(), error.hint())
            })?;
        match CompiledMatchers::new(std::slice::from_ref(&matcher)) {
            Ok(_) => Ok(matcher),
            Err(error) => {
                let hint = "write a regular expression that matches the whole value";
                Err(FormatError::new(error.to_string(), hint))
            }
        }
    }
}
