//! Secrets by their exact value, in every form in which a text may write them.
//!
//! Two searches run over each level of a text's escapes, both linear in the text:
//!
//! - whole forms, ignoring case, line breaks and invisible characters;
//! - any run of [`WINDOW`] letters and digits of a form, ignoring everything between them. This finds a
//!   secret that was broken, cut at either end or in the middle, or written with separators.
//!
//! A secret with fewer letters and digits is only found as a whole, because parts of it are ordinary words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};
use fnv::{FnvBuildHasher, FnvHashSet};

use super::REDACTED;
use super::forms::{self, MIN_SECRET_CHARS, SecretForm, WINDOW};
use super::stream::{self, TextUnit};

/// The ends of a text that was cut.
const CUTS: [&[u8]; 2] = ["…".as_bytes(), b"..."];

/// The longest escape that a cut can leave half of: `\u00e9`.
const MAX_ESCAPE_BYTES: usize = 6;

/// A multiplier that spreads characters over all bits of a hash.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The searches for the forms of some secrets.
pub(super) struct SecretSearches {
    whole: Option<AhoCorasick>,
    /// The texts, one of which must follow each pattern of `whole`, unchanged.
    tails: Vec<BTreeSet<String>>,
    /// The hashes of all runs of [`WINDOW`] letters and digits.
    runs: FnvHashSet<u64>,
    /// Beginnings that give a secret away at the end of a text that was cut off.
    prefixes: HashSet<Box<[u8]>, FnvBuildHasher>,
    /// The lengths of these, in bytes.
    lengths: Vec<usize>,
}

impl SecretSearches {
    pub(super) fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        let mut whole: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut runs = FnvHashSet::default();
        let mut prefixes: HashSet<Box<[u8]>, FnvBuildHasher> = HashSet::default();
        let values = secrets.map(str::trim);
        for value in values.filter(|value| value.chars().count() >= MIN_SECRET_CHARS) {
            // A text may have decoded parts of the value itself that look like escapes.
            for level in stream::levels(value) {
                let value: String = level.iter().map(|unit| unit.c).collect();
                let is_long = forms::is_long(&value);
                for (n, form) in forms::whole(&value).into_iter().enumerate() {
                    let folded = text_of(&stream::folded(&plain(&form.text)));
                    prefixes.extend(distinctive_prefixes(&form, &folded));
                    // The runs of a long form find it too.
                    let is_needed = n == 0 || !is_long || !forms::is_long(&form.text);
                    if is_needed && folded.len() >= MIN_SECRET_CHARS {
                        whole.entry(folded).or_default().insert(String::new());
                    }
                }
                for (body, tail) in split_before_half_escapes(&value) {
                    let folded = text_of(&stream::folded(&plain(body)));
                    if folded.chars().count() >= MIN_SECRET_CHARS {
                        whole.entry(folded).or_default().insert(tail.to_owned());
                    }
                }
                if is_long {
                    let distinctive = forms::distinctive_forms(&value);
                    let units = distinctive.iter().map(|text| stream::alphanumeric(&plain(text)));
                    runs.extend(units.flat_map(|units| hashes(&units)));
                }
            }
        }
        let (whole, tails): (Vec<String>, Vec<_>) = whole.into_iter().unzip();
        let mut lengths: Vec<usize> = prefixes.iter().map(|one| one.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        // Construction fails only for more patterns than a process can hold. Their runs are known in any
        // case.
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&whole);
        let whole = search.ok().filter(|_| !whole.is_empty());
        Self { whole, tails, runs, prefixes, lengths }
    }

    pub(super) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.whole.is_none() || text.len() < MIN_SECRET_CHARS {
            return Cow::Borrowed(text);
        }
        if u32::try_from(text.len()).is_err() {
            return Cow::Borrowed(REDACTED);
        }
        let mut found = Vec::new();
        for level in stream::levels(text) {
            self.find_whole(text, &stream::folded(&level), &mut found);
            self.find_runs(&stream::alphanumeric(&level), &mut found);
        }
        without(text, found)
    }

    /// Finds whole forms, and beginnings of forms where the text is cut off, in the units of `original`.
    fn find_whole(&self, original: &str, units: &[TextUnit], found: &mut Vec<TextSpan>) {
        let text = text_of(units);
        let bytes = text.as_bytes();
        // The unit of each byte.
        let mut places = Vec::with_capacity(bytes.len());
        for (index, unit) in units.iter().enumerate() {
            places.extend(std::iter::repeat_n(index, unit.c.len_utf8()));
        }
        let span = |start: usize, end: usize| {
            let unit = |at: usize| places.get(at).and_then(|index| units.get(*index));
            let (first, last) = (unit(start)?, unit(end.saturating_sub(1))?);
            Some(TextSpan { start: first.start, end: last.end })
        };
        for one in self.whole.iter().flat_map(|whole| whole.find_iter(bytes)) {
            let Some(span) = span(one.start(), one.end()) else { continue };
            let after = original.as_bytes().get(span.end as usize..).unwrap_or_default();
            if let Some(tail) = self.longest_tail(one.pattern().as_usize(), after) {
                let end = span.end.saturating_add(u32::try_from(tail.len()).unwrap_or(0));
                found.push(TextSpan { end, ..span });
            }
        }
        for cut in cuts(bytes) {
            for end in (0..=MAX_ESCAPE_BYTES).filter_map(|n| end_before(bytes, cut, n)) {
                let start = self.prefix_before(bytes, end);
                found.extend(start.and_then(|start| span(start, cut)));
            }
        }
    }

    /// Returns the longest tail of a pattern that `after` begins with.
    fn longest_tail(&self, pattern: usize, after: &[u8]) -> Option<&str> {
        let follows = |tail: &&String| {
            after.get(..tail.len()).is_some_and(|start| start.eq_ignore_ascii_case(tail.as_bytes()))
        };
        self.tails
            .get(pattern)?
            .iter()
            .filter(follows)
            .max_by_key(|tail| tail.len())
            .map(String::as_str)
    }

    /// Returns the start of the longest beginning of a form that ends at `end`.
    fn prefix_before(&self, bytes: &[u8], end: usize) -> Option<usize> {
        let mut starts = self.lengths.iter().rev().filter_map(|length| end.checked_sub(*length));
        starts.find(|start| bytes.get(*start..end).is_some_and(|tail| self.prefixes.contains(tail)))
    }

    fn find_runs(&self, units: &[TextUnit], found: &mut Vec<TextSpan>) {
        if self.runs.is_empty() {
            return;
        }
        for (index, hash) in hashes(units).enumerate() {
            if !self.runs.contains(&hash) {
                continue;
            }
            if let (Some(first), Some(last)) = (units.get(index), units.get(index + WINDOW - 1)) {
                match found.last_mut().filter(|span| (span.start..=span.end).contains(&first.start))
                {
                    Some(span) => span.end = span.end.max(last.end),
                    None => found.push(TextSpan { start: first.start, end: last.end }),
                }
            }
        }
    }
}

/// A range of bytes of the original text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TextSpan {
    start: u32,
    end: u32,
}

/// Replaces the found parts of `text`.
fn without(text: &str, mut found: Vec<TextSpan>) -> Cow<'_, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable();
    let mut clean = String::new();
    let mut kept_until = 0;
    let mut hidden_until = None;
    for TextSpan { start, end } in found {
        if hidden_until.is_none_or(|until| start >= until) {
            clean.push_str(text.get(kept_until as usize..start as usize).unwrap_or_default());
            clean.push_str(REDACTED);
        }
        hidden_until = hidden_until.max(Some(end));
        kept_until = kept_until.max(end);
    }
    clean.push_str(text.get(kept_until as usize..).unwrap_or_default());
    Cow::Owned(clean)
}

fn plain(text: &str) -> Vec<TextUnit> {
    text.chars().map(|c| TextUnit { c, start: 0, end: 0 }).collect()
}

fn text_of(units: &[TextUnit]) -> String {
    units.iter().map(|unit| unit.c).collect()
}

/// Returns the hash of each run of [`WINDOW`] units, in order.
fn hashes(units: &[TextUnit]) -> impl Iterator<Item = u64> + use<> {
    let chars: Vec<u64> = units.iter().map(|unit| u64::from(unit.c)).collect();
    let highest = (1..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0_u64;
    (0..chars.len()).filter_map(move |index| {
        if let Some(leaving) = index.checked_sub(WINDOW).and_then(|index| chars.get(index)) {
            hash = hash.wrapping_sub(leaving.wrapping_mul(highest));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(*chars.get(index)?);
        (index + 1 >= WINDOW).then_some(hash)
    })
}

/// Returns the beginnings of a form that give it away. Longer ones are found by their runs.
fn distinctive_prefixes(form: &SecretForm, folded: &str) -> Vec<Box<[u8]>> {
    let mut prefixes = Vec::new();
    let mut n_distinctive = 0;
    for (n_before, (end, c)) in folded.char_indices().enumerate() {
        if n_before >= form.min_prefix {
            prefixes.push(folded.as_bytes().get(..end).unwrap_or_default().into());
        }
        let is_secret = n_before + MIN_SECRET_CHARS >= form.min_prefix;
        n_distinctive += usize::from(is_secret && c.is_alphanumeric());
        if n_distinctive > WINDOW {
            break;
        }
    }
    prefixes
}

/// Splits a value before each end of it that is half an escape. The text behind may complete the escape,
/// which is then decoded to a character that the value does not have.
fn split_before_half_escapes(value: &str) -> impl Iterator<Item = (&str, &str)> {
    let splits =
        (1..=MAX_ESCAPE_BYTES).filter_map(|n| value.split_at_checked(value.len().checked_sub(n)?));
    splits.filter(|(_, tail)| is_half_escape(tail.as_bytes()))
}

/// Returns the places where a text was cut: its end, and before each ellipsis.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_cut = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let is_within_dots =
            rest.first() == Some(&b'.') && bytes.get(..at).is_some_and(ends_in_dot);
        !is_within_dots && CUTS.iter().any(|cut| rest.starts_with(cut))
    };
    (0..bytes.len()).filter(move |at| is_cut(*at)).chain([bytes.len()])
}

fn ends_in_dot(bytes: &[u8]) -> bool {
    bytes.last() == Some(&b'.')
}

/// Returns the end of the text `n` bytes before a cut, if those bytes are half an escape.
fn end_before(bytes: &[u8], cut: usize, n: usize) -> Option<usize> {
    let end = cut.checked_sub(n)?;
    (n == 0 || is_half_escape(bytes.get(end..cut)?)).then_some(end)
}

/// Returns true if an escape can begin with `bytes`: `%2`, `\u00`, `&#x`.
fn is_half_escape(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first() else { return false };
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match (first, rest) {
        (b'%', digits) => is_hex(digits),
        (b'\\', []) => true,
        (b'\\', [kind, digits @ ..]) => matches!(kind, b'u' | b'x' | b'\\') && is_hex(digits),
        (b'&', name) => name.iter().all(|byte| *byte == b'#' || byte.is_ascii_alphanumeric()),
        _ => false,
    }
}
