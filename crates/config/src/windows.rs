//! `[[maintenance]]`: windows of time.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::window::{
    DayOfMonth, Maintenance, Occurrence, OpeningDays, OpeningHours, WindowEnd, WindowSchedule,
    instant,
};
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use crate::formats::{LaterTime, Parsed, PointInTime, ZoneName};
use crate::names::DefinedNames;
use crate::raw;
use crate::schema_check::Removed;
use crate::scopes::scope;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::{Span, SpannedError};

const ONE_SCHEDULE: &str = "write `start` and `end`, `weekly` or `monthly`";

/// Returns the maintenance window; `None` if a mandatory part is missing or wrong, which has been
/// reported.
pub(crate) fn maintenance(
    at: &Spanned<raw::Maintenance>,
    lost: &Removed,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Maintenance> {
    let raw = &at.value;
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    let schedule = schedule(at, lost, findings);
    Some(Maintenance {
        id: raw.id.as_ref()?.get().clone(),
        title: raw.title.clone()?,
        description: raw.description.clone(),
        scope,
        schedule: schedule?,
        ended_at: None,
    })
}

fn schedule(
    at: &Spanned<raw::Maintenance>,
    lost: &Removed,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let raw = &at.value;
    let keys = ["start", "end", "rrule", "weekly", "monthly"];
    let was_wrong = keys.iter().any(|key| lost.had(at.span.start, key));
    let is_dated = raw.start.is_some() || raw.end.is_some() || raw.rrule.is_some();
    match (&raw.weekly, &raw.monthly, is_dated) {
        (Some(weekly), None, false) => self::weekly(weekly, lost, raw, findings),
        (None, Some(monthly), false) => self::monthly(monthly, lost, raw, findings),
        (None, None, _) => match (&raw.start, &raw.end) {
            (Some(start), Some(end)) => dated(start, end, raw, findings),
            _ if was_wrong => None,
            (start, end) => {
                let lacking = match (start, end) {
                    (None, None) if is_dated => "a window with `rrule` has no `start` and no `end`",
                    (None, None) => "the window has no time",
                    (None, Some(_)) => "a window has no `start`",
                    (Some(_), _) => "a window has no `end`",
                };
                let finding = SpannedError::new(at.span.clone(), lacking);
                findings.push(finding.hint(ONE_SCHEDULE).about_absence());
                None
            }
        },
        (Some(Spanned { span, .. }), ..) | (None, Some(Spanned { span, .. }), _) => {
            let finding = SpannedError::new(span.clone(), "a window has more than one schedule");
            findings.push(finding.hint(format!("{ONE_SCHEDULE}, and only one of them")));
            None
        }
    }
}

fn weekly(
    Spanned { value: weekly, span }: &Spanned<raw::Weekly>,
    lost: &Removed,
    raw: &raw::Maintenance,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let end = HoursEnd { to: weekly.to.as_ref(), duration: weekly.duration.as_ref() };
    let hours = hours(weekly.from.as_ref(), &end, (span, lost), findings);
    let mut days = Vec::new();
    for day in weekly.days.as_ref()? {
        if !days.contains(&day.0) {
            days.push(day.0);
        }
    }
    let (days, hours) = (OpeningDays::Weekly(days), hours?);
    Some(WindowSchedule::Repeated { days, hours, time_zone: zone_name(raw) })
}

fn monthly(
    Spanned { value: monthly, span }: &Spanned<raw::Monthly>,
    lost: &Removed,
    raw: &raw::Maintenance,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let end = HoursEnd { to: monthly.to.as_ref(), duration: monthly.duration.as_ref() };
    let hours = hours(monthly.from.as_ref(), &end, (span, lost), findings);
    let not_zero = |number: &Spanned<i8>, hint: &str, findings: &mut Vec<SpannedError>| {
        if number.value == 0 {
            findings.push(SpannedError::new(number.span.clone(), "there is no day 0").hint(hint));
        }
        number.value
    };
    let day = match (&monthly.day, &monthly.weekday, &monthly.nth) {
        (Some(day), None, None) => {
            DayOfMonth::Day(not_zero(day, "write 1 for the first day, -1 for the last", findings))
        }
        (None, Some(weekday), Some(nth)) => DayOfMonth::Weekday {
            weekday: weekday.value.0,
            nth: not_zero(nth, "write 1 to 4, or -1 for the last one", findings),
        },
        _ if ["day", "weekday", "nth"].iter().any(|key| lost.had(span.start, key)) => return None,
        _ => {
            let what = "a monthly window needs a `day`, or a `weekday` with `nth`";
            let hint = "write `day = -1`, or `weekday = \"tuesday\"` and `nth = 2`";
            findings.push(SpannedError::new(span.clone(), what).hint(hint).about_absence());
            return None;
        }
    };
    let days = OpeningDays::Monthly(day);
    Some(WindowSchedule::Repeated { days, hours: hours?, time_zone: zone_name(raw) })
}

/// The end of a repeated window: one of the two.
struct HoursEnd<'a> {
    to: Option<&'a AtText<LaterTime>>,
    duration: Option<&'a AtText<Duration>>,
}

fn hours(
    from: Option<&Parsed<Time>>,
    end: &HoursEnd<'_>,
    (span, lost): (&Span, &Removed),
    findings: &mut Vec<SpannedError>,
) -> Option<OpeningHours> {
    const HINT: &str = "write `to = \"04:00\"`, or `duration = \"2h\"` for an elapsed time";
    let hours = match (end.to, end.duration) {
        (Some(to), None) => to.get().after(from?.0),
        (None, Some(duration)) => {
            let elapsed = *duration.get();
            let max = Duration::from_hours(24) * u32::from(OpeningHours::MAX_DAYS);
            if elapsed.is_zero() || elapsed > max {
                let what = "the duration of a repeated window is out of range";
                let finding = SpannedError::new(duration.span.clone(), what);
                findings.push(finding.hint("choose more than `0s` and up to `31d`"));
            }
            OpeningHours { from: from?.0, to: WindowEnd::After(elapsed) }
        }
        (Some(_), Some(duration)) => {
            let what = "a window has both `to` and `duration`";
            findings.push(SpannedError::new(duration.span.clone(), what).hint("keep one of them"));
            return None;
        }
        (None, None) if lost.had(span.start, "to") || lost.had(span.start, "duration") => {
            return None;
        }
        (None, None) => {
            let what = "a repeated window has no end";
            findings.push(SpannedError::new(span.clone(), what).hint(HINT).about_absence());
            return None;
        }
    };
    if let WindowEnd::OnDay { days_later: 0, time } = hours.to
        && time <= hours.from
    {
        let place = end.to.map_or_else(|| span.clone(), |to| to.span.clone());
        let what = "the window ends before it begins";
        findings.push(SpannedError::new(place, what).hint("choose a later time"));
    }
    Some(hours)
}

fn zone_name(raw: &raw::Maintenance) -> String {
    raw.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.0.0.clone())
}

/// Returns the schedule from `start` to `end`, repeated if there is a rule.
fn dated(
    start: &AtText<PointInTime>,
    end: &AtText<PointInTime>,
    raw: &raw::Maintenance,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let zone = raw.time_zone.as_ref();
    let start_at = timestamp(start, zone, Occurrence::First, findings);
    let end_at = timestamp(end, zone, Occurrence::Last, findings);
    let (start_at, end_at) = (start_at?, end_at?);
    if end_at <= start_at {
        let finding = SpannedError::new(end.span.clone(), "the window ends before it begins");
        let finding = finding.hint("swap them, or check the dates and offsets");
        findings.push(finding.also(start.span.clone(), "start"));
        return None;
    }
    let Some(rule) = &raw.rrule else {
        return Some(WindowSchedule::Once { start: start_at, end: end_at });
    };
    let zone = TimeZone::get(&zone_name(raw)).ok()?;
    let local = |when: &PointInTime| -> DateTime {
        match when {
            PointInTime::Absolute(at) => at.to_zoned(zone.clone()).datetime(),
            PointInTime::Local(local) => *local,
        }
    };
    let limits = (local(start.get()), local(end.get()));
    let schedule = WindowSchedule::by_rule(rule.get().clone(), limits, &zone);
    let reported = schedule.map_err(|error| {
        findings.push(SpannedError::new(rule.span.clone(), error.message).hint(error.hint));
    });
    reported.ok()
}

/// Returns the time that a local time names in `zone`, which an absolute time does not need.
pub(crate) fn timestamp(
    when: &AtText<PointInTime>,
    zone: Option<&Parsed<ZoneName>>,
    occurrence: Occurrence,
    findings: &mut Vec<SpannedError>,
) -> Option<Timestamp> {
    let local = match when.get() {
        PointInTime::Absolute(at) => return Some(*at),
        PointInTime::Local(local) => *local,
    };
    let hint = match zone {
        Some(zone) => {
            let found = TimeZone::get(&zone.0.0).ok();
            if let Some(at) = found.and_then(|zone| instant(&zone, local, occurrence)) {
                return Some(at);
            }
            "choose a date that exists".to_owned()
        }
        None => format!("write `{local}Z` for UTC, or add a `time_zone`"),
    };
    let what = format!("`{local}` has no time zone");
    findings.push(SpannedError::new(when.span.clone(), what).hint(hint));
    None
}
