//! A sweep over all channels.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, ChannelKinds, Sender};
use allclear_core::delivery::Delivery;
use allclear_core::id::ChannelId;
use allclear_core::ports::{Outbox, ReadSecrets, StoreResult};
use futures_util::future::join_all;
use tokio::sync::Mutex;

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
}

impl Default for Limits {
    fn default() -> Self {
        Self { try_timeout: Duration::from_secs(15), sweep: Duration::from_mins(1) }
    }
}

/// Sends what is owed to the channels of one config.
pub struct Notifier {
    destinations: BTreeMap<ChannelId, Destination>,
    limits: Limits,
    /// Locked for a whole sweep, so that two at once in one process do not send everything twice.
    memories: Mutex<BTreeMap<ChannelId, Memory>>,
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
        let destinations =
            channels.iter().map(|channel| (channel.id.clone(), destination(channel))).collect();
        Self { destinations, limits, memories: Mutex::default() }
    }

    /// Sends what is due at `now` and records what came of it. Fails only where the owed
    /// deliveries cannot be read; then nothing has been done.
    pub async fn sweep<O: Outbox, S: ReadSecrets>(
        &self,
        outbox: &O,
        secrets: &S,
        now: Timestamp,
    ) -> StoreResult<SweepReport> {
        let mut memories = self.memories.lock().await;
        let clock = Clock::start(now);
        let mut owed: BTreeMap<ChannelId, Vec<Delivery>> = BTreeMap::new();
        for delivery in outbox.owed().await? {
            owed.entry(delivery.channel.clone()).or_default().push(delivery);
        }
        memories.retain(|channel, memory| owed.contains_key(channel) || memory.is_at_rest(now));
        for channel in owed.keys() {
            memories.entry(channel.clone()).or_default();
        }
        let queues = memories.iter_mut().filter_map(|(channel, memory)| {
            let owed = owed.remove(channel)?;
            let destination = self.destinations.get(channel);
            Some(
                Queue::new(outbox, secrets, self.limits, clock, memory, owed).work_off(destination),
            )
        });
        let mut report = SweepReport::default();
        for of_channel in join_all(queues).await {
            report.add(of_channel);
        }
        Ok(report)
    }
}
