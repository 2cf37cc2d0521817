//! Times, durations and numbers as readers of a language write them. All times are UTC.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::Words;
use crate::{formats::day_of, snapshot::Uptime};

impl Words {
    /// Formats a time as "10 March 2026, 12:05 UTC".
    pub(crate) fn long_time(&self, at: Timestamp) -> String {
        self.date_and_time(&self.long_date(day_of(at)), &self.clock(at))
    }

    /// Formats a date as "10 March 2026".
    pub(crate) fn long_date(&self, date: Date) -> String {
        let month = self.month(date.month());
        self.date_with_year(date.day(), &month, &date.year().to_string())
    }

    /// Formats a time as "10 March, 12:05 UTC".
    pub(crate) fn short_time(&self, at: Timestamp) -> String {
        self.date_and_time(&self.short_date(day_of(at)), &self.clock(at))
    }

    /// Formats a time as "12:05 UTC", preceded by the day if that is not the day of `now`.
    pub(crate) fn time_near(&self, at: Timestamp, now: Timestamp) -> String {
        if day_of(at) == day_of(now) { self.clock(at) } else { self.short_time(at) }
    }

    fn clock(&self, at: Timestamp) -> String {
        self.time_utc(&at.strftime("%H:%M").to_string())
    }

    /// Formats a date as "10 March".
    pub(crate) fn short_date(&self, date: Date) -> String {
        self.date(date.day(), &self.month(date.month()))
    }

    /// Formats a date as "10 Mar".
    pub(crate) fn brief_date(&self, date: Date) -> String {
        self.date_brief(date.day(), &self.month_brief(date.month()))
    }

    /// Formats a duration as "45 s", "42 min", "3 h 5 min" or "2 d 4 h", rounded down.
    pub(crate) fn duration(&self, length: SignedDuration) -> String {
        let seconds = length.as_secs().max(0);
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match (days, hours, minutes) {
            (0, 0, 0) => self.n_s(seconds),
            (0, 0, _) => self.n_min(minutes),
            (0, _, _) if minutes % 60 == 0 => self.n_h(hours),
            (0, _, _) => self.two_units(&self.n_h(hours), &self.n_min(minutes % 60)),
            _ if hours % 24 == 0 => self.n_d(days),
            _ => self.two_units(&self.n_d(days), &self.n_h(hours % 24)),
        }
    }

    /// Formats a duration in whole seconds.
    pub(crate) fn seconds(&self, n: u64) -> String {
        self.duration(SignedDuration::from_secs(i64::try_from(n).unwrap_or(i64::MAX)))
    }

    /// Formats an age as "42 minutes", "3 hours" or "2 days", rounded down.
    pub(crate) fn rough_age(&self, age: SignedDuration) -> String {
        let minutes = age.as_mins().max(0);
        match (minutes / (24 * 60), minutes / 60) {
            (0, 0) => self.n_minutes(minutes),
            (0, hours) => self.n_hours(hours),
            (days, _) => self.n_days(days),
        }
    }

    /// Formats an uptime as "99.96 %", as "100 %" only if that is exact, or as "no data" if nothing was measured.
    pub(crate) fn uptime_percent(&self, uptime: Uptime) -> String {
        match uptime.basis_points() {
            None => self.day_no_data(),
            Some(10_000) => self.percent("100"),
            Some(points) => {
                let fraction = format!("{:02}", points % 100);
                self.percent(&self.decimal(u64::from(points / 100), &fraction))
            }
        }
    }

    /// Formats a latency as "84 ms", "1.24 s" or "0.4 ms".
    pub(crate) fn latency(&self, latency: Duration) -> String {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let (number, unit) = match micros {
            0..1_000 => (self.decimal(0, &(micros / 100).to_string()), "ms"),
            1_000..1_000_000 => ((micros / 1_000).to_string(), "ms"),
            1_000_000.. if micros % 1_000_000 < 10_000 => ((micros / 1_000_000).to_string(), "s"),
            1_000_000.. => {
                let fraction = format!("{:02}", micros % 1_000_000 / 10_000);
                (self.decimal(micros / 1_000_000, &fraction), "s")
            }
        };
        format!("{number} {unit}")
    }

    /// Joins texts with the comma of the language.
    pub(crate) fn list(&self, texts: &[String]) -> String {
        texts.join(&self.comma())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Language;

    fn english() -> &'static Words {
        Words::of(Language::English)
    }

    #[test]
    fn durations_have_at_most_two_units_and_are_rounded_down() {
        let shown = |secs| english().duration(SignedDuration::from_secs(secs));
        let texts = [-5, 59, 119, 3600, 3600 * 3 + 359, 86_399, 86_400, 190_800].map(shown);
        let expected =
            ["0 s", "59 s", "1 min", "1 h", "3 h 5 min", "23 h 59 min", "1 d", "2 d 5 h"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let minutes = [0, 1, 59, 60, 119, 120, 1439, 1440, 2879, 2880, 381_481];
        let shown = minutes.map(|n| english().rough_age(SignedDuration::from_mins(n)));
        let expected = [
            "0 minutes",
            "1 minute",
            "59 minutes",
            "1 hour",
            "1 hour",
            "2 hours",
            "23 hours",
            "1 day",
            "1 day",
            "2 days",
            "264 days",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_time_on_another_day_is_shown_with_its_day() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        let before: Timestamp = "2026-03-09T23:59:59Z".parse().unwrap();
        assert_eq!(english().time_near(now, now), "12:00 UTC");
        assert_eq!(english().time_near(before, now), "9 March, 23:59 UTC");
    }

    #[test]
    fn latencies_have_the_precision_of_their_size() {
        let micros = [0, 450, 84_900, 1_000_000, 1_249_000, 61_500_000].map(Duration::from_micros);
        let shown = micros.map(|one| english().latency(one));
        assert_eq!(shown, ["0.0 ms", "0.4 ms", "84 ms", "1 s", "1.24 s", "61.50 s"]);
    }

    #[test]
    fn uptime_is_rounded_down_and_never_up_to_a_hundred() {
        let shown = |good, measured| english().uptime_percent(Uptime::new(good, measured));
        assert_eq!(shown(7_775_999, 7_776_000), "99.99 %");
        assert_eq!(shown(u64::MAX - 1, u64::MAX), "99.99 %");
        assert_eq!(shown(7_776_000, 7_776_000), "100 %");
        assert_eq!(shown(99_969, 100_000), "99.96 %");
        assert_eq!(shown(5, 100), "5.00 %");
        assert_eq!(shown(0, 100), "0.00 %");
        assert_eq!(shown(0, 0), "no data");
    }

    #[test]
    fn each_language_writes_dates_and_numbers_in_its_way() {
        let at: Timestamp = "2026-05-01T12:05:00Z".parse().unwrap();
        let shown = |language: Language| {
            let words = Words::of(language);
            (
                words.long_time(at),
                words.brief_date(date(2026, 5, 2)),
                words.uptime_percent(Uptime::new(5, 100)),
            )
        };
        let expected = |long: &str, brief: &str, uptime: &str| {
            (long.to_owned(), brief.to_owned(), uptime.to_owned())
        };
        for (language, texts) in [
            (Language::English, expected("1 May 2026, 12:05 UTC", "2 May", "5.00 %")),
            (Language::German, expected("1. Mai 2026, 12:05\u{a0}UTC", "2. Mai", "5,00\u{a0}%")),
            (Language::French, expected("1er mai 2026 à 12:05\u{a0}UTC", "2 mai", "5,00\u{a0}%")),
            (
                Language::Spanish,
                expected("1 de mayo de 2026, 12:05\u{a0}UTC", "2 may", "5,00\u{a0}%"),
            ),
            (Language::Japanese, expected("2026年5月1日 12:05 UTC", "5月2日", "5.00%")),
            (Language::Chinese, expected("2026年5月1日 12:05 UTC", "5月2日", "5.00%")),
            (Language::Arabic, expected("1 مايو 2026، 12:05 UTC\u{200f}", "2 مايو", "5.00%")),
        ] {
            assert_eq!(shown(language), texts);
        }
    }
}
