//! `[[summary]]`: scheduled summaries.

use allclear_core::summary::{Every, Summary};
use allclear_core::window::Day;
use jiff::civil::Time;

use crate::at::At;
use crate::finding::Finding;
use crate::names::Names;
use crate::raw::{self, Rhythm};

/// The default time of day of a summary.
const NINE: Time = Time::constant(9, 0, 0, 0);

/// Returns the summary; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn summary(
    at: &At<raw::Summary>,
    names: &Names,
    findings: &mut Vec<Finding>,
) -> Option<Summary> {
    let raw = &at.value;
    for channel in &raw.channels {
        findings.extend(names.unknown_channel(channel.get().as_str(), &channel.span));
    }
    let every = raw.every.as_ref()?;
    let every = match (every.value.0, &raw.weekday) {
        (Rhythm::Day, None) => Every::Day,
        (Rhythm::Week, weekday) => {
            Every::Week(weekday.as_ref().map_or(Day::Monday, |day| day.value.0))
        }
        (Rhythm::Day, Some(weekday)) => {
            let finding = Finding::new(weekday.span.clone(), "a daily summary has no `weekday`");
            findings.push(finding.hint("leave it out, or write `every = \"week\"`"));
            Every::Day
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
