//! The failure of a try to deliver a notification.

use std::time::Duration;

/// Why a notification did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What happened; holds no secret.
    pub message: String,
    /// Whether trying again cannot help: the destination is gone or refuses for good.
    pub permanent: bool,
    /// How long the destination asked to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether the message may have arrived all the same: it was sent, and no answer came.
    pub may_have_arrived: bool,
}

impl SendError {
    /// An error that may pass.
    pub fn transient(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message, permanent: false, retry_after: None, may_have_arrived: false }
    }

    /// An error that stays.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { permanent: true, ..Self::transient(message) }
    }

    /// An error that may pass, after which the message may have arrived.
    pub fn unanswered(message: impl Into<String>) -> Self {
        Self { may_have_arrived: true, ..Self::transient(message) }
    }

    /// Whether trying again cannot help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }
}
