//! Durations as people write them in a config: `30s`, `5m`, `1h30m`, `500ms`, `14d`.

use std::fmt::Write as _;
use std::time::Duration;

/// The error of a text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// The text does not have the form of a duration.
    #[error("`{0}` is not a duration")]
    Form(String),
    /// The number has no unit.
    #[error("`{0}` has no unit")]
    Unit(String),
    /// The duration is too long.
    #[error("`{0}` is longer than 100 years")]
    TooLong(String),
}

/// The correct form of a duration, for hints.
pub const DURATION_HINT: &str = "write a number with a unit: `500ms`, `30s`, `5m`, `1h30m`, `14d`";

const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration of one or more numbers with their units, the largest unit first.
///
/// # Errors
///
/// Fails if the text does not have this form, if a number has no unit, or if the duration is longer
/// than 100 years.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let form = || DurationError::Form(text.to_owned());
    let mut rest = text.trim();
    let mut total_ms: u64 = 0;
    let mut last_unit = u64::MAX;
    if rest.is_empty() {
        return Err(form());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        if number.is_empty() {
            return Err(form());
        }
        if unit.is_empty() && next.is_empty() {
            return Err(DurationError::Unit(text.to_owned()));
        }
        let unit_ms = UNITS
            .iter()
            .find_map(|(name, ms)| (*name == unit).then_some(*ms))
            .filter(|ms| *ms < last_unit)
            .ok_or_else(form)?;
        let too_long = || DurationError::TooLong(text.to_owned());
        total_ms = number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(unit_ms))
            .and_then(|ms| ms.checked_add(total_ms))
            .filter(|ms| *ms <= 100 * 365 * 86_400_000)
            .ok_or_else(too_long)?;
        last_unit = unit_ms;
        rest = next;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Formats a duration as in a config, in at most two units: `1h30m`, `45s`, `250ms`.
#[must_use]
pub fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    let mut n_units = 0;
    for (name, unit_ms) in UNITS {
        let n = rest / unit_ms;
        // Milliseconds beside larger units add no information.
        if n > 0 && n_units < 2 && !(name == "ms" && n_units > 0) {
            let _ = write!(text, "{n}{name}");
            n_units += 1;
        }
        rest %= unit_ms;
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_in_all_units() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("30"), Err(DurationError::Unit("30".to_owned())));
        for wrong in ["", "s", "5 m", "-5s", "5m5m", "5s1h", "1.5h", "5x", "5µs"] {
            assert!(parse(wrong).is_err(), "`{wrong}` was taken");
        }
        assert_eq!(
            parse("99999999999999999999s"),
            Err(DurationError::TooLong("99999999999999999999s".to_owned()))
        );
    }

    #[test]
    fn formatted_durations_round_trip() {
        for text in ["0s", "45s", "1h30m", "14d", "2d3h", "250ms"] {
            assert_eq!(parse(text).map(format), Ok(text.to_owned()));
        }
        assert_eq!(format(Duration::from_millis(61_250)), "1m1s");
    }
}
