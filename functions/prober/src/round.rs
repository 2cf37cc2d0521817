//! A round: checks that were begun together, and their outcomes as they come in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::{Beat, Secrets};
use allclear_core::id::{MonitorId, SecretName};
use allclear_core::outcome::Outcome;
use allclear_core::ports::{Freshness, ReadSecrets, SecretError};
use allclear_core::schedule::Slot;
use allclear_core::status::Fault;
use secrecy::ExposeSecret as _;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::Prober;
use crate::attempt::{Attempt, MIN_TIME};

/// Checks under way.
pub(crate) struct Round<'a, K> {
    prober: &'a Prober,
    secrets: &'a K,
    scheduled_at: Timestamp,
    /// How late it began.
    pub(crate) lag: Duration,
    pub(crate) began: Instant,
    /// How long checks may take in all, beside their own limits.
    limit: Duration,
    checks: JoinSet<Outcome>,
    /// The checks that sent secrets, until those were read again.
    sent: HashMap<MonitorId, Sent<'a>>,
    /// An outcome that may come of a secret that was rotated.
    refused: Option<Outcome>,
    /// Whether the secrets were read again.
    has_read_again: bool,
    /// How many monitors were passed over because their last check still ran.
    pub(crate) n_passed_over: usize,
}

/// What a check was made with.
struct Sent<'a> {
    slot: Slot<'a>,
    names: Vec<SecretName>,
    values: Secrets,
}

impl<'a, K: ReadSecrets> Round<'a, K> {
    pub(crate) fn new(
        prober: &'a Prober,
        secrets: &'a K,
        scheduled_at: Timestamp,
        now: Timestamp,
        limit: Duration,
    ) -> Self {
        Self {
            prober,
            secrets,
            scheduled_at,
            lag: Duration::try_from(now.duration_since(scheduled_at)).unwrap_or_default(),
            began: Instant::now(),
            limit,
            checks: JoinSet::new(),
            sent: HashMap::new(),
            refused: None,
            has_read_again: false,
            n_passed_over: 0,
        }
    }

    /// Begins the check of `slot`, unless the last one of its monitor is under way.
    pub(crate) async fn begin(&mut self, slot: Slot<'a>, beat: Option<Beat>) {
        let Some(checker) = self.prober.checkers.get(&slot.monitor.id) else { return };
        let names = checker.secrets();
        let values = if names.is_empty() {
            Ok(Secrets::new())
        } else {
            self.secrets.secrets(&names, Freshness::Cached).await
        };
        if let Ok(values) = &values
            && !names.is_empty()
        {
            let sent = Sent { slot, names, values: values.clone() };
            self.sent.insert(slot.monitor.id.clone(), sent);
        }
        self.check(slot, values, beat, 0);
    }

    fn check(
        &mut self,
        slot: Slot<'a>,
        secrets: Result<Secrets, SecretError>,
        beat: Option<Beat>,
        n_before: u8,
    ) {
        let Prober { checkers, lanes, deaf, .. } = self.prober;
        let Some(checker) = checkers.get(&slot.monitor.id) else { return };
        let Some(place) = lanes.enter(&slot.monitor.id) else {
            self.n_passed_over += 1;
            return;
        };
        let mut monitor = slot.monitor.clone();
        let left = self.limit.saturating_sub(self.began.elapsed());
        monitor.interval = monitor.interval.min(self.limit);
        let has_time = left >= monitor.timeout.min(MIN_TIME);
        monitor.timeout = monitor.timeout.min(left);
        let patience =
            has_time.then_some(monitor.interval.min(left.saturating_sub(monitor.timeout)));
        let attempt = Attempt {
            monitor,
            patience,
            checker: Arc::clone(checker),
            lanes: Arc::clone(lanes),
            place,
            secrets,
            beat,
            deaf: *deaf,
            offset: slot.offset,
            due_at: self.scheduled_at + slot.offset,
            starts_at: self.began + slot.offset.saturating_sub(self.lag),
            n_before,
        };
        self.checks.spawn(attempt.make());
    }

    /// The next outcome; `None` when all have come in. May be cut short.
    ///
    /// One whose credentials were refused is held back until the secrets were read again: if they
    /// have changed, the check is made once more, and that outcome counts.
    pub(crate) async fn next(&mut self) -> Option<Outcome> {
        loop {
            if self.refused.is_none() {
                let Some(outcome) = taken(self.checks.join_next().await?) else { continue };
                let fault = outcome.verdict.cause().map(|cause| cause.fault);
                if fault != Some(Fault::Credentials) || !self.sent.contains_key(&outcome.monitor) {
                    return Some(outcome);
                }
                self.refused = Some(outcome);
            }
            let changed = self.changed_secrets().await;
            let outcome = self.refused.take()?;
            let sent = self.sent.remove(&outcome.monitor);
            match changed.zip(sent) {
                Some((values, sent)) => self.check(sent.slot, Ok(values), None, outcome.attempts),
                None => return Some(outcome),
            }
        }
    }

    /// The secrets of the refused check, read again; `None` where they are what was sent.
    async fn changed_secrets(&mut self) -> Option<Secrets> {
        let sent = self.sent.get(&self.refused.as_ref()?.monitor)?;
        // What was read again for one is what the others find too.
        let freshness = if self.has_read_again { Freshness::Cached } else { Freshness::Fresh };
        let read = self.secrets.secrets(&sent.names, freshness).await;
        self.has_read_again = true;
        let values = read
            .inspect_err(|error| tracing::warn!(%error, "refused secrets could not be read again"))
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

/// The outcome of a task. A check that panicked was caught inside it, so none is lost but by the end
/// of the runtime.
fn taken(outcome: Result<Outcome, JoinError>) -> Option<Outcome> {
    outcome.inspect_err(|error| tracing::error!(%error, "a check ended without an outcome")).ok()
}
