//! The reasons why a proxy cannot be used.

use crate::id::SecretName;

/// The reason for which the proxy of a request cannot be determined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// An environment variable names no proxy.
    #[error("the environment variable `{0}` names no proxy: {1}")]
    Variable(String, String),
    /// The secret is missing.
    #[error("the secret `{0}` cannot be read")]
    NoSecret(SecretName),
    /// The secret holds no proxy URL.
    #[error("the secret `{0}` is not the URL of a proxy: {1}")]
    Secret(SecretName, String),
}
