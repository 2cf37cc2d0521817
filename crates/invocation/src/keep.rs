//! How long what is written is kept.

use allclear_core::config::Settings;

/// A store that is told how long to keep what it writes.
pub trait Keep {
    /// The same store, which keeps what it writes as long as `settings` say.
    #[must_use]
    fn keeping(&self, settings: &Settings) -> Self;
}
