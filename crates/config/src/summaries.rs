//! `[[summary]]`: scheduled summaries.

use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_core::window::WeekDay;
use jiff::civil::Time;

use crate::names::DefinedNames;
use crate::raw::{self, Rhythm};
use crate::spanned::Spanned;
use crate::spanned_error::SpannedError;

/// The default time of day of a summary.
const NINE: Time = Time::constant(9, 0, 0, 0);

/// Returns the summary; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn summary(
    at: &Spanned<raw::Summary>,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Summary> {
    let raw = &at.value;
    for channel in &raw.channels {
        findings.extend(names.unknown_channel(channel.get().as_str(), &channel.span));
    }
    let every = raw.every.as_ref()?;
    let every = match (every.value.0, &raw.weekday) {
        (Rhythm::Day, None) => SummaryPeriod::Day,
        (Rhythm::Week, weekday) => {
            SummaryPeriod::Week(weekday.as_ref().map_or(WeekDay::Monday, |day| day.value.0))
        }
        (Rhythm::Day, Some(weekday)) => {
            let finding =
                SpannedError::new(weekday.span.clone(), "a daily summary has no `weekday`");
            findings.push(finding.hint("leave it out, or write `every = \"week\"`"));
            SummaryPeriod::Day
        }
    };
    Some(Summary {
        id: raw.id.as_ref()?.get().clone(),
        every,
        at: raw.at.as_ref().map_or(NINE, |at| at.0),
        time_zone: raw.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.0.0.clone()),
        channels: raw.channels.iter().map(|channel| channel.get().clone()).collect(),
    })
}
