//! One check of one monitor: its moment, its turn, its deadline, and the one recheck.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::{Beat, CheckContext, Checker, Recall, Secrets};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::SecretError;
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::status::Fault;
use allclear_core::window::Opening;
use futures_util::FutureExt as _;
use tokio::time::{Instant, sleep_until, timeout};

use crate::lanes::{Lanes, Place, STRAGGLE, Turn};

/// A check with less time than this, and than it may take, would only fail for want of it. A recheck
/// ends as long before the next check is due.
pub(crate) const MIN_TIME: Duration = Duration::from_secs(1);

/// How much longer than its timeout a checker may take to say so itself. Its own message knows
/// which phase hung.
const GRACE: Duration = Duration::from_millis(250);

/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 500;

/// One check that is about to be made.
pub(crate) struct Attempt {
    pub(crate) monitor: Monitor,
    /// How long it may wait for its turn: until the next check is due, or there is no time left for
    /// this one. `None` where there is none already.
    pub(crate) patience: Option<Duration>,
    pub(crate) checker: Arc<dyn Checker>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) place: Place,
    pub(crate) secrets: Result<Secrets, SecretError>,
    pub(crate) beat: Option<Beat>,
    pub(crate) deaf: Option<Opening>,
    /// When it is due, from the run's scheduled time.
    pub(crate) offset: Duration,
    /// The same as a time.
    pub(crate) due_at: Timestamp,
    /// The same on the monotonic clock.
    pub(crate) starts_at: Instant,
    /// How often it was tried before, with other secrets.
    pub(crate) n_before: u8,
}

impl Attempt {
    /// Waits for the moment and the turn, checks, and checks a failure once more.
    pub(crate) async fn make(mut self) -> Outcome {
        sleep_until(self.starts_at).await;
        let secrets = match std::mem::replace(&mut self.secrets, Ok(Secrets::new())) {
            Ok(secrets) => secrets,
            Err(error) => {
                let cause = Cause::monitor(Reason::SecretUnreadable, error.to_string());
                return self.outcome(Finding::of(Verdict::Unknown(cause)), 1, &Redactor::default());
            }
        };
        let redactor = Redactor::new(&secrets);
        let turn = match self.patience {
            Some(patience) => timeout(patience, self.lanes.turn(&self.place)).await.ok().flatten(),
            None => None,
        };
        let Some(mut turn) = turn else {
            let cause = Cause::monitor(Reason::NotSent, "no turn came in time for the check");
            return self.outcome(Finding::of(Verdict::Unknown(cause)), 1, &redactor);
        };

        let mut began = Instant::now();
        let mut finding = self.check(&secrets, self.monitor.timeout, &mut turn).await;
        let mut attempts = 1;
        if let Some(time) = self.time_for_a_recheck(&finding) {
            began = Instant::now();
            finding = self.check(&secrets, time, &mut turn).await;
            attempts = 2;
        }
        let hung = finding.verdict != Verdict::Healthy && began.elapsed() >= STRAGGLE;
        self.place.remember(hung);
        self.outcome(finding, attempts, &redactor)
    }

    /// How long a recheck may take; `None` where there is none to make.
    fn time_for_a_recheck(&self, finding: &Finding) -> Option<Duration> {
        let failed =
            matches!(&finding.verdict, Verdict::Unhealthy(cause) if cause.fault == Fault::Target);
        let wanted = self.monitor.recheck && !self.place.hung && !self.checker.listens_for_beats();
        let left = self.monitor.interval.saturating_sub(self.starts_at.elapsed());
        let time = self.monitor.timeout.min(left.saturating_sub(MIN_TIME));
        (failed && wanted && time >= MIN_TIME).then_some(time)
    }

    /// One attempt under its deadline. The turn is given back when the attempt begins to straggle.
    async fn check(&self, secrets: &Secrets, limit: Duration, turn: &mut Turn) -> Finding {
        let context = CheckContext {
            now: self.due_at,
            timeout: limit,
            secrets,
            beat: self.beat.as_ref(),
            deaf: self.deaf,
            recall: Recall::Unreadable,
            is_thorough: false,
        };
        let caught = AssertUnwindSafe(self.checker.check(context)).catch_unwind();
        let mut checking = pin!(timeout(limit + GRACE, caught));
        let result = if self.place.hung {
            checking.await
        } else if let Ok(result) = timeout(STRAGGLE, &mut checking).await {
            result
        } else {
            turn.give_way();
            checking.await
        };
        match result {
            Ok(Ok(finding)) => finding,
            Ok(Err(_)) => Finding::of(Verdict::Unknown(Cause::monitor(
                Reason::CheckFailed,
                "the check failed inside the monitor; its log says more",
            ))),
            Err(_) => Finding::of(Verdict::Unhealthy(Cause::target(
                Reason::Timeout,
                format!("no answer within {}", allclear_core::duration::format(limit)),
            ))),
        }
    }

    fn outcome(self, mut finding: Finding, attempts: u8, redactor: &Redactor) -> Outcome {
        if let Verdict::Degraded(cause) | Verdict::Unhealthy(cause) | Verdict::Unknown(cause) =
            &mut finding.verdict
        {
            cause.message = redactor.redact(&cause.message).chars().take(MAX_MESSAGE).collect();
        }
        let attempts = attempts.saturating_add(self.n_before);
        Outcome::new(self.monitor.id.clone(), self.offset, finding, attempts)
    }
}
