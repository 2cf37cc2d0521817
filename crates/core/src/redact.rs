//! Redaction: removes secrets from every text that leaves the process.
//!
//! By value, for known secrets in any written form; by pattern, for keys that a target echoes or that a
//! person pasted into a URL.

mod by_pattern;
mod by_value;
mod forms;
mod stream;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use secrecy::{ExposeSecret, SecretString};

pub use self::by_pattern::looks_issued;
use self::by_value::SecretSearches;
use crate::secret::Secrets;

/// The replacement of a secret.
pub const REDACTED: &str = "[redacted]";

/// Removes known secrets, and texts with the form of a secret.
///
/// The searches are prepared for the first text that is not empty, so that an unused redactor costs nothing.
/// Clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    shared: Arc<RedactorState>,
}

#[derive(Default)]
struct RedactorState {
    secrets: Vec<SecretString>,
    known: OnceLock<SecretSearches>,
}

impl Redactor {
    /// Creates a redactor for `secrets` in any written form: in either case, broken by other characters, cut
    /// at either end, with escapes of URLs, of JSON and of HTML, in base64, in base64 of base64 and in
    /// hexadecimal.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        let secrets = secrets.values().cloned().collect();
        Self { shared: Arc::new(RedactorState { secrets, known: OnceLock::new() }) }
    }

    /// Returns `text` without secrets.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_empty() {
            return Cow::Borrowed(text);
        }
        let RedactorState { secrets, known } = &*self.shared;
        if secrets.is_empty() {
            return by_pattern::redact(text);
        }
        let known = known
            .get_or_init(|| SecretSearches::new(secrets.iter().map(ExposeSecret::expose_secret)));
        match known.redact(text) {
            Cow::Borrowed(text) => by_pattern::redact(text),
            Cow::Owned(text) => Cow::Owned(by_pattern::redact(&text).into_owned()),
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} secrets", self.shared.secrets.len())
    }
}
