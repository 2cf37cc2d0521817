//! Places inside TOML strings: maps a byte of the value to its byte in the text.

use crate::spanned_error::Span;

/// Returns the part of `text` that `range` of a string's value was written as. The string is at
/// `span`.
///
/// Escapes of basic strings are followed. If that fails, the result is the whole string.
pub(crate) fn inside(text: &str, span: &Span, value: &str, range: &Span) -> Span {
    place(text, span, value, range.start).map_or_else(
        || span.clone(),
        |start| {
            let end = place(text, span, value, range.end).unwrap_or(span.end);
            start..end.max(start)
        },
    )
}

fn place(text: &str, span: &Span, value: &str, offset: usize) -> Option<usize> {
    let written = text.get(span.clone())?;
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| {
        written.len() >= 2 * quotes.len()
            && written.starts_with(quotes)
            && written.ends_with(quotes)
    })?;
    let mut inner = written.get(quotes.len()..written.len() - quotes.len())?;
    let mut start = span.start + quotes.len();
    if quotes.len() == 3 {
        // A line break right after the opening quotes is not part of the value.
        let trimmed = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n'));
        start += inner.len() - trimmed.unwrap_or(inner).len();
        inner = trimmed.unwrap_or(inner);
    }
    if inner == value {
        return Some(start + offset);
    }
    if quotes.starts_with('\'') {
        return None;
    }
    let mut done = 0;
    let mut rest = inner;
    while let Some((n_written, n_value)) = unit(rest) {
        // An escaped line break belongs to neither side: the range begins after it.
        if done >= offset && n_value > 0 {
            break;
        }
        done += n_value;
        rest = rest.get(n_written..)?;
    }
    Some(start + inner.len() - rest.len())
}

/// Returns the length of the next character in bytes, as written and in the value.
fn unit(rest: &str) -> Option<(usize, usize)> {
    let mut chars = rest.chars();
    let first = chars.next()?;
    if first != '\\' {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    let kind = chars.next()?;
    let n_digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ if kind.is_whitespace() => {
            let after = chars.as_str().trim_start();
            return Some((rest.len() - after.len(), 0));
        }
        _ => return Some((2, 1)),
    };
    let code = u32::from_str_radix(chars.as_str().get(..n_digits)?, 16).ok()?;
    Some((2 + n_digits, char::from_u32(code)?.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(written: &str, part: &str) -> String {
        let text = format!("key = {written}\n");
        let span = 6..6 + written.len();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let value = table["key"].as_str().unwrap();
        let start = value.find(part).unwrap();
        text[inside(&text, &span, value, &(start..start + part.len()))].to_owned()
    }

    #[test]
    fn a_part_of_a_string_is_found_whatever_the_quotes() {
        assert_eq!(found("\"a == b\"", "b"), "b");
        assert_eq!(found("'a == b'", "=="), "==");
        assert_eq!(found("'''\na\nb'''", "b"), "b");
        assert_eq!(found("\"\"\"\na\nb c\"\"\"", "b c"), "b c");
    }

    #[test]
    fn escapes_before_the_part_are_followed() {
        assert_eq!(found(r#""status == \"x\" && stat > 1""#, "stat >"), "stat >");
        assert_eq!(found(r#""\u00e9\t\U0001F600\x41 stat""#, "stat"), "stat");
        assert_eq!(found("\"\"\"a \\\n   stat \\\"\"\"\"", "stat"), "stat");
    }
}
