//! The beat to a watchdog outside, after each cycle in which every service has done its work.

use std::time::Duration;

use allclear_core::ports::{BeatWatchdog as _, ReadSecrets as _, SecretError, SecretFreshness};
use allclear_core::send_error::SendError;
use allclear_core::watchdog::Watchdog;
use tokio::time::{sleep, timeout};

use crate::process::ports::ProcessPorts;
use crate::process::runner::Runner;
use crate::wake::Service;

/// The time after which a cycle that is not complete is reported in the log.
const LATE: Duration = Duration::from_secs(30);

/// The pause between two looks at a store that refuses writes.
const PAUSE: Duration = Duration::from_secs(1);

/// The error of a beat that was not sent.
#[derive(Debug, thiserror::Error)]
pub enum BeatError {
    /// The URL could not be read.
    #[error("no beat was sent to the watchdog: its URL cannot be read")]
    Secret(#[from] SecretError),
    /// The watchdog has not confirmed it.
    #[error("no beat was sent to the watchdog")]
    Send(#[from] SendError),
    /// A service has not done its work.
    #[error("no beat is sent to the watchdog: the {service} has not finished its work for {} s", LATE.as_secs())]
    Late {
        /// The name of the service.
        service: &'static str,
    },
}

impl<P: ProcessPorts> Runner<P> {
    /// Posts a beat to the watchdog of the config after each successful cycle, at most once in its interval. Without a
    /// watchdog it does nothing. Never returns.
    pub async fn beat_always(&self) {
        let Some(watchdog) = &self.config().watchdog else { return std::future::pending().await };
        loop {
            self.complete_cycle().await;
            if let Err(error) = self.beat(watchdog).await {
                self.log_error("watchdog", &error);
            }
            sleep(watchdog.every).await;
        }
    }

    /// Posts a beat to `watchdog`.
    ///
    /// # Errors
    ///
    /// Fails if the secret with its URL cannot be read, or if the watchdog does not confirm the beat.
    pub async fn beat(&self, watchdog: &Watchdog) -> Result<(), BeatError> {
        let names = std::slice::from_ref(&watchdog.url);
        let secrets = self.ports().secrets().secrets(names, SecretFreshness::Cached).await?;
        let beaten = self.ports().watchdog().beat(watchdog, &secrets, self.now()).await;
        if beaten.is_err() {
            // The URL may have been replaced since it was read. The next beat uses the new one.
            self.ports().secrets().secrets(names, SecretFreshness::Fresh).await?;
        }
        Ok(beaten?)
    }

    /// Waits for a cycle that begins now and in which every service does its work, while the store takes writes.
    async fn complete_cycle(&self) {
        loop {
            self.cycle().begin();
            self.wakers().wake_again(Service::Evaluator);
            self.wakers().wake_again(Service::Notifier);
            while timeout(LATE, self.cycle().complete()).await.is_err() {
                if let Some(service) = self.cycle().missing() {
                    self.log_error("watchdog", &BeatError::Late { service });
                }
            }
            if !self.ports().is_store_trouble_known() {
                return;
            }
            sleep(PAUSE).await;
        }
    }
}
