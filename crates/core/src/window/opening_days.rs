//! The days on which a repeated window opens. Each question is answered for one day, without counting through the days
//! since the first one.

use jiff::Span;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::rrule::{Frequency, RecurrenceRule, RuleEnd, RuleError, RuleWeekday};
use super::{OpeningHours, WeekDay};

/// The days on which a repeated window opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningDays {
    /// The same days of each week; not empty.
    Weekly(Vec<WeekDay>),
    /// One day of each month.
    Monthly(DayOfMonth),
    /// The days of a recurrence rule.
    Rule {
        /// The rule.
        rule: RecurrenceRule,
        /// The first day; the rule includes it.
        first: Date,
        /// The last day that may be included; `None` for a rule without an end.
        last: Option<Date>,
    },
}

/// A day of each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOfMonth {
    /// By its number: 1 to 31, or -1 to -31 from the end of the month. A month without such a day is left out.
    Day(i8),
    /// By its weekday.
    Weekday {
        /// The weekday.
        weekday: WeekDay,
        /// Its number in the month: 1 to 4, or -1 for the last one.
        nth: i8,
    },
}

/// The days after which the search for the last day of a rule with `COUNT` ends: a century.
const MAX_COUNTED_DAYS: u32 = 36_525;

impl OpeningDays {
    /// Returns the days of `rule`, whose first opening is at `first` in `zone`.
    ///
    /// # Errors
    ///
    /// Fails if the rule does not include the day of `first`, or if it ends before that day.
    pub fn by_rule(
        rule: RecurrenceRule,
        first: DateTime,
        zone: &TimeZone,
    ) -> Result<Self, RuleError> {
        let day = first.date();
        if !rule.includes(day, day) {
            let message = format!("the rule `{rule}` does not include its first day, {day}");
            let hint = "begin on a day of the rule; it repeats what begins at `start`";
            return Err(RuleError::new(message, hint));
        }
        // The end is converted to a day once, so that no later question counts openings.
        let up_to = |until: DateTime| {
            let date = until.date();
            if until.time() >= first.time() { Some(date) } else { date.yesterday().ok() }
        };
        let last = match rule.end {
            RuleEnd::Never => None,
            RuleEnd::UntilDate(date) => Some(date),
            RuleEnd::UntilLocal(until) => up_to(until),
            RuleEnd::UntilTime(until) => up_to(until.to_zoned(zone.clone()).datetime()),
            RuleEnd::Count(count) => rule.day_of_count(day, count),
        };
        if last.is_some_and(|last| last < day) {
            let message = format!("the rule `{rule}` ends before its first day, {day}");
            return Err(RuleError::new(message, "choose a later `UNTIL`"));
        }
        Ok(Self::Rule { rule, first: day, last })
    }

    /// Checks whether the window opens on `date`.
    #[must_use]
    pub fn include(&self, date: Date) -> bool {
        match self {
            Self::Weekly(days) => days.iter().any(|day| date.weekday() == (*day).into()),
            Self::Monthly(DayOfMonth::Day(day)) => is_day_of_month(date, *day),
            Self::Monthly(DayOfMonth::Weekday { weekday, nth }) => {
                date.weekday() == (*weekday).into() && is_nth_in_month(date, *nth)
            }
            Self::Rule { rule, first, last } => {
                last.is_none_or(|last| date <= last) && rule.includes(date, *first)
            }
        }
    }

    /// Returns the first and the last day that may be included.
    pub(super) fn bounds(&self) -> (Date, Date) {
        match self {
            Self::Weekly(_) | Self::Monthly(_) => (Date::MIN, Date::MAX),
            Self::Rule { first, last, .. } => (*first, last.unwrap_or(Date::MAX)),
        }
    }

    /// Returns a sentence part such as `each tuesday`, with the hours.
    pub(super) fn with_hours(&self, hours: &OpeningHours) -> String {
        match self {
            Self::Weekly(days) => {
                let days: Vec<&str> = days.iter().map(|day| day.as_str()).collect();
                format!("each {} {hours}", days.join(", "))
            }
            Self::Monthly(DayOfMonth::Day(day @ 1..)) => format!("day {day} of each month {hours}"),
            Self::Monthly(DayOfMonth::Day(-1)) => format!("the last day of each month {hours}"),
            Self::Monthly(DayOfMonth::Day(day)) => {
                format!("day {} from the end of each month {hours}", day.unsigned_abs())
            }
            Self::Monthly(DayOfMonth::Weekday { weekday, nth: -1 }) => {
                format!("the last {} of each month {hours}", weekday.as_str())
            }
            Self::Monthly(DayOfMonth::Weekday { weekday, nth }) => {
                format!("{} number {nth} of each month {hours}", weekday.as_str())
            }
            Self::Rule { rule, .. } => format!("{rule} {hours}"),
        }
    }
}

impl RecurrenceRule {
    /// Checks whether the rule that begins on `first` includes `date`, regardless of its end.
    fn includes(&self, date: Date, first: Date) -> bool {
        date >= first
            && self.is_period(date, first)
            && self.selects(date, first)
            && self.is_position(date, first)
    }

    /// Checks whether the period of `date` is one of those that the interval selects.
    fn is_period(&self, date: Date, first: Date) -> bool {
        let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
        let n_periods = match self.frequency {
            Frequency::Daily => days_between(first, date),
            Frequency::Weekly => days_between(self.week_of(first), self.week_of(date)) / 7,
            Frequency::Monthly => months(date) - months(first),
            Frequency::Yearly => i64::from(date.year()) - i64::from(first.year()),
        };
        n_periods % i64::from(self.interval) == 0
    }

    /// Returns the first day of the week of `date`.
    fn week_of(&self, date: Date) -> Date {
        let days = date.weekday().since(self.week_start.into());
        date.checked_sub(Span::new().days(days)).unwrap_or(date)
    }

    /// Checks the parts of the rule that select days of a period.
    fn selects(&self, date: Date, first: Date) -> bool {
        let months = &self.by_month;
        if !months.is_empty() && !months.contains(&date.month()) {
            return false;
        }
        let month_days = &self.by_month_day;
        if !month_days.is_empty() && !month_days.iter().any(|day| is_day_of_month(date, *day)) {
            return false;
        }
        if !self.by_day.is_empty() {
            return self.by_day.iter().any(|day| self.is_weekday(date, *day));
        }
        if !month_days.is_empty() {
            return true;
        }
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => date.weekday() == first.weekday(),
            Frequency::Monthly => date.day() == first.day(),
            Frequency::Yearly => {
                date.day() == first.day() && (!months.is_empty() || date.month() == first.month())
            }
        }
    }

    fn is_weekday(&self, date: Date, RuleWeekday { nth, weekday }: RuleWeekday) -> bool {
        let is_in_year = self.frequency == Frequency::Yearly && self.by_month.is_empty();
        date.weekday() == weekday.into()
            && nth.is_none_or(|nth| {
                if is_in_year { is_nth_in_year(date, nth) } else { is_nth_in_month(date, nth) }
            })
    }

    /// Checks the position of `date` among the selected days of its period.
    fn is_position(&self, date: Date, first: Date) -> bool {
        if self.by_set_position.is_empty() {
            return true;
        }
        let (start, end) = self.period_of(date);
        let days: Vec<Date> = days(start, end).filter(|day| self.selects(*day, first)).collect();
        let Some(index) = days.iter().position(|day| *day == date) else { return false };
        let (from_start, from_end) = (index + 1, days.len() - index);
        self.by_set_position.iter().any(|position| {
            let wanted = usize::from(position.unsigned_abs());
            wanted == if *position > 0 { from_start } else { from_end }
        })
    }

    /// Returns the first and the last day of the period of `date`.
    fn period_of(&self, date: Date) -> (Date, Date) {
        match self.frequency {
            Frequency::Daily => (date, date),
            Frequency::Weekly => {
                let start = self.week_of(date);
                (start, start.checked_add(Span::new().days(6)).unwrap_or(start))
            }
            Frequency::Monthly => (date.first_of_month(), date.last_of_month()),
            Frequency::Yearly => (date.first_of_year(), date.last_of_year()),
        }
    }

    /// Returns the day of the opening number `count`; `None` if it is more than a century away.
    fn day_of_count(&self, first: Date, count: u16) -> Option<Date> {
        let end = first.checked_add(Span::new().days(MAX_COUNTED_DAYS)).unwrap_or(Date::MAX);
        days(first, end)
            .filter(|date| self.includes(*date, first))
            .nth(usize::from(count.saturating_sub(1)))
    }
}

/// Returns the days from `start` to `end`, both included.
pub(super) fn days(start: Date, end: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(start), |date| date.tomorrow().ok())
        .take_while(move |date| *date <= end)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// Checks the number of a day in its month; negative numbers count from the end.
fn is_day_of_month(date: Date, day: i8) -> bool {
    if day > 0 { date.day() == day } else { date.day() - date.days_in_month() - 1 == day }
}

/// Checks the number of the weekday of `date` among the same weekdays of its month.
fn is_nth_in_month(date: Date, nth: i8) -> bool {
    let from_start = (date.day() - 1) / 7 + 1;
    let from_end = (date.days_in_month() - date.day()) / 7 + 1;
    nth == from_start || nth == -from_end
}

/// Checks the number of the weekday of `date` among the same weekdays of its year.
fn is_nth_in_year(date: Date, nth: i8) -> bool {
    let from_start = (date.day_of_year() - 1) / 7 + 1;
    let from_end = (date.days_in_year() - date.day_of_year()) / 7 + 1;
    i16::from(nth) == from_start || i16::from(nth) == -from_end
}
