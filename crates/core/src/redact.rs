//! Redaction: takes secrets out of every text that leaves the process.
//!
//! By exact value, for the secrets that are known, however a text writes them; by pattern, for keys
//! that a target echoes or a person pasted into a URL.

mod known;
mod pattern;

use std::borrow::Cow;

use secrecy::ExposeSecret;

use self::known::Known;
use crate::checker::Secrets;

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Takes known secrets, and what looks like one, out of texts.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Known,
}

impl Redactor {
    /// A redactor that knows `secrets`, whatever a text makes of them: as they are, in either case,
    /// with escapes of URLs, of JSON and of HTML, in base64 and hexadecimal, and cut off at the end
    /// of a text.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        Self { known: Known::new(secrets.values().map(ExposeSecret::expose_secret)) }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.known.redact(text) {
            Cow::Borrowed(text) => pattern::redact(text),
            Cow::Owned(text) => Cow::Owned(pattern::redact(&text).into_owned()),
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} forms", self.known.n_forms())
    }
}
