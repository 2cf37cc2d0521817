//! Excerpts of a target's answer, short and harmless enough for a message.

/// The most characters of an answer that a message quotes.
pub(crate) const MAX_CHARACTERS: usize = 200;

/// Returns the beginning of `text` in one line, with control characters made visible.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short = String::with_capacity(text.len().min(MAX_CHARACTERS));
    let mut characters = text.chars();
    for c in characters.by_ref().take(MAX_CHARACTERS) {
        match c {
            '\n' | '\r' | '\t' => short.push(' '),
            c if c.is_control() => short.push('\u{fffd}'),
            c => short.push(c),
        }
    }
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

/// Returns the same of bytes that may not be text.
pub(crate) fn excerpt_of_bytes(bytes: &[u8]) -> String {
    // Enough for the characters of the excerpt and one more, of any length.
    let beginning = bytes.get(..(MAX_CHARACTERS + 1) * 4).unwrap_or(bytes);
    excerpt(&String::from_utf8_lossy(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_harmless_line() {
        assert_eq!(excerpt("ok\r\nnext\u{1b}[2J"), "ok  next\u{fffd}[2J");
        assert_eq!(excerpt(&"é".repeat(201)).chars().count(), 201);
        assert_eq!(excerpt_of_bytes(&[b'a', 0xff]), "a\u{fffd}");
        assert!(excerpt_of_bytes(&vec![b'x'; 1_000_000]).len() < 300);
    }
}
