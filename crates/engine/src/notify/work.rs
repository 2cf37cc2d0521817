//! The work on single deliveries: claiming, trying, settling, looking up. Each piece runs concurrently with
//! others of the same channel and returns the facts that the queue needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::failure::secret_code;
use allclear_core::Timestamp;
use allclear_core::action::AttemptOrder;
use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{Envelope, Sender};
use allclear_core::claim::CLAIM_FOR;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, Predecessor};
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_core::ports::{
    Outbox, ReadSecrets, SecretError, SecretFreshness, StoreError, StoreResult,
};
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use secrecy::{ExposeSecret as _, SecretString};

use crate::notify::channel::{ChannelDestination, ChannelState};
use crate::notify::claims::{Claimant, Grant};
use crate::notify::ports::NotifyPorts;

/// The time by which an executor may exceed the time limit of an attempt before it is cut off.
const GRACE: Duration = Duration::from_secs(2);

/// The time that recording the result of an attempt may take, with the reading of secrets before the execution.
const RECORDED_WITHIN: Duration = Duration::from_secs(10);

/// The ports and the channel of a piece of work.
pub(crate) struct DeliveryWork<'a, O, S> {
    pub(crate) claimant: &'a Claimant,
    pub(crate) ports: NotifyPorts<'a, O, S>,
    pub(crate) channel: &'a ChannelState,
    /// True after the secrets were read again because of a refusal. This happens once per sweep.
    pub(crate) has_read_again: Arc<AtomicBool>,
}

impl<O, S> Clone for DeliveryWork<'_, O, S> {
    fn clone(&self) -> Self {
        let has_read_again = Arc::clone(&self.has_read_again);
        Self { claimant: self.claimant, ports: self.ports, channel: self.channel, has_read_again }
    }
}

/// The result of a try, with the destination's reference of the message.
type Sent = Result<Option<MessageRef>, SendError>;

/// A finished piece of work.
pub(crate) enum FinishedWork {
    /// A try.
    Tried(DeliveryId, WorkResult),
    /// A settlement without a try.
    Settled(DeliveryId, WorkResult),
    /// The states of deliveries.
    LookedUp(Vec<(DeliveryId, StoreResult<Predecessor>)>),
}

/// The result of a piece of work on a delivery.
pub(crate) enum WorkResult {
    /// It has a result.
    Result(Box<TryEnd>),
    /// Another notifier works on it, at most until this time.
    Held(Timestamp),
    /// Another notifier has tried or settled it.
    Changed(Option<Box<Delivery>>),
    /// An earlier notifier may have sent the notice that was due to be superseded.
    MayHaveArrived,
    /// The store did not record the claim.
    Unclaimed(StoreError),
}

/// The result of a delivery, and the success of recording it.
pub(crate) struct TryEnd {
    pub(crate) delivery: Delivery,
    /// The failure of the try, if it is transient.
    pub(crate) passing: Option<SendError>,
    pub(crate) recorded: StoreResult<()>,
}

impl<O: Outbox, S: ReadSecrets> DeliveryWork<'_, O, S> {
    /// Claims a delivery, tries it and records the result.
    pub(crate) async fn try_delivery(self, delivery: Delivery) -> FinishedWork {
        let id = delivery.id.clone();
        // Waiting for a permit must not use up the claim.
        let _permit = self.channel.permits.acquire().await.ok();
        if let Some(until) = self.lacks_time(&delivery) {
            return FinishedWork::Tried(id, WorkResult::Held(until));
        }
        let delivery = match self.claim(&delivery).await {
            Ok(Grant::Free) => delivery,
            Ok(Grant::Abandoned) => delivery.perhaps_arrived(),
            Ok(Grant::Held(until)) => return FinishedWork::Tried(id, WorkResult::Held(until)),
            Ok(Grant::Changed(stored)) => {
                return FinishedWork::Tried(id, WorkResult::Changed(stored));
            }
            Err(error) => return FinishedWork::Tried(id, WorkResult::Unclaimed(error)),
        };
        if delivery.attempt().is_some() {
            return FinishedWork::Tried(id, self.try_attempt(delivery).await);
        }
        let result = self.send(&delivery, self.now()).await;
        let passing = result.as_ref().err().filter(|error| !error.is_permanent()).cloned();
        let delivery = delivery.after_try(result, self.now());
        let recorded = self.ports.outbox.record_delivery(&delivery).await;
        FinishedWork::Tried(
            id,
            WorkResult::Result(Box::new(TryEnd { delivery, passing, recorded })),
        )
    }

    /// Returns the time until which an attempt of an action waits that would be cut off by the end of the sweep.
    fn lacks_time(&self, delivery: &Delivery) -> Option<Timestamp> {
        let attempt = delivery.attempt()?;
        let ports = &self.ports;
        if ports.is_closed() {
            ports.attempts.leave(delivery);
            return Some(self.now().checked_add(CLAIM_FOR).unwrap_or(Timestamp::MAX));
        }
        if ports.has_time_for(attempt.timeout.saturating_add(GRACE)) {
            return None;
        }
        let rest = ports.limits.sweep.saturating_sub(ports.clock.elapsed());
        Some(self.now().checked_add(rest).unwrap_or(Timestamp::MAX))
    }

    /// Makes a claimed attempt of an action, if it may be made, and records the result.
    async fn try_attempt(&self, delivery: Delivery) -> WorkResult {
        let longest = delivery.attempt().map(|attempt| attempt.timeout).unwrap_or_default();
        let guard = self.ports.attempts.begin(&delivery, longest.saturating_add(RECORDED_WITHIN));
        let delivery = self.settled_attempt(delivery).await;
        let recorded = self.ports.outbox.record_delivery(&delivery).await;
        drop(guard);
        WorkResult::Result(Box::new(TryEnd { delivery, passing: None, recorded }))
    }

    /// Returns a claimed attempt with its result.
    async fn settled_attempt(&self, delivery: Delivery) -> Delivery {
        if let Some(reason) = delivery.refuses_execution(self.now()) {
            return delivery.given_up(reason, self.now());
        }
        let attempt = match delivery.attempt() {
            Some(attempt) if attempt.order == AttemptOrder::Execute => attempt,
            Some(_) | None => return delivery.after_try(Ok(None), self.now()),
        };
        let executor = match &self.channel.destination {
            // A channel and an action may have had the same id, one before and one after a change of the config.
            ChannelDestination::Ready(sender) if sender.executes_attempts() => sender.as_ref(),
            ChannelDestination::Ready(_) | ChannelDestination::Unknown => {
                let reason = unknown_destination(&delivery);
                return delivery.given_up(reason, self.now());
            }
            ChannelDestination::Broken(why) => {
                return delivery.not_executable(why.clone(), self.now());
            }
        };
        // Nothing was executed yet, so that a missing secret is no failure of the action. A place that does not answer
        // may answer at the next attempt.
        let secrets = match self.read_secrets(executor, SecretFreshness::Cached).await {
            Ok(secrets) => secrets,
            Err(error @ SecretError::Missing { .. }) => {
                return delivery.not_executable(error.to_string(), self.now());
            }
            Err(error @ SecretError::Unavailable { .. }) => {
                return delivery.given_up(error.to_string(), self.now());
            }
        };
        let limit = attempt.timeout.saturating_add(GRACE);
        let executing = send(executor, &delivery, &secrets, None, self.now());
        let result = tokio::time::timeout(limit, executing).await.unwrap_or_else(|_| {
            let limit = duration::format(limit);
            Err(SendError::unanswered(format!("the action did not end within {limit}")))
        });
        delivery.after_try(result, self.now())
    }

    /// Claims a delivery and records that it is settled without a try.
    pub(crate) async fn settle(self, settled: Delivery) -> FinishedWork {
        let id = settled.id.clone();
        let is_notice = settled.notification.kind.is_of_firing_alerts();
        match self.claim(&settled).await {
            Ok(Grant::Abandoned) if is_notice => {
                return FinishedWork::Settled(id, WorkResult::MayHaveArrived);
            }
            Ok(Grant::Free | Grant::Abandoned) => {}
            Ok(Grant::Held(until)) => return FinishedWork::Settled(id, WorkResult::Held(until)),
            Ok(Grant::Changed(stored)) => {
                return FinishedWork::Settled(id, WorkResult::Changed(stored));
            }
            Err(error) => return FinishedWork::Settled(id, WorkResult::Unclaimed(error)),
        }
        let recorded = self.ports.outbox.record_delivery(&settled).await;
        let end = TryEnd { delivery: settled, passing: None, recorded };
        FinishedWork::Settled(id, WorkResult::Result(Box::new(end)))
    }

    /// Asks the store for the states of deliveries.
    pub(crate) async fn look_up(self, ids: Vec<DeliveryId>) -> FinishedWork {
        let mut ends = Vec::new();
        for id in ids {
            let end = self.ports.outbox.predecessor(&id).await;
            ends.push((id, end));
        }
        FinishedWork::LookedUp(ends)
    }

    /// Records an old result. A result that the delivery was sent is always recorded. Any other result is
    /// recorded only if no other notifier has taken the delivery over.
    pub(crate) async fn record_late(self, delivery: &Delivery) -> StoreResult<()> {
        let is_sent = matches!(delivery.state, DeliveryState::Sent { .. });
        let tried = Delivery { n_tries: delivery.n_tries.saturating_sub(1), ..delivery.clone() };
        let mut is_valid = is_sent;
        // A settlement without a try does not count one.
        for claimed in [&tried, delivery] {
            if !is_valid {
                let grant = self.claim(claimed).await?;
                is_valid = matches!(grant, Grant::Free | Grant::Abandoned);
            }
        }
        if is_valid { self.ports.outbox.record_delivery(delivery).await } else { Ok(()) }
    }

    /// Claims the next try of a delivery.
    pub(crate) async fn claim(&self, delivery: &Delivery) -> StoreResult<Grant> {
        self.claimant.claim(self.ports.outbox, delivery, self.ports.clock).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Sends a notice to its channel.
    async fn send(&self, delivery: &Delivery, now: Timestamp) -> Sent {
        let sender = match &self.channel.destination {
            ChannelDestination::Ready(sender) => sender.as_ref(),
            ChannelDestination::Broken(why) => return Err(SendError::transient(why.clone())),
            ChannelDestination::Unknown => {
                return Err(SendError::permanent(unknown_destination(delivery)));
            }
        };
        // A channel and an action may have had the same id, one before and one after a change of the config.
        if sender.executes_attempts() {
            return Err(SendError::permanent(unknown_destination(delivery)));
        }
        let limit = self.ports.limits.try_timeout;
        let sending = async {
            let secrets = self.secrets_of(sender, SecretFreshness::Cached).await?;
            let earlier = self.earlier(sender, delivery).await?;
            let try_with = |secrets| send(sender, delivery, secrets, earlier.as_ref(), now);
            let sent = try_with(&secrets).await;
            let Err(refused) = &sent else { return sent };
            let can_help = !secrets.is_empty() && refused.retry_after.is_none();
            if !can_help || self.has_read_again.swap(true, Ordering::Relaxed) {
                return sent;
            }
            // The try may have used a secret that was rotated since.
            match self.secrets_of(sender, SecretFreshness::Fresh).await {
                Ok(fresh) if !is_same(&fresh, &secrets) => try_with(&fresh).await,
                // The secret may be the cause, so that the error is not permanent for the delivery.
                Err(error) if refused.is_permanent() => Err(error),
                Ok(_) | Err(_) => sent,
            }
        };
        tokio::time::timeout(limit, sending).await.unwrap_or_else(|_| {
            let limit = duration::format(limit);
            Err(SendError::unanswered(format!("no response from the channel within {limit}")))
        })
    }

    /// Returns the reference that the latest earlier notice of the same group of alerts has recorded, for a sender
    /// that refers to it. The latest one counts, because a destination can replace a message that was deleted.
    async fn earlier(
        &self,
        sender: &dyn Sender,
        delivery: &Delivery,
    ) -> Result<Option<MessageRef>, SendError> {
        if !sender.refers_to_earlier_messages() {
            return Ok(None);
        }
        for earlier in delivery.after.iter().rev() {
            match self.ports.outbox.message_ref(earlier).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) if error.is_retryable() => {
                    return Err(SendError::transient(error.to_string()));
                }
                // A record that can never be read must not keep the message back.
                Err(_) => {}
            }
        }
        Ok(None)
    }

    async fn secrets_of(
        &self,
        sender: &dyn Sender,
        freshness: SecretFreshness,
    ) -> Result<Secrets, SendError> {
        let secrets = self.read_secrets(sender, freshness).await;
        secrets.map_err(|error| SendError::transient(error.to_string()))
    }

    /// Returns the secrets of a channel or an action. An error is logged.
    async fn read_secrets(
        &self,
        sender: &dyn Sender,
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let names = sender.secrets();
        if names.is_empty() {
            return Ok(Secrets::new());
        }
        // The operator can add the secret while the delivery is owed.
        let secrets = self.ports.secrets.secrets(&names, freshness).await;
        secrets.inspect_err(|error| {
            let code = secret_code(error).as_str();
            tracing::error!(code, %error, "failed to read a secret of a channel or an action");
        })
    }
}

/// Returns the reason for which a delivery has no destination.
pub(crate) fn unknown_destination(delivery: &Delivery) -> String {
    match delivery.attempt() {
        Some(attempt) => format!("the config has no action `{}`", attempt.action),
        None => format!("the config has no channel `{}`", delivery.channel),
    }
}

async fn send(
    sender: &dyn Sender,
    delivery: &Delivery,
    secrets: &Secrets,
    earlier: Option<&MessageRef>,
    now: Timestamp,
) -> Sent {
    let Delivery { notification, id, .. } = delivery;
    let envelope = Envelope { notification, delivery: id, secrets, now, earlier };
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
