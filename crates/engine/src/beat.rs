//! Posting a beat to a watchdog outside, from a process or from a function.

use allclear_core::Timestamp;
use allclear_core::ports::{BeatWatchdog, ReadSecrets, SecretError, SecretFreshness};
use allclear_core::send_error::SendError;
use allclear_core::watchdog::Watchdog;

/// The error of a beat that was not sent.
#[derive(Debug, thiserror::Error)]
pub enum BeatError {
    /// The URL could not be read.
    #[error("no beat was sent to the watchdog: its URL cannot be read")]
    Secret(#[from] SecretError),
    /// The watchdog has not confirmed it.
    #[error("no beat was sent to the watchdog")]
    Send(#[from] SendError),
}

/// Posts a beat to `watchdog` with the secret that it names.
pub(crate) async fn post<K: ReadSecrets, C: BeatWatchdog>(
    watchdog: &Watchdog,
    secrets: &K,
    client: &C,
    now: Timestamp,
) -> Result<(), BeatError> {
    let names = std::slice::from_ref(&watchdog.url);
    let known = secrets.secrets(names, SecretFreshness::Cached).await?;
    let beaten = client.beat(watchdog, &known, now).await;
    if beaten.is_err() {
        // The URL may have been replaced since it was read. The next beat uses the new one.
        secrets.secrets(names, SecretFreshness::Fresh).await?;
    }
    Ok(beaten?)
}
