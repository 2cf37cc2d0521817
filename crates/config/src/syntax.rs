//! Parsing: from text to a document, with the syntax errors of TOML.

mod repair;

use toml::de::{DeTable, DeValue};

use crate::document::SpannedNode;
use crate::excerpt::MAX_READ_BYTES;
use crate::spanned_error::{SourceText, Span, SpannedError};
use crate::{secret_form, secrets};

pub(crate) use repair::{Repaired, repair};

/// A document as far as it could be parsed, with its errors.
pub(crate) struct ParsedDocument<'i> {
    pub(crate) root: DeTable<'i>,
    pub(crate) findings: Vec<SpannedError>,
    /// Ranges for which the document is not reliable.
    pub(crate) unreadable: Vec<Span>,
    /// True if more than single values may be missing from the document.
    pub(crate) has_gaps: bool,
}

/// The sections that are lists of tables: `[[monitor]]`, …
const LISTS: [&str; 6] = ["monitor", "rule", "channel", "action", "maintenance", "silence"];

/// Parses the repaired text of `source`. An error affects only its own lines.
pub(crate) fn parse<'i>(source: &SourceText<'_>, repaired: &'i Repaired) -> ParsedDocument<'i> {
    let (root, errors) = DeTable::parse_recoverable(&repaired.text);
    let root = root.into_inner();
    let found = |error: &toml::de::Error| {
        finding(source, &root, error.message(), error.span().unwrap_or_default())
    };
    let mut findings: Vec<SpannedError> = errors.iter().map(found).collect();
    let gaps = errors.iter().filter(|error| leaves_gap(source, error));
    let mut unreadable: Vec<Span> =
        gaps.filter_map(|error| Some(gap(source, error.span()?.start))).collect();
    unreadable.extend(repaired.blanked.iter().cloned());
    let has_gaps = !unreadable.is_empty();
    findings.retain(|finding| !unreadable.iter().any(|part| part.contains(&finding.span.start)));
    one_per_line(source, &mut findings);
    unreadable.extend(findings.iter().map(|finding| source.line_span(finding.span.start)));
    findings.extend(repaired.findings.iter().cloned());
    ParsedDocument { root, findings, unreadable, has_gaps }
}

/// Keeps the first error of each line: the others usually follow from it.
fn one_per_line(source: &SourceText<'_>, findings: &mut Vec<SpannedError>) {
    findings.sort_by_key(|finding| finding.span.start);
    findings.dedup_by_key(|finding| source.line(finding.span.start));
}

fn finding(source: &SourceText<'_>, root: &DeTable<'_>, message: &str, span: Span) -> SpannedError {
    let written = source.text.get(span.clone()).unwrap_or_default();
    if message.starts_with("duplicate key") {
        return duplicate(root, written, span);
    }
    let value_is_no_value = message.starts_with("string values must be quoted")
        || message.starts_with("invalid float")
        || message.starts_with("invalid integer")
        || message.starts_with("invalid boolean");
    if value_is_no_value && is_secret(source, &span) {
        return SpannedError::new(
            span,
            "the value of this secret is in the config, and not in quotes",
        )
        .hint(secrets::HINT);
    }
    if value_is_no_value {
        return no_value(written, span);
    }
    let (what, wanted) = message.split_once(", expected ").unwrap_or((message, ""));
    if what.ends_with("basic string") || what.ends_with("literal string") {
        return SpannedError::new(span, "invalid string")
            .hint(format!("close it with {wanted}, or escape what is in it"));
    }
    if what == "unclosed table" {
        return SpannedError::new(span, "this header is not closed")
            .hint(format!("close it with {wanted}"));
    }
    let finding = SpannedError::new(span, what);
    if wanted.is_empty() { finding } else { finding.hint(format!("expected {wanted}")) }
}

/// Returns whether the text at `span` may be a secret, which must not be quoted.
fn is_secret(source: &SourceText<'_>, span: &Span) -> bool {
    let line_start = source.line_span(span.start).start;
    let start = source.text.floor_char_boundary(span.start.saturating_sub(MAX_READ_BYTES));
    let start = start.max(line_start);
    let read = source.text.get(start..span.end).unwrap_or_default();
    secret_form::in_line(read).iter().any(|part| part.contains(&(span.start - start)))
}

fn no_value(written: &str, span: Span) -> SpannedError {
    if written.is_empty() {
        return SpannedError::new(span, "a value is missing").hint("write one after the `=`");
    }
    let hint = match written.to_lowercase().as_str() {
        "true" | "yes" | "on" => "write `true`".to_owned(),
        "false" | "no" | "off" => "write `false`".to_owned(),
        _ => format!("put it in quotes: `\"{written}\"`"),
    };
    SpannedError::new(span, format!("`{written}` is not a value")).hint(hint)
}

fn duplicate(root: &DeTable<'_>, written: &str, span: Span) -> SpannedError {
    let key = written.trim_matches(['"', '\'']);
    let what = format!("duplicate key `{key}`");
    let hint = if LISTS.contains(&key) {
        format!("write `[[{key}]]`, with two pairs of brackets, each time")
    } else {
        "keep one of them".to_owned()
    };
    let first = first_place_in(root, key, span.start);
    let finding = SpannedError::new(span, what).hint(hint);
    match first {
        Some(first) => finding.also(first, "first"),
        None => finding,
    }
}

/// Returns the last place before `until` at which the key occurs, in a table that can extend that
/// far.
fn first_place_in(table: &DeTable<'_>, key: &str, until: usize) -> Option<Span> {
    let here = table.get_key_value(key).map(|(key, _)| key.span());
    let below = table.values().filter_map(|node| first_place(node, key, until));
    here.filter(|span| span.start < until).into_iter().chain(below).max_by_key(|span| span.start)
}

fn first_place(node: &SpannedNode<'_>, key: &str, until: usize) -> Option<Span> {
    match node.get_ref() {
        DeValue::Array(list) => {
            let places = list.iter().filter_map(|node| first_place(node, key, until));
            places.max_by_key(|span| span.start)
        }
        DeValue::Table(_) if is_inline(node) && node.span().end <= until => None,
        DeValue::Table(table) => first_place_in(table, key, until),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

/// Checks whether the keys of the table are within its own span, as in an inline table.
fn is_inline(node: &SpannedNode<'_>) -> bool {
    let span = node.span();
    let DeValue::Table(table) = node.get_ref() else { return false };
    table
        .keys()
        .next()
        .is_some_and(|key| span.start < key.span().start && key.span().end < span.end)
}

/// Checks whether the error loses more than one value. An invalid value is kept as text, and of a
/// duplicate key the first is kept. A second table of the same name is lost with all its keys.
fn leaves_gap(source: &SourceText<'_>, error: &toml::de::Error) -> bool {
    let is_value = ["invalid ", "string values must be quoted"]
        .iter()
        .any(|start| error.message().starts_with(start));
    let after = error.span().and_then(|span| source.text.get(span.end..)).unwrap_or_default();
    let is_key = error.message().starts_with("duplicate key")
        && after.trim_start_matches([' ', '\t']).starts_with('=');
    !is_value && !is_key
}

/// Returns the range that is lost after an error at `start`: the rest of the line. After a wrong
/// header it extends to the next header, because the table of the keys in between is unknown.
fn gap(source: &SourceText<'_>, start: usize) -> Span {
    let line = source.line_span(start);
    let written = source.text.get(line.start..start).unwrap_or_default();
    if !written.trim_start().starts_with('[') {
        return start + 1..line.end.max(start + 1);
    }
    let rest = source.text.get(start..).unwrap_or_default();
    let end = rest.find("\n[").map_or(source.text.len() + 1, |offset| start + offset + 1);
    start + 1..end.max(start + 1)
}
