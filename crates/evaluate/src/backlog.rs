//! The deliveries owed to one channel, and the choice of the next one.
//!
//! This module only makes the choice. The notifier claims, tries and records the result. Each step takes
//! logarithmic time, so that a long outage of a channel does not make its backlog slower.

mod groups;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use allclear_core::Timestamp;

use allclear_core::alert_group::AlertGroupId;
use allclear_core::delivery::{Delivery, DeliveryId, Predecessor};
use allclear_core::id::MonitorId;
use allclear_core::status::Severity;

use groups::{GroupLine, is_all_clear};

/// The number of deliveries of one severity up to which they are sent in the order of their due times. Above
/// it, every second one is the newest, so that a new alert does not wait for thousands of the same severity.
const FEW: usize = 16;

/// The next step.
#[derive(Debug, Clone, PartialEq)]
pub enum NextDelivery {
    /// Try this delivery.
    Send(Box<Delivery>),
    /// Record this delivery, which is settled without a try.
    Record(Box<Delivery>),
    /// Look up the states of these deliveries, and pass them to [`DeliveryBacklog::set_end`].
    LookUp(Vec<DeliveryId>),
    /// Wait until this time; `None` if only a new delivery, the result of one in flight, or the end of one on
    /// another channel creates work.
    Wait(Option<Timestamp>),
}

/// The place of a delivery in the order in which they were decided.
type DeliveryPosition = u64;

/// The deliveries owed to one channel.
///
/// - The deliveries about one monitor keep their order: the last message that a channel gets about a monitor
///   is the last one that was decided. Deliveries about other monitors do not wait for them.
/// - Of the due ones, the most severe goes first. Of these, the one that has been due longest goes first; if
///   there are many, it alternates with the newest one. A failed one is due again after its backoff.
/// - A notice of a group of alerts that has ended is superseded, unless an earlier process claimed it and left no
///   result. The all-clear waits for a notice in flight, and is sent if one may have arrived. Otherwise it is settled
///   without a try.
/// - Several can be in flight at the same time, but only one per monitor.
#[derive(Debug, Default)]
pub struct DeliveryBacklog {
    deliveries: BTreeMap<DeliveryPosition, Delivery>,
    positions: HashMap<DeliveryId, DeliveryPosition>,
    last_position: DeliveryPosition,
    /// The deliveries about each monitor. Only the first of each line can be sent.
    lines: BTreeMap<MonitorId, BTreeSet<DeliveryPosition>>,
    /// The first of their lines that are due.
    due: BTreeMap<Reverse<Severity>, BTreeSet<(Timestamp, DeliveryPosition)>>,
    /// The first of their lines that are due later.
    later: BTreeSet<(Timestamp, DeliveryPosition)>,
    /// The deliveries to settle without a try.
    settled: BTreeSet<DeliveryPosition>,
    /// The first of their lines that wait for another delivery, by that one.
    behind: HashMap<DeliveryId, BTreeSet<DeliveryPosition>>,
    /// The deliveries of each group of alerts.
    groups: HashMap<AlertGroupId, GroupLine>,
    /// The known ends of deliveries that others come after.
    ends: HashMap<DeliveryId, Predecessor>,
    /// The deliveries that an earlier process claimed and left without a result.
    abandoned: BTreeSet<DeliveryId>,
    /// The deliveries that another notifier has claimed, each with the end of the claim.
    claimed_elsewhere: HashMap<DeliveryId, Timestamp>,
    /// The deliveries whose result is awaited, with their monitors.
    in_flight: HashMap<DeliveryId, MonitorId>,
    /// True if the newest delivery is next when there are many.
    is_newest_next: bool,
    n_steps: u64,
}

impl DeliveryBacklog {
    /// Adds an owed delivery behind all others. A delivery that is known or settled is ignored.
    pub fn insert(&mut self, mut delivery: Delivery) {
        if delivery.next_try_at().is_none() || self.positions.contains_key(&delivery.id) {
            return;
        }
        delivery.may_have_arrived |= self.abandoned.contains(&delivery.id);
        self.last_position += 1;
        let position = self.last_position;
        self.positions.insert(delivery.id.clone(), position);
        let group = delivery.notification.details.alert_group.clone();
        if let Some(group) = &group
            && let Some(line) = self.groups.entry(group.clone()).or_default().of_kind(&delivery)
        {
            line.insert(position);
        }
        let monitor = delivery.notification.monitor.clone();
        self.deliveries.insert(position, delivery);
        let line = self.lines.entry(monitor).or_default();
        line.insert(position);
        if line.first() == Some(&position) {
            self.place(position);
        }
        // Both may have been decided in either order.
        self.supersede_ended(group.as_ref());
    }

    /// Records the state of a delivery that is not in this backlog.
    pub fn set_end(&mut self, id: &DeliveryId, end: Predecessor) {
        self.ends.insert(id.clone(), end);
        self.release(id);
    }

    /// Returns the next step at `now`. A delivery to send or to record is in flight until
    /// [`DeliveryBacklog::update`], [`DeliveryBacklog::hold`], [`DeliveryBacklog::put_back`] or
    /// [`DeliveryBacklog::forget`] is called for it.
    pub fn next(&mut self, now: Timestamp) -> NextDelivery {
        while let Some((at, position)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, position));
            self.due.entry(self.rank(position)).or_default().insert((at, position));
        }
        loop {
            if let Some(delivery) = self.next_settled(now) {
                return NextDelivery::Record(Box::new(delivery));
            }
            let Some(position) = self.pick() else {
                return NextDelivery::Wait(self.later.first().map(|(at, _)| *at));
            };
            let Some(delivery) = self.deliveries.get(&position).cloned() else { continue };
            self.n_steps += 1;
            self.claimed_elsewhere.remove(&delivery.id);
            let unknown: Vec<DeliveryId> =
                delivery.after.iter().filter(|id| self.end(id).is_none()).cloned().collect();
            if let Some(first) = unknown.first() {
                self.behind.entry(first.clone()).or_default().insert(position);
                return NextDelivery::LookUp(unknown);
            }
            if self.has_ended(&delivery) || self.is_redundant(&delivery) {
                self.settled.insert(position);
                continue;
            }
            if !self.is_first(position, &delivery) {
                continue;
            }
            self.start_flight(&delivery);
            return NextDelivery::Send(Box::new(delivery));
        }
    }

    /// Returns a delivery to record that is settled without a try, if there is one.
    pub fn next_settled(&mut self, now: Timestamp) -> Option<Delivery> {
        loop {
            let position = self.settled.pop_first()?;
            let Some(delivery) = self.deliveries.get(&position).cloned() else { continue };
            self.n_steps += 1;
            self.start_flight(&delivery);
            return Some(self.settle(delivery, now));
        }
    }

    /// Takes the result of a try, or the result that another notifier recorded.
    pub fn update(&mut self, delivery: Delivery) {
        self.end_flight(&delivery.id);
        let Some(position) = self.positions.get(&delivery.id).copied() else { return };
        let id = delivery.id.clone();
        self.abandoned.remove(&id);
        self.claimed_elsewhere.remove(&id);
        match delivery.end() {
            Predecessor::Owed => {
                let group = delivery.notification.details.alert_group.clone();
                self.deliveries.insert(position, delivery);
                self.place(position);
                self.supersede_ended(group.as_ref());
            }
            end @ (Predecessor::Sent
            | Predecessor::GivenUp
            | Predecessor::Superseded
            | Predecessor::MayHaveArrived
            | Predecessor::Forgotten) => self.remove(position, end),
        }
    }

    /// Excludes a delivery until `until`, because another notifier has claimed it.
    pub fn hold(&mut self, id: &DeliveryId, until: Timestamp) {
        self.end_flight(id);
        let Some(position) = self.positions.get(id).copied() else { return };
        self.claimed_elsewhere.insert(id.clone(), until);
        self.place(position);
    }

    /// Puts a delivery back unchanged.
    pub fn put_back(&mut self, id: &DeliveryId) {
        self.end_flight(id);
        let Some(position) = self.positions.get(id).copied() else { return };
        self.place(position);
    }

    /// Keeps a firing notice from being superseded: an earlier process claimed it and left no result,
    /// so it may have arrived.
    pub fn mark_may_have_arrived(&mut self, id: &DeliveryId) {
        self.abandoned.insert(id.clone());
        let position = self.positions.get(id);
        if let Some(delivery) = position.and_then(|position| self.deliveries.get_mut(position)) {
            delivery.may_have_arrived = true;
        }
        self.put_back(id);
    }

    /// Requests another look-up of the deliveries that were still owed elsewhere.
    pub fn reload_unknown_ends(&mut self) {
        let is_owed = |(_, end): &(&DeliveryId, &Predecessor)| **end == Predecessor::Owed;
        let owed: Vec<DeliveryId> =
            self.ends.iter().filter(is_owed).map(|(id, _)| id.clone()).collect();
        for id in owed {
            self.ends.remove(&id);
            self.release(&id);
        }
    }

    /// Excludes the deliveries in flight until `until`, because their tries were cut off and will have no
    /// result. They may have arrived.
    pub fn cut_off(&mut self, until: Timestamp) {
        let ids: Vec<DeliveryId> = self.in_flight.keys().cloned().collect();
        for id in ids {
            self.abandoned.insert(id.clone());
            let position = self.positions.get(&id);
            if let Some(delivery) = position.and_then(|at| self.deliveries.get_mut(at)) {
                delivery.may_have_arrived = true;
            }
            self.hold(&id, until);
        }
    }

    /// Removes a delivery that is no longer stored.
    pub fn forget(&mut self, id: &DeliveryId) {
        self.end_flight(id);
        let Some(position) = self.positions.get(id).copied() else { return };
        self.remove(position, Predecessor::Forgotten);
    }

    /// Returns true if nothing is owed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }

    /// Returns the due time of the first delivery that waits for nothing else; `None` if there is none.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let due = self.due.values().filter_map(BTreeSet::first);
        due.chain(self.later.first()).map(|(at, _)| *at).min()
    }

    /// Returns the number of times that a delivery was inserted into an order or removed from one: a measure
    /// of the work that does not depend on the machine.
    #[must_use]
    pub fn n_steps(&self) -> u64 {
        self.n_steps
    }

    /// Removes all deliveries and returns them, in their order.
    pub fn drain(&mut self) -> Vec<Delivery> {
        std::mem::take(self).deliveries.into_values().collect()
    }

    /// Replaces the deliveries by `owed`, except for those in flight. The known states of their predecessors
    /// stay.
    pub fn reload(&mut self, owed: Vec<Delivery>) {
        let old = std::mem::take(self);
        let Self {
            deliveries,
            mut ends,
            mut abandoned,
            mut claimed_elsewhere,
            in_flight,
            n_steps,
            ..
        } = old;
        let mut in_flight_now: HashMap<DeliveryId, Delivery> = deliveries
            .into_values()
            .filter(|one| in_flight.contains_key(&one.id))
            .map(|one| (one.id.clone(), one))
            .collect();
        let named: BTreeSet<&DeliveryId> =
            owed.iter().chain(in_flight_now.values()).flat_map(|one| &one.after).collect();
        let listed: BTreeSet<&DeliveryId> = owed.iter().map(|one| &one.id).collect();
        // A delivery that is owed elsewhere must be looked up again.
        ends.retain(|id, end| named.contains(id) && *end != Predecessor::Owed);
        abandoned.retain(|id| listed.contains(id));
        claimed_elsewhere.retain(|id, _| listed.contains(id));
        let unlisted: Vec<DeliveryId> =
            in_flight_now.keys().filter(|id| !listed.contains(id)).cloned().collect();
        let is_newest_next = old.is_newest_next;
        *self = Self {
            ends,
            abandoned,
            claimed_elsewhere,
            in_flight,
            is_newest_next,
            n_steps,
            ..Self::default()
        };
        for id in unlisted {
            if let Some(delivery) = in_flight_now.remove(&id) {
                self.insert(delivery);
            }
        }
        for delivery in owed {
            let known = in_flight_now.remove(&delivery.id);
            self.insert(known.unwrap_or(delivery));
        }
    }

    /// Marks a delivery as in flight.
    fn start_flight(&mut self, delivery: &Delivery) {
        self.in_flight.insert(delivery.id.clone(), delivery.notification.monitor.clone());
    }

    /// Ends the flight of a delivery, and files the first one about its monitor.
    fn end_flight(&mut self, id: &DeliveryId) {
        let Some(monitor) = self.in_flight.remove(id) else { return };
        let first = self.lines.get(&monitor).and_then(|line| line.first().copied());
        if let Some(first) = first.filter(|first| self.positions.get(id) != Some(first)) {
            self.unindex(first);
            self.place(first);
        }
    }

    /// Files a delivery by the event that it waits for, if it is the first of its line or settled.
    fn place(&mut self, position: DeliveryPosition) {
        let Some(delivery) = self.deliveries.get(&position) else { return };
        let Some(at) = self.filed_at(delivery) else { return };
        // Few are in flight at a time.
        let monitor = &delivery.notification.monitor;
        if self.in_flight.values().any(|busy| busy == monitor) {
            return;
        }
        self.n_steps += 1;
        let is_first = self.is_first(position, delivery);
        let is_held = self.claimed_elsewhere.contains_key(&delivery.id);
        let is_owed = |id: &&DeliveryId| self.end(id) == Some(Predecessor::Owed);
        if let Some(id) = delivery.after.iter().find(is_owed) {
            self.behind.entry(id.clone()).or_default().insert(position);
        } else if !is_held && (self.has_ended(delivery) || is_first && self.is_redundant(delivery))
        {
            self.settled.insert(position);
        } else if is_held || is_first {
            self.later.insert((at, position));
        }
    }

    fn is_first(&self, position: DeliveryPosition, delivery: &Delivery) -> bool {
        let line = self.lines.get(&delivery.notification.monitor);
        line.and_then(BTreeSet::first) == Some(&position)
    }

    /// Returns the due time of a delivery; `None` if it is not owed.
    fn filed_at(&self, delivery: &Delivery) -> Option<Timestamp> {
        let at = delivery.next_try_at()?;
        Some(self.claimed_elsewhere.get(&delivery.id).map_or(at, |end| at.max(*end)))
    }

    /// Takes the next of the due deliveries.
    fn pick(&mut self) -> Option<DeliveryPosition> {
        let mut first = self.due.first_entry()?;
        let due = first.get_mut();
        let one =
            if due.len() > FEW && self.is_newest_next { due.pop_last() } else { due.pop_first() };
        if due.is_empty() {
            first.remove();
        }
        self.is_newest_next = !self.is_newest_next;
        one.map(|(_, position)| position)
    }

    /// Returns true for an all-clear of notices that never arrived. A partial end is sent, because no other message to
    /// the channel names the alerts that still fire.
    fn is_redundant(&self, delivery: &Delivery) -> bool {
        let never =
            |id| matches!(self.end(id), Some(Predecessor::GivenUp | Predecessor::Superseded));
        !delivery.after.is_empty() && delivery.after.iter().all(never) && is_all_clear(delivery)
    }

    /// Returns true for a notice of a group of alerts that has ended, unless an earlier process may have sent it.
    fn has_ended(&self, delivery: &Delivery) -> bool {
        if !delivery.notification.kind.is_of_firing_alerts()
            || self.abandoned.contains(&delivery.id)
        {
            return false;
        }
        let group = delivery.notification.details.alert_group.as_ref();
        let line = group.and_then(|group| self.groups.get(group));
        line.is_some_and(|line| !line.all_clears.is_empty())
    }

    /// Returns the known state of a delivery; `None` until the caller has learned it.
    fn end(&self, id: &DeliveryId) -> Option<Predecessor> {
        if self.positions.contains_key(id) {
            return Some(Predecessor::Owed);
        }
        self.ends.get(id).copied()
    }

    /// Settles the notices of a group of alerts that has ended, except for those that a notifier works on.
    fn supersede_ended(&mut self, group: Option<&AlertGroupId>) {
        let Some(line) = group.and_then(|group| self.groups.get(group)) else { return };
        if line.all_clears.is_empty() {
            return;
        }
        for position in line.notices.clone() {
            let Some(delivery) = self.deliveries.get(&position) else { continue };
            let id = &delivery.id;
            let is_busy =
                self.in_flight.contains_key(id) || self.claimed_elsewhere.contains_key(id);
            if !is_busy && self.has_ended(delivery) {
                self.unindex(position);
                self.settled.insert(position);
            }
        }
    }

    /// Returns a delivery in the form that is recorded without a try.
    fn settle(&self, delivery: Delivery, now: Timestamp) -> Delivery {
        let is_superseded = |id| self.end(id) == Some(Predecessor::Superseded);
        if delivery.notification.kind.is_of_firing_alerts()
            || delivery.attempt().is_some()
            || delivery.after.iter().any(is_superseded)
        {
            return delivery.superseded(now);
        }
        let reason = "the notice that it takes back never arrived".to_owned();
        delivery.given_up(reason, now)
    }

    fn remove(&mut self, position: DeliveryPosition, end: Predecessor) {
        self.unindex(position);
        let Some(delivery) = self.deliveries.remove(&position) else { return };
        self.settled.remove(&position);
        self.positions.remove(&delivery.id);
        self.abandoned.remove(&delivery.id);
        self.claimed_elsewhere.remove(&delivery.id);
        if let Some(group) = &delivery.notification.details.alert_group
            && let Some(line) = self.groups.get_mut(group)
        {
            if let Some(kind) = line.of_kind(&delivery) {
                kind.remove(&position);
            }
            if line.all_clears.is_empty() && line.notices.is_empty() {
                self.groups.remove(group);
            }
        }
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

    /// Files the deliveries that have waited for `id`.
    fn release(&mut self, id: &DeliveryId) {
        for position in self.behind.remove(id).unwrap_or_default() {
            self.place(position);
        }
    }

    /// Removes a delivery from the lists of possible steps.
    fn unindex(&mut self, position: DeliveryPosition) {
        let Some(at) = self.deliveries.get(&position).and_then(|one| self.filed_at(one)) else {
            return;
        };
        self.later.remove(&(at, position));
        let rank = self.rank(position);
        if let Some(due) = self.due.get_mut(&rank) {
            due.remove(&(at, position));
            if due.is_empty() {
                self.due.remove(&rank);
            }
        }
    }

    fn rank(&self, position: DeliveryPosition) -> Reverse<Severity> {
        let delivery = self.deliveries.get(&position);
        Reverse(delivery.map_or(Severity::Info, |delivery| delivery.notification.severity))
    }
}
