//! `[[silence]]`: temporary mutes.

use allclear_core::matcher::{MatchLabel, Matcher};
use allclear_core::rule::SELF_RULES;
use allclear_core::window::{Occurrence, Silence};

use crate::names::DefinedNames;
use crate::spanned::AtText;
use crate::spanned_error::SpannedError;
use crate::windows::timestamp;
use crate::{matchers, raw};

/// Returns the silence; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn silence(
    raw: &raw::Silence,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Silence> {
    let matchers = raw.matchers.as_deref().unwrap_or_default();
    findings.extend(matchers.iter().filter_map(|matcher| wrong_value(matcher, names)));
    let zone = raw.time_zone.as_ref();
    let start = raw.start.as_ref();
    let starts_at = start.map(|start| timestamp(start, zone, Occurrence::First, findings));
    let end = raw.until.as_ref();
    let until = end.and_then(|until| timestamp(until, zone, Occurrence::Last, findings));
    if let (Some(start), Some(Some(starts_at)), Some(until)) = (start, starts_at, until)
        && until <= starts_at
        && let Some(end) = end
    {
        let finding = SpannedError::new(end.span.clone(), "the silence ends before it begins");
        let finding = finding.hint("swap them, or check the dates and offsets");
        findings.push(finding.also(start.span.clone(), "start"));
    }
    raw.matchers.as_ref()?;
    Some(Silence {
        matchers: matchers.iter().map(|matcher| matcher.get().clone()).collect(),
        starts_at: starts_at.flatten(),
        until: until?,
        author: raw.author.clone()?,
        comment: raw.comment.clone()?,
    })
}

/// Reports the value of a matcher that no alert can have, or whose alerts cannot be silenced.
fn wrong_value(at: &AtText<Matcher>, names: &DefinedNames) -> Option<SpannedError> {
    let Matcher { label, value, .. } = at.get();
    if *label == MatchLabel::Rule && SELF_RULES.contains(&value.as_str()) {
        let what = format!("alerts of `{value}` cannot be silenced");
        let hint = "choose their recipients with `faults = [\"monitor\"]` on a channel";
        return Some(SpannedError::new(at.span.clone(), what).hint(hint));
    }
    matchers::unknown_word(at).or_else(|| matchers::unknown_name(at, names))
}
