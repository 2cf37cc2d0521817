//! The errors of the operations of a store.

/// The error of an operation of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has written since this was read. A normal outcome: read again, decide again.
    #[error("{operation}: another process has written `{object}` since it was read")]
    Conflict {
        /// The failed operation.
        operation: &'static str,
        /// The object of the operation.
        object: String,
    },
    /// The store did not answer, or is busy. Another try may help.
    #[error("{operation} `{object}`: the store is not available")]
    Unavailable {
        /// The failed operation.
        operation: &'static str,
        /// The object of the operation.
        object: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The stored value cannot be read. It is left unchanged.
    #[error("{operation} `{object}`: the stored record cannot be read")]
    Corrupt {
        /// The failed operation.
        operation: &'static str,
        /// The object of the operation.
        object: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Returns true if the same call may succeed a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Unavailable { .. } => true,
            Self::Corrupt { .. } => false,
        }
    }
}

/// The result of a store's operation.
pub type StoreResult<T> = Result<T, StoreError>;
