//! The failure of a try to deliver a notification.

use std::time::Duration;

/// The error of a notification that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// The description of the error; holds no secret.
    pub message: String,
    /// True if another try cannot help, because the destination is gone or refuses permanently.
    pub permanent: bool,
    /// The wait that the destination asked for.
    pub retry_after: Option<Duration>,
    /// True if the message may have arrived in spite of the error: it was sent, and no answer came.
    pub may_have_arrived: bool,
}

impl SendError {
    /// Creates an error that another try may resolve.
    pub fn transient(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message, permanent: false, retry_after: None, may_have_arrived: false }
    }

    /// Creates an error that no further try can resolve.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { permanent: true, ..Self::transient(message) }
    }

    /// Creates a transient error after which the message may have arrived.
    pub fn unanswered(message: impl Into<String>) -> Self {
        Self { may_have_arrived: true, ..Self::transient(message) }
    }

    /// Returns true if another try cannot help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }
}
