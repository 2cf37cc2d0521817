//! `[[silence]]`: temporary mutes.

use allclear_core::matcher::{MatchLabel, MatchOp, Matcher};
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_core::status::{Fault, Severity};
use allclear_core::window::{Occurrence, Silence};

use crate::names::DefinedNames;
use crate::raw;
use crate::spanned::AtText;
use crate::spanned_error::SpannedError;
use crate::suggest;
use crate::windows::timestamp;

/// Returns the silence; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn silence(
    raw: &raw::Silence,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Silence> {
    let matchers = raw.matchers.as_deref().unwrap_or_default();
    findings.extend(matchers.iter().filter_map(|matcher| unknown_value(matcher, names)));
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

/// Reports the value of a matcher that no alert can have. A pattern is not checked, because it may be meant for
/// monitors to come.
fn unknown_value(at: &AtText<Matcher>, names: &DefinedNames) -> Option<SpannedError> {
    let (Matcher { label, op, value }, span) = (at.get(), &at.span);
    match op {
        MatchOp::Equal | MatchOp::NotEqual => {}
        MatchOp::Matches | MatchOp::NotMatches => return None,
    }
    let word = |what: &str, words: &[&'static str]| {
        (!words.contains(&value.as_str())).then(|| {
            let finding = SpannedError::new(span.clone(), format!("unknown {what} `{value}`"));
            finding.maybe_hint(suggest::hint(value, words.iter().copied()))
        })
    };
    match label {
        // The group, tag or fault of an alert that has none.
        MatchLabel::Group | MatchLabel::Tag | MatchLabel::Fault if value.is_empty() => None,
        MatchLabel::Monitor => names.unknown_monitor(value, span),
        MatchLabel::Group => names.unknown_group(value, span),
        MatchLabel::Tag => names.unknown_tag(value, span),
        MatchLabel::Rule if value == MONITORING_IMPAIRED => {
            let what = format!("alerts of `{value}` cannot be silenced");
            let hint = "choose their recipients with `faults = [\"monitor\"]` on a channel";
            Some(SpannedError::new(span.clone(), what).hint(hint))
        }
        MatchLabel::Rule => names.unknown_rule(value, span),
        MatchLabel::Severity => word("severity", &Severity::ALL.map(Severity::as_str)),
        MatchLabel::Fault => word("fault", &Fault::ALL.map(Fault::as_str)),
    }
}
