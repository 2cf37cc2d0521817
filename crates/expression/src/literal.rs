//! Literals of a condition: texts with their quotes and escapes, and numbers.

use std::ops::Range;

use super::number::Number;

/// The treatment of `\` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// It begins an escape.
    Interpreted,
    /// It stands for itself.
    Raw,
}

/// A text as it is written, from its prefix to its closing quotes.
pub(super) struct Quoted<'t> {
    /// Bytes up to the end of the opening quotes.
    pub(super) open: usize,
    /// Bytes of the whole; `None` if it has no end.
    pub(super) len: Option<usize>,
    /// True if it has the prefix of bytes.
    pub(super) is_bytes: bool,
    escapes: Escapes,
    inner: &'t str,
}

/// Returns the quoted text that `rest` begins with, if it begins with one.
pub(super) fn quoted(rest: &str) -> Option<Quoted<'_>> {
    let prefix = rest.bytes().take(3).position(|byte| matches!(byte, b'"' | b'\''))?;
    let letters = rest.get(..prefix)?.to_ascii_lowercase();
    let (escapes, is_bytes) = match letters.as_str() {
        "" => (Escapes::Interpreted, false),
        "r" => (Escapes::Raw, false),
        "b" => (Escapes::Interpreted, true),
        "br" | "rb" => (Escapes::Raw, true),
        _ => return None,
    };
    let body = rest.get(prefix..)?;
    let quotes =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| body.starts_with(quotes))?;
    let open = prefix + quotes.len();
    let inner = rest.get(open..)?;
    let end = closing(inner, quotes, escapes);
    Some(Quoted {
        open,
        len: end.map(|end| open + end + quotes.len()),
        is_bytes,
        escapes,
        inner: inner.get(..end.unwrap_or(inner.len()))?,
    })
}

/// Returns the offset of the closing quotes.
fn closing(inner: &str, quotes: &str, escapes: Escapes) -> Option<usize> {
    let mut is_escaped = false;
    inner.char_indices().find_map(|(offset, c)| {
        if is_escaped {
            is_escaped = false;
            return None;
        }
        is_escaped = c == '\\' && escapes == Escapes::Interpreted;
        inner.get(offset..)?.starts_with(quotes).then_some(offset)
    })
}

impl Quoted<'_> {
    /// Returns the text that is meant; the error is the place of a wrong escape, from the end of
    /// the opening quotes.
    pub(super) fn value(&self) -> Result<String, Range<usize>> {
        if self.escapes == Escapes::Raw {
            return Ok(self.inner.to_owned());
        }
        let mut value = String::with_capacity(self.inner.len());
        let mut rest = self.inner;
        while let Some(before) = rest.find('\\') {
            let (plain, escape) = rest.split_at(before);
            value.push_str(plain);
            let start = self.inner.len() - escape.len();
            let (c, len) = unescaped(escape).ok_or_else(|| {
                let len = escape.chars().take(2).map(char::len_utf8).sum::<usize>();
                start..start + len
            })?;
            value.push(c);
            rest = escape.get(len..).unwrap_or_default();
        }
        value.push_str(rest);
        Ok(value)
    }
}

/// Returns the character that an escape stands for, and the length of the escape.
fn unescaped(escape: &str) -> Option<(char, usize)> {
    let kind = escape.chars().nth(1)?;
    let plain = match kind {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '`' | '?' => kind,
        'x' | 'X' => return coded(escape, 2..4, 16),
        'u' => return coded(escape, 2..6, 16),
        'U' => return coded(escape, 2..10, 16),
        '0'..='3' => return coded(escape, 1..4, 8),
        _ => return None,
    };
    Some((plain, 2))
}

fn coded(escape: &str, digits: Range<usize>, radix: u32) -> Option<(char, usize)> {
    let len = digits.end;
    let digits = escape.get(digits)?;
    let all_digits = digits.chars().all(|c| c.is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| all_digits)?;
    Some((char::from_u32(code)?, len))
}

/// Returns the length of the number that `rest` begins with, a wrong one included.
pub(super) fn number_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_hex = rest.starts_with("0x") || rest.starts_with("0X");
    let mut len = 0;
    while let Some(byte) = bytes.get(len) {
        let after_exponent = len > 0 && !is_hex && matches!(bytes.get(len - 1), Some(b'e' | b'E'));
        let is_part = byte.is_ascii_alphanumeric()
            || (*byte == b'.' && bytes.get(len + 1).is_some_and(u8::is_ascii_digit))
            || (after_exponent && matches!(byte, b'+' | b'-'));
        if !is_part {
            break;
        }
        len += 1;
    }
    len
}

/// Returns the number that is written so, or what is wrong with it.
pub(super) fn number(written: &str) -> Result<Number, &'static str> {
    let too_large = "is too large for a number";
    let whole = written.strip_suffix(['u', 'U']).unwrap_or(written);
    let hex = whole.strip_prefix("0x").or_else(|| whole.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((whole, 10), |digits| (digits, 16));
    if !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)) {
        let value = u64::from_str_radix(digits, radix).map_err(|_| too_large)?;
        return Ok(Number::Whole(value.into()));
    }
    let is_double = written.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    match written.parse::<f64>() {
        Ok(value) if is_double && value.is_finite() => Ok(Number::Double(value)),
        Ok(_) if is_double => Err(too_large),
        Ok(_) | Err(_) => Err("is not a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(written: &str) -> Option<String> {
        let quoted = quoted(written)?;
        (quoted.len == Some(written.len())).then(|| quoted.value().ok())?
    }

    #[test]
    fn texts_are_read_with_their_quotes_and_escapes() {
        for (written, wanted) in [
            ("'a'", "a"),
            (r#""a'b\"c""#, "a'b\"c"),
            ("r'\\d+'", "\\d+"),
            ("'''a'b'''", "a'b"),
            ("\"\"\"\"\"\"", ""),
            (r"'\n\x41\u00e9\U0001F600\101'", "\nAé😀A"),
            (r"'\\'", "\\"),
        ] {
            assert_eq!(value(written).as_deref(), Some(wanted), "{written}");
        }
        for wrong in [r"'\q'", r"'\x4'", r"'\ud800'", r"'\U00110000'", "'a", "'''a''", r"'a\'"] {
            assert_eq!(value(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_read_in_all_their_forms() {
        for (written, wanted) in [
            ("5", "5"),
            ("5u", "5"),
            ("0x1F", "31"),
            (".5", "0.5"),
            ("1.5e3", "1500"),
            ("1e2", "100"),
        ] {
            assert_eq!(number_len(written), written.len());
            assert_eq!(number(written).unwrap().to_string(), wanted);
        }
        for wrong in ["18446744073709551616", "1e999", "0x", "5x", "1e", "1.5u", "1.2.3"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
