//! The values in the matchers of silences and routes.

use allclear_core::id::RegionId;
use allclear_core::matcher::{MatchLabel, MatchOp, Matcher};
use allclear_core::status::{Fault, Severity};

use crate::names::DefinedNames;
use crate::spanned::AtText;
use crate::spanned_error::SpannedError;
use crate::suggest;

/// Reports a severity or a fault that does not exist, and a region that cannot exist.
pub(crate) fn unknown_word(at: &AtText<Matcher>) -> Option<SpannedError> {
    let Matcher { label, value, .. } = compared(at)?;
    let word = |what: &str, words: &[&'static str]| {
        (!words.contains(&value.as_str())).then(|| {
            let finding = SpannedError::new(at.span.clone(), format!("unknown {what} `{value}`"));
            finding.maybe_hint(suggest::hint(value, words.iter().copied()))
        })
    };
    match label {
        // The fault of an alert that has none.
        MatchLabel::Fault if value.is_empty() => None,
        MatchLabel::Severity => word("severity", &Severity::ALL.map(Severity::as_str)),
        // The config does not name the regions, but an id has a form.
        MatchLabel::Region if !value.is_empty() => {
            let error = RegionId::new(value.as_str()).err()?;
            Some(SpannedError::new(
                at.span.clone(),
                format!("no region has the name `{value}`: {error}"),
            ))
        }
        MatchLabel::Fault => word("fault", &Fault::ALL.map(Fault::as_str)),
        MatchLabel::Monitor
        | MatchLabel::Group
        | MatchLabel::Tag
        | MatchLabel::Rule
        | MatchLabel::Region => None,
    }
}

/// Reports a monitor, group, tag or rule that the config does not have.
pub(crate) fn unknown_name(at: &AtText<Matcher>, names: &DefinedNames) -> Option<SpannedError> {
    let Matcher { label, value, .. } = compared(at)?;
    match label {
        // The group or tag of a monitor that has none.
        MatchLabel::Group | MatchLabel::Tag if value.is_empty() => None,
        MatchLabel::Monitor => names.unknown_monitor(value, &at.span),
        MatchLabel::Group => names.unknown_group(value, &at.span),
        MatchLabel::Tag => names.unknown_tag(value, &at.span),
        MatchLabel::Rule => names.unknown_rule(value, &at.span),
        // The config does not name the regions: a region exists because its prober reports.
        MatchLabel::Severity | MatchLabel::Fault | MatchLabel::Region => None,
    }
}

/// Returns a matcher that compares whole values. A pattern is not checked, because it may be meant for monitors to come.
fn compared(at: &AtText<Matcher>) -> Option<&Matcher> {
    match at.get().op {
        MatchOp::Equal | MatchOp::NotEqual => Some(at.get()),
        MatchOp::Matches | MatchOp::NotMatches | MatchOp::AtLeast | MatchOp::AtMost => None,
    }
}
