//! The deliveries of one channel within a sweep. What to do is decided by the plan; here it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{Envelope, SendError, Sender};
use allclear_core::checker::Secrets;
use allclear_core::delivery::{
    Delivery, DeliveryId, DeliveryState, MAX_RETRY_AFTER, Predecessor, plan,
};
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_core::ports::{Freshness, Outbox, ReadSecrets};
use allclear_core::redact::Redactor;
use allclear_invocation::failure::secret_code;
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Clock;
use crate::notifier::{Destination, Limits};
use crate::report::SweepReport;

/// After so many failures in a row a channel is left alone until the next sweep.
const MAX_FAILURES_IN_A_ROW: u32 = 3;

/// How long a failing channel, or a failing store, is left alone.
const PAUSE: Duration = Duration::from_secs(5);

/// What a notifier knows of a channel beyond what is stored. All of it may be lost.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What became of deliveries, where that could not be recorded.
    unrecorded: BTreeMap<DeliveryId, Delivery>,
    /// Until when the destination asked to be left alone.
    rest_until: Option<Timestamp>,
}

impl Memory {
    pub(crate) fn is_at_rest(&self, now: Timestamp) -> bool {
        self.rest_until.is_some_and(|until| until > now)
    }
}

/// The deliveries owed to one channel, in the order they were decided.
pub(crate) struct Queue<'a, O, S> {
    outbox: &'a O,
    secrets: &'a S,
    limits: Limits,
    clock: Clock,
    memory: &'a mut Memory,
    owed: Vec<Delivery>,
    before: BTreeMap<DeliveryId, Predecessor>,
    report: SweepReport,
    /// Whether the secrets were read again for a refusal: once in a sweep is enough.
    has_read_again: bool,
}

impl<'a, O: Outbox, S: ReadSecrets> Queue<'a, O, S> {
    pub(crate) fn new(
        outbox: &'a O,
        secrets: &'a S,
        limits: Limits,
        clock: Clock,
        memory: &'a mut Memory,
        owed: Vec<Delivery>,
    ) -> Self {
        let (before, report) = (BTreeMap::new(), SweepReport::default());
        let has_read_again = false;
        Self { outbox, secrets, limits, clock, memory, owed, before, report, has_read_again }
    }

    /// Does what is due.
    pub(crate) async fn work_off(mut self, destination: Option<&Destination>) -> SweepReport {
        self.record_again().await;
        // Not before: what was sent and is not recorded is new as well.
        let (limits, now) = (self.limits, self.clock.now());
        self.owed.retain(|delivery| !limits.leave(delivery, now));
        let Some(destination) = destination else {
            self.give_up_all().await;
            return self.report;
        };
        self.look_back().await;
        if !self.memory.is_at_rest(self.clock.now()) {
            self.send_all(destination).await;
        }
        let next_due_at = match self.memory.rest_until {
            Some(until) if until > self.clock.now() => Some(until),
            Some(_) | None => plan(&self.owed, &self.before, self.clock.now()).next_due_at,
        };
        if let Some(at) = next_due_at {
            self.report.wake_at(at);
        }
        self.report
    }

    /// Records what earlier sweeps could not. What cannot be recorded still is not sent again.
    async fn record_again(&mut self) {
        let owed: BTreeSet<DeliveryId> = self.owed.iter().map(|one| one.id.clone()).collect();
        self.memory.unrecorded.retain(|id, _| owed.contains(id));
        for delivery in self.memory.unrecorded.clone().into_values() {
            self.record(delivery).await;
        }
    }

    /// Asks what became of the deliveries that others come after.
    async fn look_back(&mut self) {
        let known = |id: &DeliveryId| {
            self.before.contains_key(id) || self.owed.iter().any(|delivery| delivery.id == *id)
        };
        let all = self.owed.iter().flat_map(|delivery| &delivery.after);
        let unknown: BTreeSet<DeliveryId> = all.filter(|id| !known(id)).cloned().collect();
        for id in unknown {
            let what = match self.outbox.predecessor(&id).await {
                Ok(what) => what,
                Err(error) => {
                    // One that will never be readable must not keep others back for ever.
                    let what = if error.is_retryable() {
                        self.report.wake_at(later(self.clock.now(), PAUSE));
                        Predecessor::Owed
                    } else {
                        Predecessor::Forgotten
                    };
                    self.report.errors.push(error);
                    what
                }
            };
            self.before.insert(id, what);
        }
    }

    async fn give_up_all(&mut self) {
        for delivery in self.owed.clone() {
            let reason = format!("the config has no channel `{}`", delivery.channel);
            if !self.finish(delivery.given_up(reason, self.clock.now())).await {
                return;
            }
        }
    }

    async fn send_all(&mut self, destination: &Destination) {
        let mut failures_in_a_row = 0;
        let mut may_try = true;
        loop {
            let now = self.clock.now();
            let plan = plan(&self.owed, &self.before, now);
            if let Some(delivery) = plan.give_up.first() {
                let reason = "the notice that it takes back never arrived".to_owned();
                let delivery = (*delivery).clone().given_up(reason, now);
                if !self.finish(delivery).await {
                    return;
                }
                continue;
            }
            let Some(delivery) = plan.send.first() else { return };
            if !may_try {
                return self.report.wake_at(now);
            }
            if failures_in_a_row >= MAX_FAILURES_IN_A_ROW {
                return self.report.wake_at(later(now, PAUSE));
            }
            let delivery = (*delivery).clone();
            let result = self.attempt(destination, &delivery, now).await;
            let now = self.clock.now();
            let passing = result.as_ref().err().filter(|error| !error.is_permanent());
            failures_in_a_row = if passing.is_some() { failures_in_a_row + 1 } else { 0 };
            let asked_for = passing.and_then(|error| error.retry_after).unwrap_or_default();
            if !self.finish(delivery.after_try(result, now)).await {
                return;
            }
            if !asked_for.is_zero() {
                self.memory.rest_until = Some(later(now, asked_for.min(MAX_RETRY_AFTER)));
                return;
            }
            may_try = self.clock.elapsed() + self.limits.try_timeout <= self.limits.sweep;
        }
    }

    async fn attempt(
        &mut self,
        destination: &Destination,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let sender = match destination {
            Destination::Ready(sender) => sender.as_ref(),
            Destination::Broken(why) => return Err(SendError::transient(why.clone())),
        };
        let limit = self.limits.try_timeout;
        let sending = async {
            let secrets = self.secrets_of(sender, Freshness::Cached).await?;
            let sent = send(sender, delivery, &secrets, now).await;
            let Err(refused) = &sent else { return sent };
            if secrets.is_empty() || refused.retry_after.is_some() || self.has_read_again {
                return sent;
            }
            // It may have been sent with a secret that was rotated since.
            self.has_read_again = true;
            match self.secrets_of(sender, Freshness::Fresh).await {
                Ok(fresh) if !is_same(&fresh, &secrets) => {
                    send(sender, delivery, &fresh, now).await
                }
                // Whether it was the secret is not known: it is not given up for that.
                Err(error) if refused.is_permanent() => Err(error),
                Ok(_) | Err(_) => sent,
            }
        };
        tokio::time::timeout(limit, sending).await.unwrap_or_else(|_| {
            let limit = duration::format(limit);
            Err(SendError::transient(format!("the channel was not done within {limit}")))
        })
    }

    async fn secrets_of(
        &self,
        sender: &dyn Sender,
        freshness: Freshness,
    ) -> Result<Secrets, SendError> {
        let names = sender.secrets();
        if names.is_empty() {
            return Ok(Secrets::new());
        }
        // Whoever runs this can put the secret there while the delivery is owed.
        let secrets = self.secrets.secrets(&names, freshness).await;
        secrets.map_err(|error| {
            let code = secret_code(&error).as_str();
            tracing::error!(code, %error, "a channel lacks its secret");
            SendError::transient(error.to_string())
        })
    }

    /// Tells and records what became of a delivery. Returns whether the store has it.
    async fn finish(&mut self, delivery: Delivery) -> bool {
        let Delivery { id, channel, n_tries, .. } = &delivery;
        let monitor = &delivery.notification.monitor;
        match &delivery.state {
            DeliveryState::Sent { .. } => {
                self.report.n_sent += 1;
                tracing::info!(delivery = %id, %channel, %monitor, n_tries, "notification sent");
            }
            DeliveryState::GivenUp { reason, .. } => {
                self.report.n_given_up += 1;
                tracing::error!(delivery = %id, %channel, %monitor, n_tries, reason, "notification given up");
            }
            DeliveryState::Owed { next_try_at, last_error } => {
                self.report.n_failed += 1;
                let error = last_error.as_deref().unwrap_or_default();
                tracing::warn!(delivery = %id, %channel, %monitor, n_tries, error, %next_try_at, "notification failed");
            }
        }
        self.record(delivery).await
    }

    async fn record(&mut self, delivery: Delivery) -> bool {
        let recorded = self.outbox.record_delivery(&delivery).await;
        let is_recorded = recorded.is_ok();
        match recorded {
            Ok(()) => {
                self.memory.unrecorded.remove(&delivery.id);
            }
            Err(error) => {
                self.report.errors.push(error);
                self.report.wake_at(later(self.clock.now(), PAUSE));
                self.memory.unrecorded.insert(delivery.id.clone(), delivery.clone());
            }
        }
        let end = match &delivery.state {
            DeliveryState::Sent { .. } => Predecessor::Sent,
            DeliveryState::GivenUp { .. } => Predecessor::GivenUp,
            DeliveryState::Owed { .. } => Predecessor::Owed,
        };
        if end == Predecessor::Owed {
            for known in self.owed.iter_mut().filter(|known| known.id == delivery.id) {
                known.clone_from(&delivery);
            }
        } else {
            self.owed.retain(|known| known.id != delivery.id);
            self.before.insert(delivery.id, end);
        }
        is_recorded
    }
}

async fn send(
    sender: &dyn Sender,
    delivery: &Delivery,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<(), SendError> {
    let Delivery { notification, id, .. } = delivery;
    let envelope = Envelope { notification, delivery: id, secrets, now };
    sender.send(envelope).await.map_err(|error| {
        let message = Redactor::new(secrets).redact(&error.message).into_owned();
        SendError { message, ..error }
    })
}

fn is_same(a: &Secrets, b: &Secrets) -> bool {
    let is_in_b = |(name, value): (&SecretName, &SecretString)| {
        b.get(name).is_some_and(|other| other.expose_secret() == value.expose_secret())
    };
    a.len() == b.len() && a.iter().all(is_in_b)
}

fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}
