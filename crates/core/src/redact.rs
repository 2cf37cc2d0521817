//! Redaction: takes secrets out of every text that leaves the process.
//!
//! By exact value, for the secrets that are known; by pattern, for keys that a target echoes or a
//! person pasted into a URL.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use secrecy::ExposeSecret;

use crate::checker::Secrets;

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Values shorter than this are not searched for: they would hit innocent text.
const MIN_SECRET_BYTES: usize = 6;

/// Takes known secrets, and what looks like one, out of texts.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that no value is cut by a shorter one within it.
    values: Vec<String>,
}

impl Redactor {
    /// A redactor that knows `secrets`, as they are and as a URL or JSON writes them.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        let mut values: Vec<String> = secrets
            .values()
            .map(|secret| secret.expose_secret().trim())
            .filter(|value| value.len() >= MIN_SECRET_BYTES)
            .flat_map(|value| {
                let json = serde_json::Value::from(value).to_string();
                let json = json.get(1..json.len() - 1).unwrap_or(value).to_owned();
                [value.to_owned(), percent_encoded(value), json]
            })
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Self { values }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for value in &self.values {
            if clean.contains(value.as_str()) {
                clean = Cow::Owned(clean.replace(value.as_str(), REDACTED));
            }
        }
        if PATTERN.is_match(&clean) {
            let keep_the_label = |found: &Captures<'_>| {
                let label = found.iter().skip(1).flatten().map(|label| label.as_str()).next();
                format!("{}{REDACTED}", label.unwrap_or_default())
            };
            clean = Cow::Owned(PATTERN.replace_all(&clean, keep_the_label).into_owned());
        }
        clean
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} values", self.values.len())
    }
}

/// The user part of a URL, bearer and basic credentials, key-like query parameters, and the
/// prefixes under which providers issue keys.
#[expect(clippy::expect_used, reason = "a constant pattern that the tests compile")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(://)[^/\s:@]+:[^/\s@]+@",
        r"|(\b(?:bearer|basic)\s+)[a-z0-9._~+/=-]{8,}",
        r"|([?&](?:key|api[_-]?key|token|access_token|sig|signature|password)=)[^&\s]+",
        r"|\b(?:sk|pk|rk|gsk|xai|hf|ghp|glpat|xox[abprs])[-_][a-z0-9_-]{12,}",
        r"|\bAKIA[A-Z0-9]{16}\b",
        r"|\bAIza[a-z0-9_-]{30,}",
        r"|(hooks\.slack\.com/services/)[a-z0-9/]+",
    ))
    .expect("the pattern is valid")
});

fn percent_encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::id::SecretName;

    fn redactor(value: &str) -> Redactor {
        let name = SecretName::new("key").unwrap();
        Redactor::new(&Secrets::from([(name, SecretString::from(value.to_owned()))]))
    }

    #[test]
    fn a_known_secret_goes_in_every_form_it_is_written() {
        let redactor = redactor("pa$$ \"word\"");
        for text in ["x pa$$ \"word\" y", "x pa%24%24%20%22word%22 y", r#"x pa$$ \"word\" y"#] {
            assert_eq!(redactor.redact(text), "x [redacted] y");
        }
    }

    #[test]
    fn what_looks_like_a_key_goes_too() {
        let redactor = Redactor::default();
        for (text, clean) in [
            ("https://ann:pass@example.com/x", "https://[redacted]example.com/x"),
            ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [redacted]"),
            ("got /x?a=1&api_key=123&b=2", "got /x?a=1&api_key=[redacted]&b=2"),
            (
                "Incorrect API key provided: sk-proj-abcdefghijklmnop",
                "Incorrect API key provided: [redacted]",
            ),
            (
                "https://hooks.slack.com/services/T0/B0/xyz",
                "https://hooks.slack.com/services/[redacted]",
            ),
        ] {
            assert_eq!(redactor.redact(text), clean);
        }
        assert_eq!(redactor.redact("status 503, want 200"), "status 503, want 200");
    }
}
