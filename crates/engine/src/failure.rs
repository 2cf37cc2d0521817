//! Failures of an invocation, each with a stable code and a message for its caller.

use std::error::Error;
use std::fmt;

use allclear_core::error_chain::chain;
use allclear_core::ports::{PublishError, SecretError, StoreError};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)?) => {
        /// The kind of a failure. The code is stable: alarms and the runbook refer to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the stable code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// The event is none that the function knows.
    EventUnreadable = "event_unreadable",
    /// No config was ever applied.
    ConfigMissing = "config_missing",
    /// The active config cannot be read; the last one that can is in use, if there is one.
    ConfigUnreadable = "config_unreadable",
    /// The active config has a check or a channel that this version does not build.
    ConfigInvalid = "config_invalid",
    /// The check that was asked for is not sound.
    CheckInvalid = "check_invalid",
    /// The config has no monitor of that name.
    MonitorUnknown = "monitor_unknown",
    /// The store did not answer.
    StoreUnavailable = "store_unavailable",
    /// Something in the store cannot be read.
    StoreCorrupt = "store_corrupt",
    /// A run in the stream cannot be read.
    RunUnreadable = "run_unreadable",
    /// A record in the stream is of a version that is not known.
    RecordVersionUnknown = "record_version_unknown",
    /// A record could not be moved to the dead-letter queue.
    DeadLettersUnavailable = "dead_letters_unavailable",
    /// A secret that the config names is not there.
    SecretMissing = "secret_missing",
    /// The place where the secrets are did not answer.
    SecretUnavailable = "secret_unavailable",
    /// The place where the page is did not take it.
    SiteRefused = "site_refused",
    /// The generator or the evaluator could not be woken; its schedule wakes it.
    WakeFailed = "wake_failed",
    /// The environment lacks what the function needs.
    EnvironmentMissing = "environment_missing",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The failure of an invocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvocationFailure {
    /// The kind of the failure.
    pub code: Code,
    /// The cause, with its chain of errors, and the remedy.
    pub message: String,
}

impl InvocationFailure {
    /// Creates a failure with its own message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Creates a failure with the chain of errors that led to `error`.
    #[must_use]
    pub fn of(code: Code, error: &(dyn Error + 'static)) -> Self {
        Self::new(code, chain(error))
    }
}

/// Returns the code of a store error.
#[must_use]
pub fn store_code(error: &StoreError) -> Code {
    if error.is_retryable() { Code::StoreUnavailable } else { Code::StoreCorrupt }
}

/// Returns the code of a secret that could not be read.
#[must_use]
pub fn secret_code(error: &SecretError) -> Code {
    match error {
        SecretError::Missing { .. } => Code::SecretMissing,
        SecretError::Unavailable { .. } => Code::SecretUnavailable,
    }
}

impl From<&StoreError> for InvocationFailure {
    fn from(error: &StoreError) -> Self {
        Self::of(store_code(error), error)
    }
}

impl From<StoreError> for InvocationFailure {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<PublishError> for InvocationFailure {
    fn from(error: PublishError) -> Self {
        Self::of(Code::SiteRefused, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_lists_each_cause_once() {
        let source = std::io::Error::other("connection refused");
        let error = StoreError::Unavailable {
            operation: "load",
            object: "state/main".to_owned(),
            source: Box::new(source),
        };
        let failure = InvocationFailure::from(&error);
        assert_eq!(failure.code.as_str(), "store_unavailable");
        assert_eq!(
            failure.message,
            "load `state/main`: the store is not available: connection refused"
        );
    }

    #[test]
    fn every_code_is_unique() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
        assert!(codes.iter().all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }
}
