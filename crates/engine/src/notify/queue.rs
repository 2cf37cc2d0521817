//! The deliveries of one channel while a task sends them. The backlog decides, this does.

use std::time::Duration;

use crate::failure::secret_code;
use allclear_core::Timestamp;
use allclear_core::channel::{Envelope, SendError, Sender};
use allclear_core::checker::Secrets;
use allclear_core::delivery::{Delivery, DeliveryState, MAX_RETRY_AFTER, Predecessor};
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_core::ports::{Freshness, Outbox, ReadSecrets};
use allclear_core::redact::Redactor;
use allclear_evaluate::backlog::Next;
use secrecy::{ExposeSecret as _, SecretString};

use crate::notify::channel::{ChannelQueue, ChannelState, Destination, TryResult};
use crate::notify::notifier::{Notifier, Ports};
use crate::notify::report::SweepReport;

/// After so many failures in a row a channel rests.
const MAX_FAILURES_IN_A_ROW: u32 = 3;

/// The rest of a failing channel, and the wait after a failing store.
const PAUSE: Duration = Duration::from_secs(5);

/// The work on one channel, from one reason to begin to the next wait.
pub(crate) struct Queue<'a, O, S> {
    notifier: &'a Notifier,
    ports: Ports<'a, O, S>,
    channel: &'a ChannelState,
    known: &'a mut ChannelQueue,
    report: SweepReport,
    n_tries: usize,
    failures_in_a_row: u32,
    /// Whether the store has to be asked about predecessors: at the beginning, and for a new batch.
    must_look_back: bool,
    /// Whether the secrets were read again for a refusal: once is enough.
    has_read_again: bool,
}

/// Whether to go on after a step.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    GoOn,
    Stop,
}

impl<'a, O: Outbox, S: ReadSecrets> Queue<'a, O, S> {
    pub(crate) fn new(
        notifier: &'a Notifier,
        ports: Ports<'a, O, S>,
        channel: &'a ChannelState,
        known: &'a mut ChannelQueue,
    ) -> Self {
        let (report, n_tries, failures_in_a_row) = (SweepReport::default(), 0, 0);
        Self {
            notifier,
            ports,
            channel,
            known,
            report,
            n_tries,
            failures_in_a_row,
            must_look_back: true,
            has_read_again: false,
        }
    }

    /// Does what is due, and what falls due or comes in meanwhile.
    pub(crate) async fn drain(mut self) -> SweepReport {
        self.take_batch();
        self.record_again().await;
        loop {
            self.take_batch();
            self.load_predecessors().await;
            if matches!(self.channel.destination, Destination::Unknown) {
                self.give_up_all().await;
                return self.report;
            }
            let now = self.now();
            if let Some(until) = self.known.rest_until.filter(|until| *until > now) {
                self.report.wake_at(until);
                return self.report;
            }
            let flow = match self.known.backlog.next(now) {
                Next::Wait(at) => {
                    if let Some(at) = at {
                        self.report.wake_at(at);
                    }
                    Flow::Stop
                }
                Next::Record(delivery) => self.finish(*delivery).await,
                Next::Send(delivery) => self.send_one(*delivery, now).await,
            };
            if flow == Flow::Stop {
                return self.report;
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Takes what the store has listed since, if anything.
    fn take_batch(&mut self) {
        let Some(mut batch) = self.channel.take().filter(|one| one.reading > self.known.reading)
        else {
            return;
        };
        let (limits, now) = (self.ports.limits, self.now());
        // One that has a result is no longer new, although the store may not know it.
        batch
            .owed
            .retain(|one| self.known.results.contains_key(&one.id) || !limits.leave(one, now));
        self.known.reload(batch);
        self.must_look_back = true;
    }

    /// Records what could not be recorded. What cannot be recorded still is not sent again.
    async fn record_again(&mut self) {
        let unrecorded = self.known.results.values().filter(|result| !result.is_recorded);
        let unrecorded: Vec<Delivery> = unrecorded.map(|result| result.delivery.clone()).collect();
        for delivery in unrecorded {
            if self.record(&delivery).await == Flow::Stop {
                return;
            }
        }
    }

    /// Asks the store about the deliveries that others come after.
    async fn load_predecessors(&mut self) {
        if !std::mem::take(&mut self.must_look_back) {
            return;
        }
        for id in self.known.backlog.unknown_predecessors() {
            let end = match self.ports.outbox.predecessor(&id).await {
                Ok(end) => end,
                Err(error) => {
                    // One that will never be readable must not keep others back for ever.
                    let end = if error.is_retryable() {
                        self.report.wake_at(later(self.now(), PAUSE));
                        Predecessor::Owed
                    } else {
                        Predecessor::Forgotten
                    };
                    self.report.errors.push(error);
                    end
                }
            };
            self.known.backlog.learn(&id, end);
        }
    }

    async fn give_up_all(&mut self) {
        for delivery in self.known.backlog.drain() {
            let reason = format!("the config has no channel `{}`", delivery.channel);
            if self.finish(delivery.given_up(reason, self.now())).await == Flow::Stop {
                return;
            }
        }
    }

    /// Tries one delivery and records the result.
    async fn send_one(&mut self, delivery: Delivery, now: Timestamp) -> Flow {
        let limits = self.ports.limits;
        let would_end = self.ports.clock.elapsed().saturating_add(limits.try_timeout);
        if self.n_tries > 0 && would_end > limits.sweep {
            self.report.wake_at(now);
            self.known.backlog.update(delivery, None);
            return Flow::Stop;
        }
        if self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW {
            let until = later(now, PAUSE);
            self.report.wake_at(until);
            self.known.rest_until = Some(until);
            self.known.backlog.update(delivery, None);
            return Flow::Stop;
        }
        if self.ports.closing.is_some_and(|closing| *closing.borrow()) {
            self.known.backlog.update(delivery, None);
            return Flow::Stop;
        }
        self.n_tries += 1;
        let result = match self.channel.permits.acquire().await {
            Ok(_permit) => self.attempt(&delivery, now).await,
            Err(_) => Err(SendError::transient("the notifier ends")),
        };
        let now = self.now();
        let passing = result.as_ref().err().filter(|error| !error.is_permanent());
        self.failures_in_a_row = if passing.is_some() { self.failures_in_a_row + 1 } else { 0 };
        let asked_for = passing.and_then(|error| error.retry_after).unwrap_or_default();
        let is_uncertain = passing.is_some_and(|error| error.may_have_arrived);
        let uncertain = is_uncertain.then(|| delivery.id.clone());
        let delivery = delivery.after_try(result, now);
        self.known.backlog.update(delivery.clone(), uncertain);
        if !asked_for.is_zero() {
            self.known.rest_until = Some(later(now, asked_for.min(MAX_RETRY_AFTER)));
        }
        self.finish(delivery).await
    }

    async fn attempt(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), SendError> {
        let channel = self.channel;
        let sender = match &channel.destination {
            Destination::Ready(sender) => sender.as_ref(),
            Destination::Broken(why) => return Err(SendError::transient(why.clone())),
            Destination::Unknown => return Err(SendError::permanent("there is no such channel")),
        };
        let limit = self.ports.limits.try_timeout;
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
                // The secret may be the cause, so the delivery is not given up.
                Err(error) if refused.is_permanent() => Err(error),
                Ok(_) | Err(_) => sent,
            }
        };
        tokio::time::timeout(limit, sending).await.unwrap_or_else(|_| {
            let limit = duration::format(limit);
            Err(SendError::unanswered(format!("the channel was not done within {limit}")))
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
        // The operator can add the secret while the delivery is owed.
        let secrets = self.ports.secrets.secrets(&names, freshness).await;
        secrets.map_err(|error| {
            let code = secret_code(&error).as_str();
            tracing::error!(code, %error, "a channel lacks its secret");
            SendError::transient(error.to_string())
        })
    }

    /// Logs, counts and records the result of a delivery.
    async fn finish(&mut self, delivery: Delivery) -> Flow {
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
            DeliveryState::Superseded { .. } => {
                self.report.n_superseded += 1;
                tracing::info!(delivery = %id, %channel, %monitor, n_tries, "notification superseded");
            }
            DeliveryState::Owed { next_try_at, last_error } => {
                self.report.n_failed += 1;
                let error = last_error.as_deref().unwrap_or_default();
                tracing::warn!(delivery = %id, %channel, %monitor, n_tries, error, %next_try_at, "notification failed");
            }
        }
        self.record(&delivery).await
    }

    /// Records a result, and remembers it until a reading of the store has it.
    async fn record(&mut self, delivery: &Delivery) -> Flow {
        let recorded = self.ports.outbox.record_delivery(delivery).await;
        let is_recorded = recorded.is_ok();
        let flow = match recorded {
            Ok(()) => Flow::GoOn,
            Err(error) => {
                self.report.errors.push(error);
                self.report.wake_at(later(self.now(), PAUSE));
                Flow::Stop
            }
        };
        let reading = self.notifier.last_reading();
        let result = TryResult { delivery: delivery.clone(), reading, is_recorded };
        self.known.results.insert(delivery.id.clone(), result);
        flow
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
