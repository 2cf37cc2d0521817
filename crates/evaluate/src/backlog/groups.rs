//! The deliveries of a channel by their groups of alerts.

use std::collections::BTreeSet;

use allclear_core::delivery::{Delivery, NoticeKind};

use super::DeliveryPosition;

/// The deliveries of one group of alerts.
#[derive(Debug, Default)]
pub(super) struct GroupLine {
    /// All-clears, after which no alert of the group fires.
    pub(super) all_clears: BTreeSet<DeliveryPosition>,
    /// Notices of alerts that fire.
    pub(super) notices: BTreeSet<DeliveryPosition>,
}

impl GroupLine {
    /// Returns the deliveries of the kind of `delivery`; `None` for a partial end.
    pub(super) fn of_kind(
        &mut self,
        delivery: &Delivery,
    ) -> Option<&mut BTreeSet<DeliveryPosition>> {
        if delivery.notification.kind.is_of_firing_alerts() {
            return Some(&mut self.notices);
        }
        is_all_clear(delivery).then_some(&mut self.all_clears)
    }
}

/// Returns true for the end of a whole group of alerts.
pub(super) fn is_all_clear(delivery: &Delivery) -> bool {
    delivery.notification.kind == NoticeKind::Resolved && delivery.notification.details.ends_group
}
