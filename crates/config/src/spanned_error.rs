//! Problems with byte ranges, as the stages report them, before the conversion to lines and
//! columns.

use std::ops::Range;

use allclear_core::redact::Redactor;
use allclear_core::text;

use crate::config_error::{ConfigError, MAX_LISTED, Related};
use crate::excerpt::Excerpt;

/// The longest message, in characters. A message may quote a value of the config.
const MAX_WHAT_CHARS: usize = 300;

/// The longest hint, in characters. A hint may list the valid values.
const MAX_HINT_CHARS: usize = 500;

/// The longest text, in characters, that is searched for secrets; a longer one is cut first.
const MAX_READ_CHARS: usize = 4_000;

/// A range of bytes of the config's text.
pub(crate) type Span = Range<usize>;

/// A problem at a range of bytes.
#[derive(Debug, Clone)]
pub(crate) struct SpannedError {
    pub(crate) span: Span,
    what: String,
    hint: Option<String>,
    also: Option<(Span, &'static str)>,
    /// True if the problem is that something is missing. If the text could not be parsed
    /// completely, such a problem proves nothing.
    pub(crate) about_absence: bool,
}

impl SpannedError {
    pub(crate) fn new(span: Span, what: impl Into<String>) -> Self {
        Self { span, what: what.into(), hint: None, also: None, about_absence: false }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    pub(crate) fn also(mut self, span: Span, label: &'static str) -> Self {
        self.also = Some((span, label));
        self
    }

    pub(crate) fn about_absence(mut self) -> Self {
        self.about_absence = true;
        self
    }
}

/// The text of a config, with an index from byte offsets to lines and columns.
#[derive(Debug)]
pub(crate) struct SourceText<'a> {
    pub(crate) text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> SourceText<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self { text, line_starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// Returns the line of an offset, counted from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Returns the byte range of the line of an offset.
    pub(crate) fn line_span(&self, offset: usize) -> Span {
        let line = self.line(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len() + 1);
        start..end
    }

    /// Returns the line and the column of an offset, both from 1.
    pub(crate) fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// Converts the findings to problems: sorted by place, without duplicates or secrets, and short
    /// whatever the config contains. `hidden` are the places of secrets.
    pub(crate) fn problems(
        &self,
        findings: Vec<SpannedError>,
        hidden: &[Span],
    ) -> Vec<ConfigError> {
        let redactor = Redactor::default();
        let shown = |text: &str, max_chars| {
            let text = text::excerpt(text, MAX_READ_CHARS);
            let text = redactor.redact(&text).replace('\n', "\\n").replace('\t', "\\t");
            text::excerpt(&text::escaped(&text), max_chars).into_owned()
        };
        let problem = |finding: &SpannedError| {
            let (line, column) = self.place(finding.span.start);
            ConfigError {
                line,
                column,
                what: shown(&finding.what, MAX_WHAT_CHARS),
                hint: finding.hint.as_ref().map(|hint| shown(hint, MAX_HINT_CHARS)),
                also: finding.also.as_ref().map(|(span, label)| {
                    let (line, column) = self.place(span.start);
                    Related { line, column, label: (*label).to_owned(), excerpt: None }
                }),
                excerpt: None,
            }
        };
        let mut problems: Vec<(ConfigError, SpannedError)> =
            findings.into_iter().map(|finding| (problem(&finding), finding)).collect();
        problems.sort_by(|(one, _), (other, _)| one.cmp(other));
        problems.dedup_by(|(one, _), (other, _)| one == other);
        for (problem, finding) in problems.iter_mut().take(MAX_LISTED) {
            problem.excerpt = self.excerpt(&finding.span, hidden);
            if let (Some(related), Some((span, _))) = (&mut problem.also, &finding.also) {
                related.excerpt = self.excerpt(span, hidden);
            }
        }
        problems.into_iter().map(|(problem, _)| problem).collect()
    }

    /// Returns the line of a range. The empty range at the start of the file stands for the file.
    fn excerpt(&self, span: &Span, hidden: &[Span]) -> Option<Excerpt> {
        let is_file = *span == (0..0);
        let line = self.line_span(span.start);
        (!is_file).then(|| Excerpt::of(self.text, &line, span, hidden)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let source = SourceText::new("a = 1\nné = 2\n");
        assert_eq!(source.place(0), (1, 1));
        assert_eq!(source.place(6), (2, 1));
        assert_eq!(source.place("a = 1\nné".len()), (2, 3));
        assert_eq!(source.place("a = 1\nné = 2\n".len()), (3, 1));
    }
}
