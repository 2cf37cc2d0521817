//! Times on the command line: absolute, relative to now, or local to a time zone.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::matcher::Matcher;
use allclear_core::window::{Occurrence, RecurrenceRule, instant};
use allclear_evaluate::matchers::CompiledMatchers;
use anyhow::Context as _;
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A time on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    /// So long after now.
    In(Duration),
    /// A time with an offset.
    At(Timestamp),
    /// The time that the clocks of a time zone show.
    Local(DateTime),
}

/// A time zone, known to exist.
#[derive(Debug, Clone)]
pub(crate) struct Zone(pub(crate) TimeZone);

/// Parses a time.
pub(super) fn when(text: &str) -> Result<When, String> {
    if text == "now" {
        return Ok(When::In(Duration::ZERO));
    }
    if let Some(after) = text.strip_prefix('+') {
        return super::duration(after).map(When::In);
    }
    if let Ok(at) = text.parse() {
        return Ok(When::At(at));
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(When::At(zoned.timestamp()));
    }
    text.parse().map(When::Local).map_err(|_| {
        "write `now`, `+2h`, `2026-12-01T02:00:00Z`, or `2026-12-01T02:00` with `--time-zone`"
            .to_owned()
    })
}

/// Parses the name of a time zone.
pub(super) fn zone(text: &str) -> Result<Zone, String> {
    let zone = TimeZone::get(text).ok().filter(|zone| zone.iana_name().is_some());
    zone.map(Zone).ok_or_else(|| "write an IANA name such as `Europe/Berlin` or `UTC`".to_owned())
}

/// Parses a recurrence rule.
pub(super) fn rule(text: &str) -> Result<RecurrenceRule, String> {
    text.parse().map_err(|error: allclear_core::window::RuleError| {
        format!("{}: {}", error.message, error.hint)
    })
}

/// Parses a matcher, and compiles its pattern.
pub(super) fn matcher(text: &str) -> Result<Matcher, String> {
    let matcher: Matcher =
        text.parse().map_err(|error: allclear_core::matcher::MatcherError| {
            format!("{error}: {}", error.hint())
        })?;
    let compiled = CompiledMatchers::new(std::slice::from_ref(&matcher));
    compiled.map(|_| matcher).map_err(|error| error.to_string())
}

impl When {
    /// Returns the time that is meant, for the clock at `now`.
    pub(crate) fn resolve(
        &self,
        now: Timestamp,
        zone: Option<&Zone>,
        occurrence: Occurrence,
    ) -> anyhow::Result<Timestamp> {
        match self {
            Self::At(at) => Ok(*at),
            Self::In(after) => now.checked_add(*after).context("the time is too far away"),
            Self::Local(local) => {
                let Some(Zone(zone)) = zone else {
                    anyhow::bail!(
                        "`{local}` has no time zone: write `{local}Z` for UTC, or add \
                         `--time-zone Europe/Berlin`"
                    );
                };
                instant(zone, *local, occurrence)
                    .with_context(|| format!("`{local}` is too far away"))
            }
        }
    }

    /// Returns the time that the clocks of `zone` show at the time that is meant.
    pub(crate) fn local(&self, at: Timestamp, zone: &TimeZone) -> DateTime {
        match self {
            Self::Local(local) => *local,
            Self::At(_) | Self::In(_) => at.to_zoned(zone.clone()).datetime(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, named: Option<&str>) -> anyhow::Result<String> {
        let now = "2026-11-30T10:00:00Z".parse().unwrap();
        let named = named.map(|name| zone(name).unwrap());
        Ok(when(text).unwrap().resolve(now, named.as_ref(), Occurrence::First)?.to_string())
    }

    #[test]
    fn a_time_is_absolute_relative_or_local() {
        for (text, zone, expected) in [
            ("now", None, "2026-11-30T10:00:00Z"),
            ("+90m", None, "2026-11-30T11:30:00Z"),
            ("2026-12-01T02:00:00Z", None, "2026-12-01T02:00:00Z"),
            ("2026-12-01T02:00+01:00", Some("UTC"), "2026-12-01T01:00:00Z"),
            ("2026-12-01T02:00", Some("Europe/Berlin"), "2026-12-01T01:00:00Z"),
            ("2026-12-01 02:00", Some("Asia/Kathmandu"), "2026-11-30T20:15:00Z"),
            ("2026-07-01T02:00[Europe/Berlin]", None, "2026-07-01T00:00:00Z"),
        ] {
            assert_eq!(resolved(text, zone).unwrap(), expected, "{text}");
        }
        let error = resolved("2026-12-01T02:00", None).unwrap_err().to_string();
        assert!(error.contains("`--time-zone Europe/Berlin`"), "{error}");
        for text in ["tomorrow", "+soon", "2026-13-01T00:00:00Z", ""] {
            assert!(when(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_matcher_or_rule_that_cannot_be_used_is_refused_with_its_remedy() {
        assert!(matcher("host=eu").unwrap_err().contains("`monitor`"));
        assert!(matcher("rule=~(").unwrap_err().contains("unclosed group"));
        assert!(rule("FREQ=HOURLY").unwrap_err().contains("`WEEKLY`"));
        assert!(zone("Europe/Berln").is_err());
    }
}
