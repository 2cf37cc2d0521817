//! The beat to a watchdog outside, after each cycle in which every service has done its work.

use std::time::Duration;

use allclear_core::watchdog::Watchdog;
use tokio::time::{sleep, timeout};

use crate::beat::{self, BeatError};
use crate::process::ports::ProcessPorts;
use crate::process::runner::Runner;
use crate::wake::Service;

/// The time after which a cycle that is not complete is reported in the log.
const LATE: Duration = Duration::from_secs(30);

/// The pause between two looks at a store that refuses writes.
const PAUSE: Duration = Duration::from_secs(1);

/// The reason why no beat is sent for a while.
#[derive(Debug, thiserror::Error)]
#[error("no beat is sent to the watchdog: the {service} has not finished its work for {} s", LATE.as_secs())]
struct LateCycle {
    /// The name of the service.
    service: &'static str,
}

impl<P: ProcessPorts> Runner<P> {
    /// Posts a beat to the watchdog of the config after each successful cycle, at most once in its interval, also across
    /// a change of the config. Without a watchdog it does nothing. Never returns.
    pub async fn beat_always(&self) {
        let Some(watchdog) = &self.config().watchdog else { return std::future::pending().await };
        loop {
            self.ports().beat_pace().wait(watchdog).await;
            self.complete_cycle().await;
            match self.beat(watchdog).await {
                Ok(()) => self.ports().beat_pace().confirmed(watchdog),
                Err(error) => {
                    self.log_error("watchdog", &error);
                    sleep(watchdog.every).await;
                }
            }
        }
    }

    /// Posts a beat to `watchdog`.
    ///
    /// # Errors
    ///
    /// Fails if the secret with its URL cannot be read, or if the watchdog does not confirm the beat.
    pub async fn beat(&self, watchdog: &Watchdog) -> Result<(), BeatError> {
        let ports = self.ports();
        beat::post(watchdog, ports.secrets(), ports.watchdog(), self.now()).await
    }

    /// Waits for a cycle that begins now and in which every service does its work, while the store takes writes.
    async fn complete_cycle(&self) {
        loop {
            self.cycle().begin();
            self.wakers().wake_again(Service::Evaluator);
            self.wakers().wake_again(Service::Notifier);
            while timeout(LATE, self.cycle().complete()).await.is_err() {
                if let Some(service) = self.cycle().missing() {
                    self.log_error("watchdog", &LateCycle { service });
                }
            }
            if !self.ports().is_store_trouble_known() {
                return;
            }
            sleep(PAUSE).await;
        }
    }
}
