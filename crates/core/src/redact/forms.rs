//! The forms in which a text may write a secret, before escapes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The number of letters and digits in sequence that gives a secret away.
pub(super) const WINDOW: usize = 12;

/// Values shorter than this are not searched for, because they occur in harmless texts.
pub(super) const MIN_SECRET_CHARS: usize = 6;

/// The size above which base64 of base64 is not searched for, as in private keys.
const MAX_NESTED_BYTES: usize = 512;

/// A text to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretForm {
    pub(super) text: String,
    /// The number of leading characters that give the secret away in a text that is cut off after them.
    pub(super) min_prefix: usize,
}

/// Returns the forms that are searched for as a whole: the value, and its encodings.
pub(super) fn whole(value: &str) -> Vec<SecretForm> {
    let plain = SecretForm { text: value.to_owned(), min_prefix: min_prefix(value) };
    let mut forms = vec![plain];
    for piece in pieces(value) {
        forms.extend(encoded(piece));
        // A password, without the user that it belongs to.
        forms.push(SecretForm { text: piece.to_owned(), min_prefix: usize::MAX });
    }
    forms
}

/// Returns the texts of which any long run gives the secret away.
pub(super) fn distinctive_forms(value: &str) -> Vec<String> {
    pieces(value)
        .flat_map(|piece| {
            let encodings = encoded(piece).into_iter().map(|form| form.text);
            encodings.chain([without_armor(piece)])
        })
        .collect()
}

/// Returns the confidential parts of a value. Of a URL, they are all parts but scheme and host.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let (whole, user, path) = match split_url(value) {
        None => (Some(value), None, None),
        Some(Url { user, path, .. }) => (None, user, Some(path)),
    };
    let password = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    // A short path is an ordinary word: `/alerts`.
    let path = path.filter(|path| is_long(path));
    let all = [whole, user, password, path].into_iter().flatten();
    all.filter(|piece| piece.chars().count() >= MIN_SECRET_CHARS)
}

/// Returns true if a value has so many letters and digits that parts of it give it away.
pub(super) fn is_long(value: &str) -> bool {
    value.chars().filter(|c| c.is_alphanumeric()).count() >= WINDOW
}

/// The parts of a URL.
struct Url<'v> {
    user: Option<&'v str>,
    /// Path, query and fragment.
    path: &'v str,
    /// The number of characters before the first confidential part.
    n_open: usize,
}

fn split_url(value: &str) -> Option<Url<'_>> {
    let (scheme, rest) = value.split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let host_ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(host_ends);
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let open = if user.is_some() { "" } else { authority };
    Some(Url { user, path, n_open: scheme.chars().count() + 3 + open.chars().count() })
}

/// Returns the length of the shortest beginning that gives the secret away. Of a URL, it ends after the host.
fn min_prefix(value: &str) -> usize {
    split_url(value).map_or(0, |url| url.n_open) + MIN_SECRET_CHARS
}

/// Returns a PEM file without its first and last lines, which all such files share.
fn without_armor(value: &str) -> String {
    let lines: Vec<&str> = value.lines().filter(|line| !line.starts_with("-----")).collect();
    lines.join("\n")
}

/// Returns the value in base64, in base64 of base64, and in hexadecimal digits.
fn encoded(value: &str) -> Vec<SecretForm> {
    let once = base64_forms(value.as_bytes());
    let mut forms = vec![SecretForm { text: hex::encode(value), min_prefix: MIN_SECRET_CHARS * 2 }];
    if value.len() <= MAX_NESTED_BYTES {
        let twice = once.iter().flat_map(|inner| base64_forms(inner.as_bytes()));
        forms.extend(twice.map(|text| SecretForm { text, min_prefix: usize::MAX }));
    }
    // The number of characters with as many bits as a beginning of the plain secret.
    let min_prefix = MIN_SECRET_CHARS * 8 / 6;
    forms.extend(once.into_iter().map(|text| SecretForm { text, min_prefix }));
    forms
}

/// Returns the part of a text in base64 that depends only on the value, for each alignment of the value in
/// it.
fn base64_forms(value: &[u8]) -> Vec<String> {
    let mut forms = Vec::with_capacity(6);
    for n_before in 0..3 {
        let bytes = [vec![0; n_before].as_slice(), value].concat();
        let (first, last) = ((n_before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            let text = text.get(first..last).unwrap_or_default().to_owned();
            if !forms.contains(&text) {
                forms.push(text);
            }
        }
    }
    forms
}
