//! The outside: targets that are checked, and channels that are sent to.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::MessageRef;
use allclear_core::channel::{ChannelKinds, Envelope, SendLimits, SendSpec, Sender, Sending};
use allclear_core::checker::{CheckContext, CheckKinds, Checker, Checking, ParamProblem};
use allclear_core::id::{ChannelId, SecretName};
use allclear_core::kind::{Example, Kind, KindSet, Texts};
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Finding, Verdict};
use allclear_core::ports::BeatWatchdog;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::threshold::Category;
use allclear_core::watchdog::Watchdog;
use allclear_support::samples;

use crate::ledger::{Excuse, FaultKind};
use crate::process::Process;
use crate::scenario::{Health, KIND};

/// The outside as one process reaches it.
#[derive(Clone)]
pub(crate) struct Outside(pub(crate) Arc<Process>);

struct Target {
    process: Arc<Process>,
    id: String,
}

impl Checker for Target {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let health = self.process.world.scenario.health(&self.id, context.now);
            let (verdict, latency) = match health {
                Health::Good | Health::Flaps => (Verdict::Healthy, 200),
                Health::Slow => (Verdict::Healthy, 5_000),
                Health::Down => (samples::down(), 50),
                Health::Hangs => std::future::pending().await,
            };
            let latency = Duration::from_millis(latency);
            Finding { latency: Some(latency), ..Finding::of(verdict) }
        })
    }
}

impl CheckKinds for Outside {
    fn declared(&self) -> KindSet {
        const OUTSIDE: &[Kind] = &[Kind {
            name: KIND,
            category: Category::External,
            metrics: &[],
            rules: &[],
            labels: &[],
            texts: Texts::NONE,
            properties: |_| Vec::new(),
            budget: None,
            providers: None,
            example: Example::NONE,
        }];
        KindSet::new(OUTSIDE)
    }

    fn build(&self, spec: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        let id = spec.params["id"].as_str().unwrap_or_default().to_owned();
        Ok(Box::new(Target { process: Arc::clone(&self.0), id }))
    }
}

/// The configs of the simulation have no watchdog.
impl BeatWatchdog for Outside {
    async fn beat(&self, _: &Watchdog, _: &Secrets, _: Timestamp) -> Result<(), SendError> {
        Ok(())
    }
}

/// A fault of a try to send.
#[derive(Debug, Clone, Copy)]
enum SendFault {
    KilledBefore,
    KilledAfter,
    Refused,
    Unanswered,
    Hangs,
    ArrivesAndHangs,
}

struct Destination {
    process: Arc<Process>,
    channel: ChannelId,
}

impl Destination {
    fn arrive(&self, envelope: Envelope<'_>) {
        self.process.log_delivery(envelope.delivery.as_str(), "arrives");
        let line = (self.channel.clone(), envelope.notification.monitor.clone());
        self.process.world.ledger.arrive(self.process.id, envelope.delivery, line);
    }

    /// Meets a fault: before or after the message has arrived.
    async fn fail(&self, envelope: Envelope<'_>) -> Result<Option<MessageRef>, SendError> {
        let (process, delivery) = (&self.process, envelope.delivery.as_str());
        let fault = process.rng().one_of(&[
            SendFault::KilledBefore,
            SendFault::KilledAfter,
            SendFault::Refused,
            SendFault::Unanswered,
            SendFault::Hangs,
            SendFault::ArrivesAndHangs,
        ]);
        process.log_delivery(delivery, &format!("meets {fault:?}"));
        let ledger = &process.world.ledger;
        match fault {
            SendFault::KilledBefore => process.die(FaultKind::KilledBefore).await,
            SendFault::KilledAfter => {
                self.arrive(envelope);
                process.die(FaultKind::KilledAfter).await
            }
            SendFault::Refused => {
                ledger.count(FaultKind::SendRefused);
                let wait = process.rng().between(0, 90);
                let retry_after = (wait > 45).then(|| Duration::from_secs(wait));
                Err(SendError { retry_after, ..SendError::transient("status 503") })
            }
            SendFault::Unanswered => {
                self.arrive(envelope);
                ledger.count(FaultKind::SendUnanswered);
                ledger.allow_repeat(process.id, Some(delivery), Excuse::AnswerLost);
                Err(SendError::unanswered("the connection was reset"))
            }
            SendFault::Hangs => {
                ledger.count(FaultKind::SendHangs);
                std::future::pending().await
            }
            SendFault::ArrivesAndHangs => {
                self.arrive(envelope);
                ledger.count(FaultKind::SendHangs);
                ledger.allow_repeat(process.id, Some(delivery), Excuse::AnswerLost);
                std::future::pending().await
            }
        }
    }
}

impl Sender for Destination {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn limits(&self) -> SendLimits {
        SendLimits { at_once: 4, rate: None }
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let (way, back) = {
                let mut rng = self.process.rng();
                (rng.millis(5, 300), rng.millis(5, 300))
            };
            self.process.world.advance(way).await;
            let world = &self.process.world;
            if world.has_faults()
                && world.scenario.is_channel_down(self.channel.as_str(), world.now())
            {
                world.ledger.count(FaultKind::ChannelAway);
                return Err(SendError::transient("status 503"));
            }
            if self.process.meets_fault() {
                return self.fail(envelope).await;
            }
            self.arrive(envelope);
            self.process.world.advance(back).await;
            Ok(None)
        })
    }
}

impl ChannelKinds for Outside {
    fn names(&self) -> Vec<&'static str> {
        vec![KIND]
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let id = spec.params["id"].as_str().unwrap_or_default();
        let channel = ChannelId::new(id).unwrap();
        Ok(Box::new(Destination { process: Arc::clone(&self.0), channel }))
    }
}
