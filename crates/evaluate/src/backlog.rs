//! The deliveries owed to one channel, and what to do next with them.
//!
//! Only the choice is made here. Trying, and recording the result, is the notifier's. Each step
//! takes logarithmic time, so that a long outage of a channel does not make its backlog slower.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use allclear_core::Timestamp;

use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, NoticeKind, Predecessor};
use allclear_core::event::AlertId;
use allclear_core::id::MonitorId;
use allclear_core::status::Severity;

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Try this delivery.
    Send(Box<Delivery>),
    /// Record this delivery, which was settled without a try.
    Record(Box<Delivery>),
    /// Wait until this time; `None` if only a new delivery, or the end of one on another channel,
    /// brings work.
    Wait(Option<Timestamp>),
}

/// The place of a delivery in the order in which they were decided.
type Position = u64;

/// The deliveries owed to one channel.
///
/// - The deliveries about one monitor keep their order: the last message that a channel gets about
///   a monitor is the last one that was decided. Those about other monitors do not wait for them.
/// - Of those that are due, the most severe goes first, and of these the one that has been due
///   longest. A failed one is due again after its backoff, so it delays the others by one try.
/// - A firing notice whose alerts have ended is superseded, unless it was owed when the process began. Its all-clear waits for a firing notice
///   in flight, and is sent if one may have arrived. Otherwise it is settled without a try, unless
///   it names alerts that still fire.
#[derive(Debug, Default)]
pub struct Backlog {
    deliveries: BTreeMap<Position, Delivery>,
    positions: HashMap<DeliveryId, Position>,
    last_position: Position,
    /// The deliveries about each monitor; only the first of them can be sent.
    lines: BTreeMap<MonitorId, BTreeSet<Position>>,
    /// The first of their lines that are due.
    due: BTreeSet<(Reverse<Severity>, Timestamp, Position)>,
    /// The first of their lines that are due later.
    later: BTreeSet<(Timestamp, Position)>,
    /// Those to settle without a try.
    settled: BTreeSet<Position>,
    /// The first of their lines that wait for another delivery, by that one.
    behind: HashMap<DeliveryId, BTreeSet<Position>>,
    /// The all-clears that take back a delivery, by that one.
    taken_back_by: HashMap<DeliveryId, BTreeSet<Position>>,
    /// What is known of deliveries that others come after.
    ends: HashMap<DeliveryId, Predecessor>,
    /// Those tried without success that may have arrived.
    uncertain: BTreeSet<DeliveryId>,
    /// Those that were owed when the process began: an earlier process may have died between the
    /// arrival of a notice and the record of it, so they are sent even if their alerts have ended.
    inherited: BTreeSet<DeliveryId>,
    in_flight: Option<Position>,
}

impl Backlog {
    /// Adds an owed delivery behind all others. One that is known or settled is left out.
    pub fn insert(&mut self, delivery: Delivery) {
        if delivery.next_try_at().is_none() || self.positions.contains_key(&delivery.id) {
            return;
        }
        self.last_position += 1;
        let position = self.last_position;
        self.positions.insert(delivery.id.clone(), position);
        let is_all_clear = delivery.notification.kind == NoticeKind::Resolved;
        for id in delivery.after.iter().filter(|_| is_all_clear) {
            self.taken_back_by.entry(id.clone()).or_default().insert(position);
        }
        let monitor = delivery.notification.monitor.clone();
        let (id, after) = (delivery.id.clone(), delivery.after.clone());
        self.deliveries.insert(position, delivery);
        let line = self.lines.entry(monitor).or_default();
        line.insert(position);
        if line.first() == Some(&position) {
            self.place(position);
        }
        // Both may have been decided in either order.
        for id in after.iter().chain([&id]) {
            self.supersede(id);
        }
    }

    /// Returns the deliveries that others come after and of which nothing is known. Those others wait
    /// until [`Backlog::learn`] has the answer.
    #[must_use]
    pub fn unknown_predecessors(&self) -> BTreeSet<DeliveryId> {
        let all = self.deliveries.values().flat_map(|delivery| &delivery.after);
        let is_open = |id: &DeliveryId| matches!(self.ends.get(id), None | Some(Predecessor::Owed));
        let is_unknown = |id: &&DeliveryId| !self.positions.contains_key(*id) && is_open(id);
        all.filter(is_unknown).cloned().collect()
    }

    /// Notes what became of a delivery that is not in this backlog.
    pub fn learn(&mut self, id: &DeliveryId, end: Predecessor) {
        self.ends.insert(id.clone(), end);
        self.release(id);
    }

    /// Returns what to do at `now`.
    ///
    /// A delivery to send is in flight until [`Backlog::update`] has its result, one to record is
    /// no longer in the backlog.
    pub fn next(&mut self, now: Timestamp) -> Next {
        if let Some(position) = self.settled.pop_first() {
            return match self.settle(position, now) {
                Some(delivery) => Next::Record(Box::new(delivery)),
                None => self.next(now),
            };
        }
        while let Some((at, position)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, position));
            self.due.insert((self.rank(position), at, position));
        }
        let first = self.due.pop_first();
        if let Some(((.., position), delivery)) =
            first.and_then(|one| Some((one, self.deliveries.get(&one.2)?)))
        {
            self.in_flight = Some(position);
            return Next::Send(Box::new(delivery.clone()));
        }
        Next::Wait(self.later.first().map(|(at, _)| *at))
    }

    /// Takes the result of a try. `may_have_arrived` is the id if no answer came to it.
    pub fn update(&mut self, delivery: Delivery, may_have_arrived: Option<DeliveryId>) {
        self.uncertain.extend(may_have_arrived);
        self.in_flight = None;
        let Some(position) = self.positions.get(&delivery.id).copied() else { return };
        let (id, end) = (delivery.id.clone(), end_of(&delivery.state));
        if end == Predecessor::Owed {
            self.deliveries.insert(position, delivery);
            self.place(position);
            self.supersede(&id);
        } else {
            self.remove(position, end);
        }
    }

    /// Removes all deliveries and returns them, in their order.
    pub fn drain(&mut self) -> Vec<Delivery> {
        std::mem::take(self).deliveries.into_values().collect()
    }

    /// Notes deliveries that were owed when the process began.
    pub fn inherit(&mut self, ids: BTreeSet<DeliveryId>) {
        self.inherited.extend(ids);
    }

    /// Replaces the deliveries by `owed`. What is known of their predecessors stays.
    pub fn reload(&mut self, owed: Vec<Delivery>) {
        let Self { mut ends, mut uncertain, mut inherited, .. } = std::mem::take(self);
        let named: BTreeSet<&DeliveryId> = owed.iter().flat_map(|one| &one.after).collect();
        let listed: BTreeSet<&DeliveryId> = owed.iter().map(|one| &one.id).collect();
        // One that is owed elsewhere is asked for again.
        ends.retain(|id, end| named.contains(id) && *end != Predecessor::Owed);
        uncertain.retain(|id| listed.contains(id));
        inherited.retain(|id| listed.contains(id));
        (self.ends, self.uncertain, self.inherited) = (ends, uncertain, inherited);
        for delivery in owed {
            self.insert(delivery);
        }
    }

    /// Files the first delivery of a line under what it waits for.
    fn place(&mut self, position: Position) {
        let Some(delivery) = self.deliveries.get(&position) else { return };
        let Some(next_try_at) = delivery.next_try_at() else { return };
        let is_open = |id: &&DeliveryId| matches!(self.end(id), None | Some(Predecessor::Owed));
        if let Some(id) = delivery.after.iter().find(is_open) {
            self.behind.entry(id.clone()).or_default().insert(position);
        } else if self.is_needless(delivery) {
            self.settled.insert(position);
        } else {
            self.later.insert((next_try_at, position));
        }
    }

    /// Returns true for an all-clear of notices that never arrived, unless it says what still
    /// fires: the channel is told of that nowhere else.
    fn is_needless(&self, delivery: &Delivery) -> bool {
        let never =
            |id| matches!(self.end(id), Some(Predecessor::GivenUp | Predecessor::Superseded));
        !delivery.after.is_empty()
            && delivery.after.iter().all(never)
            && delivery.notification.still_firing.is_empty()
    }

    /// Returns what is known of a delivery; `None` until the caller has learned it.
    fn end(&self, id: &DeliveryId) -> Option<Predecessor> {
        if self.positions.contains_key(id) {
            return Some(Predecessor::Owed);
        }
        self.ends.get(id).copied()
    }

    /// Settles the firing notice `id` if all of its alerts have ended and it is not in flight.
    fn supersede(&mut self, id: &DeliveryId) {
        let Some(position) = self.positions.get(id).copied() else { return };
        let Some(delivery) = self.deliveries.get(&position) else { return };
        let is_firing = delivery.notification.kind == NoticeKind::Firing;
        if !is_firing || self.in_flight == Some(position) || self.inherited.contains(id) {
            return;
        }
        let all_clears = self.taken_back_by.get(id).into_iter().flatten();
        let ended: BTreeSet<&AlertId> = all_clears
            .filter_map(|position| self.deliveries.get(position))
            .flat_map(|all_clear| &all_clear.notification.alerts)
            .map(|alert| &alert.id)
            .collect();
        let alerts = &delivery.notification.alerts;
        if !alerts.is_empty() && alerts.iter().all(|alert| ended.contains(&alert.id)) {
            self.unfile(position);
            self.settled.insert(position);
        }
    }

    /// Takes a delivery that is not sent out of the backlog.
    fn settle(&mut self, position: Position, now: Timestamp) -> Option<Delivery> {
        let delivery = self.deliveries.get(&position)?.clone();
        if delivery.notification.kind == NoticeKind::Firing {
            // The person who may have read it has to be told of the end.
            let arrived = self.uncertain.contains(&delivery.id);
            let end = if arrived { Predecessor::Sent } else { Predecessor::Superseded };
            self.remove(position, end);
            return Some(delivery.superseded(now));
        }
        let is_superseded = |id| self.end(id) == Some(Predecessor::Superseded);
        let delivery = if delivery.after.iter().any(is_superseded) {
            delivery.superseded(now)
        } else {
            let reason = "the notice that it takes back never arrived".to_owned();
            delivery.given_up(reason, now)
        };
        self.remove(position, end_of(&delivery.state));
        Some(delivery)
    }

    fn remove(&mut self, position: Position, end: Predecessor) {
        let Some(delivery) = self.deliveries.remove(&position) else { return };
        self.unfile(position);
        self.uncertain.remove(&delivery.id);
        self.positions.remove(&delivery.id);
        for id in &delivery.after {
            if let Some(all_clears) = self.taken_back_by.get_mut(id) {
                all_clears.remove(&position);
            }
        }
        self.taken_back_by.remove(&delivery.id);
        self.ends.insert(delivery.id.clone(), end);
        let monitor = &delivery.notification.monitor;
        let mut next = None;
        if let Some(line) = self.lines.get_mut(monitor) {
            let was_first = line.first() == Some(&position);
            line.remove(&position);
            next = line.first().copied().filter(|_| was_first);
            if line.is_empty() {
                self.lines.remove(monitor);
            }
        }
        if let Some(next) = next.filter(|next| !self.settled.contains(next)) {
            self.place(next);
        }
        self.release(&delivery.id);
    }

    /// Files those again that have waited for `id`.
    fn release(&mut self, id: &DeliveryId) {
        for position in self.behind.remove(id).unwrap_or_default() {
            self.place(position);
        }
    }

    /// Takes a delivery out of the lists of what can be done.
    fn unfile(&mut self, position: Position) {
        let Some(at) = self.deliveries.get(&position).and_then(Delivery::next_try_at) else {
            return;
        };
        self.later.remove(&(at, position));
        self.due.remove(&(self.rank(position), at, position));
    }

    fn rank(&self, position: Position) -> Reverse<Severity> {
        let delivery = self.deliveries.get(&position);
        Reverse(delivery.map_or(Severity::Info, |delivery| delivery.notification.severity))
    }
}

fn end_of(state: &DeliveryState) -> Predecessor {
    match state {
        DeliveryState::Owed { .. } => Predecessor::Owed,
        DeliveryState::Sent { .. } => Predecessor::Sent,
        DeliveryState::GivenUp { .. } => Predecessor::GivenUp,
        DeliveryState::Superseded { .. } => Predecessor::Superseded,
    }
}
