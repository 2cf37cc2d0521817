//! The port that reads single deliveries.

use std::future::Future;

use super::StoreResult;
use crate::delivery::{Delivery, DeliveryId};

/// Reading single deliveries.
pub trait ReadDelivery: Send + Sync {
    /// Returns a delivery with its latest recorded result; `None` if it is not stored, or if no notifier has read it yet.
    fn read_delivery(
        &self,
        id: &DeliveryId,
    ) -> impl Future<Output = StoreResult<Option<Delivery>>> + Send;
}
