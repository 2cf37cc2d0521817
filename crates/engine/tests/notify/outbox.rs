//! Shorthands for the outbox in memory.

use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_support::{CallOutcome, MemoryStore, Operation, PlannedFault};

/// Returns a store that holds these deliveries.
pub(crate) fn holding(deliveries: impl IntoIterator<Item = Delivery>) -> MemoryStore {
    let store = MemoryStore::default();
    for one in deliveries {
        store.add_delivery(one);
    }
    store
}

/// The state of deliveries, and faults of the outbox.
pub(crate) trait MemoryOutbox {
    fn state(&self, delivery: &Delivery) -> DeliveryState;
    fn why_given_up(&self, delivery: &Delivery) -> String;
    fn last_error(&self, delivery: &Delivery) -> String;
    /// Fails the next `n` records.
    fn fail_records(&self, n: usize);
}

impl MemoryOutbox for MemoryStore {
    fn state(&self, delivery: &Delivery) -> DeliveryState {
        self.delivery(&delivery.id).unwrap().state
    }

    fn why_given_up(&self, delivery: &Delivery) -> String {
        let state = self.state(delivery);
        let DeliveryState::GivenUp { reason, .. } = state else { panic!("it is {state:?}") };
        reason
    }

    fn last_error(&self, delivery: &Delivery) -> String {
        let state = self.state(delivery);
        let DeliveryState::Owed { last_error, .. } = state else { panic!("it is {state:?}") };
        last_error.unwrap_or_default()
    }

    fn fail_records(&self, n: usize) {
        self.inject(PlannedFault::on(Operation::RecordDelivery, CallOutcome::Unavailable).times(n));
    }
}
