//! Calls of the store beside a run. They end within seconds, whatever the store does.

use std::future::Future;
use std::time::Duration;

use allclear_core::ports::{StoreError, StoreResult};
use tokio::time::timeout;

/// The time limit for reading notes, and for writing new ones.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Makes `call`, and repeats it once if that may help.
pub(crate) async fn with_retry<T, F: Future<Output = StoreResult<T>>>(
    call: impl Fn() -> F,
) -> StoreResult<T> {
    match call().await {
        Err(error) if error.is_retryable() => call().await,
        done => done,
    }
}

pub(crate) async fn with_timeout<T>(
    operation: &'static str,
    object: &str,
    call: impl Future<Output = StoreResult<T>>,
) -> StoreResult<T> {
    timeout(TIMEOUT, call).await.unwrap_or_else(|elapsed| {
        let (object, source) = (object.to_owned(), elapsed.into());
        Err(StoreError::Unavailable { operation, object, source })
    })
}
