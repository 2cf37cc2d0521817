//! Deliveries and the claims on them.

use std::collections::{BTreeMap, HashMap};

use allclear_core::Timestamp;
use allclear_core::alert_group::MessageRef;
use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, Predecessor};
use allclear_core::ports::{Outbox, OwedMark, ReadDeliveries, StoreResult};

use super::{Call, CallOutcome, MemoryStore, Operation, Write};

/// The deliveries by position, which is the order in which they were decided.
#[derive(Default)]
pub(super) struct Deliveries {
    by_position: BTreeMap<u64, Stored>,
    positions: HashMap<DeliveryId, u64>,
    last: u64,
    /// The last position that was read.
    read: u64,
}

struct Stored {
    delivery: Delivery,
    /// The claim on its next try.
    claim: Option<Claim>,
}

impl Deliveries {
    /// Adds a delivery. One that is there stays as it is: it may have been sent.
    pub(super) fn insert(&mut self, delivery: Delivery) {
        if self.positions.contains_key(&delivery.id) {
            return;
        }
        self.last += 1;
        self.positions.insert(delivery.id.clone(), self.last);
        self.by_position.insert(self.last, Stored { delivery, claim: None });
    }

    /// Returns all deliveries in the order in which they were decided.
    pub(super) fn all(&self) -> impl Iterator<Item = &Delivery> {
        self.by_position.values().map(|one| &one.delivery)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Delivery) -> bool) {
        self.by_position.retain(|_, one| keep(&one.delivery));
        self.positions.retain(|_, position| self.by_position.contains_key(position));
    }

    fn find(&self, id: &DeliveryId) -> Option<&Stored> {
        self.by_position.get(self.positions.get(id)?)
    }

    fn find_mut(&mut self, id: &DeliveryId) -> Option<&mut Stored> {
        self.by_position.get_mut(self.positions.get(id)?)
    }
}

impl Stored {
    /// Claims the try of `tried` with `claim`, in place of `left`.
    fn claim(&mut self, tried: &Delivery, claim: &Claim, left: Option<&Claim>) -> Claimed {
        let stored = &self.delivery;
        if stored.next_try_at().is_none() || stored.n_tries != tried.n_tries {
            return Claimed::Changed(Some(Box::new(stored.clone())));
        }
        match &self.claim {
            Some(other) if other.owner != claim.owner && Some(other) != left => {
                Claimed::Held(other.clone())
            }
            Some(_) | None => {
                self.claim = Some(claim.clone());
                Claimed::Granted
            }
        }
    }

    /// Takes a result. Returns false if the delivery stays as it is.
    fn record(&mut self, result: &Delivery) -> bool {
        let stored = &self.delivery;
        let is_late = result.next_try_at().is_some() && result.n_tries < stored.n_tries;
        if stored.next_try_at().is_none() || is_late {
            return false;
        }
        self.delivery = result.clone();
        self.claim = None;
        true
    }
}

impl MemoryStore {
    /// Adds a delivery without a call.
    pub fn add_delivery(&self, delivery: Delivery) {
        self.content().deliveries.insert(delivery);
    }

    /// Returns a delivery without a call; `None` if it is not stored.
    #[must_use]
    pub fn delivery(&self, id: &DeliveryId) -> Option<Delivery> {
        self.content().deliveries.find(id).map(|one| one.delivery.clone())
    }

    /// Returns true if the delivery is stored as sent.
    #[must_use]
    pub fn is_sent(&self, delivery: &Delivery) -> bool {
        let stored = self.delivery(&delivery.id);
        stored.is_some_and(|one| matches!(one.state, DeliveryState::Sent { .. }))
    }

    /// Claims a delivery as a process that ends afterwards.
    pub fn claim_and_end(&self, delivery: &Delivery, until: Timestamp) {
        let claim = Claim { owner: ClaimOwner::new("ended".to_owned()), until };
        if let Some(stored) = self.content().deliveries.find_mut(&delivery.id) {
            stored.claim = Some(claim);
        }
    }
}

impl ReadDeliveries for MemoryStore {
    async fn read_deliveries(&self, ids: &[DeliveryId]) -> StoreResult<Vec<Delivery>> {
        self.call(Call::new(Operation::ReadDeliveries, ids.len()), |content, _| {
            let found = ids.iter().filter_map(|id| content.deliveries.find(id));
            Ok(found.map(|one| one.delivery.clone()).collect())
        })
        .await
    }
}

impl Outbox for MemoryStore {
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        let operation =
            if mark == OwedMark::START { Operation::ReadAllOwed } else { Operation::ReadNewOwed };
        self.call_with_fate(Call::new(operation, mark.0), |content, _, outcome| {
            let Deliveries { last, read, .. } = content.deliveries;
            content.deliveries.read = last;
            let is_stale = operation == Operation::ReadNewOwed && outcome == CallOutcome::Stale;
            let from = if is_stale { mark.0.max(read) } else { mark.0 };
            let since = content.deliveries.by_position.range(from + 1..);
            let owed = since.filter(|(_, one)| one.delivery.next_try_at().is_some());
            let owed = owed.map(|(_, one)| one.delivery.clone()).collect();
            Ok((owed, OwedMark(last)))
        })
        .await
    }

    async fn predecessor(&self, id: &DeliveryId) -> StoreResult<Predecessor> {
        self.call(Call::new(Operation::Predecessor, id), |content, _| {
            let stored = content.deliveries.find(id);
            Ok(stored.map_or(Predecessor::Forgotten, |one| one.delivery.end()))
        })
        .await
    }

    async fn message_ref(&self, id: &DeliveryId) -> StoreResult<Option<MessageRef>> {
        self.call(Call::new(Operation::Predecessor, id), |content, _| {
            let stored = content.deliveries.find(id);
            Ok(stored.and_then(|one| one.delivery.message_ref.clone()))
        })
        .await
    }

    async fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        left: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        self.call(Call::new(Operation::Claim, &delivery.id), |content, _| {
            let Some(stored) = content.deliveries.find_mut(&delivery.id) else {
                return Ok(Claimed::Changed(None));
            };
            let claimed = stored.claim(delivery, claim, left);
            if claimed == Claimed::Granted {
                self.notify_observers(&Write::Claim(delivery, claim));
            }
            Ok(claimed)
        })
        .await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        self.call(Call::new(Operation::RecordDelivery, &delivery.id), |content, _| {
            let stored = content.deliveries.find_mut(&delivery.id);
            if stored.is_some_and(|stored| stored.record(delivery)) {
                self.notify_observers(&Write::Delivery(delivery));
            }
            Ok(())
        })
        .await
    }
}
