//! Secrets by their exact value, in every form that a text may give them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::REDACTED;

/// Values shorter than this are not searched for: they would hit innocent text.
const MIN_SECRET_CHARS: usize = 6;

/// What ends a text that was cut.
const CUTS: [&str; 2] = ["…", "..."];

/// What an escape begins with.
const ESCAPES: [u8; 3] = *b"%\\&";

/// The most bytes between `&` and `;`.
const MAX_ENTITY_BYTES: usize = 8;

/// How often an escape is escaped again at the most.
const MAX_NESTED: usize = 3;

/// The longest escape that a cut can leave half of: `\u00e9`.
const MAX_ESCAPE_BYTES: usize = 6;

/// The forms that are searched for.
#[derive(Clone, Default)]
pub(super) struct Known {
    forms: Vec<Form>,
    /// The bytes that a form can begin with, escaped or not.
    first: Vec<u8>,
}

/// One form of a secret, before escapes.
#[derive(Clone)]
struct Form {
    text: String,
    /// How many characters of its beginning, cut off there, give it away.
    min_prefix: usize,
}

impl Known {
    pub(super) fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        let mut forms: Vec<Form> = secrets
            .map(str::trim)
            .filter(|secret| secret.chars().count() >= MIN_SECRET_CHARS)
            .flat_map(|secret| {
                let plain = Form { text: secret.to_owned(), min_prefix: min_prefix(secret) };
                base64_forms(secret).into_iter().chain([plain, hex_form(secret)])
            })
            .collect();
        forms.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then_with(|| a.text.cmp(&b.text)));
        forms.dedup_by(|a, b| a.text == b.text);
        let mut first: Vec<u8> = forms
            .iter()
            .filter_map(|form| form.text.bytes().next())
            .flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
            .collect();
        if !forms.is_empty() {
            first.extend(ESCAPES);
        }
        first.sort_unstable();
        first.dedup();
        Self { forms, first }
    }

    pub(super) fn n_forms(&self) -> usize {
        self.forms.len()
    }

    pub(super) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = String::new();
        let mut kept_until = 0;
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            let end = self.first.contains(byte).then(|| self.end_of_match(text, at)).flatten();
            let Some(end) = end else {
                at += 1;
                continue;
            };
            clean.push_str(text.get(kept_until..at).unwrap_or_default());
            clean.push_str(REDACTED);
            (at, kept_until) = (end, end);
        }
        if kept_until == 0 {
            return Cow::Borrowed(text);
        }
        clean.push_str(text.get(kept_until..).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// Where the longest secret that begins at `at` ends.
    fn end_of_match(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let length = self.forms.iter().filter_map(|form| form.length_in(rest)).max()?;
        Some(at + length)
    }
}

impl Form {
    /// How many bytes of the beginning of `text` are this form, or its beginning cut off.
    fn length_in(&self, text: &str) -> Option<usize> {
        let first = *text.as_bytes().first()?;
        let is_own = |own: u8| own.eq_ignore_ascii_case(&first);
        if !ESCAPES.contains(&first) && !self.text.bytes().next().is_some_and(is_own) {
            return None;
        }
        // A character can be written in several ways, which may be the beginning of each other.
        let mut ends = vec![0];
        for (n, c) in self.text.chars().enumerate() {
            let mut next: Vec<usize> = Vec::with_capacity(1);
            for end in &ends {
                let rest = text.get(*end..).unwrap_or_default();
                for length in ways(rest, c) {
                    if !next.contains(&(end + length)) {
                        next.push(end + length);
                    }
                }
            }
            if next.is_empty() {
                let is_telling = n >= self.min_prefix;
                let cut = |end: &usize| Some(end + cut_off(text.get(*end..)?)?);
                return ends.iter().filter(|_| is_telling).filter_map(cut).max();
            }
            ends = next;
        }
        ends.into_iter().max()
    }
}

/// How long the ways are in which `text` may begin with `c`: as it is, in the other case, or as an
/// escape.
fn ways(text: &str, c: char) -> impl Iterator<Item = usize> {
    let plain = text.starts_with(|it: char| it.eq_ignore_ascii_case(&c)).then(|| c.len_utf8());
    [plain, percent(text, c), backslash(text, c), entity(text, c)].into_iter().flatten()
}

/// `%C3%A9`, also where the percent sign is escaped again, and `+` for a space.
fn percent(text: &str, c: char) -> Option<usize> {
    if c == ' ' && text.starts_with('+') {
        return Some(1);
    }
    let mut buffer = [0; 4];
    let mut length = 0;
    for byte in c.encode_utf8(&mut buffer).bytes() {
        let mut digits = text.get(length..)?.strip_prefix('%')?;
        for _ in 0..MAX_NESTED {
            digits = digits.strip_prefix("25").filter(|_| byte != b'%').unwrap_or(digits);
        }
        let escape = digits.get(..2).filter(|escape| !escape.starts_with('+'))?;
        if u8::from_str_radix(escape, 16).ok()? != byte {
            return None;
        }
        length = text.len() - digits.len() + 2;
    }
    Some(length)
}

/// `\n`, `\"`, `\u00e9`, and two of the latter beyond 16 bits, also where the backslash is escaped
/// again.
fn backslash(text: &str, c: char) -> Option<usize> {
    if c == '\\' {
        return text.starts_with(r"\\").then_some(2);
    }
    let escaped = after_backslashes(text)?;
    let short = match c {
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        other => other,
    };
    if escaped.starts_with(short) && !c.is_ascii_alphanumeric() {
        return Some(text.len() - escaped.len() + short.len_utf8());
    }
    let mut buffer = [0; 2];
    let mut rest = text;
    for unit in c.encode_utf16(&mut buffer) {
        let (escape, after) = after_backslashes(rest)?.strip_prefix('u')?.split_at_checked(4)?;
        if u16::from_str_radix(escape, 16).ok()? != *unit {
            return None;
        }
        rest = after;
    }
    Some(text.len() - rest.len())
}

/// What comes after the backslashes that `text` begins with; `None` where there is none.
fn after_backslashes(text: &str) -> Option<&str> {
    let most = 1 << MAX_NESTED;
    let n_backslashes = text.bytes().take(most).take_while(|byte| *byte == b'\\').count();
    text.get(n_backslashes..).filter(|_| n_backslashes > 0)
}

/// `&amp;`, `&#39;`, `&#x27;`.
fn entity(text: &str, c: char) -> Option<usize> {
    let body = text.strip_prefix('&')?;
    // No further: a long text may hold nothing but the beginnings of such.
    let end = body.bytes().take(MAX_ENTITY_BYTES + 1).position(|byte| byte == b';')?;
    let name = body.get(..end)?;
    let is_it = match name {
        "amp" => c == '&',
        "lt" => c == '<',
        "gt" => c == '>',
        "quot" => c == '"',
        "apos" => c == '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code == Ok(u32::from(c))
        }
    };
    is_it.then(|| name.len() + 2)
}

/// How much of `rest` belongs to what was cut off before it: half an escape at most. `None` where
/// nothing was cut there.
fn cut_off(rest: &str) -> Option<usize> {
    let is_cut = |at: &usize| {
        rest.get(*at..)
            .is_some_and(|end| end.is_empty() || CUTS.iter().any(|cut| end.starts_with(cut)))
    };
    // No further: a long text may hold nothing but beginnings of the secret.
    let until_cut = (0..=MAX_ESCAPE_BYTES).find(is_cut)?;
    let is_escape = rest.bytes().next().is_some_and(|byte| ESCAPES.contains(&byte));
    (until_cut == 0 || is_escape).then_some(until_cut)
}

/// The shortest beginning that gives the secret away: of an address, what comes after the host.
fn min_prefix(secret: &str) -> usize {
    let Some((scheme, rest)) = secret.split_once("://") else { return MIN_SECRET_CHARS };
    let host = rest.find('/').unwrap_or(rest.len());
    secret.get(..scheme.len() + 3 + host).map_or(0, |open| open.chars().count()) + MIN_SECRET_CHARS
}

/// The parts of a text in base64 that the secret alone decides, for each way it may lie in it.
fn base64_forms(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for n_before in 0..3 {
        let mut bytes = vec![0; n_before];
        bytes.extend(secret.as_bytes());
        let first = (n_before * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            let text = text.get(first..last).unwrap_or_default().to_owned();
            // As many bits as a beginning of the plain secret.
            forms.push(Form { text, min_prefix: MIN_SECRET_CHARS * 8 / 6 });
        }
    }
    forms
}

/// The secret in hexadecimal digits, of either case.
fn hex_form(secret: &str) -> Form {
    let digit = |bits: u8| char::from_digit(u32::from(bits), 16).unwrap_or_default();
    let text = secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    Form { text, min_prefix: MIN_SECRET_CHARS * 2 }
}
