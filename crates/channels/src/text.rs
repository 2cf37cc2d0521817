//! Text from elsewhere, fit for a notification: a target's answer, a configured name.
//!
//! Escaping for a destination's markup is not done here; each channel has its own.

use allclear_core::text;
pub(crate) use allclear_core::text::{one_line, visible};

/// Returns `text` with its line breaks and without hidden characters, in at most `max_chars`
/// characters.
pub(crate) fn lines(text: &str, max_chars: usize) -> String {
    let visible = text::visible(text);
    let lines: Vec<String> = visible.lines().map(|line| line.replace('\t', " ")).collect();
    text::excerpt(lines.join("\n").trim(), max_chars).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("\n one\r\ntwo\t2\u{0}\n", 50), "one\ntwo 2");
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis_at_the_limit() {
        assert_eq!(lines(&"x".repeat(100_000), 10).chars().count(), 10);
    }
}
