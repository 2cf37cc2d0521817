//! Formats of times, durations and counts for readers. All times are UTC.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::snapshot::{
    MaintenancePhase, PublicIncidentUpdate, PublicMaintenance, PublicService, ServiceState,
};

/// Returns the UTC day of a time.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Formats a time for machines: `2026-03-10T12:05:00Z`.
pub(crate) fn machine_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Formats a time as in mails and RSS: `Tue, 10 Mar 2026 12:05:00 GMT`.
pub(crate) fn mail_time(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Formats a time as "10 March 2026, 12:05 UTC".
pub(crate) fn long_time(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// Formats a time as "10 March, 12:05 UTC".
pub(crate) fn short_time(at: Timestamp) -> String {
    at.strftime("%-d %B, %H:%M UTC").to_string()
}

/// Formats a time as "12:05 UTC", preceded by the day if that is not the day of `now`.
pub(crate) fn time_near(at: Timestamp, now: Timestamp) -> String {
    if day_of(at) == day_of(now) { at.strftime("%H:%M UTC").to_string() } else { short_time(at) }
}

/// Formats a date as "10 March 2026".
pub(crate) fn long_date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// Formats a date as "10 March".
pub(crate) fn short_date(date: Date) -> String {
    date.strftime("%-d %B").to_string()
}

/// Formats a date as "10 Mar".
pub(crate) fn brief_date(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

/// Formats a duration as "45 s", "42 min", "3 h 5 min" or "2 d 4 h", rounded down.
pub(crate) fn duration(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let pair = |big: i64, big_unit, small: i64, small_unit| match small {
        0 => format!("{big} {big_unit}"),
        _ => format!("{big} {big_unit} {small} {small_unit}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => pair(hours, "h", minutes % 60, "min"),
        _ => pair(days, "d", hours % 24, "h"),
    }
}

/// Formats a duration in whole seconds.
pub(crate) fn seconds(n: u64) -> String {
    duration(SignedDuration::from_secs(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// Formats an age as "42 minutes", "3 hours" or "2 days", rounded down.
pub(crate) fn rough_age(age: SignedDuration) -> String {
    let minutes = usize::try_from(age.as_mins()).unwrap_or(0);
    match (minutes / (24 * 60), minutes / 60) {
        (0, 0) => count(minutes, "minute"),
        (0, hours) => count(hours, "hour"),
        (days, _) => count(days, "day"),
    }
}

/// Formats a count as "1 day" or "2 days".
pub(crate) fn count(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{n} {singular}s") }
}

/// Returns the sentence about a failure that only some regions see; `None` if there is none.
pub(crate) fn failing_regions(service: &PublicService, state: ServiceState) -> Option<String> {
    let regions = service.failing_regions.filter(|_| state == ServiceState::Degraded)?;
    Some(format!("Some regions: problems in {} of {}.", regions.failing, regions.of))
}

/// Returns the text of an update without markup; its phase if it has no text.
pub(crate) fn update_text(update: &PublicIncidentUpdate) -> String {
    let text = update.text.to_string();
    if text.trim().is_empty() { format!("{}.", update.phase.word()) } else { text }
}

/// Returns the text about a window in a phase.
pub(crate) fn step_text(window: &PublicMaintenance, phase: MaintenancePhase) -> String {
    match (phase, window.description.trim()) {
        (MaintenancePhase::Announced, "") => format!(
            "Planned from {} to {}.",
            short_time(window.starts_at),
            time_near(window.ends_at, window.starts_at)
        ),
        (MaintenancePhase::Announced, text) => text.to_owned(),
        (MaintenancePhase::Active, _) => "The maintenance is in progress.".to_owned(),
        (MaintenancePhase::Completed, _) => "The maintenance is completed.".to_owned(),
    }
}

/// Puts a text on one line: each run of white space and control characters becomes one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the id of an element, such as `service-checkout`.
pub(crate) fn anchor(kind: &str, id: &str) -> String {
    format!("{kind}-{}", encoded(id))
}

/// Returns the path of the page of a service.
pub(crate) fn service_path(id: &str) -> String {
    format!("service/{}.html", encoded(id))
}

/// Returns an id as a part of an address or of a path. Letters, digits, `-`, `_` and `.` of the id
/// are kept; every other character becomes `~` and hexadecimal digits. So two ids never collide,
/// and no id can end an attribute, a folder or a URL.
pub(crate) fn encoded(id: &str) -> String {
    let written = |byte: u8| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            char::from(byte).to_string()
        } else {
            format!("~{byte:02x}")
        }
    };
    id.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units_and_are_rounded_down() {
        let shown = |secs| duration(SignedDuration::from_secs(secs));
        let texts = [-5, 59, 119, 3600, 3600 * 3 + 359, 86_399, 86_400, 190_800].map(shown);
        let expected =
            ["0 s", "59 s", "1 min", "1 h", "3 h 5 min", "23 h 59 min", "1 d", "2 d 5 h"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let minutes = [0, 1, 59, 60, 119, 120, 1439, 1440, 2879, 2880, 381_481];
        let shown = minutes.map(|n| rough_age(SignedDuration::from_mins(n)));
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
        assert_eq!(time_near(now, now), "12:00 UTC");
        assert_eq!(time_near(before, now), "9 March, 23:59 UTC");
    }

    #[test]
    fn anchors_of_different_ids_differ_and_hold_no_special_characters() {
        let anchors = ["a b", "a~20b", "\"><x", "api.v2-eu_1"].map(|id| anchor("service", id));
        let expected =
            ["service-a~20b", "service-a~7e20b", "service-~22~3e~3cx", "service-api.v2-eu_1"];
        assert_eq!(anchors, expected);
    }

    #[test]
    fn control_characters_and_line_breaks_become_one_space() {
        assert_eq!(one_line(" a\r\n\u{0}b\tc "), "a b c");
    }
}
