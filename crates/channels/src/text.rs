//! Makes text from elsewhere fit to be shown: a target's answer, a configured name.
//!
//! Escaping for a destination's markup is not done here; each channel has its own.

/// `text` in one line of at most `max_chars` characters.
pub(crate) fn one_line(text: &str, max_chars: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    shortened(visible(&words.join(" ")), max_chars)
}

/// `text` with its line breaks, in at most `max_chars` characters.
pub(crate) fn lines(text: &str, max_chars: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| visible(&line.replace('\t', " "))).collect();
    shortened(lines.join("\n").trim().to_owned(), max_chars)
}

/// Without control characters, which move a terminal's cursor, and without marks that turn or hide
/// what stands around them.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().filter(|c| !hidden(*c)).collect()
}

fn shortened(text: String, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text;
    }
    let mut short: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_one_line_whatever_comes_in() {
        assert_eq!(one_line("a\r\n\tb \u{2028} c\u{7}\u{1b}[31m", 50), "a b c[31m");
        assert_eq!(one_line("user\u{202e}gpj.exe\u{200b}", 50), "usergpj.exe");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("\n one\r\ntwo\t2\u{0}\n", 50), "one\ntwo 2");
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis_at_exactly_the_limit() {
        assert_eq!(one_line("äöüäöü", 6), "äöüäöü");
        assert_eq!(one_line("äöüäöüä", 6), "äöüäö…");
        assert_eq!(lines(&"x".repeat(100_000), 10).chars().count(), 10);
    }
}
