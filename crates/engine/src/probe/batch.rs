//! A batch: checks that were started together, and their outcomes as they come in.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::Beat;
use allclear_core::id::{MonitorId, SecretName};
use allclear_core::outcome::Outcome;
use allclear_core::ports::{ReadSecrets, ReserveBudget, SecretError, SecretFreshness};
use allclear_core::schedule::Slot;
use allclear_core::secret::Secrets;
use allclear_core::status::Fault;
use secrecy::ExposeSecret as _;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::probe::Prober;
use crate::probe::attempt::{CheckAttempt, MIN_TIME};
use crate::probe::budget::{BudgetCounter, BudgetServer};
use crate::probe::checker_state::{FinishedCheck, ReadState, Tried};

/// The terms of the checks of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchTerms {
    /// The scheduled time of the checks.
    pub(crate) scheduled_at: Timestamp,
    /// The start of the invocation.
    pub(crate) now: Timestamp,
    /// The time limit of each check, in addition to its own.
    pub(crate) limit: Duration,
    /// True if an operator requested the checks.
    pub(crate) force_all: bool,
}

/// The checks under way.
pub(crate) struct CheckBatch<'a, S, K> {
    prober: &'a Prober,
    budgets: BudgetServer<'a, S>,
    secrets: &'a K,
    terms: BatchTerms,
    /// The delay of the start.
    pub(crate) lag: Duration,
    pub(crate) began: Instant,
    checks: JoinSet<FinishedCheck>,
    /// The checks that sent secrets, until those were read again.
    sent: HashMap<MonitorId, CheckInput<'a>>,
    /// A check whose outcome may be caused by a secret that was rotated.
    refused: Option<FinishedCheck>,
    /// True if the secrets were read again.
    has_read_again: bool,
    /// The number of monitors that were skipped because their last check was still running.
    pub(crate) n_skipped: usize,
}

/// The input of a check.
struct TryInput<'a> {
    slot: Slot<'a>,
    secrets: Result<Secrets, SecretError>,
    beat: Option<Beat>,
    memory: ReadState,
    /// The attempts before this one.
    tried: Tried,
}

/// The input of a check under way, for a repetition with other secrets.
struct CheckInput<'a> {
    slot: Slot<'a>,
    names: Vec<SecretName>,
    values: Secrets,
    memory: ReadState,
}

impl<'a, S: ReserveBudget, K: ReadSecrets> CheckBatch<'a, S, K> {
    pub(crate) fn new(prober: &'a Prober, store: &'a S, secrets: &'a K, terms: BatchTerms) -> Self {
        let counter = if prober.without_state {
            BudgetCounter::InMemory(&prober.budgets)
        } else {
            BudgetCounter::Stored(store)
        };
        let lag = terms.now.duration_since(terms.scheduled_at);
        Self {
            prober,
            budgets: BudgetServer::new(counter),
            secrets,
            terms,
            lag: Duration::try_from(lag).unwrap_or_default(),
            began: Instant::now(),
            checks: JoinSet::new(),
            sent: HashMap::new(),
            refused: None,
            has_read_again: false,
            n_skipped: 0,
        }
    }

    /// Begins the check of `slot`, unless the last one of its monitor is under way.
    pub(crate) async fn begin(&mut self, slot: Slot<'a>, beat: Option<Beat>, memory: ReadState) {
        let Some(checker) = self.prober.checkers.get(&slot.monitor.id) else { return };
        let names = checker.secrets();
        let values = if names.is_empty() {
            Ok(Secrets::new())
        } else {
            self.secrets.secrets(&names, SecretFreshness::Cached).await
        };
        if let Ok(values) = &values
            && !names.is_empty()
        {
            let sent = CheckInput { slot, names, values: values.clone(), memory: memory.clone() };
            self.sent.insert(slot.monitor.id.clone(), sent);
        }
        self.check(TryInput { slot, secrets: values, beat, memory, tried: Tried::default() });
    }

    fn check(&mut self, one: TryInput<'a>) {
        let TryInput { slot, secrets, beat, memory, tried } = one;
        let Prober { checkers, lanes, listener_gap, .. } = self.prober;
        let Some(checker) = checkers.get(&slot.monitor.id) else { return };
        let Some(in_flight) = lanes.begin_check(&slot.monitor.id) else {
            self.n_skipped += 1;
            return;
        };
        let due_at = self.terms.scheduled_at + slot.offset;
        let mut monitor = slot.monitor.clone();
        let BatchTerms { limit, force_all, .. } = self.terms;
        let remaining = limit.saturating_sub(self.began.elapsed());
        monitor.interval = monitor.interval.min(limit);
        let has_time = remaining >= monitor.timeout.min(MIN_TIME);
        monitor.timeout = monitor.timeout.min(remaining);
        let max_wait =
            has_time.then_some(monitor.interval.min(remaining.saturating_sub(monitor.timeout)));
        let attempt = CheckAttempt {
            monitor,
            max_wait,
            checker: Arc::clone(checker),
            lanes: Arc::clone(lanes),
            in_flight,
            secrets,
            beat,
            listener_gap: *listener_gap,
            offset: slot.offset,
            due_at,
            starts_at: self.began + slot.offset.saturating_sub(self.lag),
            memory,
            budget: self.budgets.budget_of(&slot.monitor.id, due_at),
            interval: slot.monitor.interval,
            force_all,
            tried,
        };
        self.checks.spawn(attempt.make());
    }

    /// Returns the next finished check; `None` when all are finished. The future may be dropped at any point.
    ///
    /// A check whose credentials were refused is held back until the secrets were read again. If they have
    /// changed, the check is repeated, and that outcome counts.
    pub(crate) async fn next(&mut self) -> Option<FinishedCheck> {
        loop {
            if self.refused.is_none() {
                let ended = self.budgets.serve_during(self.checks.join_next()).await;
                let Some(found) = finished_or_logged(ended?) else { continue };
                let Outcome { monitor, verdict, .. } = &found.outcome;
                let fault = verdict.cause().map(|cause| cause.fault);
                if fault != Some(Fault::Credentials) || !self.sent.contains_key(monitor) {
                    return Some(found);
                }
                self.refused = Some(found);
            }
            let changed = self.changed_secrets().await;
            let found = self.refused.take()?;
            let sent = self.sent.remove(&found.outcome.monitor);
            match changed.zip(sent) {
                Some((values, CheckInput { slot, memory, .. })) => {
                    let (secrets, tried) = (Ok(values), found.into_tried());
                    self.check(TryInput { slot, secrets, beat: None, memory, tried });
                }
                None => return Some(found),
            }
        }
    }

    /// Runs `work` while checks are under way, and answers their budget requests meanwhile.
    pub(crate) async fn run_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        self.budgets.serve_during(work).await
    }

    /// Reads the secrets of the refused check again; `None` if they are the ones that were sent.
    async fn changed_secrets(&mut self) -> Option<Secrets> {
        let sent = self.sent.get(&self.refused.as_ref()?.outcome.monitor)?;
        // The secrets are read again once per batch; the other checks use the new values too.
        let freshness =
            if self.has_read_again { SecretFreshness::Cached } else { SecretFreshness::Fresh };
        let reading = Box::pin(self.secrets.secrets(&sent.names, freshness));
        let read = self.budgets.serve_during(reading).await;
        self.has_read_again = true;
        let values = read
            .inspect_err(|error| tracing::warn!(%error, "failed to refresh rejected secrets"))
            .ok()?;
        (!is_same(&values, &sent.values)).then_some(values)
    }
}

fn is_same(a: &Secrets, b: &Secrets) -> bool {
    a.len() == b.len()
        && a.iter().all(|(name, value)| {
            b.get(name).is_some_and(|other| other.expose_secret() == value.expose_secret())
        })
}

/// Returns the result of a task. A panic of a check is caught inside its task, so that a result is lost only
/// when the runtime ends.
fn finished_or_logged(found: Result<FinishedCheck, JoinError>) -> Option<FinishedCheck> {
    found.inspect_err(|error| tracing::error!(%error, "a check task ended without an outcome")).ok()
}
