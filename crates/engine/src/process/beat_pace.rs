//! The pause between two beats to a watchdog.

use std::sync::{Mutex, PoisonError};

use allclear_core::id::SecretName;
use allclear_core::watchdog::Watchdog;
use tokio::time::{Instant, sleep_until};

/// The pace of the beats of a process. It outlives the services when the config is loaded again.
#[derive(Debug, Default)]
pub struct BeatPace(Mutex<Option<LastBeat>>);

/// The latest beat that a watchdog has confirmed.
#[derive(Debug, Clone)]
struct LastBeat {
    /// The secret with the URL of the watchdog.
    url: SecretName,
    at: Instant,
}

impl BeatPace {
    /// Waits until the interval since the latest beat to `watchdog` is over.
    pub(crate) async fn wait(&self, watchdog: &Watchdog) {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(last) = last.filter(|last| last.url == watchdog.url) {
            sleep_until(last.at + watchdog.every).await;
        }
    }

    /// Records that `watchdog` has confirmed a beat.
    pub(crate) fn confirmed(&self, watchdog: &Watchdog) {
        let beat = LastBeat { url: watchdog.url.clone(), at: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(beat);
    }
}
