//! Times, ids and paths as programs read them. The texts for readers are in [`words`](crate::words).

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::snapshot::CalendarMonth;

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

/// The path of the page of all providers.
pub(crate) const PROVIDERS: &str = "providers.html";

/// The path of the catalog of models.
pub(crate) const MODELS: &str = "models.html";

/// The sign in a text of the page that its script replaces by an age.
pub(crate) const AGE: &str = "#";

/// The sign in a cell without a value.
pub(crate) const NO_VALUE: &str = "–";

/// Returns the address of a provider on the page of all providers.
pub(crate) fn provider_address(id: &str) -> String {
    format!("{PROVIDERS}#{}", anchor("provider", id))
}

/// Formats a number of tokens as "8192", and from 10,000 on in thousands, rounded down: "922k".
pub(crate) fn context_length(tokens: Option<u64>) -> String {
    match tokens {
        None => NO_VALUE.to_owned(),
        Some(n @ 0..10_000) => n.to_string(),
        Some(n) => format!("{}k", n / 1_000),
    }
}

/// Returns the path of the page of a service.
pub(crate) fn service_path(id: &str) -> String {
    format!("{SERVICE_FOLDER}{}.html", encoded(id))
}

/// Returns the path of the page of a month.
pub(crate) fn month_path(month: CalendarMonth) -> String {
    format!("{HISTORY_FOLDER}{}", month_file(month))
}

/// Returns the name of the page of a month within its folder.
pub(crate) fn month_file(month: CalendarMonth) -> String {
    format!("{month}.html")
}

/// Returns the id of a day on the page of its month.
pub(crate) fn day_anchor(date: Date) -> String {
    format!("day-{date}")
}

/// The path of the calendar.
pub(crate) const CALENDAR_PATH: &str = "history/index.html";

/// The folder of the pages of services.
pub(crate) const SERVICE_FOLDER: &str = "service/";

/// The folder of the pages of months and of the calendar.
pub(crate) const HISTORY_FOLDER: &str = "history/";

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
    fn numbers_of_tokens_are_short() {
        let shown = [0, 8_192, 131_072, 1_047_576].map(|n| context_length(Some(n)));
        assert_eq!(shown, ["0", "8192", "131k", "1047k"]);
        assert_eq!(context_length(None), NO_VALUE);
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
