//! The loops of the services as tasks: their start, their replacement, and their end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::duration;
use allclear_core::error_chain::chain;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use crate::notify::AttemptsUnderWay;
use crate::process::ports::ProcessPorts;
use crate::process::runner::Runner;
use crate::process::scheduler;

/// The longest time for the deliveries in flight when the config changes: more than a try may take, and its
/// record.
const FINISH_WITHIN: Duration = Duration::from_secs(30);

/// The longest time for the attempts of actions in flight when the config changes or the process ends, if their own time
/// limits are not shorter. No message is sent meanwhile, and a service manager kills a process that does not end: systemd
/// after 90 seconds.
const FINISH_ATTEMPTS_WITHIN: Duration = Duration::from_mins(1);

/// The longest time between the end of the last delivery of a notifier and that of its task.
const END_WITHIN: Duration = Duration::from_millis(100);

/// The tasks of the services. When the config changes, they are replaced.
#[derive(Debug, Default)]
pub struct Tasks {
    /// The services that can be stopped at any time.
    loops: JoinSet<()>,
    /// The notifiers, which finish the deliveries in flight.
    notifying: JoinSet<()>,
    /// The checks under way.
    checks: JoinSet<()>,
    /// The attempts of actions of the notifiers.
    attempts: Vec<Arc<AttemptsUnderWay>>,
}

impl Tasks {
    /// Starts the services of `runner`. The notifier, and with it `background`, begins when those of the last
    /// config have ended. `background` must end after the notifier is closed.
    pub fn start<P: ProcessPorts>(
        &mut self,
        runner: &Arc<Runner<P>>,
        background: impl Future<Output = ()> + Send + 'static,
    ) {
        let earlier = std::mem::take(&mut self.notifying);
        // A notifier that has ended holds its attempts no more.
        self.attempts.retain(|attempts| Arc::strong_count(attempts) > 1);
        let earlier_attempts = self.attempts.clone();
        self.attempts.push(Arc::clone(runner.notifier().attempts()));
        let notifying = Arc::clone(runner);
        self.notifying.spawn(async move {
            finish_earlier(earlier, &earlier_attempts).await;
            tokio::join!(notifying.notify_always(), background);
        });
        let (evaluating, publishing) = (Arc::clone(runner), Arc::clone(runner));
        let (pruning, beating) = (Arc::clone(runner), Arc::clone(runner));
        self.add(async move { evaluating.evaluate_always().await });
        self.add(async move { publishing.publish_always().await });
        self.add(async move { pruning.prune_always().await });
        self.add(async move { beating.beat_always().await });
    }

    /// Adds a task that can be stopped at any time, and is stopped when the config changes.
    pub fn add(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.loops.spawn(task);
    }

    /// Checks what is due. Returns only if a task has ended that none of these methods stopped.
    ///
    /// # Errors
    ///
    /// Fails if the task that has ended panicked or was aborted.
    pub async fn run<P: ProcessPorts>(&mut self, runner: &Arc<Runner<P>>) -> Result<(), JoinError> {
        let Self { loops, notifying, checks, attempts: _ } = self;
        tokio::select! {
            () = scheduler::run(runner, checks) => Ok(()),
            Some(ended) = loops.join_next() => ended,
            Some(ended) = notifying.join_next() => ended,
        }
    }

    /// Stops the services of `runner` before those of another config start. Deliveries and checks in flight
    /// go on.
    pub async fn retire<P: ProcessPorts>(&mut self, runner: &Runner<P>) {
        runner.notifier().close();
        self.loops.shutdown().await;
        // After a failure the next evaluator folds the runs since the last checkpoint again.
        if let Err(error) = runner.checkpoint().await {
            tracing::debug!(
                "failed to write a checkpoint before a config change: {}",
                chain(&error)
            );
        }
    }

    /// Begins no delivery any more, and waits for the deliveries and checks in flight, for at most `max_wait`.
    /// Checks that take longer are broken off. An attempt of an action gets the time of its own limit, at most
    /// `FINISH_ATTEMPTS_WITHIN`.
    pub async fn finish<P: ProcessPorts>(&mut self, runner: &Runner<P>, max_wait: Duration) {
        let begun = Instant::now();
        runner.notifier().close();
        let Self { checks, notifying, attempts, .. } = self;
        let finished = async {
            tokio::join!(until_empty(checks), until_empty(notifying));
        };
        let is_finished = timeout(max_wait, finished).await.is_ok();
        checks.abort_all();
        if !is_finished {
            finish_attempts(attempts, begun).await;
        }
    }

    /// Stops all services.
    pub async fn shutdown(&mut self) {
        self.loops.shutdown().await;
        self.notifying.shutdown().await;
    }
}

/// Waits for the notifiers of the last config, which were closed, and breaks them off if a delivery takes too
/// long.
async fn finish_earlier(mut earlier: JoinSet<()>, attempts: &[Arc<AttemptsUnderWay>]) {
    let begun = Instant::now();
    if timeout(FINISH_WITHIN, until_empty(&mut earlier)).await.is_err() {
        let is_ended = finish_attempts(attempts, begun).await
            && timeout(END_WITHIN, until_empty(&mut earlier)).await.is_ok();
        if !is_ended {
            tracing::warn!(
                "aborted what the previous config had begun to deliver; a message may be repeated"
            );
        }
    }
    earlier.shutdown().await;
}

/// Waits for the attempts of actions in flight since `begun`, each for at most its own time limit, and all for at most
/// [`FINISH_ATTEMPTS_WITHIN`]. Logs each one that takes longer. Returns true if there were some, and all have ended.
async fn finish_attempts(attempts: &[Arc<AttemptsUnderWay>], begun: Instant) -> bool {
    let under_way = || attempts.iter().flat_map(|attempts| attempts.list());
    let Some(latest) = under_way().map(|one| one.ends_by()).max() else { return false };
    let until = latest.min(begun + FINISH_ATTEMPTS_WITHIN);
    let rest = until.saturating_duration_since(Instant::now());
    let at_most = duration::format(Duration::from_secs(rest.as_secs()));
    for attempt in under_way() {
        tracing::info!(target: "allclear::attempt", "waiting for {attempt}, at most {at_most}");
    }
    let ended = async {
        for attempts in attempts {
            attempts.ended().await;
        }
    };
    let is_ended = timeout_at(until, ended).await.is_ok();
    for attempt in under_way() {
        tracing::warn!("cut off {attempt}: its result is unknown, and it is not repeated");
    }
    is_ended
}

async fn until_empty(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
