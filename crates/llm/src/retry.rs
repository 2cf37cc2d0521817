//! Time of the next attempt, as a provider states it in a header, in the body, or in words.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::error::ErrorBody;
use crate::lenient;

/// Upper limit of the wait. It exceeds a month, because limits may be monthly.
const LONGEST: Duration = Duration::from_hours(32 * 24);

/// Returns the wait that the provider asks for; at most 32 days.
#[must_use]
pub fn retry_after(headers: &HeaderMap, error: &ErrorBody, now: Timestamp) -> Option<Duration> {
    in_headers(headers, now)
        .or_else(|| in_details(&error.details))
        .or_else(|| from_text(&error.message))
        .map(|wait| wait.min(LONGEST))
}

fn in_headers(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) = header("retry-after-ms").and_then(number) {
        return seconds(wait / 1_000.0);
    }
    let Some(value) = header("retry-after") else {
        // OpenRouter, and only with a refusal: the time at which the limit is full again.
        let at = lenient::since_1970(header("x-ratelimit-reset").and_then(number)?)?;
        return Duration::try_from(at.duration_since(now)).ok();
    };
    if let Some(wait) = number(value) {
        return seconds(wait);
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// Reads Google's `RetryInfo`.
fn in_details(details: &Value) -> Option<Duration> {
    let items = details.get("details")?.as_array()?;
    let delay = items.iter().find_map(|item| item.get("retryDelay")?.as_str())?;
    go_duration(delay)
}

/// The words before a duration in a message.
const BEFORE_A_WAIT: [&str; 7] = [
    "try again in ",
    "try again after ",
    "retry in ",
    "retry after ",
    "please wait ",
    "replenished in ",
    "reset after ",
];

/// Parses "Please try again in 10m48s."
fn from_text(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let rest = BEFORE_A_WAIT
        .into_iter()
        .find_map(|words| lower.split_once(words))
        .map(|(_, rest)| rest)?;
    let mut words = rest.split_whitespace();
    let first = words.next()?.trim_end_matches(['.', ',', ';', ')']);
    if let Some(wait) = go_duration(first).or_else(|| clock(first)) {
        return Some(wait);
    }
    let wait = number(first)?;
    let unit = words.next()?;
    let unit = [
        ("ms", 0.001),
        ("millisecond", 0.001),
        ("s", 1.0),
        ("month", 30.0 * 86_400.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
    ]
    .into_iter()
    .find(|(name, _)| unit.starts_with(name))?;
    seconds(wait * unit.1)
}

/// Parses hours, minutes and seconds as .NET writes them, after a number of days: `1.03:12:11`.
fn clock(text: &str) -> Option<Duration> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, secs) = rest.split_once(':')?;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let hours = number(days)? * 24.0 + number(hours)?;
    seconds((hours * 60.0 + number(minutes)?) * 60.0 + number(secs)?)
}

/// Parses a duration as Go writes it: `1h2m3.5s`, `120ms`.
#[must_use]
pub(crate) fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (amount, after) = rest.split_at(digits);
        let amount = number(amount)?;
        let end = after.find(|char: char| char.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        total += amount
            * match unit {
                "d" => 86_400.0,
                "h" => 3_600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" | "μs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = after;
    }
    seconds(total)
}

fn number(text: &str) -> Option<f64> {
    if !text.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return None;
    }
    text.parse().ok()
}

fn seconds(wait: f64) -> Option<Duration> {
    (wait >= 0.0).then(|| Duration::try_from_secs_f64(wait).unwrap_or(LONGEST))
}
