//! A sweep over all channels.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelKinds, Sender};
use allclear_core::delivery::Delivery;
use allclear_core::id::ChannelId;
use allclear_core::ports::{Outbox, ReadSecrets, StoreResult};
use futures_util::future::join_all;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::clock::Clock;
use crate::queue::{Memory, Queue};
use crate::report::SweepReport;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One try, its secrets included.
    pub try_timeout: Duration,
    /// A whole sweep. Each channel gets at least one try; no further one is begun that might end
    /// later.
    pub sweep: Duration,
    /// How long a delivery that was never tried is left to whoever is woken by it.
    pub leave_new: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (try_timeout, sweep) = (Duration::from_secs(15), Duration::from_mins(1));
        Self { try_timeout, sweep, leave_new: Duration::ZERO }
    }
}

impl Limits {
    /// Limits for a sweep that has to be over in `time`: a try gets half of it at the most, so that
    /// one that hangs is not the only one.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        let Self { try_timeout, leave_new, .. } = Self::default();
        Self { try_timeout: try_timeout.min(time / 2), sweep: time, leave_new }
    }

    /// Whether `delivery` is left to whoever is woken by it.
    pub(crate) fn leave(&self, delivery: &Delivery, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(delivery.created_at));
        delivery.n_tries == 0 && age.is_ok_and(|age| age < self.leave_new)
    }
}

/// What to do with deliveries to channels that the config does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// Give them up: the channels were taken out of it.
    GiveUp,
    /// Leave them owed: it is not the config in force, which may have the channels.
    Leave,
}

/// Sends what is owed to the channels of one config.
pub struct Notifier {
    channels: BTreeMap<ChannelId, Reach>,
    limits: Limits,
}

/// One channel: how it is reached, and what is known of it. Locked by the sweep that is busy with
/// it.
struct Reach {
    destination: Destination,
    memory: Arc<Mutex<Memory>>,
}

/// How a channel is reached.
pub(crate) enum Destination {
    /// Through its sender.
    Ready(Box<dyn Sender>),
    /// Not with these parameters.
    Broken(String),
}

impl Notifier {
    /// A notifier for `channels`.
    ///
    /// One whose parameters its kind refuses is a channel whose tries fail, and no reason to leave
    /// the others without a notifier.
    #[must_use]
    pub fn new(channels: &[Channel], kinds: &dyn ChannelKinds, limits: Limits) -> Self {
        let destination = |channel: &Channel| match kinds.build(&channel.send) {
            Ok(sender) => Destination::Ready(sender),
            Err(problems) => {
                let what: Vec<&str> = problems.iter().map(|one| one.what.as_str()).collect();
                Destination::Broken(format!("the channel cannot be used: {}", what.join("; ")))
            }
        };
        let reach = |channel| Reach { destination: destination(channel), memory: Arc::default() };
        let channels = channels.iter().map(|channel| (channel.id.clone(), reach(channel)));
        Self { channels: channels.collect(), limits }
    }

    /// Sends what is due at `now` and records what came of it. Fails only where the owed
    /// deliveries cannot be read; then nothing has been done.
    ///
    /// Sweeps may overlap: a channel that another sweep of this notifier is busy with is left to
    /// it, so that one that hangs keeps nothing from the others.
    pub async fn sweep<O: Outbox, S: ReadSecrets>(
        &self,
        outbox: &O,
        secrets: &S,
        now: Timestamp,
    ) -> StoreResult<SweepReport> {
        self.sweep_within(self.limits, Unlisted::GiveUp, outbox, secrets, now).await
    }

    /// The same with limits of its own, under a config that may not be the one in force.
    pub async fn sweep_within<O: Outbox, S: ReadSecrets>(
        &self,
        limits: Limits,
        unlisted: Unlisted,
        outbox: &O,
        secrets: &S,
        now: Timestamp,
    ) -> StoreResult<SweepReport> {
        let clock = Clock::start(now);
        // Taken before the deliveries are read: what a busy sweep has just sent is not read as owed.
        let mut free: BTreeMap<&ChannelId, OwnedMutexGuard<Memory>> = self
            .channels
            .iter()
            .filter_map(|(id, reach)| Some((id, Arc::clone(&reach.memory).try_lock_owned().ok()?)))
            .collect();
        let mut owed: BTreeMap<ChannelId, Vec<Delivery>> = BTreeMap::new();
        for delivery in outbox.owed().await? {
            owed.entry(delivery.channel.clone()).or_default().push(delivery);
        }
        let of_channel = |(id, owed)| {
            let reach = self.channels.get(&id);
            let mut memory = match reach {
                Some(_) => free.remove(&id)?,
                None if unlisted == Unlisted::Leave => return None,
                None => Arc::new(Mutex::new(Memory::default())).try_lock_owned().ok()?,
            };
            Some(async move {
                Queue::new(outbox, secrets, limits, clock, &mut memory, owed)
                    .work_off(reach.map(|reach| &reach.destination))
                    .await
            })
        };
        let queues: Vec<_> = owed.into_iter().filter_map(of_channel).collect();
        // Those with nothing owed are free for the next sweep at once.
        drop(free);
        let mut report = SweepReport::default();
        for of_channel in join_all(queues).await {
            report.add(of_channel);
        }
        Ok(report)
    }
}
