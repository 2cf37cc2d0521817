//! One check of one monitor: its start time, its permit, its deadline, and its one recheck.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::Beat;
use allclear_core::checker::{CheckContext, Checker};
use allclear_core::cost::Cost;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Finding, Labels, Outcome, Verdict};
use allclear_core::ports::SecretError;
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_core::status::Fault;
use allclear_core::window::Opening;
use allclear_core::{text, threshold};
use futures_util::FutureExt as _;
use tokio::time::{Instant, sleep_until, timeout};

use crate::probe::budget::CheckBudget;
use crate::probe::checker_state::{FinishedCheck, ReadState, Tried};
use crate::probe::concurrency::{CheckEnding, InFlight, Lanes, Permit, STRAGGLE};

/// The minimum time of a check. A check with less time would fail only because of the limit. A recheck ends
/// at least this long before the next check is due.
pub(crate) const MIN_TIME: Duration = Duration::from_secs(1);

/// The time beyond its timeout in which a checker may report the timeout itself. Its own message names the
/// phase that hung.
const GRACE: Duration = Duration::from_millis(250);

/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 500;

/// The longest text of a label that is kept, in characters.
const MAX_LABEL: usize = 200;

/// The most labels that are kept, the first by name.
const MAX_LABELS: usize = 24;

/// One check that is about to be made.
pub(crate) struct CheckAttempt {
    pub(crate) monitor: Monitor,
    /// The longest wait for a permit: until the next check is due, or until too little time is left for this
    /// one. `None` if too little is left already.
    pub(crate) max_wait: Option<Duration>,
    pub(crate) checker: Arc<dyn Checker>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) in_flight: InFlight,
    pub(crate) secrets: Result<Secrets, SecretError>,
    pub(crate) beat: Option<Beat>,
    pub(crate) listener_gap: Option<Opening>,
    /// The due time, relative to the scheduled time of the run.
    pub(crate) offset: Duration,
    /// The due time.
    pub(crate) due_at: Timestamp,
    /// The due time on the monotonic clock.
    pub(crate) starts_at: Instant,
    pub(crate) memory: ReadState,
    pub(crate) budget: CheckBudget,
    /// The time between two scheduled checks.
    pub(crate) interval: Duration,
    pub(crate) force_all: bool,
    /// The results of earlier attempts with other secrets.
    pub(crate) tried: Tried,
}

impl CheckAttempt {
    /// Waits for the due time and the permit, makes the check, and repeats a failed check once.
    pub(crate) async fn make(mut self) -> FinishedCheck {
        sleep_until(self.starts_at).await;
        let secrets = match std::mem::replace(&mut self.secrets, Ok(Secrets::new())) {
            Ok(secrets) => secrets,
            Err(error) => {
                let cause = Cause::of(Reason::SecretUnreadable, error.to_string());
                return self.not_started(cause, &Redactor::default());
            }
        };
        let redactor = Redactor::new(&secrets);
        let permit = match self.max_wait {
            Some(max_wait) => {
                timeout(max_wait, self.lanes.acquire(&self.in_flight)).await.ok().flatten()
            }
            None => None,
        };
        let Some(mut permit) = permit else {
            let cause = Cause::of(Reason::NotSent, "not started in time: too many checks at once");
            return self.not_started(cause, &redactor);
        };

        let mut began = Instant::now();
        let mut finding = self.check(&secrets, self.monitor.timeout, &mut permit).await;
        if let Some(time) = self.recheck_time(&finding) {
            began = Instant::now();
            finding = self.check(&secrets, time, &mut permit).await;
        }
        let is_hanging = finding.verdict != Verdict::Healthy && began.elapsed() >= STRAGGLE;
        self.in_flight.remember(if is_hanging { CheckEnding::Hung } else { CheckEnding::InTime });
        self.completed(finding, &redactor)
    }

    /// Returns the time limit of a recheck; `None` if no recheck is made.
    fn recheck_time(&self, finding: &Finding) -> Option<Duration> {
        let failed =
            matches!(&finding.verdict, Verdict::Unhealthy(cause) if cause.fault == Fault::Target);
        let failed = failed || self.is_slow_start(finding);
        let wanted =
            self.monitor.recheck && !self.in_flight.is_hanging && !self.checker.listens_for_beats();
        let left = self.monitor.interval.saturating_sub(self.starts_at.elapsed());
        let time = self.monitor.timeout.min(left.saturating_sub(MIN_TIME));
        (failed && wanted && time >= MIN_TIME).then_some(time)
    }

    /// Returns true for a slow answer to the first check of a monitor in this process. A process that has
    /// just started is slow itself; by the second check it no longer is.
    fn is_slow_start(&self, finding: &Finding) -> bool {
        let limit = self.monitor.expected_response_time;
        let is_slow = match &finding.verdict {
            Verdict::Degraded(cause) => cause.fault == Fault::Target,
            Verdict::Healthy => {
                finding.latency.zip(limit).is_some_and(|(took, limit)| took > limit)
            }
            Verdict::Unhealthy(_) | Verdict::Unknown(_) => false,
        };
        self.in_flight.is_first && is_slow && finding.cost == Cost::ZERO
    }

    /// Makes one attempt under its deadline. The place in the fast lane is released when the attempt takes longer than
    /// [`STRAGGLE`].
    async fn check(&mut self, secrets: &Secrets, limit: Duration, permit: &mut Permit) -> Finding {
        let finding = self.check_once(secrets, limit, permit).await;
        let mut finding = threshold::judged(&self.monitor.thresholds, finding);
        self.tried.add(&mut finding);
        finding
    }

    async fn check_once(&self, secrets: &Secrets, limit: Duration, permit: &mut Permit) -> Finding {
        let context = CheckContext {
            now: self.due_at,
            timeout: limit,
            secrets,
            beat: self.beat.as_ref(),
            listener_gap: self.listener_gap,
            prior_state: self.tried.prior_state(&self.memory),
            budget: &self.budget,
            interval: self.interval,
            force_all: self.force_all,
        };
        let checked = AssertUnwindSafe(self.checker.check(context)).catch_unwind();
        let mut checking = pin!(timeout(limit + GRACE, checked));
        let result = if self.in_flight.is_hanging {
            checking.await
        } else if let Ok(result) = timeout(STRAGGLE, &mut checking).await {
            result
        } else {
            permit.release_fast_lane();
            checking.await
        };
        match result {
            Ok(Ok(finding)) => finding,
            Ok(Err(_)) => Finding::of(Verdict::unknown(Cause::of(
                Reason::CheckFailed,
                "the check failed inside the monitor; see its log",
            ))),
            Err(_) => Finding::of(Verdict::Unhealthy(Cause::of(
                Reason::Timeout,
                format!("no answer within {}", allclear_core::duration::format(limit)),
            ))),
        }
    }

    /// Returns the result of a check that failed before it began.
    fn not_started(mut self, cause: Cause, redactor: &Redactor) -> FinishedCheck {
        let mut finding = Finding::of(Verdict::unknown(cause));
        self.tried.add(&mut finding);
        self.completed(finding, redactor)
    }

    fn completed(self, mut finding: Finding, redactor: &Redactor) -> FinishedCheck {
        if let Verdict::Degraded(cause) | Verdict::Unhealthy(cause) | Verdict::Unknown(cause) =
            &mut finding.verdict
        {
            cause.message = sanitized(&cause.message, redactor, MAX_MESSAGE);
        }
        finding.labels = labels(finding.labels, redactor);
        FinishedCheck::new(self.tried, redactor, |cost, attempts| {
            finding.cost = cost;
            Outcome::new(self.monitor.id, self.offset, finding, attempts)
        })
    }
}

fn labels(labels: Labels, redactor: &Redactor) -> Labels {
    let kept = labels.into_iter().take(MAX_LABELS);
    kept.map(|(name, text)| (name, sanitized(&text, redactor, MAX_LABEL))).collect()
}

/// Redacts before it cuts, because a secret that is cut in half is not recognized. Hidden characters are
/// removed last, because they may hide a secret.
fn sanitized(text: &str, redactor: &Redactor, n_characters: usize) -> String {
    text::visible(&redactor.redact(text)).chars().take(n_characters).collect()
}
