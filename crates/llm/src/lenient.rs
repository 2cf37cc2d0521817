//! Lenient reading of JSON: values that may be missing, `null`, or of another type than documented.
//!
//! Numbers may be strings, moments may be seconds, milliseconds, dates or RFC 3339, and nothing
//! here fails: an unreadable value is absent.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Returns the value at `pointer` within `value`, such as `/error/message`; `null` if there is none.
pub(crate) fn within<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// Reads a number, or a text that spells one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// Reads a count, or a text that spells one, without its fraction; `None` if it is negative or
/// unreasonably large.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
pub(crate) fn count(value: &Value) -> Option<u64> {
    let number = number(value)?;
    (0.0..1e15).contains(&number).then_some(number as u64)
}

/// Reads a text without white space around it; `None` if it is empty.
pub(crate) fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Reads a boolean, or a text that spells one.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads the items of a list; none if `value` is no list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Reads the texts of a list.
pub(crate) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).iter().filter_map(text)
}

/// Reads a timestamp: seconds or milliseconds since 1970, RFC 3339, or a date, which begins in UTC.
/// `None` for 1970 itself, which stands for an unknown one.
pub(crate) fn timestamp(value: &Value) -> Option<Timestamp> {
    let timestamp = match number(value) {
        Some(number) => since_1970(number)?,
        None => written(text(value)?)?,
    };
    (timestamp > Timestamp::UNIX_EPOCH).then_some(timestamp)
}

/// Reads a day in UTC: a date, or the day of a timestamp.
pub(crate) fn day(value: &Value) -> Option<Date> {
    Some(timestamp(value)?.to_zoned(TimeZone::UTC).date())
}

/// Returns the timestamp so many seconds or milliseconds after 1970. The bound between the two is
/// unambiguous: as milliseconds it would be in 1973, as seconds in the year 5138.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
pub(crate) fn since_1970(number: f64) -> Option<Timestamp> {
    const LEAST_MILLISECONDS: f64 = 1e11;
    if !number.is_finite() {
        None
    } else if number < LEAST_MILLISECONDS {
        Timestamp::from_second(number as i64).ok()
    } else {
        Timestamp::from_millisecond(number as i64).ok()
    }
}

/// Parses a timestamp from `text`.
pub(crate) fn written(text: &str) -> Option<Timestamp> {
    let midnight = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse()
        .ok()
        .or_else(|| {
            // Some leave out the zone, and mean UTC.
            let zoneless: jiff::civil::DateTime = text.parse().ok()?;
            Some(zoneless.to_zoned(TimeZone::UTC).ok()?.timestamp())
        })
        .or_else(|| midnight(text.parse().ok()?))
}

/// Returns `text` cut to `most` characters, on one line.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > most * 4 {
            break;
        }
    }
    match line.char_indices().nth(most) {
        Some((end, _)) => {
            let keep = line.get(..end).unwrap_or_default();
            keep.chars().take(most.saturating_sub(1)).chain(['…']).collect()
        }
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_in_every_spelling_and_nothing_else_is_one() {
        for (value, expected) in [
            (json!(2.5), Some(2.5)),
            (json!(" 0.0000015 "), Some(0.000_001_5)),
            (json!("-1"), Some(-1.0)),
            (json!("NaN"), None),
            (json!("1e999"), None),
            (json!(null), None),
            (json!(true), None),
            (json!([1]), None),
        ] {
            assert_eq!(number(&value), expected, "{value}");
        }
        assert_eq!(count(&json!(128_000.0)), Some(128_000));
        assert_eq!(count(&json!(-1)), None);
        assert_eq!(count(&json!(1e300)), None);
    }

    #[test]
    fn every_timestamp_format_is_read() {
        let expected: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        for value in [
            json!(1_795_305_600),
            json!(1_795_305_600.0),
            json!("1795305600"),
            json!(1_795_305_600_000_i64),
            json!("2026-11-22T00:00:00Z"),
            json!("2026-11-22T01:00:00.000+01:00"),
            json!("2026-11-22"),
            json!("2026-11-22T00:00:00"),
        ] {
            assert_eq!(timestamp(&value), Some(expected), "{value}");
        }
        for value in [
            json!(0),
            json!(null),
            json!("soon"),
            json!(-5),
            json!(1e300),
            json!("1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(&value), None, "{value}");
        }
        assert_eq!(day(&json!("2026-12-11")), Some(jiff::civil::date(2026, 12, 11)));
    }

    #[test]
    fn a_text_is_cut_between_characters_and_put_on_one_line() {
        assert_eq!(cut(" a\n\tb ", 9), "a b");
        assert_eq!(cut("äöüß", 4), "äöüß");
        assert_eq!(cut("äöüßx", 4), "äöü…");
        assert_eq!(cut("", 4), "");
    }
}
