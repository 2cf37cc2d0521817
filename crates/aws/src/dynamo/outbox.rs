//! Deliveries. A commit writes them packed, so that a transaction has room for any number of them.
//! The first reader unpacks them; from then on each has its own item.

use std::collections::BTreeMap;

use allclear_core::alert_group::MessageRef;
use allclear_core::claim::{Claim, Claimed};
use allclear_core::delivery::{Arrival, Delivery, DeliveryId, DeliveryPhase, Predecessor};
use allclear_core::ports::{Outbox, OwedMark, ReadDeliveries, StoreResult};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::calls::{PutCondition, Range};
use super::encoding::EncodeError;
use super::items::{self, DELIVERY_STATE, Item, MAY_HAVE_ARRIVED};
use super::limits::Consistency;
use super::request::{CallInput, WriteResult, unavailable};
use super::{DynamoStore, ItemError, corrupt, keys};

const READ: &str = "read deliveries in";
const UNPACK: &str = "unpack deliveries of";
const RECORD: &str = "record delivery";

/// The mark of a table that was read completely; later decisions are still packed.
const READ_ONCE: OwedMark = OwedMark(1);

/// The number of concurrent writes.
const AT_ONCE: usize = 16;

impl Outbox for DynamoStore {
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        if mark != OwedMark::START {
            return Ok((self.unpack_new().await?, mark));
        }
        let owed = format!("{}{}", keys::OWED, keys::AFTER_ALL);
        let range = Range {
            pk: keys::DELIVERY,
            from: keys::OWED,
            to: &owed,
            by_time: true,
            consistent: true,
        };
        let (packed, single): (Vec<Item>, Vec<Item>) =
            self.query(READ, &range).await?.into_iter().partition(is_packed);
        let mut owed = self.readable(&single, items::read_delivery);
        // A delivery that already had an item is read from that item, which is newer.
        let unpacked = self.unpack(packed).await?.into_iter();
        let unpacked = unpacked.filter(|one| one.is_new && one.delivery.next_try_at().is_some());
        owed.extend(unpacked.map(|one| (one.position, one.delivery)));
        Ok((in_order(owed), READ_ONCE))
    }

    async fn predecessor(&self, id: &DeliveryId) -> StoreResult<Predecessor> {
        const OPERATION: &str = "read delivery";
        let place = (keys::DELIVERY, id.as_str());
        loop {
            let state = [DELIVERY_STATE, MAY_HAVE_ARRIVED];
            if let Some(item) =
                self.get(OPERATION, place, Some(&state), Consistency::Strong).await?
            {
                let may_have_arrived = item.contains_key(MAY_HAVE_ARRIVED);
                let arrival = if may_have_arrived { Arrival::Possible } else { Arrival::None };
                let phase =
                    items::text(&item, DELIVERY_STATE).and_then(DeliveryPhase::from_keyword);
                return phase.map(|phase| Predecessor::of(phase, arrival)).ok_or_else(|| {
                    corrupt(OPERATION, id.as_str(), ItemError::Missing(DELIVERY_STATE))
                });
            }
            if !self.unpack_all().await? {
                return Ok(Predecessor::Forgotten);
            }
        }
    }

    async fn message_ref(&self, id: &DeliveryId) -> StoreResult<Option<MessageRef>> {
        const OPERATION: &str = "read delivery";
        let place = (keys::DELIVERY, id.as_str());
        let item = self.get(OPERATION, place, None, Consistency::Strong).await?;
        let delivery = item.map(|item| items::read_delivery(&item)).transpose();
        let delivery = delivery.map_err(|error| corrupt(OPERATION, id.as_str(), error))?;
        Ok(delivery.and_then(|(_, delivery)| delivery.message_ref))
    }

    async fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        abandoned: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        self.claim(delivery, claim, abandoned).await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        while !self.update(delivery).await? {
            if !self.unpack_all().await? {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl ReadDeliveries for DynamoStore {
    async fn read_deliveries(&self, ids: &[DeliveryId]) -> StoreResult<Vec<Delivery>> {
        let sort_keys: Vec<&str> = ids.iter().map(DeliveryId::as_str).collect();
        let items = self.batch_get(READ, keys::DELIVERY, &sort_keys).await?;
        let read = self.readable(&items, items::read_delivery).into_iter();
        Ok(read.map(|(_, delivery)| delivery).collect())
    }
}

/// A delivery from a packed item.
struct Unpacked {
    /// The position among the deliveries that were decided at the same time.
    position: String,
    delivery: Delivery,
    /// False if it had an item before.
    is_new: bool,
}

/// Returns the deliveries in the order of their decision.
fn in_order(mut deliveries: Vec<(String, Delivery)>) -> Vec<Delivery> {
    deliveries.sort_by(|(a_position, a), (b_position, b)| {
        (a.created_at, a_position).cmp(&(b.created_at, b_position))
    });
    deliveries.into_iter().map(|(_, delivery)| delivery).collect()
}

impl DynamoStore {
    /// Unpacks the packed deliveries and returns them in the order of their decision.
    async fn unpack_new(&self) -> StoreResult<Vec<Delivery>> {
        let packed = self.packed().await?;
        let unpacked = self.unpack(packed).await?.into_iter();
        Ok(in_order(unpacked.map(|one| (one.position, one.delivery)).collect()))
    }

    /// Unpacks the packed deliveries. Returns whether there were any.
    async fn unpack_all(&self) -> StoreResult<bool> {
        let packed = self.packed().await?;
        Ok(!self.unpack(packed).await?.is_empty())
    }

    /// Reads the packed items.
    async fn packed(&self) -> StoreResult<Vec<Item>> {
        let range = Range {
            pk: keys::DELIVERY,
            from: keys::NEW,
            to: &format!("{}{}", keys::NEW, keys::AFTER_ALL),
            by_time: false,
            consistent: true,
        };
        self.query(READ, &range).await
    }

    /// Writes an item for each delivery in `packed` that has none, and then removes the packed
    /// items. If the process ends in between, the next process continues. Returns the deliveries;
    /// this is the only place that decodes them before their first try.
    async fn unpack(&self, packed: Vec<Item>) -> StoreResult<Vec<Unpacked>> {
        let mut all = Vec::new();
        for item in packed {
            let sk = items::text(&item, keys::SK).unwrap_or_default();
            let deliveries = match items::read_new_deliveries(&item) {
                Ok(deliveries) => deliveries,
                Err(error) => {
                    self.report(&item, &error);
                    continue;
                }
            };
            let puts = deliveries.into_iter().map(|(position, delivery)| async move {
                let item = self.item(&delivery, &position);
                let item = item.map_err(|error| unavailable(UNPACK, sk, error))?;
                let written = self.put(UNPACK, item, Some(&PutCondition::Absent)).await?;
                Ok(Unpacked { position, delivery, is_new: !matches!(written, WriteResult::No(_)) })
            });
            let unpacked: Vec<Unpacked> =
                stream::iter(puts).buffer_unordered(AT_ONCE).try_collect().await?;
            all.extend(unpacked);
            self.delete(UNPACK, &items::keyed(keys::DELIVERY, sk)).await?;
        }
        Ok(all)
    }

    /// Returns the item of one delivery, with the end of its retention.
    fn item(&self, delivery: &Delivery, position: &str) -> Result<Item, EncodeError> {
        let mut item = items::delivery(delivery, position)?;
        if let Some(second) = items::delivery_expires(delivery, &self.retention) {
            items::set(&mut item, keys::EXPIRES, AttributeValue::N(second.to_string()));
        }
        Ok(item)
    }

    /// Writes the result of a delivery, unless the delivery is no longer owed or has more tries
    /// than this result. Returns whether the delivery exists.
    async fn update(&self, delivery: &Delivery) -> StoreResult<bool> {
        let id = delivery.id.as_str();
        let item = items::delivery(delivery, id).map_err(|error| unavailable(RECORD, id, error))?;
        let mut set = "SET b = :body, t = :tries, #state = :state".to_owned();
        let mut condition = "#state = :owed".to_owned();
        let mut input = CallInput::default()
            .with_key(&items::keyed(keys::DELIVERY, id))
            .with_name("#state", DELIVERY_STATE)
            .with_value(":owed", &items::text_value(DeliveryPhase::Owed.as_str()));
        for (placeholder, name) in
            [(":body", items::BODY), (":tries", items::TRIES), (":state", DELIVERY_STATE)]
        {
            if let Some(value) = item.get(name) {
                input = input.with_value(placeholder, value);
            }
        }
        if let Some(value) = item.get(MAY_HAVE_ARRIVED) {
            set.push_str(", m = :may_have_arrived");
            input = input.with_value(":may_have_arrived", value);
        }
        if delivery.next_try_at().is_some() {
            condition.push_str(" AND t <= :tries");
        } else {
            // Moves the delivery out of the owed ones in the index.
            set.push_str(", #at = :at");
            input = input
                .with_name("#at", keys::AT)
                .with_value(":at", &items::text_value(items::at_of(delivery, id)));
            if let Some(second) = items::delivery_expires(delivery, &self.retention) {
                set.push_str(", #expires = :expires");
                input = input
                    .with_name("#expires", keys::EXPIRES)
                    .with_value(":expires", &AttributeValue::N(second.to_string()));
            }
        }
        let input = input.with("UpdateExpression", set).with_condition(&condition);
        match self.write("UpdateItem", input).await {
            Ok(WriteResult::Yes(_)) => Ok(true),
            Ok(WriteResult::No(item)) => Ok(item.is_some()),
            Err(error) => Err(unavailable(RECORD, id, error)),
        }
    }

    /// Returns the deliveries decided at `from` or later with their positions, packed or not.
    pub(super) async fn deliveries_from(&self, from: &str) -> StoreResult<Vec<(String, Delivery)>> {
        let mut found = BTreeMap::new();
        for start in [keys::OWED, keys::DONE] {
            let range = Range {
                pk: keys::DELIVERY,
                from: &format!("{start}{from}"),
                to: &format!("{start}{}", keys::AFTER_ALL),
                by_time: true,
                consistent: false,
            };
            let (packed, single): (Vec<Item>, Vec<Item>) =
                self.query(READ, &range).await?.into_iter().partition(is_packed);
            for (position, delivery) in
                self.readable(&packed, items::read_new_deliveries).into_iter().flatten()
            {
                found.entry(delivery.id.clone()).or_insert((position, delivery));
            }
            for (position, delivery) in self.readable(&single, items::read_delivery) {
                found.insert(delivery.id.clone(), (position, delivery));
            }
        }
        Ok(found.into_values().collect())
    }
}

fn is_packed(item: &Item) -> bool {
    items::text(item, keys::SK).is_some_and(|sk| sk.starts_with(keys::NEW))
}
