//! The error of reading secrets.

use crate::id::SecretName;

/// The error of reading a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no secret of this name.
    #[error("no secret `{name}`: {hint}")]
    Missing {
        /// The name.
        name: SecretName,
        /// The place in which to store the secret.
        hint: String,
    },
    /// The place in which it is stored did not answer.
    #[error("cannot read secret `{name}`: {message}")]
    Unavailable {
        /// The name.
        name: SecretName,
        /// The cause.
        message: String,
    },
}
