//! The times at which the successes of a job are due: at a distance from each other, or by a cron schedule.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::duration;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;

use crate::params::ParamProblems;

/// The most by which a success may precede its due time, because the clock of the machine of the job is ahead.
const MAX_EARLY: Duration = Duration::from_mins(1);

/// The due times of a job.
#[derive(Debug)]
pub(super) enum BeatCadence {
    /// At most this long after the last success.
    Every(Duration),
    /// At the times of a schedule in a time zone.
    Schedule(Box<Cron>, TimeZone),
}

impl BeatCadence {
    /// Reads `period`, or `schedule` with `time_zone`.
    pub(super) fn read(
        period: Option<&str>,
        schedule: Option<&str>,
        time_zone: Option<&str>,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        match (period, schedule) {
            (Some(period), None) => {
                if time_zone.is_some() {
                    let what = "a time zone has an effect only with `schedule`";
                    problems.add(&["time_zone"], what, Some("remove it"));
                }
                every(period, problems)
            }
            (None, Some(schedule)) => {
                let zone = time_zone.map_or(Some(TimeZone::UTC), |name| zone(name, problems));
                let cron = cron(schedule, problems);
                cron.zip(zone).map(|(cron, zone)| Self::Schedule(Box::new(cron), zone))
            }
            (Some(_), Some(_)) => {
                let what = "both `period` and `schedule` say when a success is due";
                problems.add(&["schedule"], what, Some("remove one of them"));
                None
            }
            (None, None) => {
                let hint = "write `period = \"1d\"`, or `schedule = \"0 3 * * *\"` as in a crontab";
                problems.add(&[], "it is not set when a success is due", Some(hint));
                None
            }
        }
    }

    /// Returns the time by which the next success is due after a success at `succeeded_at`.
    pub(super) fn due_after(&self, succeeded_at: Timestamp) -> Timestamp {
        match self {
            Self::Every(period) => succeeded_at.saturating_add(*period).unwrap_or(Timestamp::MAX),
            Self::Schedule(..) => {
                let due = self.next(succeeded_at);
                let following = self.next(due);
                let gap = between(due, following);
                let is_early = between(succeeded_at, due) <= MAX_EARLY.min(gap / 4);
                if is_early { following } else { due }
            }
        }
    }

    /// Returns the first due time after another one.
    pub(super) fn next(&self, due: Timestamp) -> Timestamp {
        match self {
            Self::Every(period) => due.saturating_add(*period).unwrap_or(Timestamp::MAX),
            Self::Schedule(cron, zone) => {
                let from = due.to_zoned(zone.clone());
                cron.find_next_occurrence(&from, false)
                    .map_or(Timestamp::MAX, |next| next.timestamp())
            }
        }
    }

    /// Returns the usual time between two successes.
    pub(super) fn usual_gap(&self) -> Duration {
        match self {
            Self::Every(period) => *period,
            Self::Schedule(..) => {
                // Any day of the year will do for an estimate.
                let first = self.next(Timestamp::UNIX_EPOCH);
                between(first, self.next(first)).max(Duration::from_secs(1))
            }
        }
    }

    /// Describes the due times: `every 1h`, `by the schedule 0 3 * * * (UTC)`.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Every(period) => format!("every {}", duration::format(*period)),
            Self::Schedule(cron, zone) => {
                let zone = zone.iana_name().unwrap_or("UTC");
                format!("by the schedule `{}` ({zone})", cron.as_str())
            }
        }
    }
}

fn every(period: &str, problems: &mut ParamProblems) -> Option<BeatCadence> {
    let period = problems.duration(&["period"], period)?;
    if period.is_zero() {
        problems.add(&["period"], "the period is zero", Some("write how often the job reports"));
        return None;
    }
    Some(BeatCadence::Every(period))
}

fn zone(name: &str, problems: &mut ParamProblems) -> Option<TimeZone> {
    TimeZone::get(name)
        .map_err(|_| {
            let what = format!("unknown time zone `{name}`");
            problems.add(&["time_zone"], what, Some("write a name such as `Europe/Berlin`"));
        })
        .ok()
}

fn cron(schedule: &str, problems: &mut ParamProblems) -> Option<Cron> {
    const HINT: &str =
        "write minute, hour, day of month, month and day of week: `30 2 * * mon-fri`";
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser
        .parse(schedule)
        .map_err(|error| {
            let what = format!("`{schedule}` is not a schedule: {error}");
            problems.add(&["schedule"], what, Some(HINT));
        })
        .ok()?;
    let from = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    if cron.find_next_occurrence(&from, false).is_err() {
        let what = format!("`{schedule}` never comes, such as the 30th of February");
        problems.add(&["schedule"], what, Some(HINT));
        return None;
    }
    Some(cron)
}

/// Returns the time from `start` to `end`; zero if `end` is earlier.
pub(super) fn between(start: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(start)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str, zone: &str) -> BeatCadence {
        let mut problems = ParamProblems::default();
        let cadence = BeatCadence::read(None, Some(text), Some(zone), &mut problems);
        problems.or(cadence).unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_schedule_is_in_its_zone_also_across_the_change_of_the_clocks() {
        let nightly = schedule("30 2 * * *", "Europe/Berlin");
        for (after, due) in [
            ("2026-03-27T12:00:00Z", "2026-03-28T01:30:00Z"),
            // 02:30 does not exist, so that the job runs at the first valid time.
            ("2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29T12:00:00Z", "2026-03-30T00:30:00Z"),
            // 02:30 comes twice, and the job runs at the first one.
            ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:31:00Z", "2026-10-26T01:30:00Z"),
        ] {
            assert_eq!(nightly.due_after(time(after)), time(due), "after {after}");
        }
    }

    #[test]
    fn days_of_the_month_and_week_are_those_of_a_crontab() {
        let first = schedule("0 10 1 * *", "UTC");
        assert_eq!(first.due_after(time("2026-11-01T10:05:00Z")), time("2026-12-01T10:00:00Z"));
        let weekdays = schedule("0 6 * * mon-fri", "UTC");
        assert_eq!(weekdays.due_after(time("2026-11-27T06:10:00Z")), time("2026-11-30T06:00:00Z"));
    }

    #[test]
    fn a_success_slightly_before_its_due_time_counts_for_it() {
        let daily = schedule("0 10 * * *", "UTC");
        let next_day = time("2026-11-28T10:00:00Z");
        assert_eq!(daily.due_after(time("2026-11-27T09:59:55Z")), next_day);
        assert_eq!(daily.due_after(time("2026-11-27T09:58:00Z")), time("2026-11-27T10:00:00Z"));
        let minutely = schedule("* * * * *", "UTC");
        assert_eq!(minutely.due_after(time("2026-11-27T09:59:30Z")), time("2026-11-27T10:00:00Z"));
    }

    #[test]
    fn schedules_that_are_wrong_are_refused() {
        for text in ["0 10 1 *", "0 0 30 2 *", "61 * * * *", "* * * * * *", "", "@sometimes"] {
            let mut problems = ParamProblems::default();
            let cadence = BeatCadence::read(None, Some(text), None, &mut problems);
            let problems = problems.or(cadence).unwrap_err();
            assert_eq!(problems[0].path, ["schedule"], "{text}");
        }
    }
}
