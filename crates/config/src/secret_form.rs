//! The forms of secrets, in values and in lines that may be no valid TOML.

use std::ops::Range;

use allclear_core::redact::{Redactor, looks_issued};

/// The prefixes of issued keys, with the minimum number of characters that follow in a real one.
const KEY_PREFIXES: [(&str, usize); 17] = [
    ("sk-", 16),
    ("sk_", 16),
    ("rk_", 16),
    ("gsk_", 16),
    ("xai-", 16),
    ("hf_", 16),
    ("ghp_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("xoxa-", 12),
    ("xoxb-", 12),
    ("xoxp-", 12),
    ("xoxr-", 12),
    ("xoxs-", 12),
    ("xapp-", 12),
    ("AKIA", 16),
    ("AIza", 30),
];

/// Keys of parameters and headers whose values are always secrets.
const SECRET_KEYS: [&str; 6] =
    ["api-key", "api_key", "authorization", "password", "proxy-authorization", "x-api-key"];

/// Checks whether the values under `key` are always secrets.
pub(crate) fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.iter().any(|secret| key.eq_ignore_ascii_case(secret))
}

/// Returns whether the text contains a key that a provider issued.
pub(crate) fn holds_issued_key(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.split(|c: char| !is_part(c)).any(|word| {
        // A name such as `xai-grok-4-completions` consists of words.
        KEY_PREFIXES.iter().any(|(prefix, n_after)| {
            word.strip_prefix(prefix)
                .is_some_and(|rest| rest.len() >= *n_after && looks_issued(rest))
        })
    })
}

/// Returns the parts of a line that may be secrets. The line can be invalid TOML, so it is
/// searched as text:
/// for values after keys of secrets, words with the form of a secret, and what the redactor
/// removes.
pub(crate) fn in_line(line: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> =
        words(line, is_key_char).filter_map(|word| value_after(line, &word)).collect();
    parts.extend(words(line, is_text_char).filter(|word| {
        let text = line.get(word.clone()).unwrap_or_default();
        !text.contains("secret:") && (holds_issued_key(text) || has_secret_form(text))
    }));
    parts.extend(redacted(line));
    parts
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_".contains(c)
}

fn is_text_char(c: char) -> bool {
    !c.is_whitespace() && !"\"'`,".contains(c)
}

/// Returns the places of the longest runs of the characters.
fn words(line: &str, is_part: fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let ends = line.split_inclusive(move |c| !is_part(c)).scan(0, move |end, part| {
        *end += part.len();
        Some((*end - part.len(), part.trim_end_matches(|c| !is_part(c))))
    });
    ends.map(|(start, word)| start..start + word.len()).filter(|word| !word.is_empty())
}

/// Returns the place of the value if `word` is a key of secrets: a string, or the rest of the line.
/// The name of a secret is not returned.
fn value_after(line: &str, word: &Range<usize>) -> Option<Range<usize>> {
    line.get(word.clone()).filter(|key| is_secret_key(key) || *key == "token")?;
    let quotes = ['"', '\''];
    let rest = line.get(word.end..)?.trim_start_matches(quotes).trim_start();
    let value = rest.strip_prefix(['=', ':'])?.trim_start();
    let mut parts = value.trim_start_matches(quotes).split_whitespace().take(2);
    if value.is_empty() || parts.any(|part| part.starts_with("secret:")) {
        return None;
    }
    let start = line.len() - value.len();
    let is_plain = !value.contains('\\');
    let quote = value.chars().next().filter(|first| is_plain && quotes.contains(first));
    let n_inner = quote.and_then(|quote| value.get(1..)?.find(quote)).filter(|n| *n > 0);
    Some(start..n_inner.map_or(line.len(), |n| start + n + 2))
}

/// Returns the part of the line from the first to the last character that the redactor changes.
fn redacted(line: &str) -> Option<Range<usize>> {
    let redacted = Redactor::default().redact(line).into_owned();
    if redacted == line {
        return None;
    }
    let n_same = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        one.zip(other).take_while(|(one, other)| one == other).map(|(c, _)| c.len_utf8()).sum()
    };
    let start: usize = n_same(&mut line.chars(), &mut redacted.chars());
    let n_after: usize = n_same(&mut line.chars().rev(), &mut redacted.chars().rev());
    let part = start..line.len().saturating_sub(n_after).max(start);
    let is_name =
        |part: &str| part.strip_prefix("secret:").is_some_and(|name| name.chars().all(is_key_char));
    (!line.get(part.clone()).is_some_and(is_name)).then_some(part)
}

/// Returns whether the text is an address with a password, the address of a hook, or a private key.
pub(crate) fn has_secret_form(text: &str) -> bool {
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let user_part = after("://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let has_password = user_part.and_then(|part| part.rsplit_once('@')).is_some_and(|(user, _)| {
        user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
    });
    has_password
        || after("hooks.slack.com/services/").is_some_and(|rest| rest.len() > 8)
        || (text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_lines_that_are_not_toml() {
        for (line, parts) in [
            ("password = hunter2 # old", &["hunter2 # old"][..]),
            ("{ \"X-Api-Key\" = \"a b\", method = \"GETT\" }", &["\"a b\""]),
            ("password = \"a\\\"b\" # x", &["\"a\\\"b\" # x"]),
            ("password = \"hunter2", &["\"hunter2"]),
            ("# url: https://ann:pass@example.com/x", &["https://ann:pass@example.com/x"]),
            ("token sk-proj-abcdefghij1234567890 é", &["sk-proj-abcdefghij1234567890"]),
            ("authorization = \"Bearer secret:openai\", expec = 1", &[]),
            ("token = abc", &["abc"]),
            ("passwords are in the vault", &[]),
            ("password", &[]),
        ] {
            let found = in_line(line);
            for part in parts {
                let start = line.find(part).unwrap();
                let is_covered = |mask: &Range<usize>| {
                    mask.start <= start
                        && start + part.len() <= mask.end
                        && *mask != (0..line.len())
                };
                assert!(found.iter().any(is_covered), "{line}: {found:?}");
            }
            assert_eq!(found.is_empty(), parts.is_empty(), "{line}: {found:?}");
        }
    }
}
