//! The handler of the function: runs a sweep for stream records or the schedule. It contains no rules of its
//! own.

use std::sync::Arc;
use std::time::Duration;

use crate::failure::store_code;
use crate::stream_batch::{move_poison_records, move_unreadable_records};
use crate::{ActiveConfig, BatchItemFailures, Code, Current, InvocationFailure, Service, Trigger};
use allclear_core::Timestamp;
use allclear_core::action::{ActionKinds, NoActions};
use allclear_core::channel::ChannelKinds;
use allclear_core::config::Config;
use allclear_core::config::WithRetention;
use allclear_core::error_chain::chain;
use allclear_core::ports::{
    BeatWatchdog, DeadLetters, FindUnreadable, LoadState, Outbox, ReadConfig, ReadNextNotices,
    ReadSecrets, StoreError, WakeEvaluator,
};
use tokio::time::Instant;

use crate::notify::function_watchdog::{FunctionWatchdog, WatchdogPorts};
use crate::notify::{Limits, Notifier, SweepReport, SweepTerms, UnknownChannel};

/// Time between the end of the last try and the end of the invocation, to record the result.
const MARGIN: Duration = Duration::from_secs(5);

/// The notifier as a function: its ports, and the notifier of the active config.
pub struct NotifyHandler<S, K, C, A, W> {
    store: S,
    secrets: K,
    kinds: C,
    actions: Box<dyn ActionKinds>,
    dead_letters: A,
    evaluator: W,
    active: ActiveConfig<BuiltNotifier<S>>,
    watchdog: FunctionWatchdog,
}

/// The notifier of one config.
struct BuiltNotifier<S> {
    config: Arc<Config>,
    /// The store, with the configured retention of deliveries.
    store: S,
    notifier: Notifier,
}

impl<S, K, C, A, W> NotifyHandler<S, K, C, A, W>
where
    S: ReadConfig + ReadNextNotices + LoadState + Outbox + FindUnreadable + WithRetention,
    K: ReadSecrets,
    C: ChannelKinds + BeatWatchdog,
    A: DeadLetters,
    W: WakeEvaluator,
{
    /// Creates the handler over its ports.
    pub fn new(store: S, secrets: K, kinds: C, dead_letters: A, evaluator: W) -> Self {
        let (active, watchdog) = (ActiveConfig::default(), FunctionWatchdog::default());
        let actions = Box::new(NoActions);
        Self { store, secrets, kinds, actions, dead_letters, evaluator, active, watchdog }
    }

    /// Returns the handler with the kinds of action that configs name.
    #[must_use]
    pub fn with_actions(self, actions: Box<dyn ActionKinds>) -> Self {
        Self { actions, ..self }
    }

    /// Reads the config ahead of the first event.
    pub async fn warm_up(&mut self) {
        let Self { store, kinds, actions, active, .. } = self;
        active.warm_up(store, |config| Ok(make(config, store, (kinds, &**actions)))).await;
    }

    /// Sends what is owed, within `time`. An invocation of the schedule first wakes the evaluator if a notification is
    /// due that the evaluator has yet to decide, and at its end posts the beat to the watchdog of the config. Returns the record of the stream from which the stream resumes.
    ///
    /// # Errors
    ///
    /// Fails if no config can be used, or if the store does not answer the request for it. An
    /// invocation of the schedule also fails if the owed deliveries cannot be read, if a result
    /// cannot be recorded, or, after its work, if the config is stale.
    pub async fn handle(
        &mut self,
        wake: &Trigger,
        now: Timestamp,
        time: Duration,
    ) -> Result<BatchItemFailures, InvocationFailure> {
        let began = Instant::now();
        let Self { store, secrets, kinds, actions, dead_letters, evaluator, active, watchdog } =
            self;
        let make = |config: &Arc<Config>| Ok(make(config, store, (kinds, &**actions)));
        let current = active.current(store, make).await?;
        let Current { value: BuiltNotifier { config, store, notifier }, staleness, .. } = current;
        let limits = Limits::within(time.saturating_sub(MARGIN).saturating_sub(began.elapsed()));
        // The evaluator may have used a newer config than the one that this invocation read a moment ago.
        let unknown = match wake {
            Trigger::Schedule if !staleness.is_stale() => UnknownChannel::GiveUp,
            Trigger::Schedule | Trigger::Records(_) => UnknownChannel::Leave,
        };
        let sweep =
            async || sweep(notifier, SweepTerms { limits, unknown }, store, secrets, now).await;
        match wake {
            Trigger::Records(records) => {
                staleness.log();
                let mut failed = move_poison_records(records, dead_letters).await;
                let service = Service::Notifier;
                if let Some(first) = records.iter().position(|one| one.what.wakes(service)) {
                    if let Err(InvocationFailure { code, message }) = sweep().await {
                        tracing::error!(%code, message, "failed to send pending deliveries");
                        failed.push(first);
                    }
                    failed.extend(
                        move_unreadable_records(records, service, store, dead_letters).await,
                    );
                }
                Ok(BatchItemFailures::from_first(records, failed))
            }
            Trigger::Schedule => {
                wake_evaluator_if_due(store, evaluator, now).await;
                sweep().await?;
                if !staleness.is_stale() {
                    let ports = WatchdogPorts { store, secrets, kinds };
                    watchdog.beat_if_due(config, ports, now).await;
                }
                staleness.fail_or(BatchItemFailures::default())
            }
        }
    }
}

/// Builds the notifier of a config. A channel with refused parameters becomes one whose tries fail, so that
/// every config can be used.
fn make<S: WithRetention, C: ChannelKinds>(
    config: &Arc<Config>,
    store: &S,
    (kinds, actions): (&C, &dyn ActionKinds),
) -> BuiltNotifier<S> {
    let notifier = Notifier::new(&config.channels, kinds, Limits::default());
    BuiltNotifier {
        config: Arc::clone(config),
        store: store.with_retention_of(&config.settings),
        notifier: notifier.with_actions(&config.actions, actions),
    }
}

/// Wakes the evaluator if the next notice of a shard is due at `now`. A failure is logged, because the evaluator has a
/// schedule of its own.
async fn wake_evaluator_if_due<S: ReadNextNotices, W: WakeEvaluator>(
    store: &S,
    evaluator: &W,
    now: Timestamp,
) {
    let next_notices = match store.next_notices().await {
        Ok(next_notices) => next_notices,
        Err(error) => {
            let code = store_code(&error).as_str();
            tracing::error!(
                code,
                error = chain(&error),
                "failed to read the times of next notices"
            );
            return;
        }
    };
    if !next_notices.iter().any(|(_, at)| *at <= now) {
        return;
    }
    if let Err(error) = evaluator.wake_evaluator().await {
        let code = Code::WakeFailed.as_str();
        tracing::error!(code, error = chain(&error), "failed to wake the evaluator");
    }
}

/// Sends what is owed. Fails if the store failed.
async fn sweep<S: Outbox, K: ReadSecrets>(
    notifier: &Notifier,
    terms: SweepTerms,
    store: &S,
    secrets: &K,
    now: Timestamp,
) -> Result<(), InvocationFailure> {
    let report = notifier.sweep_within(terms, store, secrets, now).await?;
    let SweepReport { n_sent, n_failed, n_given_up, n_superseded, .. } = &report;
    let SweepReport { n_executed, n_dry_runs, n_not_executed, n_unknown, .. } = &report;
    let SweepReport { next_due_at, errors, .. } = &report;
    tracing::info!(
        n_sent,
        n_failed,
        n_given_up,
        n_superseded,
        n_executed,
        n_dry_runs,
        n_not_executed,
        n_unknown,
        n_errors = errors.len(),
        next_due_at = next_due_at.map(|at| at.to_string()),
        "sent pending deliveries"
    );
    let failure = |error: &StoreError| InvocationFailure::of(store_code(error), error);
    errors.first().map_or(Ok(()), |error| Err(failure(error)))
}
