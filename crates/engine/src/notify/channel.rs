//! One channel or action: its destination, the deliveries that are owed to it, and facts that are not stored yet.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex as Cell, PoisonError};

use allclear_core::Timestamp;
use allclear_core::action::{Action, ActionKinds};
use allclear_core::channel::{Channel, ChannelKinds, SendLimits, Sender};
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_evaluate::backlog::DeliveryBacklog;
use tokio::sync::{Mutex, Notify, Semaphore};

use crate::notify::executor::ExecutorSender;
use crate::notify::pace::ChannelPace;

/// The destination of deliveries.
pub(crate) enum ChannelDestination {
    /// The sender of the channel, or the executor of the action.
    Ready(Box<dyn Sender>),
    /// No sender, because the parameters are refused.
    Broken(String),
    /// The config has no such channel or action.
    Unknown,
}

impl ChannelDestination {
    /// Returns the destination of `channel`.
    ///
    /// A channel with refused parameters becomes one whose tries fail, so that the other channels keep their
    /// notifier.
    pub(crate) fn of(channel: &Channel, kinds: &dyn ChannelKinds) -> Self {
        match kinds.build(&channel.send) {
            Ok(sender) => Self::Ready(sender),
            Err(problems) => {
                let what: Vec<&str> = problems.iter().map(|one| one.what.as_str()).collect();
                Self::Broken(format!("invalid channel: {}", what.join("; ")))
            }
        }
    }

    /// Returns the destination of the attempts of `action`. An action with refused parameters is treated like such a
    /// channel.
    pub(crate) fn of_action(action: &Action, kinds: &dyn ActionKinds) -> Self {
        match kinds.build(&action.run) {
            Ok(executor) => Self::Ready(Box::new(ExecutorSender(executor))),
            Err(problems) => {
                let what: Vec<&str> = problems.iter().map(|one| one.what.as_str()).collect();
                Self::Broken(format!("its parameters are refused: {}", what.join("; ")))
            }
        }
    }

    fn limits(&self) -> SendLimits {
        match self {
            Self::Ready(sender) => sender.limits(),
            Self::Broken(_) | Self::Unknown => SendLimits::ONE,
        }
    }
}

/// The state of one channel.
pub(crate) struct ChannelState {
    pub(crate) destination: ChannelDestination,
    /// The deliveries that were owed when the store was last read, for the task that sends.
    inbox: Cell<Option<Batch>>,
    /// Notified when deliveries are passed to the channel.
    pub(crate) new_deliveries: Notify,
    /// Locked by the task that sends.
    pub(crate) queue: Arc<Mutex<ChannelQueue>>,
    /// The limit of concurrent sends over all channels.
    pub(crate) permits: Arc<Semaphore>,
}

impl ChannelState {
    pub(crate) fn new(destination: ChannelDestination, permits: Arc<Semaphore>) -> Self {
        let queue = ChannelQueue {
            backlog: DeliveryBacklog::default(),
            results: BTreeMap::new(),
            rest_until: None,
            reading: 0,
            pace: ChannelPace::new(destination.limits()),
        };
        let (inbox, new_deliveries, queue) =
            (Cell::default(), Notify::new(), Arc::new(Mutex::new(queue)));
        Self { destination, inbox, new_deliveries, queue, permits }
    }

    /// Passes the owed deliveries to the channel. A whole listing replaces deliveries that were not taken
    /// yet; later deliveries are added to it.
    pub(crate) fn push(&self, batch: Batch) {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *inbox, batch) {
            (Some(waiting), Batch { reading, owed, listing: Listing::New }) => {
                waiting.reading = reading;
                waiting.owed.extend(owed);
            }
            (waiting, batch) => *waiting = Some(batch),
        }
        drop(inbox);
        self.new_deliveries.notify_one();
    }

    /// Returns true if there is known work that no task does yet.
    pub(crate) fn has_work(&self) -> bool {
        let queue = self.queue.try_lock();
        let has_work = |queue: &ChannelQueue| {
            let mut results = queue.results.values();
            !queue.backlog.is_empty() || results.any(|result| !result.is_recorded)
        };
        self.has_new_deliveries() || queue.is_ok_and(|queue| has_work(&queue))
    }

    /// Returns true if deliveries were passed and not taken yet.
    pub(crate) fn has_new_deliveries(&self) -> bool {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes the deliveries that were passed last, if they were not taken yet.
    pub(crate) fn take(&self) -> Option<Batch> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The deliveries to one channel that were owed at one reading of the store.
pub(crate) struct Batch {
    /// The number of the reading.
    pub(crate) reading: u64,
    pub(crate) owed: Vec<Delivery>,
    pub(crate) listing: Listing,
}

/// The deliveries that a reading has listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// All that are owed.
    Whole,
    /// Those decided since the reading before.
    New,
}

/// The memory of the task that sends to a channel. All of it may be lost.
pub(crate) struct ChannelQueue {
    pub(crate) backlog: DeliveryBacklog,
    /// The results since the last reading of the store, which may not know them.
    pub(crate) results: BTreeMap<DeliveryId, TryResult>,
    /// The time until which the destination asked for no messages.
    pub(crate) rest_until: Option<Timestamp>,
    /// The number of the last reading of the store that was taken.
    pub(crate) reading: u64,
    pub(crate) pace: ChannelPace,
}

/// The latest state of a delivery.
pub(crate) struct TryResult {
    pub(crate) delivery: Delivery,
    /// The last reading that had begun at that time.
    pub(crate) reading: u64,
    /// True if the store has it.
    pub(crate) is_recorded: bool,
}

impl ChannelQueue {
    /// Takes the listing of the store, except for entries that are known better here.
    pub(crate) fn take(&mut self, batch: Batch) {
        let Batch { reading, owed, listing } = batch;
        if listing == Listing::Whole {
            let listed: HashSet<DeliveryId> = owed.iter().map(|one| one.id.clone()).collect();
            // The listing has the results that were recorded before it began. A delivery whose result
            // could not be recorded and that is not listed was settled by another process.
            self.results.retain(|id, result| {
                if result.is_recorded { result.reading >= reading } else { listed.contains(id) }
            });
        }
        let results = &self.results;
        let latest = owed.into_iter().map(|delivery| match results.get(&delivery.id) {
            Some(known) => known.delivery.clone(),
            None => delivery,
        });
        match listing {
            Listing::Whole => self.backlog.reload(latest.collect()),
            Listing::New => latest.for_each(|delivery| self.backlog.insert(delivery)),
        }
        self.reading = reading;
    }
}
