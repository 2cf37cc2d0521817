//! Checks of a key's form, without a request.

use crate::call::WhichKey;
use crate::provider::Provider;
use crate::providers;

/// The least characters of a key of which any is shown, and the least that stay hidden.
const MIN_SHOWN: usize = 12;
const MIN_HIDDEN: usize = 8;
/// Number of characters that are shown at its end.
const TAIL: usize = 4;

/// Returns the form in which a key may be shown: the prefix that identifies its kind, if it has
/// one, and its last four characters. A key of under twelve characters is hidden whole.
#[must_use]
pub fn shown(key: &str) -> String {
    let key = bare(key);
    let n_characters = key.chars().count();
    if n_characters < MIN_SHOWN {
        return "…".to_owned();
    }
    let tail: String = key.chars().skip(n_characters - TAIL).collect();
    let prefix = prefix(key);
    let is_enough_hidden = n_characters >= prefix.len() + TAIL + MIN_HIDDEN;
    format!("{}…{tail}", if is_enough_hidden { prefix } else { "" })
}

/// Returns the warnings about `key` as a key of `provider`, one sentence each, without the key.
#[must_use]
pub fn warnings(provider: &Provider, key: &str, which: WhichKey) -> Vec<String> {
    let mut doubts = Vec::new();
    let core = bare(key);
    if core.is_empty() {
        return vec!["it is empty".to_owned()];
    }
    doubts.extend(surrounding_characters(key).into_iter().map(str::to_owned));
    if is_placeholder(core) {
        doubts.push("it is a placeholder, or was masked when it was copied".to_owned());
        return doubts;
    }
    if ["AKIA", "ASIA"].iter().any(|start| core.starts_with(start)) && core.len() == 20 {
        doubts
            .push("it looks like the id of an AWS access key, which is not an API key".to_owned());
    } else if let Some(doubt) = wrong_provider(provider, core) {
        doubts.push(doubt);
    } else if let Some(doubt) = wrong_kind(provider, core, which) {
        doubts.push(doubt);
    }
    doubts
}

/// Names the characters around a key, or within it, that do not belong there.
fn surrounding_characters(key: &str) -> Vec<&'static str> {
    let trimmed = key.trim();
    let unquoted = trimmed.trim_matches(QUOTES).trim();
    let core = bare(key);
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    let signs = [
        (key != trimmed, "it has white space around it"),
        (trimmed != trimmed.trim_matches(QUOTES), "it has quotes around it"),
        (
            without_scheme(unquoted).is_some(),
            "it begins with `Bearer`, which is added automatically",
        ),
        (
            unquoted.split_once('=').is_some_and(|(name, _)| is_word(name)),
            "it begins with the name of a variable",
        ),
        (core.chars().any(char::is_whitespace), "it has white space inside"),
        (
            core.chars().any(|letter| !letter.is_ascii() || letter.is_ascii_control()),
            "it has a character that no header can hold",
        ),
    ];
    signs.into_iter().filter(|(is_so, _)| *is_so).map(|(_, doubt)| doubt).collect()
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Returns the key without the characters around it that do not belong there.
fn bare(key: &str) -> &str {
    let unquoted = key.trim().trim_matches(QUOTES).trim();
    without_scheme(unquoted).unwrap_or(unquoted)
}

fn without_scheme(key: &str) -> Option<&str> {
    let (scheme, rest) = key.split_once(char::is_whitespace)?;
    ["bearer", "authorization:"].contains(&scheme.to_ascii_lowercase().as_str()).then(|| {
        let rest = rest.trim();
        without_scheme(rest).unwrap_or(rest)
    })
}

/// Returns whether the text is a placeholder, as in an example, or has its middle hidden.
fn is_placeholder(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let body = lower.rsplit(['-', '_']).next().unwrap_or_default();
    let is_one_letter = |text: &str| {
        let mut letters = text.chars();
        text.len() >= 4 && letters.next().is_some_and(|first| letters.all(|letter| letter == first))
    };
    (key.starts_with('<') && key.ends_with('>'))
        || (key.starts_with("${") || key.starts_with("{{"))
        || ["...", "…", "**"].iter().any(|sign| key.contains(sign))
        || (lower.contains("your") && (lower.contains("key") || lower.contains("token")))
        || ["changeme", "replace-me", "replaceme", "todo", "none", "null", "secret"]
            .contains(&lower.as_str())
        || is_one_letter(body)
}

/// Returns the warning about a key whose prefix belongs to another provider alone. A prefix that
/// several use, such as `sk-`, gives none.
fn wrong_provider(provider: &Provider, key: &str) -> Option<String> {
    if provider.is_self_hosted {
        return None;
    }
    let others = providers::all()
        .iter()
        .filter(|other| other.name != provider.name && !other.is_self_hosted)
        .filter_map(|other| Some((own_prefix(other, key)?, *other)));
    let (length, other) = others.max_by_key(|(length, _)| *length)?;
    let mut owners = providers::all().iter().filter(|owner| own_prefix(owner, key) == Some(length));
    let is_unique = owners.all(|owner| owner.is_self_hosted || family(owner) == family(other));
    // Of a kind of keys that begins with another's, nothing follows.
    (is_unique && own_prefix(provider, key).unwrap_or_default() < length)
        .then(|| format!("it looks like a key of {}, not of {}", other.title, provider.title))
}

/// Returns the length of the longest prefix of `provider` that `key` begins with.
fn own_prefix(provider: &Provider, key: &str) -> Option<usize> {
    let prefixes = provider.key_prefixes.iter().chain(provider.admin_key_prefixes);
    prefixes.filter(|prefix| key.starts_with(**prefix)).map(|prefix| prefix.len()).max()
}

/// Returns the company that a provider's name begins with: `huggingface` of `huggingface-endpoint`.
fn family(provider: &Provider) -> &'static str {
    provider.name.split('-').next().unwrap_or(provider.name)
}

/// Returns the doubt about an admin key in place of one for inference, or the other way around.
fn wrong_kind(provider: &Provider, key: &str, which: WhichKey) -> Option<String> {
    let of_admin = provider.admin_key_prefixes.iter().find(|prefix| key.starts_with(**prefix));
    match (of_admin, which) {
        (Some(_), WhichKey::Inference) => {
            Some("it is an admin key, which makes no completions".to_owned())
        }
        (None, WhichKey::Admin) => provider.admin_key_prefixes.first().map(|prefix| {
            format!("it is not an admin key, which begins with `{prefix}`: it cannot read usage")
        }),
        (Some(_), WhichKey::Admin) | (None, WhichKey::Inference) => None,
    }
}

/// Returns the longest known prefix that all keys of a provider, or of a kind, share. An unknown
/// prefix may be a part of the secret.
fn prefix(key: &str) -> &'static str {
    let prefixes = providers::all()
        .iter()
        .flat_map(|provider| provider.key_prefixes.iter().chain(provider.admin_key_prefixes));
    let own = prefixes.filter(|prefix| key.starts_with(**prefix));
    own.copied().max_by_key(|prefix| prefix.len()).unwrap_or_default()
}
