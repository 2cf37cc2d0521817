//! The port that reads deliveries by their ids.

use std::future::Future;

use super::StoreResult;
use crate::delivery::{Delivery, DeliveryId};

/// Reading deliveries by their ids.
pub trait ReadDeliveries: Send + Sync {
    /// Returns deliveries with their latest recorded results, in any order. A delivery that is not stored, that no notifier
    /// has read yet, or that can never be read is left out. The number of requests does not grow with each id: a store
    /// reads them together.
    fn read_deliveries(
        &self,
        ids: &[DeliveryId],
    ) -> impl Future<Output = StoreResult<Vec<Delivery>>> + Send;
}
