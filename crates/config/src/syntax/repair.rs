//! Removal of lines after which the parser would stop.
//!
//! An unclosed bracket or string swallows the rest of the file, and a key without a value hides it.
//! Such lines are replaced by blanks, so that the rest is parsed and keeps its place.

use toml::de::{DeTable, DeValue};

use crate::document::SpannedNode;
use crate::spanned_error::{SourceText, Span, SpannedError};

/// The maximum number of repairs. Each costs a parse.
const MAX_REPAIRS: usize = 20;

/// A text in which the lines that hide others are blank.
pub(crate) struct Repaired {
    pub(crate) text: String,
    /// The errors in these lines.
    pub(crate) findings: Vec<SpannedError>,
    /// The ranges of these lines.
    pub(crate) blanked: Vec<Span>,
}

/// Replaces the lines of `source` that hide others by blanks.
pub(crate) fn repair(source: &SourceText<'_>) -> Repaired {
    let mut repaired =
        Repaired { text: source.text.to_owned(), findings: Vec::new(), blanked: Vec::new() };
    for _ in 0..MAX_REPAIRS {
        let Some((finding, lines)) = first_unclosed(source, &repaired.text) else { break };
        let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
        let blanks: String =
            repaired.text.get(lines.clone()).unwrap_or_default().chars().map(blank).collect();
        repaired.text.replace_range(lines.clone(), &blanks);
        repaired.findings.push(finding);
        repaired.blanked.push(lines);
    }
    repaired
}

fn first_unclosed(source: &SourceText<'_>, text: &str) -> Option<(SpannedError, Span)> {
    let (root, errors) = DeTable::parse_recoverable(text);
    errors.iter().find_map(|error| {
        let span = error.span()?;
        if error.message().starts_with("key with no value") {
            let line = within(text, source.line_span(span.start));
            let finding =
                SpannedError::new(span, "a key has no value").hint("write `=` and a value");
            return Some((finding, line)).filter(|(_, line)| !is_blank(text, line));
        }
        let (opening, bracket) = opening_in(root.get_ref(), text, span.start)?;
        let is_unclosed = error.message().starts_with("unclosed") || bracket.len() == 3;
        let finding =
            SpannedError::new(opening.clone(), format!("this `{bracket}` is never closed"));
        let lines = within(text, source.line_span(opening.start).start..statement(text, &opening));
        let has_effect = is_unclosed && !is_blank(text, &lines);
        has_effect.then(|| (finding.hint("close it"), lines))
    })
}

fn within(text: &str, span: Span) -> Span {
    span.start..span.end.min(text.len())
}

fn is_blank(text: &str, span: &Span) -> bool {
    text.get(span.clone()).is_none_or(|lines| lines.trim().is_empty())
}

/// Returns the start of the next line after the opening that looks like a header or like `key =
/// ...`.
fn statement(text: &str, opening: &Span) -> usize {
    let mut start = opening.start;
    for line in text.get(opening.start..).unwrap_or_default().split_inclusive('\n') {
        let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let key = line.find(|c| !is_key(c)).unwrap_or(0);
        let is_assignment =
            key > 0 && line.get(key..).is_some_and(|rest| rest.trim_start().starts_with('='));
        let is_header = line.starts_with('[') && line.trim_end().ends_with(']');
        if start > opening.start && (is_assignment || is_header) {
            break;
        }
        start += line.len();
    }
    start
}

/// Returns the outermost value that opens with a bracket and ends at `end`.
fn opening_in(table: &DeTable<'_>, text: &str, end: usize) -> Option<(Span, &'static str)> {
    table.values().find_map(|node| opening(node, text, end))
}

fn opening(node: &SpannedNode<'_>, text: &str, end: usize) -> Option<(Span, &'static str)> {
    let span = node.span();
    if span.end == end {
        let written = text.get(span.clone()).unwrap_or_default();
        let bracket =
            ["[", "{", "\"\"\"", "'''"].into_iter().find(|bracket| written.starts_with(bracket));
        if let Some(bracket) = bracket {
            return Some((span, bracket));
        }
    }
    match node.get_ref() {
        DeValue::Array(list) => list.iter().find_map(|node| opening(node, text, end)),
        DeValue::Table(table) => opening_in(table, text, end),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}
