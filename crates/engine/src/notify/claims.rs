//! Claims: at most one notifier works on a delivery at a time.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use allclear_core::Timestamp;
use allclear_core::claim::{BEGIN_WITHIN, Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::ports::{Outbox, StoreResult};
use tokio::time::Instant;

use crate::notify::clock::Clock;

/// Claims of one delivery before it is left to others: one, one in place of an abandoned claim, and one
/// more because the answers came late.
const MAX_CLAIMS: usize = 3;

/// The notifiers that may work on the same deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notifiers {
    /// Only this notifier: claims of others were left by processes that have ended.
    One,
    /// Other notifiers too: a claim of another one holds until its end.
    Many,
}

/// The name under which a notifier claims deliveries, and the existence of other notifiers.
#[derive(Debug)]
pub(crate) struct Claimant {
    owner: ClaimOwner,
    notifiers: Notifiers,
    /// The deliveries that it was about to take over. If the answer to that claim is lost, the next claim
    /// finds its own claim in place of the abandoned one.
    taken_over: Mutex<HashSet<DeliveryId>>,
}

/// The answer to a claim.
#[derive(Debug)]
pub(crate) enum Grant {
    /// The delivery may be tried or settled.
    Free,
    /// Like `Free`, but an earlier notifier had claimed it and left no result.
    Abandoned,
    /// Another notifier works on it, at most until this time.
    Held(Timestamp),
    /// It was tried or settled since it was read.
    Changed(Option<Box<Delivery>>),
}

impl Claimant {
    pub(crate) fn new(notifiers: Notifiers) -> Self {
        // Its keys are random in each process and different at each call.
        let random = RandomState::new().hash_one("owner");
        let owner = ClaimOwner::new(format!("{random:016x}"));
        Self { owner, notifiers, taken_over: Mutex::default() }
    }

    /// Claims the next try of `delivery`.
    pub(crate) async fn claim(
        &self,
        outbox: &impl Outbox,
        delivery: &Delivery,
        clock: Clock,
    ) -> StoreResult<Grant> {
        let mut abandoned: Option<Claim> = None;
        let mut until = clock.now();
        for _ in 0..MAX_CLAIMS {
            let (now, began) = (clock.now(), Instant::now());
            let longest = delivery.attempt().map(|attempt| attempt.timeout).unwrap_or_default();
            let claim = Claim::covering(self.owner.clone(), now, longest);
            until = claim.until;
            match outbox.claim_delivery(delivery, &claim, abandoned.as_ref()).await? {
                // A claim that took so long would not cover the try.
                Claimed::Granted if began.elapsed() > BEGIN_WITHIN => {}
                Claimed::Granted if self.taken_over().remove(&delivery.id) => {
                    return Ok(Grant::Abandoned);
                }
                Claimed::Granted => return Ok(Grant::Free),
                Claimed::Changed(stored) => {
                    self.taken_over().remove(&delivery.id);
                    return Ok(Grant::Changed(stored));
                }
                Claimed::Held(other) if self.is_abandoned(&other, clock.now()) => {
                    self.taken_over().insert(delivery.id.clone());
                    abandoned = Some(other);
                }
                Claimed::Held(other) => {
                    self.taken_over().remove(&delivery.id);
                    return Ok(Grant::Held(other.until));
                }
            }
        }
        Ok(Grant::Held(until))
    }

    fn taken_over(&self) -> MutexGuard<'_, HashSet<DeliveryId>> {
        self.taken_over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_abandoned(&self, claim: &Claim, now: Timestamp) -> bool {
        match self.notifiers {
            Notifiers::One => true,
            Notifiers::Many => claim.until <= now,
        }
    }
}
