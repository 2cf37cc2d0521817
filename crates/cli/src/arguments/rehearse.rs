//! The arguments of `allclear explain`, `allclear simulate` and `allclear test`.

use std::path::PathBuf;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::duration::DurationError;
use clap::Args;
use jiff::Zoned;

use super::StackOption;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Reason code such as `auth_invalid`, or id of a monitor, an alert, a notification, a group of alerts or an
    /// incident; all reason codes if omitted
    pub(crate) id: Option<String>,
    /// Explain what was known at this time: `2026-12-01T02:00:00Z`, or `3h` for three hours ago
    #[arg(long, value_name = "TIME", value_parser = past_time)]
    pub(crate) at: Option<PastTime>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Start of the period: `2026-12-01T02:00:00Z`, or `30d` for thirty days ago
    #[arg(long, value_name = "TIME", value_parser = past_time)]
    pub(crate) from: PastTime,
    /// End of the period
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = past_time)]
    pub(crate) to: PastTime,
    /// Path of the config by which the records were decided, for the reasons of differences; `allclear.toml`, or with
    /// `--stack` the active config, if omitted
    #[arg(long, value_name = "FILE")]
    pub(crate) before: Option<PathBuf>,
    /// Print the story of the decision with this id in the records and in the replay, in place of the differences
    #[arg(long, value_name = "ID")]
    pub(crate) explain: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct TestRules {
    /// Paths of the files of rule tests
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A time in the past on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PastTime {
    /// So long before now.
    Ago(Duration),
    /// A time with an offset.
    At(Timestamp),
}

/// The difference between two clocks that is no error.
const CLOCK_SKEW: Duration = Duration::from_secs(10);

impl PastTime {
    /// Returns the time that is meant with `option`, for the clock at `now`.
    pub(crate) fn resolve(self, option: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
        let at = match self {
            Self::Ago(before) => now.checked_sub(before).unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        };
        anyhow::ensure!(
            at <= now.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX),
            "`{option} {at:.0}` is in the future: it is {now:.0} now, and nothing is recorded after that"
        );
        Ok(at)
    }
}

fn past_time(text: &str) -> Result<PastTime, String> {
    const HINT: &str = "write `now`, `30d` for thirty days ago, or `2026-12-01T02:00:00Z`";
    if text == "now" {
        return Ok(PastTime::Ago(Duration::ZERO));
    }
    if let Ok(at) = text.parse() {
        return Ok(PastTime::At(at));
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(PastTime::At(zoned.timestamp()));
    }
    let before = text.strip_prefix('-').unwrap_or(text);
    allclear_core::duration::parse(before).map(PastTime::Ago).map_err(|error| match error {
        DurationError::TooLong(_) => format!("{error}: {HINT}"),
        DurationError::Form(_) | DurationError::Unit(_) => HINT.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_time_is_absolute_or_so_long_ago() {
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("now", "2026-11-30T10:00:00Z"),
            ("30d", "2026-10-31T10:00:00Z"),
            ("-90m", "2026-11-30T08:30:00Z"),
            ("2026-11-01T00:00:00+01:00", "2026-10-31T23:00:00Z"),
            ("2026-11-01T00:00[Europe/Berlin]", "2026-10-31T23:00:00Z"),
        ] {
            let resolved = past_time(text).unwrap().resolve("--at", now).unwrap();
            assert_eq!(resolved.to_string(), expected, "{text}");
        }
        for text in ["yesterday", "", "2026-11-01"] {
            assert!(past_time(text).is_err(), "{text}");
        }
        let error = past_time("99999d").unwrap_err();
        assert!(
            error.starts_with("`99999d` is longer than 100 years: write `now`, `30d`"),
            "{error}"
        );
    }

    #[test]
    fn a_time_in_the_future_is_refused_beyond_the_difference_of_two_clocks() {
        let now: Timestamp = "2026-11-30T10:00:00.5Z".parse().unwrap();
        let resolve = |text: &str| past_time(text).unwrap().resolve("--at", now);
        assert!(resolve("2026-11-30T10:00:08Z").is_ok());
        assert_eq!(
            resolve("2026-11-30T10:00:20Z").unwrap_err().to_string(),
            "`--at 2026-11-30T10:00:20Z` is in the future: it is 2026-11-30T10:00:00Z now, and nothing is recorded after \
             that"
        );
    }
}
