//! The line of the config at which a problem is, without secrets.

use std::ops::Range;

use allclear_core::redact::REDACTED;
use allclear_core::text;

use crate::secret_form;

/// The most bytes on each side of the marked part that are read.
pub(crate) const MAX_READ_BYTES: usize = 4_000;

/// The most characters on each side of the marked part that are kept, and the most of that part.
const MAX_SIDE_CHARS: usize = 200;

/// A line of the config with a marked part. Secrets are redacted, hidden characters are escapes, and a long
/// line is cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    before: String,
    marked: String,
    after: String,
}

impl Excerpt {
    /// Returns the text of the line.
    #[must_use]
    pub fn text(&self) -> String {
        [self.before.as_str(), &self.marked, &self.after].concat()
    }

    /// Returns the bytes of the text that are marked; empty if the place is between two characters.
    #[must_use]
    pub fn marked(&self) -> Range<usize> {
        self.before.len()..self.before.len() + self.marked.len()
    }

    /// Takes the line at `line` of `text`; `None` if it is blank. `hidden` are places of secrets.
    pub(crate) fn of(
        text: &str,
        line: &Range<usize>,
        mark: &Range<usize>,
        hidden: &[Range<usize>],
    ) -> Option<Self> {
        let line = line.start..line.end.min(text.len());
        let start = text.floor_char_boundary(mark.start.saturating_sub(MAX_READ_BYTES));
        let end = text.ceil_char_boundary(mark.start.saturating_add(MAX_READ_BYTES));
        let part = start.max(line.start)..end.min(line.end);
        let read = text.get(part.clone())?.trim_end_matches(['\n', '\r']);
        if read.trim().is_empty() {
            return None;
        }
        let inside = |span: &Range<usize>| {
            let place = |offset: usize| offset.saturating_sub(part.start).min(read.len());
            place(span.start)..place(span.end)
        };
        let mut masks: Vec<Range<usize>> = hidden.iter().map(inside).collect();
        masks.extend(secret_form::in_line(read));
        Masked::new(read, masks).excerpt(inside(mark))
    }
}

/// A text with the parts that must not be shown, sorted and apart from each other.
struct Masked<'a> {
    text: &'a str,
    masks: Vec<Range<usize>>,
}

impl<'a> Masked<'a> {
    fn new(text: &'a str, mut masks: Vec<Range<usize>>) -> Self {
        masks.retain(|mask| !mask.is_empty());
        masks.sort_by_key(|mask| mask.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for mask in masks {
            match apart.last_mut() {
                Some(last) if mask.start <= last.end => last.end = last.end.max(mask.end),
                Some(_) | None => apart.push(mask),
            }
        }
        Self { text, masks: apart }
    }

    /// Marks a part, extended to the masks that it touches.
    fn excerpt(&self, mark: Range<usize>) -> Option<Excerpt> {
        let around = |offset: usize| {
            let mut masks = self.masks.iter();
            let around = masks.find(|part| part.start < offset && offset < part.end);
            around.cloned().unwrap_or(offset..offset)
        };
        let (start, end) = (around(mark.start).start, around(mark.end).end);
        let shown = |range: Range<usize>| self.shown(range);
        Some(Excerpt {
            before: last_chars(shown(0..start)?),
            marked: first_chars(&shown(start..end)?),
            after: first_chars(&shown(end..self.text.len())?),
        })
    }

    /// Returns a part whose ends are in no mask.
    fn shown(&self, part: Range<usize>) -> Option<String> {
        let mut out = String::new();
        let mut done = part.start;
        for mask in
            self.masks.iter().filter(|mask| part.start <= mask.start && mask.end <= part.end)
        {
            out.push_str(&text::escaped(self.text.get(done..mask.start)?));
            out.push_str(REDACTED);
            done = mask.end;
        }
        out.push_str(&text::escaped(self.text.get(done..part.end)?));
        Some(out)
    }
}

fn first_chars(text: &str) -> String {
    text::excerpt(text, MAX_SIDE_CHARS).into_owned()
}

fn last_chars(text: String) -> String {
    let n_chars = text.chars().count();
    if n_chars <= MAX_SIDE_CHARS {
        return text;
    }
    std::iter::once('…').chain(text.chars().skip(n_chars - MAX_SIDE_CHARS + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the excerpt for the mark of `part` in `line`, with `[` and `]` around the marked part.
    fn excerpt(line: &str, part: &str, hidden: &[&str]) -> String {
        let place = |part: &str| {
            let start = line.find(part).unwrap();
            start..start + part.len()
        };
        let hidden: Vec<Range<usize>> = hidden.iter().map(|part| place(part)).collect();
        let excerpt = Excerpt::of(line, &(0..line.len()), &place(part), &hidden).unwrap();
        let (text, marked) = (excerpt.text(), excerpt.marked());
        format!("{}<{}>{}", &text[..marked.start], &text[marked.clone()], &text[marked.end..])
    }

    #[test]
    fn a_line_is_shown_with_its_mark() {
        assert_eq!(excerpt("größe = \"日本\"\r\n", "\"日本\"", &[]), "größe = <\"日本\">");
        assert_eq!(excerpt("a\t= \u{202e}1", "1", &[]), "a\t= \\u{202e}<1>");
    }

    #[test]
    fn a_blank_line_is_not_shown() {
        assert_eq!(Excerpt::of("a = 1\n", &(6..7), &(6..6), &[]), None);
        assert_eq!(Excerpt::of("", &(0..1), &(0..0), &[]), None);
        assert_eq!(Excerpt::of(" \t\n", &(0..3), &(0..3), &[]), None);
    }

    #[test]
    fn a_mark_in_a_secret_covers_all_of_it() {
        assert_eq!(excerpt("x = \"hunter2\", y", "ter", &["\"hunter2\""]), "x = <[redacted]>, y");
        assert_eq!(excerpt("x = \"hunter2\", y", "y", &["\"hunter2\""]), "x = [redacted], <y>");
        let touching = excerpt("x = \"hunter2\", y", "2\", y", &["hunter", "nter2"]);
        assert_eq!(touching, "x = \"<[redacted]\", y>");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let line = format!("{} = \"{}\"", "é".repeat(9_000), "x".repeat(9_000));
        let start = line.find('=').unwrap();
        let cut = Excerpt::of(&line, &(0..line.len()), &(start..start + 1), &[]).unwrap();
        assert_eq!(cut.text().chars().count(), 401);
        assert_eq!(&cut.text()[cut.marked()], "=");
        assert!(cut.text().starts_with('…') && cut.text().ends_with('…'));
    }
}
