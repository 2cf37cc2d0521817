//! The beat of the notifier's function to a watchdog outside, after each cycle in which every service has done its work.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::monitor::Monitor;
use allclear_core::ports::{BeatWatchdog, LoadState, ReadSecrets, StoreError};
use allclear_core::watchdog::Watchdog;

use crate::beat::{self, BeatError};

/// The time from the moment at which a run is due to its evaluation, at most, while all services work.
const MAX_LAG: Duration = Duration::from_mins(1);

/// The tolerance of the pause between two invocations of the schedule.
const JITTER: Duration = Duration::from_secs(10);

/// The reason why no beat was sent.
#[derive(Debug, thiserror::Error)]
enum NoBeat {
    /// The state could not be read.
    #[error("the state cannot be read")]
    Store(#[from] StoreError),
    /// No run was evaluated in time.
    #[error("no run of the last {} s is evaluated", limit.as_secs())]
    NoRun {
        /// The age of the oldest run that would do.
        limit: Duration,
    },
    /// It was not sent.
    #[error(transparent)]
    Beat(#[from] BeatError),
}

/// The beats of one function.
#[derive(Debug, Default)]
pub(super) struct FunctionWatchdog {
    beaten_at: Option<Timestamp>,
}

impl FunctionWatchdog {
    /// Posts a beat if the config has a watchdog whose beat is due, and a recent run was evaluated. A failure is logged: the
    /// watchdog alerts if no beat reaches it.
    pub(super) async fn beat_if_due<S: LoadState, K: ReadSecrets, C: BeatWatchdog>(
        &mut self,
        config: &Config,
        ports: WatchdogPorts<'_, S, K, C>,
        now: Timestamp,
    ) {
        let Some(watchdog) = &config.watchdog else { return };
        let pause = watchdog.every.saturating_sub(JITTER);
        if self.beaten_at.is_some_and(|last| (last..last + pause).contains(&now)) {
            return;
        }
        match ports.beat(watchdog, max_age(config), now).await {
            Ok(()) => self.beaten_at = Some(now),
            Err(error) => {
                tracing::error!(error = chain(&error), "sent no beat to the watchdog");
            }
        }
    }
}

/// The ports that a beat needs.
pub(super) struct WatchdogPorts<'a, S, K, C> {
    pub(super) store: &'a S,
    pub(super) secrets: &'a K,
    pub(super) kinds: &'a C,
}

impl<S: LoadState, K: ReadSecrets, C: BeatWatchdog> WatchdogPorts<'_, S, K, C> {
    /// Posts a beat if the newest evaluated run is at most `max_age` old.
    async fn beat(
        &self,
        watchdog: &Watchdog,
        max_age: Duration,
        now: Timestamp,
    ) -> Result<(), NoBeat> {
        let checkpoint = self.store.load_state(&ShardId::main()).await?;
        let newest = checkpoint.and_then(|checkpoint| checkpoint.state.folded.newest);
        if newest.is_none_or(|newest| newest + max_age < now) {
            return Err(NoBeat::NoRun { limit: max_age });
        }
        Ok(beat::post(watchdog, self.secrets, self.kinds, now).await?)
    }
}

/// Returns the age that the newest evaluated run reaches at most while all services work.
fn max_age(config: &Config) -> Duration {
    let shortest = config.monitors.iter().map(|monitor| monitor.interval).min();
    shortest.unwrap_or(Monitor::DEFAULT_INTERVAL).max(Duration::from_mins(1)) * 2 + MAX_LAG
}
