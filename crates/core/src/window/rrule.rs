//! Recurrence rules of iCalendar (RFC 5545), as far as days are concerned.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::WeekDay;

/// A recurrence rule: the days on which a window opens. Serialized as its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecurrenceRule {
    text: String,
    pub(super) frequency: Frequency,
    /// At least 1.
    pub(super) interval: u16,
    pub(super) by_day: Vec<RuleWeekday>,
    /// -31 to 31 without 0; negative numbers count from the end of the month.
    pub(super) by_month_day: Vec<i8>,
    /// 1 to 12.
    pub(super) by_month: Vec<i8>,
    /// Negative numbers count from the end of the period.
    pub(super) by_set_position: Vec<i16>,
    pub(super) week_start: WeekDay,
    pub(super) end: RuleEnd,
}

/// The period that a rule repeats in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleWeekday {
    /// Its number within the month or year, negative from the end; `None` for each of them.
    pub(super) nth: Option<i8>,
    pub(super) weekday: WeekDay,
}

/// The end of a recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleEnd {
    Never,
    Count(u16),
    UntilDate(Date),
    UntilTime(jiff::Timestamp),
    UntilLocal(jiff::civil::DateTime),
}

/// The error of a text that is not a usable recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// The problem, with the part that causes it.
    pub message: String,
    /// The remedy.
    pub hint: &'static str,
}

impl RuleError {
    pub(super) fn new(message: impl Into<String>, hint: &'static str) -> Self {
        Self { message: message.into(), hint }
    }
}

const FREQUENCIES: &str = "write `FREQ=` with `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`";
const WEEKDAYS: &str = "write `MO`, `TU`, `WE`, `TH`, `FR`, `SA` or `SU`, with a number before it such as `2TU` or \
                        `-1FR` in a monthly or yearly rule";
const WHOLE_NUMBER: &str = "write a whole number in its range, and a comma between two of them";

impl RecurrenceRule {
    /// Returns the rule as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn check(self) -> Result<Self, RuleError> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let has_nth = self.by_day.iter().any(|day| day.nth.is_some());
        match self.frequency {
            Daily | Weekly if has_nth => Err(RuleError::new(
                "`BYDAY` has a number before a weekday, and the rule is not monthly or yearly",
                "write `FREQ=MONTHLY`, or leave out the number",
            )),
            Weekly if !self.by_month_day.is_empty() => Err(RuleError::new(
                "`BYMONTHDAY` has no meaning in a weekly rule",
                "write `FREQ=MONTHLY`, or leave it out",
            )),
            Yearly if has_nth && !self.by_month_day.is_empty() => Err(RuleError::new(
                "a yearly rule has both `BYMONTHDAY` and a numbered weekday",
                "leave out one of them",
            )),
            Daily | Weekly | Monthly | Yearly => Ok(self),
        }
    }
}

impl FromStr for RecurrenceRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        let content = text.strip_prefix("RRULE:").unwrap_or(text);
        let mut rule = Self {
            text: content.to_owned(),
            frequency: Frequency::Daily,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            by_set_position: Vec::new(),
            week_start: WeekDay::Monday,
            end: RuleEnd::Never,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in content.split(';') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(RuleError::new(format!("`{part}` has no `=`"), FREQUENCIES));
            };
            let ends = ["COUNT", "UNTIL"];
            let is_second_end = ends.contains(&name) && seen.iter().any(|one| ends.contains(one));
            if seen.contains(&name) || is_second_end {
                let hint = "keep one of them; `COUNT` and `UNTIL` exclude each other";
                return Err(RuleError::new(format!("`{name}` is a second value"), hint));
            }
            rule.set(name, value)?;
            seen.push(name);
        }
        if !seen.contains(&"FREQ") {
            return Err(RuleError::new("the rule has no `FREQ`", FREQUENCIES));
        }
        rule.check()
    }
}

impl RecurrenceRule {
    /// Sets one part of the rule.
    fn set(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        let numbers = |limit: i16| numbers(name, value, limit);
        match name {
            "FREQ" => self.frequency = frequency(value)?,
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.end = RuleEnd::Count(positive(name, value)?),
            "UNTIL" => self.end = until(value)?,
            "BYDAY" => self.by_day = each(value, weekday_with_number)?,
            "BYMONTHDAY" => self.by_month_day = narrow(&numbers(31)?),
            "BYMONTH" => {
                let months = numbers(12)?;
                if months.iter().any(|month| *month < 1) {
                    let message = format!("`{name}={value}` has a negative month");
                    return Err(RuleError::new(message, WHOLE_NUMBER));
                }
                self.by_month = narrow(&months);
            }
            "BYSETPOS" => self.by_set_position = numbers(366)?,
            "WKST" => self.week_start = weekday(value)?,
            "BYSECOND" | "BYMINUTE" | "BYHOUR" | "BYYEARDAY" | "BYWEEKNO" => {
                let hint = "write the hours as `start` and `end` or `from` and `to`, and the days with `BYMONTH`, \
                            `BYMONTHDAY` or `BYDAY`";
                return Err(RuleError::new(format!("`{name}` is not supported"), hint));
            }
            _ => {
                let hint = "write parts of RFC 5545: `FREQ`, `INTERVAL`, `BYDAY`, `BYMONTHDAY`, `BYMONTH`, \
                            `BYSETPOS`, `COUNT`, `UNTIL`, `WKST`";
                return Err(RuleError::new(format!("unknown part `{name}`"), hint));
            }
        }
        Ok(())
    }
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        other => Err(RuleError::new(format!("`FREQ={other}` is not supported"), FREQUENCIES)),
    }
}

fn positive(name: &str, value: &str) -> Result<u16, RuleError> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| {
        RuleError::new(format!("`{name}={value}` is out of range"), "write 1 to 65535")
    })
}

fn numbers(name: &str, value: &str, limit: i16) -> Result<Vec<i16>, RuleError> {
    each(value, |part| {
        let number: Option<i16> = part.parse().ok();
        number.filter(|number| *number != 0 && number.abs() <= limit).ok_or_else(|| {
            let message = format!("`{part}` in `{name}` is not a number up to {limit}");
            RuleError::new(message, WHOLE_NUMBER)
        })
    })
}

/// Converts numbers that were checked to be small.
fn narrow(numbers: &[i16]) -> Vec<i8> {
    numbers.iter().filter_map(|number| i8::try_from(*number).ok()).collect()
}

fn each<T>(value: &str, parse: impl Fn(&str) -> Result<T, RuleError>) -> Result<Vec<T>, RuleError> {
    value.split(',').map(parse).collect()
}

fn weekday(text: &str) -> Result<WeekDay, RuleError> {
    let found = WeekDay::ALL.into_iter().find(|day| abbreviation(*day) == text);
    found.ok_or_else(|| RuleError::new(format!("`{text}` is not a weekday"), WEEKDAYS))
}

fn abbreviation(day: WeekDay) -> &'static str {
    match day {
        WeekDay::Monday => "MO",
        WeekDay::Tuesday => "TU",
        WeekDay::Wednesday => "WE",
        WeekDay::Thursday => "TH",
        WeekDay::Friday => "FR",
        WeekDay::Saturday => "SA",
        WeekDay::Sunday => "SU",
    }
}

fn weekday_with_number(text: &str) -> Result<RuleWeekday, RuleError> {
    let digits = text.len().saturating_sub(2);
    let (number, day) = text
        .split_at_checked(digits)
        .ok_or_else(|| RuleError::new(format!("`{text}` is not a weekday"), WEEKDAYS))?;
    let weekday = weekday(day)?;
    if number.is_empty() {
        return Ok(RuleWeekday { nth: None, weekday });
    }
    let nth: Option<i8> = number.parse().ok().filter(|nth: &i8| *nth != 0 && nth.abs() <= 53);
    let nth = nth.ok_or_else(|| RuleError::new(format!("`{text}` is not a weekday"), WEEKDAYS))?;
    Ok(RuleWeekday { nth: Some(nth), weekday })
}

fn until(value: &str) -> Result<RuleEnd, RuleError> {
    let wrong = || {
        let hint = "write `UNTIL=20261231`, or `UNTIL=20261231T230000Z` in UTC";
        RuleError::new(format!("`UNTIL={value}` is not a date"), hint)
    };
    if let Some(local) = value.strip_suffix('Z') {
        let local = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", local).map_err(|_| wrong())?;
        let at = jiff::tz::Offset::UTC.to_timestamp(local).map_err(|_| wrong())?;
        return Ok(RuleEnd::UntilTime(at));
    }
    if value.contains('T') {
        let local = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", value).map_err(|_| wrong())?;
        return Ok(RuleEnd::UntilLocal(local));
    }
    Date::strptime("%Y%m%d", value).map(RuleEnd::UntilDate).map_err(|_| wrong())
}

impl TryFrom<String> for RecurrenceRule {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<RecurrenceRule> for String {
    fn from(rule: RecurrenceRule) -> Self {
        rule.text
    }
}

impl fmt::Display for RecurrenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
