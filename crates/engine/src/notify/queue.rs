//! The deliveries of one channel while a task sends them. The backlog decides which is next, and the pace
//! limits the tries in flight. The queue starts the work and takes its results.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::{AttemptOrder, AttemptResult};
use allclear_core::claim::CLAIM_FOR;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, MAX_RETRY_AFTER, Predecessor};
use allclear_core::ports::{Outbox, ReadSecrets, StoreError, StoreResult};
use allclear_evaluate::backlog::NextDelivery;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::notify::channel::{ChannelDestination, ChannelQueue, ChannelState, TryResult};
use crate::notify::ports::NotifyPorts;
use crate::notify::report::SweepReport;
use crate::notify::work::{DeliveryWork, FinishedWork, TryEnd, WorkResult, unknown_destination};

/// The number of failures in a row after which a channel rests.
const MAX_FAILURES_IN_A_ROW: u32 = 3;

/// The rest of a failing channel, and the wait after a failing store.
const PAUSE: Duration = Duration::from_secs(5);

/// The maximum number of settlements and look-ups in flight.
const MAX_STORE_CALLS: usize = 16;

type QueueTask<'a> = Pin<Box<dyn Future<Output = FinishedWork> + Send + 'a>>;

/// The work on one channel, from its start to the next wait.
pub(crate) struct Queue<'a, O, S> {
    work: DeliveryWork<'a, O, S>,
    entries: &'a mut ChannelQueue,
    report: SweepReport,
    tasks: FuturesUnordered<QueueTask<'a>>,
    n_sending: usize,
    n_tries: usize,
    failures_in_a_row: u32,
    /// True if no further work may begin: the time is over, the channel rests, or the store fails.
    is_closing: bool,
    /// The time until which no call of the store is made.
    pause_until: Option<Timestamp>,
}

impl<'a, O: Outbox, S: ReadSecrets> Queue<'a, O, S> {
    pub(crate) fn new(
        ports: NotifyPorts<'a, O, S>,
        channel: &'a ChannelState,
        entries: &'a mut ChannelQueue,
    ) -> Self {
        let (claimant, has_read_again) = (ports.claimant, Arc::default());
        let work = DeliveryWork { claimant, ports, channel, has_read_again };
        let (report, tasks) = (SweepReport::default(), FuturesUnordered::new());
        let (n_sending, n_tries, failures_in_a_row, is_closing) = (0, 0, 0, false);
        Self {
            work,
            entries,
            report,
            tasks,
            n_sending,
            n_tries,
            failures_in_a_row,
            is_closing,
            pause_until: None,
        }
    }

    /// Sends what is due, and what becomes due or arrives meanwhile.
    pub(crate) async fn drain(mut self) -> SweepReport {
        self.entries.backlog.cut_off(later(self.now(), CLAIM_FOR));
        self.take_batch();
        self.record_again().await;
        self.entries.backlog.reload_unknown_ends();
        if matches!(self.work.channel.destination, ChannelDestination::Unknown) {
            self.give_up_pending().await;
            return self.report;
        }
        loop {
            self.take_batch();
            let wake_at = self.start_work();
            if self.tasks.is_empty() && wake_at.is_none() {
                return self.into_report();
            }
            let channel = self.work.channel;
            tokio::select! {
                Some(done) = self.tasks.next() => self.take(done),
                () = channel.new_deliveries.notified() => {}
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.work.now()
    }

    /// Takes what the store has listed since the last batch, if anything.
    fn take_batch(&mut self) {
        let batch = self.work.channel.take().filter(|one| one.reading > self.entries.reading);
        if let Some(batch) = batch {
            self.entries.take(batch);
        }
    }

    /// Starts as much work as the limits permit. Returns the time at which more becomes due, if this task
    /// waits for it.
    fn start_work(&mut self) -> Option<Instant> {
        while !self.is_closing && !self.work.ports.is_closing() {
            let now = self.now();
            while self.n_store_calls() < MAX_STORE_CALLS
                && let Some(settled) = self.entries.backlog.next_settled(now)
            {
                self.tasks.push(Box::pin(self.work.clone().settle(settled)));
            }
            let has_room = self.entries.pace.has_room(self.n_sending)
                && self.n_store_calls() < MAX_STORE_CALLS;
            let due_at = self.entries.backlog.due_at()?;
            let due_at = self.entries.rest_until.map_or(due_at, |until| until.max(due_at));
            if due_at > now {
                // Work in flight keeps this task running; otherwise the report asks for the next sweep.
                let is_busy = !self.tasks.is_empty();
                return is_busy.then(|| self.work.ports.clock.instant(due_at));
            }
            if !has_room || !self.may_begin(now) {
                return None;
            }
            let next_at = self.entries.pace.next_at(Instant::now());
            if next_at > Instant::now() {
                return Some(next_at);
            }
            self.start_next(now);
        }
        None
    }

    /// Starts the next piece of work that is due.
    fn start_next(&mut self, now: Timestamp) {
        let work = self.work.clone();
        match self.entries.backlog.next(now) {
            NextDelivery::Send(delivery) => {
                self.n_tries += 1;
                self.n_sending += 1;
                self.entries.pace.begin(Instant::now());
                self.tasks.push(Box::pin(work.try_delivery(*delivery)));
            }
            NextDelivery::Record(settled) => self.tasks.push(Box::pin(work.settle(*settled))),
            NextDelivery::LookUp(ids) => self.tasks.push(Box::pin(work.look_up(ids))),
            NextDelivery::Wait(_) => {}
        }
    }

    fn n_store_calls(&self) -> usize {
        self.tasks.len().saturating_sub(self.n_sending)
    }

    /// Returns true if a try that begins now ends in time and the channel has not failed too often.
    fn may_begin(&mut self, now: Timestamp) -> bool {
        let limits = self.work.ports.limits;
        let would_end = self.work.ports.clock.elapsed().saturating_add(limits.try_timeout);
        if self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW {
            self.entries.rest_until = Some(later(now, PAUSE));
            self.is_closing = true;
        } else if self.n_tries > 0 && would_end > limits.sweep {
            self.is_closing = true;
        }
        !self.is_closing
    }

    /// Ends the work, and asks for a sweep at the time when the remaining work is due.
    fn into_report(mut self) -> SweepReport {
        if let Some(due_at) = self.entries.backlog.due_at() {
            let waits = [self.entries.rest_until, self.pause_until, Some(self.now())];
            let at = waits.into_iter().flatten().fold(due_at, Timestamp::max);
            self.report.wake_at(at);
        }
        self.report
    }

    /// Records the results that could not be recorded before. A delivery whose result still cannot be
    /// recorded is not sent again.
    async fn record_again(&mut self) {
        let unrecorded = self.entries.results.values().filter(|result| !result.is_recorded);
        let unrecorded: Vec<Delivery> = unrecorded.map(|result| result.delivery.clone()).collect();
        for delivery in unrecorded {
            let recorded = self.work.clone().record_late(&delivery).await;
            if self.note_record(&delivery, recorded) == Flow::Stop {
                return;
            }
        }
    }

    async fn give_up_pending(&mut self) {
        let mut owed = self.entries.backlog.drain().into_iter();
        loop {
            while !self.is_closing
                && self.tasks.len() < MAX_STORE_CALLS
                && let Some(delivery) = owed.next()
            {
                let reason = unknown_destination(&delivery);
                let given_up = delivery.given_up(reason, self.now());
                self.tasks.push(Box::pin(self.work.clone().settle(given_up)));
            }
            match self.tasks.next().await {
                Some(done) => self.take(done),
                None => return,
            }
        }
    }

    /// Takes the result of a piece of work.
    fn take(&mut self, done: FinishedWork) {
        match done {
            FinishedWork::LookedUp(ends) => self.take_ends(ends),
            FinishedWork::Settled(id, outcome) => self.take_outcome(&id, outcome),
            FinishedWork::Tried(id, outcome) => {
                self.n_sending = self.n_sending.saturating_sub(1);
                match &outcome {
                    WorkResult::Result(end) => self.adapt(end),
                    WorkResult::Held(_)
                    | WorkResult::Changed(_)
                    | WorkResult::MayHaveArrived
                    | WorkResult::Unclaimed(_) => self.entries.pace.give_back(),
                }
                self.take_outcome(&id, outcome);
            }
        }
    }

    fn take_ends(&mut self, ends: Vec<(DeliveryId, StoreResult<Predecessor>)>) {
        for (id, end) in ends {
            let end = end.unwrap_or_else(|error| {
                // A record that can never be read must not block the others.
                let end =
                    if error.is_retryable() { Predecessor::Owed } else { Predecessor::Forgotten };
                self.pause_for(error);
                end
            });
            self.entries.backlog.set_end(&id, end);
        }
    }

    fn take_outcome(&mut self, id: &DeliveryId, outcome: WorkResult) {
        match outcome {
            WorkResult::Result(end) => {
                let TryEnd { delivery, recorded, .. } = *end;
                self.entries.backlog.update(delivery.clone());
                self.count(&delivery);
                if self.note_record(&delivery, recorded) == Flow::Stop {
                    self.is_closing = true;
                }
            }
            WorkResult::Held(until) => {
                self.entries.backlog.hold(id, until);
            }
            WorkResult::Changed(Some(stored)) => self.entries.backlog.update(*stored),
            WorkResult::Changed(None) => self.entries.backlog.forget(id),
            WorkResult::MayHaveArrived => self.entries.backlog.mark_may_have_arrived(id),
            WorkResult::Unclaimed(error) => {
                self.entries.backlog.put_back(id);
                self.pause_for(error);
                self.is_closing = true;
            }
        }
    }

    /// Adapts the pace of the channel to the result of a try.
    fn adapt(&mut self, end: &TryEnd) {
        let now = self.now();
        let Some(error) = &end.passing else {
            self.failures_in_a_row = 0;
            self.entries.pace.succeeded();
            return;
        };
        self.failures_in_a_row += 1;
        self.entries.pace.failed();
        let asked_for = error.retry_after.unwrap_or_default();
        if !asked_for.is_zero() {
            let until = later(now, asked_for.min(MAX_RETRY_AFTER));
            let latest = self.entries.rest_until.map_or(until, |entries| entries.max(until));
            self.entries.rest_until = Some(latest);
        }
    }

    /// Logs and counts the result of a delivery.
    fn count(&mut self, delivery: &Delivery) {
        let Delivery { id, channel, n_tries, .. } = &delivery;
        let monitor = &delivery.notification.monitor;
        if let (Some(attempt), Some(result)) = (delivery.attempt(), delivery.attempt_result()) {
            // An attempt is tried at most once, and only an execution counts as a try.
            let is_executed = attempt.order == AttemptOrder::Execute && *n_tries > 0;
            self.report.n_executed += usize::from(is_executed);
            let is_attempt = attempt.order != AttemptOrder::TakeBack;
            let is_unknown = !is_executed && matches!(result, AttemptResult::Unknown(_));
            self.report.n_unknown += usize::from(is_unknown);
            let is_dry_run = is_attempt && !is_executed && result == AttemptResult::DryRun;
            self.report.n_dry_runs += usize::from(is_dry_run);
            let is_left_out = is_attempt && !is_executed && !is_unknown && !is_dry_run;
            self.report.n_not_executed += usize::from(is_left_out);
            let (action, number) = (&attempt.action, attempt.number);
            if let AttemptResult::NotExecutable(reason) = &result {
                tracing::error!(delivery = %id, %action, number, %monitor, reason, "cannot execute an action");
            } else if is_executed {
                tracing::info!(delivery = %id, %action, number, %monitor, ?result, "executed an action");
            } else if is_unknown {
                tracing::warn!(delivery = %id, %action, number, %monitor, ?result, "recorded an attempt with an unknown result");
            } else {
                tracing::info!(delivery = %id, %action, number, %monitor, ?result, "recorded an attempt without an execution");
            }
            return;
        }
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
    }

    /// Remembers a result until a reading of the store has it.
    fn note_record(&mut self, delivery: &Delivery, recorded: StoreResult<()>) -> Flow {
        let reading = self.work.ports.last_reading();
        let is_recorded = recorded.is_ok();
        let result = TryResult { delivery: delivery.clone(), reading, is_recorded };
        self.entries.results.insert(delivery.id.clone(), result);
        match recorded {
            Ok(()) => Flow::GoOn,
            Err(error) => {
                self.pause_for(error);
                Flow::Stop
            }
        }
    }

    /// Makes no call of a failing store for a while.
    fn pause_for(&mut self, error: StoreError) {
        let until = later(self.now(), PAUSE);
        self.report.errors.push(error);
        self.report.wake_at(until);
        self.pause_until = Some(until);
    }
}

/// The way to continue after a step.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    GoOn,
    Stop,
}

fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}
