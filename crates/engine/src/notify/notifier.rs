//! All channels: reading what is owed, and a task with its own timer for each of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{Action, ActionKinds};
use allclear_core::channel::{Channel, ChannelKinds};
use allclear_core::delivery::Delivery;
use allclear_core::id::ChannelId;
use allclear_core::ports::{Outbox, OwedMark, ReadSecrets, StoreResult};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use crate::notify::channel::{Batch, ChannelDestination, ChannelQueue, ChannelState, Listing};
use crate::notify::claims::{Claimant, Notifiers};
use crate::notify::clock::Clock;
use crate::notify::ports::{Limits, NotifyPorts};
use crate::notify::queue::Queue;
use crate::notify::report::SweepReport;
use crate::notify::under_way::AttemptsUnderWay;

/// The most sends at a time, over all channels.
const MAX_SENDS: usize = 64;

/// The interval at which all that is owed is read. In between only what is new is read.
const READ_EVERY: Duration = Duration::from_mins(1);

/// Age up to which a whole reading is recent: less than the interval of scheduled sweeps, so that each of
/// them reads all.
const RECENT: Duration = Duration::from_secs(50);

/// The interval at which a sweep that sends looks for what is new.
const READ_NEW_EVERY: Duration = Duration::from_secs(3);

/// The wait after a store that cannot be read.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// The treatment of deliveries to channels that the config does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownChannel {
    /// Give them up, because the channels were removed from the config.
    GiveUp,
    /// Leave them owed, because the config is not the active one, which may have the channels.
    Leave,
}

/// The terms of a sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepTerms {
    /// The limits of the sweep and of its tries.
    pub limits: Limits,
    /// The treatment of deliveries to channels that the config does not have.
    pub unknown: UnknownChannel,
}

/// The signals that [`Notifier::run`] follows.
#[derive(Debug, Clone, Copy)]
pub struct NotifierSignals<'a> {
    /// Reads the clock.
    pub now: fn() -> Timestamp,
    /// Notifies the notifier of a new delivery.
    pub wake: &'a Notify,
}

/// Sends what is owed to the channels of one config.
pub struct Notifier {
    channels: BTreeMap<ChannelId, Arc<ChannelState>>,
    limits: Limits,
    permits: Arc<Semaphore>,
    claimant: Claimant,
    /// The number of readings of the store that have begun.
    readings: AtomicU64,
    /// The lock that makes readings take effect in their order.
    read: Mutex<ReadProgress>,
    /// The attempts of actions that are being executed.
    attempts: Arc<AttemptsUnderWay>,
    /// True once [`Notifier::run`] must end.
    closing: watch::Sender<bool>,
}

/// The progress of reading the store.
#[derive(Default)]
struct ReadProgress {
    mark: OwedMark,
    /// Time of the last reading of all that is owed.
    read_all_at: Option<Timestamp>,
}

impl Notifier {
    /// Creates a notifier for `channels`.
    #[must_use]
    pub fn new(channels: &[Channel], kinds: &dyn ChannelKinds, limits: Limits) -> Self {
        let permits = Arc::new(Semaphore::new(MAX_SENDS));
        let state = |channel| {
            let destination = ChannelDestination::of(channel, kinds);
            Arc::new(ChannelState::new(destination, Arc::clone(&permits)))
        };
        let channels =
            channels.iter().map(|channel| (channel.id.clone(), state(channel))).collect();
        let claimant = Claimant::new(Notifiers::Many);
        let (readings, read) = (AtomicU64::new(0), Mutex::default());
        let (attempts, closing) = (Arc::default(), watch::Sender::new(false));
        Self { channels, limits, permits, claimant, readings, read, attempts, closing }
    }

    /// Returns the notifier with the executors of `actions`.
    #[must_use]
    pub fn with_actions(mut self, actions: &[Action], kinds: &dyn ActionKinds) -> Self {
        for action in actions {
            let destination = ChannelDestination::of_action(action, kinds);
            let state = ChannelState::new(destination, Arc::clone(&self.permits));
            self.channels.insert(action.id.destination(), Arc::new(state));
        }
        self
    }

    /// Returns the notifier as the only one that sends what is owed, or as one of many.
    #[must_use]
    pub fn with_other_notifiers(self, others: Notifiers) -> Self {
        Self { claimant: Claimant::new(others), ..self }
    }

    /// Sends what is due at `now` and records the results.
    ///
    /// Each channel has its own queue and timer. While one is busy, the others send again what falls
    /// due. Sweeps may overlap: a channel that another sweep is busy with is left to it.
    ///
    /// # Errors
    ///
    /// Fails only if the owed deliveries cannot be read. In this case nothing has been done.
    pub async fn sweep<O: Outbox, S: ReadSecrets>(
        &self,
        outbox: &O,
        secrets: &S,
        now: Timestamp,
    ) -> StoreResult<SweepReport> {
        let terms = SweepTerms { limits: self.limits, unknown: UnknownChannel::GiveUp };
        self.sweep_within(terms, outbox, secrets, now).await
    }

    /// Sends like [`Self::sweep`], with limits of its own and under a config that may not be the one in
    /// force.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::sweep`].
    pub async fn sweep_within<O: Outbox, S: ReadSecrets>(
        &self,
        terms: SweepTerms,
        outbox: &O,
        secrets: &S,
        now: Timestamp,
    ) -> StoreResult<SweepReport> {
        let SweepTerms { limits, unknown } = terms;
        let clock = Clock::start(now);
        let ports = NotifyPorts { closing: None, ..self.ports(outbox, secrets, (limits, clock)) };
        let mut tasks = ChannelTasks::new(ports);
        tasks.start_all(self.read(&ports, unknown).await?);
        let mut report = SweepReport::default();
        let mut read_at = Instant::now() + READ_NEW_EVERY;
        while !tasks.busy.is_empty() {
            tokio::select! {
                finished = tasks.next() => {
                    report.add(finished.unwrap_or_default());
                    continue;
                }
                () = sleep_until(read_at) => {}
            }
            let read = self.read_while_sending(&mut tasks, unknown, |one| report.add(one)).await;
            read_at = Instant::now() + READ_NEW_EVERY;
            match read {
                Ok(channels) => tasks.start_all(channels),
                Err(error) => report.errors.push(error),
            }
        }
        report.next_due_at = tasks.timers.values().map(|(at, _)| *at).min();
        Ok(report)
    }

    /// Sends each delivery when it is due, until [`Notifier::close`] is called. `report` gets the results
    /// of each channel.
    pub async fn run<O: Outbox, S: ReadSecrets>(
        &self,
        outbox: &O,
        secrets: &S,
        signals: NotifierSignals<'_>,
        report: impl Fn(StoreResult<SweepReport>) + Send,
    ) {
        let NotifierSignals { now, wake } = signals;
        let limits = Limits { sweep: Duration::MAX, ..self.limits };
        let ports = self.ports(outbox, secrets, (limits, Clock::wall(now)));
        let mut tasks = ChannelTasks::new(ports);
        let mut read_at = Instant::now();
        while !ports.is_closing() {
            tokio::select! {
                () = wake.notified() => {}
                () = self.closed() => continue,
                () = sleep_until(read_at) => {}
                finished = tasks.next() => {
                    if let Some(finished) = finished {
                        report(Ok(finished));
                    }
                    continue;
                }
            }
            let each = |finished| report(Ok(finished));
            let read = self.read_while_sending(&mut tasks, UnknownChannel::GiveUp, each).await;
            match read {
                Ok(channels) => {
                    read_at = Instant::now() + READ_EVERY;
                    tasks.start_all(channels);
                    report(Ok(SweepReport::default()));
                }
                Err(error) => {
                    read_at = Instant::now() + READ_AGAIN_AFTER;
                    report(Err(error));
                }
            }
        }
        while let Some((_, _, finished)) = tasks.busy.next().await {
            report(Ok(finished));
        }
    }

    /// Returns the ports of [`Notifier::run`].
    fn ports<'a, O, S>(
        &'a self,
        outbox: &'a O,
        secrets: &'a S,
        (limits, clock): (Limits, Clock),
    ) -> NotifyPorts<'a, O, S> {
        let Self { claimant, readings, attempts, closing, .. } = self;
        let (closed, closing) = (closing, Some(closing));
        NotifyPorts {
            outbox,
            secrets,
            limits,
            clock,
            claimant,
            readings,
            attempts,
            closed,
            closing,
        }
    }

    /// Returns the attempts of actions that it executes.
    #[must_use]
    pub fn attempts(&self) -> &Arc<AttemptsUnderWay> {
        &self.attempts
    }

    /// Asks [`Notifier::run`] to end. It begins no further try, and returns when the results of those in flight are
    /// recorded. A message whose try is cut off instead may be repeated; an attempt of an action is not. A later sweep
    /// sends messages, and leaves attempts of actions to the next notifier: it would not wait for their ends.
    pub fn close(&self) {
        self.closing.send_replace(true);
        for channel in self.channels.values() {
            channel.new_deliveries.notify_one();
        }
    }

    /// Waits for [`Notifier::close`].
    pub async fn closed(&self) {
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// Reads what is owed while the tasks continue, so that a slow store keeps no channel from sending.
    /// `finished` gets the results of the channels.
    async fn read_while_sending<O: Outbox, S: ReadSecrets>(
        &self,
        tasks: &mut ChannelTasks<'_, O, S>,
        unknown: UnknownChannel,
        mut finished: impl FnMut(SweepReport),
    ) -> StoreResult<Vec<NamedChannel>> {
        let ports = tasks.ports;
        let mut reading = pin!(self.read(&ports, unknown));
        loop {
            tokio::select! {
                read = &mut reading => return read,
                one = tasks.next() => one.into_iter().for_each(&mut finished),
            }
        }
    }

    /// Reads what is owed, or only what is new if all was read a moment ago, and passes it to the channels.
    /// Returns the channels that have work.
    async fn read<O: Outbox, S>(
        &self,
        ports: &NotifyPorts<'_, O, S>,
        unknown: UnknownChannel,
    ) -> StoreResult<Vec<NamedChannel>> {
        let mut read = self.read.lock().await;
        let reading = self.readings.fetch_add(1, Ordering::SeqCst) + 1;
        let now = ports.clock.now();
        let is_recent =
            |at: Timestamp| at <= now && at.checked_add(RECENT).is_ok_and(|end| end > now);
        let (mark, listing) = match read.read_all_at.filter(|at| is_recent(*at)) {
            Some(_) => (read.mark, Listing::New),
            None => (OwedMark::START, Listing::Whole),
        };
        let (all, mark) = ports.outbox.owed_since(mark).await?;
        read.mark = mark;
        if listing == Listing::Whole {
            read.read_all_at = Some(now);
        }
        let mut owed: BTreeMap<ChannelId, Vec<Delivery>> = BTreeMap::new();
        for delivery in all {
            owed.entry(delivery.channel.clone()).or_default().push(delivery);
        }
        let batch = |owed: Vec<Delivery>| Batch { reading, owed, listing };
        let mut channels = Vec::new();
        for (id, channel) in &self.channels {
            let of_channel = owed.remove(id).unwrap_or_default();
            let is_new = !of_channel.is_empty();
            // A channel to which nothing is owed any more gets the whole listing too.
            if is_new || listing == Listing::Whole {
                channel.push(batch(of_channel));
            }
            if is_new || listing == Listing::New && channel.has_work() {
                channels.push((id.clone(), Arc::clone(channel)));
            }
        }
        for (id, owed) in owed.into_iter().filter(|_| unknown == UnknownChannel::GiveUp) {
            let channel = ChannelState::new(ChannelDestination::Unknown, Arc::clone(&self.permits));
            channel.push(batch(owed));
            channels.push((id, Arc::new(channel)));
        }
        Ok(channels)
    }
}

type NamedChannel = (ChannelId, Arc<ChannelState>);
type ChannelTask<'a> =
    Pin<Box<dyn Future<Output = (ChannelId, Arc<ChannelState>, SweepReport)> + Send + 'a>>;

/// The tasks of the channels that send, and the timers of those that wait.
struct ChannelTasks<'a, O, S> {
    ports: NotifyPorts<'a, O, S>,
    busy: FuturesUnordered<ChannelTask<'a>>,
    timers: BTreeMap<ChannelId, (Timestamp, Arc<ChannelState>)>,
}

impl<'a, O: Outbox, S: ReadSecrets> ChannelTasks<'a, O, S> {
    fn new(ports: NotifyPorts<'a, O, S>) -> Self {
        let (busy, timers) = (FuturesUnordered::new(), BTreeMap::new());
        Self { ports, busy, timers }
    }

    fn start_all(&mut self, channels: Vec<NamedChannel>) {
        for (id, channel) in channels {
            self.start(id, channel);
        }
    }

    /// Begins to send to `channel`. A task that already sends to it takes the new deliveries instead.
    fn start(&mut self, id: ChannelId, channel: Arc<ChannelState>) {
        let Ok(queue) = Arc::clone(&channel.queue).try_lock_owned() else { return };
        self.timers.remove(&id);
        let ports = self.ports;
        self.busy.push(Box::pin(async move {
            let mut queue: OwnedMutexGuard<ChannelQueue> = queue;
            let report = Queue::new(ports, &channel, &mut queue).drain().await;
            drop(queue);
            (id, channel, report)
        }));
    }

    /// Waits until a channel has sent what was due, and returns its result. Starts the channels that become
    /// due meanwhile.
    async fn next(&mut self) -> Option<SweepReport> {
        let first = self.timers.iter().min_by_key(|(_, (at, _))| *at);
        let first = first.map(|(id, (at, channel))| (id.clone(), *at, Arc::clone(channel)));
        let due = first.as_ref().map(|(_, at, _)| self.ports.clock.instant(*at));
        let Limits { try_timeout, sweep, .. } = self.ports.limits;
        let has_time = self.ports.clock.elapsed().saturating_add(try_timeout) <= sweep;
        let is_waiting = due.is_some() && has_time;
        tokio::select! {
            Some((id, channel, report)) = self.busy.next() => {
                // Deliveries that arrived after the last look of the task.
                if channel.has_new_deliveries() && has_time {
                    self.start(id, channel);
                } else if let Some(at) = report.next_due_at {
                    self.timers.insert(id, (at, channel));
                }
                Some(report)
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if is_waiting => {
                if let Some((id, _, channel)) = first {
                    self.start(id, channel);
                }
                None
            }
            else => std::future::pending().await,
        }
    }
}
