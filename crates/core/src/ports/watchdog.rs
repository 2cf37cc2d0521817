//! The port of the beat to a watchdog outside.

use std::future::Future;

use jiff::Timestamp;

use crate::secret::Secrets;
use crate::send_error::SendError;
use crate::watchdog::Watchdog;

/// Reporting to a watchdog outside that Allclear works.
pub trait BeatWatchdog: Send + Sync {
    /// Posts a beat to `watchdog`, with the secret that it names. Succeeds only if the watchdog has confirmed the beat.
    fn beat(
        &self,
        watchdog: &Watchdog,
        secrets: &Secrets,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), SendError>> + Send;
}
