//! The reasons why a proxy cannot be used.

use crate::id::SecretName;

/// The reason for which the proxy of a request cannot be determined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// An environment variable names no proxy.
    #[error("invalid proxy URL in environment variable `{0}`: {1}")]
    Variable(String, String),
    /// The secret is missing.
    #[error("cannot read secret `{0}`")]
    NoSecret(SecretName),
    /// The secret holds no proxy URL.
    #[error("invalid proxy URL in secret `{0}`: {1}")]
    Secret(SecretName, String),
}
