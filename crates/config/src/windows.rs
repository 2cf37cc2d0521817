//! `[[maintenance]]` and `[[silence]]`: windows of time.

use allclear_core::Timestamp;
use allclear_core::window::{Maintenance, Silence, WindowSchedule};
use jiff::tz::TimeZone;

use crate::formats::PointInTime;
use crate::names::DefinedNames;
use crate::raw;
use crate::schema_check::Removed;
use crate::scopes::scope;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::SpannedError;

const ONE_OF_THE_TWO: &str = "write `start` and `end`, or `weekly`";

/// Returns the maintenance window; `None` if a mandatory part is missing or wrong, which has been
/// reported.
pub(crate) fn maintenance(
    at: &Spanned<raw::Maintenance>,
    lost: &Removed,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Maintenance> {
    let raw = &at.value;
    let was_wrong = ["start", "end", "weekly"].iter().any(|key| lost.had(at.span.start, key));
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    let schedule = match (&raw.weekly, &raw.start, &raw.end) {
        (Some(weekly), None, None) => self::weekly(&weekly.value, raw, findings),
        (None, Some(start), Some(end)) => once(start, end, raw, findings),
        (Some(weekly), _, _) => {
            let finding =
                SpannedError::new(weekly.span.clone(), "a window is both once and weekly");
            findings.push(finding.hint(ONE_OF_THE_TWO));
            None
        }
        (None, ..) if was_wrong => None,
        (None, start, end) => {
            let lacking = match (start, end) {
                (None, None) => "the window has no time",
                (None, Some(_)) => "a window has no `start`",
                (Some(_), _) => "a window has no `end`",
            };
            let finding = SpannedError::new(at.span.clone(), lacking);
            findings.push(finding.hint(ONE_OF_THE_TWO).about_absence());
            None
        }
    };
    Some(Maintenance {
        id: raw.id.as_ref()?.get().clone(),
        title: raw.title.clone()?,
        description: raw.description.clone(),
        scope,
        schedule: schedule?,
    })
}

fn weekly(
    weekly: &raw::Weekly,
    raw: &raw::Maintenance,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let duration = weekly.duration.as_ref()?;
    if duration.get().is_zero() || *duration.get() > WindowSchedule::MAX_WEEKLY {
        let what = "the duration of a weekly window is out of range";
        findings.push(SpannedError::new(duration.span.clone(), what).hint(
            "choose more than `0s` \
                                                                           and up to `7d`",
        ));
    }
    let mut days: Vec<_> = weekly.days.as_ref()?.iter().map(|day| day.0).collect();
    days.dedup();
    Some(WindowSchedule::Weekly {
        days,
        at: weekly.at.as_ref()?.0,
        duration: *duration.get(),
        time_zone: raw.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.0.0.clone()),
    })
}

fn once(
    start: &AtText<PointInTime>,
    end: &AtText<PointInTime>,
    raw: &raw::Maintenance,
    findings: &mut Vec<SpannedError>,
) -> Option<WindowSchedule> {
    let zone = raw.time_zone.as_ref().map(|zone| zone.0.0.as_str());
    let (start_at, end_at) = (timestamp(start, zone, findings), timestamp(end, zone, findings));
    let (start_at, end_at) = (start_at?, end_at?);
    if end_at <= start_at {
        let finding = SpannedError::new(end.span.clone(), "the window ends before it begins");
        let finding = finding.hint("swap them, or check the dates and offsets");
        findings.push(finding.also(start.span.clone(), "start"));
    }
    Some(WindowSchedule::Once { start: start_at, end: end_at })
}

fn timestamp(
    when: &AtText<PointInTime>,
    zone: Option<&str>,
    findings: &mut Vec<SpannedError>,
) -> Option<Timestamp> {
    let local = match when.get() {
        PointInTime::Absolute(at) => return Some(*at),
        PointInTime::Local(local) => *local,
    };
    let hint = match zone {
        Some(zone) => {
            // In an hour that daylight saving repeats, the first occurrence is used.
            let found = TimeZone::get(zone).and_then(|zone| zone.to_timestamp(local));
            if let Ok(at) = found {
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

/// Returns the silence; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn silence(
    raw: &raw::Silence,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Silence> {
    let scope = scope(&raw.monitors, &raw.groups, &raw.tags, names, findings);
    for rule in &raw.rules {
        findings.extend(names.unknown_rule(rule.get().as_str(), &rule.span));
    }
    let until = raw.until.as_ref().and_then(|until| match until.get() {
        PointInTime::Absolute(at) => Some(*at),
        PointInTime::Local(local) => {
            let what = format!("`{local}` has no time zone");
            let hint = format!("write `{local}Z` for UTC");
            findings.push(SpannedError::new(until.span.clone(), what).hint(hint));
            None
        }
    });
    Some(Silence {
        scope,
        rules: raw.rules.iter().map(|rule| rule.get().clone()).collect(),
        until: until?,
        author: raw.author.clone()?,
        reason: raw.reason.clone()?,
    })
}
