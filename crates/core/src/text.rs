//! Sanitizing of untrusted text before it is shown.
//!
//! Names, messages, provider texts and header values come from outside. Every part that shows them to a
//! person passes them through this module: terminals, notifications, config errors.
//!
//! A character is *hidden* if it draws nothing, moves the cursor or changes the order of its
//! neighbors: control, bidirectional and zero-width characters, private use, unassigned code points.
//! Emoji keep the joiners and selectors that they consist of, and scripts that join letters keep
//! their joiners. Line breaks and tabs are not hidden.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

/// The most combining marks on one letter. Further ones are hidden, because no script needs them.
const MAX_MARKS: usize = 8;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Returns `text` without hidden characters.
///
/// Line and paragraph separators become line breaks.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    rewritten(text, |out, c| {
        if matches!(c, '\u{2028}' | '\u{2029}') {
            out.push('\n');
        }
    })
}

/// Returns `text` with hidden characters as escapes: `\u{202e}`.
///
/// For config errors and command output, in which the reader must find the character.
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    rewritten(text, |out, c| out.extend(c.escape_unicode()))
}

/// Returns a JSON document with hidden characters as JSON escapes: `\u202e`.
///
/// Only strings of a document can hold such characters, so the document stays the same value.
#[must_use]
pub fn json_escaped(json: &str) -> Cow<'_, str> {
    rewritten(json, |out, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// Returns `text` without hidden characters, in one line of at most `max_chars` characters.
#[must_use]
pub fn one_line(text: &str, max_chars: usize) -> String {
    let visible = visible(text);
    let mut line = String::with_capacity(visible.len().min(4 * max_chars));
    // Words beyond the limit are not read, because the text may be large.
    let mut n_chars = 0;
    for word in visible.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        n_chars += word.chars().count() + 1;
        if n_chars > max_chars + 1 {
            break;
        }
    }
    excerpt(&line, max_chars).into_owned()
}

/// Returns the end of `text`, without hidden characters, in one line of at most `max_chars` characters; the first one is
/// `…` if some were left out.
#[must_use]
pub fn end_in_one_line(text: &str, max_chars: usize) -> String {
    let words: Vec<String> = visible(text).split_whitespace().map(str::to_owned).collect();
    let line = words.join(" ");
    let n_left_out = (line.chars().count() + 1).saturating_sub(max_chars);
    if n_left_out <= 1 {
        return line;
    }
    std::iter::once('…').chain(line.chars().skip(n_left_out)).collect()
}

/// Returns the beginning of `text` in at most `max_chars` characters; the last one is `…` if some
/// were left out.
#[must_use]
pub fn excerpt(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    short.push('…');
    Cow::Owned(short)
}

/// Returns true if `c` draws nothing wherever it stands. Joiners and selectors count, although emoji need
/// them.
pub(crate) fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !matches!(c, '\n' | '\t');
    }
    is_ignorable(c) || has_hidden_category(c)
}

/// Copies `text`, and lets `replace` write the replacement of each hidden character.
fn rewritten(text: &str, replace: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut kept = None;
    let mut n_marks = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let is_mark = !c.is_ascii() && is_combining(c);
        n_marks = if is_mark { n_marks + 1 } else { 0 };
        let next = rest.as_str().chars().next();
        // Windows ends lines with both characters. A lone carriage return makes a terminal overwrite the
        // line.
        let is_line_end = c == '\r' && next == Some('\n');
        if is_line_end {
            continue;
        }
        if n_marks > MAX_MARKS || (is_invisible(c) && !is_needed(kept, c, next)) {
            replace(&mut out, c);
        } else {
            out.push(c);
            kept = Some(c);
        }
    }
    Cow::Owned(out)
}

/// Returns true if the invisible `c` is part of an emoji or of a word between its neighbors.
fn is_needed(before: Option<char>, c: char, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or(' ')) else { return false };
    let ends_emoji = before.is_emoji_char() || before == '\u{fe0f}';
    match c {
        '\u{fe0e}' | '\u{fe0f}' => before.is_emoji_char(),
        ZERO_WIDTH_JOINER if ends_emoji => after.is_emoji_char() && !after.is_ascii(),
        ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => {
            joins(before) && (joins(after) || after == ' ')
        }
        _ => false,
    }
}

/// Returns true if `c` belongs to a script whose letters change with a joiner: Arabic to Sinhala.
fn joins(c: char) -> bool {
    ('\u{600}'..='\u{dff}').contains(&c)
}

fn is_combining(c: char) -> bool {
    matches!(c.general_category(), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

fn has_hidden_category(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    )
}

/// Returns true if Unicode ignores `c` by default although its category is that of a letter or a mark.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Returns `text` with its line breaks and without hidden characters, in at most `max_chars`
/// characters.
#[must_use]
pub fn lines(text: &str, max_chars: usize) -> String {
    let visible = visible(text);
    let lines: Vec<String> = visible.lines().map(|line| line.replace('\t', " ")).collect();
    excerpt(lines.join("\n").trim(), max_chars).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 16] = [
        "\u{0}",
        "\u{7}",
        "\r",
        "\u{1b}",
        "\u{7f}",
        "\u{9b}",
        "\u{ad}",
        "\u{200b}",
        "\u{200e}",
        "\u{202e}",
        "\u{2066}",
        "\u{feff}",
        "\u{e000}",
        "\u{e0041}",
        "\u{378}",
        "\u{3164}",
    ];

    #[test]
    fn hidden_characters_are_removed_or_escaped() {
        for hidden in HOSTILE {
            let text = format!("a{hidden}b");
            assert_eq!(visible(&text), "ab", "{text:?}");
            let code = u32::from(hidden.chars().next().unwrap());
            assert_eq!(escaped(&text), format!("a\\u{{{code:x}}}b"));
        }
        assert_eq!(visible("one\u{2028}two\r\nthree\tfour"), "one\ntwo\nthree\tfour");
        assert_eq!(visible("\u{1b}[31mred"), "[31mred");
    }

    #[test]
    fn a_json_document_with_escapes_is_the_same_value() {
        for hidden in HOSTILE {
            let value = serde_json::json!({ "name": format!("a{hidden}b") });
            let document = value.to_string();
            let safe = json_escaped(&document).into_owned();
            assert!(safe.chars().all(|c| !is_invisible(c)), "{safe:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        }
    }

    #[test]
    fn emoji_and_the_letters_of_every_script_stay() {
        for text in [
            "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} 🇩🇪 👍🏽 ✓ …",
            "שלום עולם",
            "مرحبا بالعالم",
            "می\u{200c}خواهم",
            "श्री\u{200d} नमस्ते",
            "Ünïcödé naïve e\u{301}",
            "日本語 한국어 ไทย",
        ] {
            assert_eq!(visible(text), text);
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn joiners_and_selectors_hide_nothing_between_other_characters() {
        assert_eq!(visible("a\u{200d}b\u{200c}c\u{fe0f}d\u{fe01}"), "abcd");
        assert_eq!(visible("a\u{fe0f}\u{200d}🔥"), "a🔥");
        let stacked = format!("e{}", "\u{301}".repeat(100));
        assert_eq!(visible(&stacked).chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn any_text_becomes_one_line() {
        assert_eq!(one_line("a\r\n\tb \u{2028} c\u{7}\u{1b}[31m", 50), "a b c[31m");
        assert_eq!(one_line("user\u{202e}gpj.exe\u{200b}", 50), "usergpj.exe");
        assert_eq!(one_line("äöüäöü", 6), "äöüäöü");
        assert_eq!(one_line("äöüäöüä", 6), "äöüäö…");
        assert_eq!(one_line("a b c d", 4), "a b…");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("\n one\r\ntwo\t2\u{0}\n", 50), "one\ntwo 2");
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis_at_the_limit() {
        assert_eq!(lines(&"x".repeat(100_000), 10).chars().count(), 10);
    }
}
