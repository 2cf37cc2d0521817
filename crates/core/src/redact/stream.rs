//! A text as characters with their positions, with its escapes decoded level by level.
//!
//! A secret is searched for in decoded and folded characters. Their positions give the bytes of the original
//! text to replace.

use crate::text;

/// The deepest level of escapes that is decoded: `%252F` is level 2.
const MAX_LEVELS: usize = 4;

/// The most characters between `&` and `;`.
const MAX_ENTITY_CHARS: usize = 8;

/// The most characters of a terminal's control sequence.
const MAX_SEQUENCE_CHARS: usize = 16;

/// A character, and the bytes of the original text that stand for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextUnit {
    pub(super) c: char,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Returns `text` as it stands and with each level of its escapes decoded.
pub(super) fn levels(text: &str) -> Vec<Vec<TextUnit>> {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let plain = text.char_indices().map(|(at, c)| TextUnit {
        c,
        start: place(at),
        end: place(at + c.len_utf8()),
    });
    let mut levels = vec![plain.collect::<Vec<TextUnit>>()];
    while let Some(decoded) = levels.last().and_then(|last| decoded(last)) {
        levels.push(decoded);
        if levels.len() > MAX_LEVELS {
            break;
        }
    }
    levels
}

/// Returns the letters and digits in lower case.
pub(super) fn alphanumeric(units: &[TextUnit]) -> Vec<TextUnit> {
    let kept = units.iter().filter(|unit| unit.c.is_alphanumeric());
    kept.map(|unit| TextUnit { c: lower(unit.c), ..*unit }).collect()
}

/// Returns all characters except line breaks and invisible ones, in lower case. A plus sign becomes a space,
/// because it may encode one.
pub(super) fn folded(units: &[TextUnit]) -> Vec<TextUnit> {
    let kept = units.iter().filter(|unit| !matches!(unit.c, '\r' | '\n') && !is_ignored(unit.c));
    let fold = |c| if c == '+' { ' ' } else { lower(c) };
    kept.map(|unit| TextUnit { c: fold(unit.c), ..*unit }).collect()
}

fn is_ignored(c: char) -> bool {
    (!c.is_ascii() || c.is_ascii_control()) && text::is_invisible(c)
}

/// Maps one character to one character, so that both sides of the comparison have equal lengths.
fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Decodes one level of escapes; `None` if there are none.
fn decoded(units: &[TextUnit]) -> Option<Vec<TextUnit>> {
    if !units.iter().any(|unit| matches!(unit.c, '%' | '\\' | '&' | '\u{1b}')) {
        return None;
    }
    let mut out = Vec::with_capacity(units.len());
    let mut has_changed = false;
    let mut rest = units;
    while let Some((first, after)) = rest.split_first() {
        let escape = match first.c {
            '%' => percent(rest),
            '\\' => backslash(rest),
            '&' => entity(rest),
            '\u{1b}' => control_sequence(rest),
            _ => None,
        };
        let Some(Escape { c, n_units }) = escape else {
            out.push(*first);
            rest = after;
            continue;
        };
        has_changed = true;
        let end = rest.get(n_units - 1).map_or(first.end, |last| last.end);
        out.extend(c.map(|c| TextUnit { c, start: first.start, end }));
        rest = rest.get(n_units..).unwrap_or_default();
    }
    has_changed.then_some(out)
}

/// The text that an escape stands for, and the number of units that the escape takes.
struct Escape {
    c: Option<char>,
    n_units: usize,
}

impl Escape {
    fn of(c: char, n_units: usize) -> Self {
        Self { c: Some(c), n_units }
    }
}

/// Decodes `%C3%A9`. Bytes that are not UTF-8 are Latin-1.
fn percent(units: &[TextUnit]) -> Option<Escape> {
    let byte = |at: usize| -> Option<u8> {
        let is_escape = units.get(at)?.c == '%';
        u8::try_from(hex(units, at + 1, 2).filter(|_| is_escape)?).ok()
    };
    let first = byte(0)?;
    let n_bytes = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let bytes: Option<Vec<u8>> = (0..n_bytes).map(|n| byte(n * 3)).collect();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(c) => Some(Escape::of(c, n_bytes * 3)),
        None => Some(Escape::of(char::from(first), 3)),
    }
}

/// Decodes `\n`, `\"`, `\x5a`, `\u00e9`, `\u{e9}`, and two of `\u` beyond 16 bits.
fn backslash(units: &[TextUnit]) -> Option<Escape> {
    let escaped = units.get(1)?.c;
    let code = |at, n_digits| char::from_u32(hex(units, at, n_digits)?);
    let escape = match escaped {
        'n' | 'r' => Escape::of('\n', 2),
        't' | 'b' | 'f' | '0' => Escape::of('\t', 2),
        'x' => Escape::of(code(2, 2)?, 4),
        'u' if units.get(2)?.c == '{' => {
            let n_digits = units.iter().skip(3).take(7).position(|unit| unit.c == '}')?;
            Escape::of(code(3, n_digits)?, n_digits + 4)
        }
        'u' => {
            let high = hex(units, 2, 4)?;
            if let Some(c) = char::from_u32(high) {
                return Some(Escape::of(c, 6));
            }
            let is_pair = units.get(6)?.c == '\\' && units.get(7)?.c == 'u';
            let low = hex(units, 8, 4).filter(|_| is_pair)?;
            let pair = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
            Escape::of(char::decode_utf16(pair).next()?.ok()?, 12)
        }
        other if other.is_ascii_alphanumeric() => return None,
        other => Escape::of(other, 2),
    };
    Some(escape)
}

/// Decodes `&amp;`, `&#39;`, `&#x27;`.
fn entity(units: &[TextUnit]) -> Option<Escape> {
    let n_chars = units.iter().skip(1).take(MAX_ENTITY_CHARS + 1).position(|unit| unit.c == ';')?;
    let name: String = units.get(1..=n_chars)?.iter().map(|unit| unit.c).collect();
    let c = match name.as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "sol" => '/',
        "plus" => '+',
        "equals" => '=',
        "nbsp" => ' ',
        "shy" | "zwnj" | "zwj" => '\t',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some(Escape::of(c, n_chars + 2))
}

/// Decodes a color of a terminal, `ESC [ 31 m`, to an empty text.
fn control_sequence(units: &[TextUnit]) -> Option<Escape> {
    let is_introduced = units.get(1)?.c == '[';
    let is_final = |unit: &TextUnit| matches!(unit.c, '@'..='~');
    let n_parameters = units.iter().skip(2).take(MAX_SEQUENCE_CHARS).position(is_final)?;
    is_introduced.then_some(Escape { c: None, n_units: n_parameters + 3 })
}

/// Parses the hexadecimal number in `n_digits` units from `at` on.
fn hex(units: &[TextUnit], at: usize, n_digits: usize) -> Option<u32> {
    let digits = units.get(at..at + n_digits).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u32, |code, unit| Some((code << 4) | unit.c.to_digit(16)?))
}
