//! Claims on deliveries. Each delivery has a separate claim item without an entry in the index, so
//! that a claim takes one write unit.
//!
//! The item outlives the result of its try and names the number of the try. So a notifier that read
//! the delivery before that try cannot claim it again.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::ports::StoreResult;
use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{self, Item, TRIES};
use super::limits::Consistency;
use super::request::{CallInput, WriteResult, unavailable};
use super::{DynamoStore, ItemError, corrupt, keys, wire};

const CLAIM: &str = "claim delivery";

/// The owner of a claim.
const OWNER: &str = "o";
/// The end of a claim.
const UNTIL: &str = "u";

/// Time from the end of a claim to the removal of its item: longer than a delivery is owed.
const KEEP_CLAIMS: Duration = Duration::from_hours(48);

/// The condition that there is no claim for this try, or one of the same owner.
const IS_FREE: &str = "attribute_not_exists(pk) OR t < :tries OR (t = :tries AND o = :owner)";

/// The same condition, or the present claim is the one to replace.
const IS_FREE_OR_LEFT: &str = "attribute_not_exists(pk) OR t < :tries \
     OR (t = :tries AND (o = :owner OR (o = :left AND u = :left_until)))";

/// Returns the item of a claim on the next try of `delivery`.
pub(super) fn item(delivery: &Delivery, claim: &Claim) -> Item {
    let mut item = items::keyed(keys::DELIVERY, &keys::claim(&delivery.id));
    items::set(&mut item, TRIES, items::number(delivery.n_tries.into()));
    items::set(&mut item, OWNER, items::text_value(claim.owner.as_str()));
    items::set(&mut item, UNTIL, items::text_value(keys::time(claim.until)));
    if let Ok(at) = claim.until.checked_add(KEEP_CLAIMS) {
        let second = AttributeValue::N(at.as_second().to_string());
        items::set(&mut item, keys::EXPIRES, second);
    }
    item
}

/// Returns the number of the try that `item` claims, and the claim.
fn read(item: &Item) -> Result<(u64, Claim), ItemError> {
    let until: Option<Timestamp> = items::read_text(item, UNTIL)?.parse().ok();
    let claim = Claim {
        owner: ClaimOwner::new(items::read_text(item, OWNER)?.to_owned()),
        until: until.ok_or(ItemError::Missing(UNTIL))?,
    };
    Ok((items::read_number(item, TRIES)?, claim))
}

impl DynamoStore {
    pub(super) async fn claim(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        abandoned: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        match self.put_claim(delivery, claim, abandoned).await? {
            // The result may have been recorded after the claim to replace was read.
            None if abandoned.is_some() => {
                let stored = self.stored_delivery(&delivery.id).await?;
                let is_same = stored.as_ref().is_some_and(|stored| is_same_try(stored, delivery));
                Ok(if is_same { Claimed::Granted } else { Claimed::Changed(stored.map(Box::new)) })
            }
            None => Ok(Claimed::Granted),
            Some(item) => {
                let stored = self.stored_delivery(&delivery.id).await?;
                let id = delivery.id.as_str();
                let (n_tries, held) = read(&item).map_err(|error| corrupt(CLAIM, id, error))?;
                let is_held = stored.as_ref().is_some_and(|stored| is_same_try(stored, delivery))
                    && n_tries == u64::from(delivery.n_tries);
                Ok(if is_held {
                    Claimed::Held(held)
                } else {
                    Claimed::Changed(stored.map(Box::new))
                })
            }
        }
    }

    /// Writes the claim if no other claim is present. Otherwise returns the present item.
    async fn put_claim(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        abandoned: Option<&Claim>,
    ) -> StoreResult<Option<Item>> {
        let mut input = CallInput::default()
            .with("Item", wire::item_to_json(&item(delivery, claim)))
            .with_condition(if abandoned.is_some() { IS_FREE_OR_LEFT } else { IS_FREE })
            .with_value(":tries", &items::number(delivery.n_tries.into()))
            .with_value(":owner", &items::text_value(claim.owner.as_str()));
        if let Some(Claim { owner, until }) = abandoned {
            input = input
                .with_value(":left", &items::text_value(owner.as_str()))
                .with_value(":left_until", &items::text_value(keys::time(*until)));
        }
        match self.write("PutItem", input).await {
            Ok(WriteResult::Yes(_)) => Ok(None),
            Ok(WriteResult::No(item)) => Ok(Some(item.unwrap_or_default())),
            Err(error) => Err(unavailable(CLAIM, delivery.id.as_str(), error)),
        }
    }

    async fn stored_delivery(&self, id: &DeliveryId) -> StoreResult<Option<Delivery>> {
        let place = (keys::DELIVERY, id.as_str());
        let Some(item) = self.get(CLAIM, place, None, Consistency::Strong).await? else {
            return Ok(None);
        };
        let read = items::read_delivery(&item);
        read.map(|(_, delivery)| Some(delivery)).map_err(|error| corrupt(CLAIM, id.as_str(), error))
    }
}

/// Returns true if `stored` is owed and was tried as often as `known`.
fn is_same_try(stored: &Delivery, known: &Delivery) -> bool {
    stored.next_try_at().is_some() && stored.n_tries == known.n_tries
}
