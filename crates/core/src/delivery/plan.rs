//! What to do at a moment with the deliveries that are owed to one channel.
//!
//! Only the choice is made here. Trying, and recording what came of it, is the notifier's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Delivery, DeliveryId};
use crate::id::MonitorId;

/// What is known of a delivery that another one comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predecessor {
    /// It is still owed.
    Owed,
    /// It was sent.
    Sent,
    /// It was given up.
    GivenUp,
    /// It is no longer stored, so it was done with long ago. Most likely it was sent: an all-clear
    /// too many does less harm than one that never comes.
    Forgotten,
}

/// What the notifier does with the deliveries that are owed to one channel. Each of them is in
/// exactly one of the lists.
#[derive(Debug, Default, PartialEq)]
pub struct Plan<'a> {
    /// To try now, the one that has been due longest first.
    pub send: Vec<&'a Delivery>,
    /// To give up without a try: the notices that they take back never arrived.
    pub give_up: Vec<&'a Delivery>,
    /// Not due yet, or behind another one.
    pub waiting: Vec<&'a Delivery>,
    /// When the first of those waiting is due; `None` where all wait for another delivery.
    pub next_due_at: Option<Timestamp>,
}

/// Decides what to do at `now` with `owed`, the deliveries owed to one channel in the order they
/// were decided. `before` says what is known of the deliveries that they come after; one that it
/// does not name counts as owed where it is in `owed`, and as forgotten elsewhere.
///
/// - The deliveries about one monitor keep their order: the last word that a channel hears of a
///   monitor is the last one that was decided. Those about other monitors do not wait for them.
/// - An all-clear waits for the firing notices that it takes back, and is given up if all of them
///   were: nobody hears that something is over that they never heard of.
/// - A failed delivery goes behind all that are due, so one that fails for ever delays the others
///   by one try and no more.
#[must_use]
pub fn plan<'a>(
    owed: &'a [Delivery],
    before: &BTreeMap<DeliveryId, Predecessor>,
    now: Timestamp,
) -> Plan<'a> {
    let still_owed: BTreeSet<&DeliveryId> = owed.iter().map(|delivery| &delivery.id).collect();
    let predecessor = |id: &DeliveryId| {
        if still_owed.contains(id) {
            return Predecessor::Owed;
        }
        before.get(id).copied().unwrap_or(Predecessor::Forgotten)
    };
    let mut plan = Plan::default();
    let mut behind: BTreeSet<&MonitorId> = BTreeSet::new();
    for delivery in owed {
        let Some(next_try_at) = delivery.next_try_at() else { continue };
        let heads_its_monitor = behind.insert(&delivery.notification.monitor);
        let after: Vec<Predecessor> = delivery.after.iter().map(predecessor).collect();
        if !heads_its_monitor || after.contains(&Predecessor::Owed) {
            plan.waiting.push(delivery);
        } else if !after.is_empty() && after.iter().all(|one| *one == Predecessor::GivenUp) {
            plan.give_up.push(delivery);
        } else if next_try_at <= now {
            plan.send.push(delivery);
        } else {
            plan.next_due_at = Some(plan.next_due_at.map_or(next_try_at, |at| at.min(next_try_at)));
            plan.waiting.push(delivery);
        }
    }
    plan.send.sort_by_key(|delivery| delivery.next_try_at());
    plan
}
