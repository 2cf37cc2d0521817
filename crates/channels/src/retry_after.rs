//! The `Retry-After` header: seconds, or a date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// The parser of HTTP dates, which end in the obsolete zone name `GMT` for UTC.
const DATES: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new();

/// Returns the wait that `value` asks for from `now` on; `None` if it cannot be read. A date that
/// has passed asks for no wait.
pub(crate) fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits counts as a long wait. The notifier limits every wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = DATES.parse_timestamp(value).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_parsed() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(parse("120", now), Some(Duration::from_mins(2)));
        assert_eq!(parse(" 0 ", now), Some(Duration::ZERO));
        let date = "Sun, 01 Mar 2026 12:05:00 GMT";
        assert_eq!(parse(date, now), Some(Duration::from_mins(5)));
        assert_eq!(parse("Sun, 01 Mar 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        let huge = Duration::from_secs(u64::MAX);
        assert_eq!(parse("99999999999999999999", now), Some(huge));
        assert_eq!(parse("18446744073709551615", now), Some(huge));
        let far = "Thu, 31 Dec 9998 23:59:59 GMT";
        assert!(parse(far, now).unwrap() > Duration::from_hours(24 * 365));
        for unreadable in ["", "soon", "-5", "1.5", "2026-03-01", "+5"] {
            assert_eq!(parse(unreadable, now), None, "`{unreadable}`");
        }
    }
}
