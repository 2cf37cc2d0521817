//! Measurements that conditions of rules refer to and no kind of check takes.

use crate::spanned::Spanned;
use crate::spanned_error::{Span, SpannedError};
use crate::{Kinds, literal_span, raw, suggest};

/// Returns a finding for each unknown measurement of a rule's condition. Such a condition compiles,
/// but the measurement is always missing.
pub(crate) fn unknown(
    rules: &[Spanned<raw::Rule>],
    text: &str,
    kinds: &Kinds<'_>,
) -> Vec<SpannedError> {
    let known = kinds.checks.declared();
    let conditions = rules.iter().filter_map(|rule| rule.value.condition.as_ref());
    let mut findings = Vec::new();
    for condition in conditions {
        let names = condition.get().metrics();
        for name in names.filter(|name| known.metric(name).is_none()) {
            let written = condition.get().to_string();
            let place = match place(&written, name) {
                Some(range) => literal_span::inside(text, &condition.span, &written, &range),
                None => condition.span.clone(),
            };
            let what =
                format!("no kind of check measures `{name}`, so the condition has no value for it");
            findings.push(SpannedError::new(place, what).hint(hint(name, &known.metric_names())));
        }
    }
    findings
}

/// Returns the place of the first mention of `name` as a whole word.
fn place(condition: &str, name: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mentions = condition.match_indices(name).map(|(start, _)| start..start + name.len());
    mentions.into_iter().find(|range| {
        let before = condition.get(..range.start).and_then(|text| text.chars().next_back());
        let after = condition.get(range.end..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn hint(name: &str, known: &[&str]) -> String {
    let candidates: Vec<String> = known.iter().filter_map(|form| candidate(form, name)).collect();
    match suggest::nearest(name, candidates.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`allclear check --json` shows what a check measures".to_owned(),
    }
}

/// Returns the name of this form that is most similar to `name`; `None` if the form has no such
/// name.
fn candidate(form: &str, name: &str) -> Option<String> {
    if let Some(prefix) = form.strip_suffix('*') {
        let (_, rest) = name.split_once('_')?;
        return (!rest.is_empty()).then(|| format!("{prefix}{rest}"));
    }
    if !form.contains('?') {
        return Some(form.to_owned());
    }
    // Only the end of such a name is variable.
    let fixed = form.trim_end_matches('?');
    let n_open = form.len() - fixed.len();
    let start = name.char_indices().rev().nth(n_open.checked_sub(1)?).map(|(start, _)| start)?;
    let end = name.get(start..)?;
    (!end.contains('_')).then(|| format!("{fixed}{end}"))
}
