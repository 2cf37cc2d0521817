//! An outbox in memory that can be told to fail, and a keeper of secrets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use allclear_core::Timestamp;
use allclear_core::checker::Secrets;
use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, Predecessor};
use allclear_core::id::SecretName;
use allclear_core::ports::{
    Freshness, Outbox, OwedMark, ReadSecrets, SecretError, StoreError, StoreResult,
};

#[derive(Default)]
pub(crate) struct MemoryOutbox {
    deliveries: Mutex<Vec<Delivery>>,
    /// Where each lies.
    places: Mutex<HashMap<DeliveryId, usize>>,
    failing_records: Mutex<usize>,
    /// How many records succeed before one fails, once; `None` where none does.
    fails_after: Mutex<Option<usize>>,
    failing_look: Mutex<Option<bool>>,
    /// The claims of deliveries and the numbers of the tries that they are for.
    claims: Mutex<BTreeMap<DeliveryId, (u32, Claim)>>,
    /// How many claims succeed before one fails, once; `None` where none does.
    claims_fail_after: Mutex<Option<usize>>,
    /// The calls so far, by name.
    calls: Mutex<BTreeMap<&'static str, usize>>,
}

fn unavailable(operation: &'static str, object: String) -> StoreError {
    StoreError::Unavailable { operation, object, source: "disk full".into() }
}

impl MemoryOutbox {
    pub(crate) fn holding(deliveries: impl IntoIterator<Item = Delivery>) -> Self {
        let outbox = Self::default();
        deliveries.into_iter().for_each(|one| outbox.add(one));
        outbox
    }

    pub(crate) fn add(&self, delivery: Delivery) {
        let mut deliveries = self.deliveries.lock().unwrap();
        self.places.lock().unwrap().insert(delivery.id.clone(), deliveries.len());
        deliveries.push(delivery);
    }

    /// Fails the next `n` records.
    pub(crate) fn fail_records(&self, n: usize) {
        *self.failing_records.lock().unwrap() = n;
    }

    /// Fails one record after `n`.
    pub(crate) fn fail_records_after(&self, n: usize) {
        *self.fails_after.lock().unwrap() = Some(n);
    }

    /// Fails one claim after `n`.
    pub(crate) fn fail_claims_after(&self, n: usize) {
        *self.claims_fail_after.lock().unwrap() = Some(n);
    }

    /// Fails to say what became of a delivery, for now or for good.
    pub(crate) fn fail_looks(&self, for_good: bool) {
        *self.failing_look.lock().unwrap() = Some(for_good);
    }

    fn count(&self, call: &'static str) {
        *self.calls.lock().unwrap().entry(call).or_default() += 1;
    }

    /// Returns the number of calls so far of one name.
    pub(crate) fn n_calls(&self, call: &'static str) -> usize {
        self.calls.lock().unwrap().get(call).copied().unwrap_or_default()
    }

    /// Claims a delivery as a process that ends afterwards.
    pub(crate) fn claim_and_end(&self, delivery: &Delivery, until: Timestamp) {
        let claim = Claim { owner: ClaimOwner::new("ended".to_owned()), until };
        let claimed = (delivery.n_tries, claim);
        self.claims.lock().unwrap().insert(delivery.id.clone(), claimed);
    }

    pub(crate) fn find(&self, id: &DeliveryId) -> Option<Delivery> {
        let place = *self.places.lock().unwrap().get(id)?;
        Some(self.deliveries.lock().unwrap()[place].clone())
    }

    pub(crate) fn state(&self, delivery: &Delivery) -> DeliveryState {
        self.find(&delivery.id).unwrap().state
    }

    pub(crate) fn is_sent(&self, delivery: &Delivery) -> bool {
        matches!(self.state(delivery), DeliveryState::Sent { .. })
    }

    pub(crate) fn why_given_up(&self, delivery: &Delivery) -> String {
        let state = self.state(delivery);
        let DeliveryState::GivenUp { reason, .. } = state else { panic!("it is {state:?}") };
        reason
    }

    pub(crate) fn last_error(&self, delivery: &Delivery) -> String {
        let state = self.state(delivery);
        let DeliveryState::Owed { last_error, .. } = state else { panic!("it is {state:?}") };
        last_error.unwrap_or_default()
    }
}

impl Outbox for MemoryOutbox {
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        self.count(if mark == OwedMark::START { "read all" } else { "read new" });
        let deliveries = self.deliveries.lock().unwrap();
        let since = &deliveries[usize::try_from(mark.0).unwrap()..];
        let owed = since.iter().filter(|one| one.next_try_at().is_some()).cloned().collect();
        Ok((owed, OwedMark(deliveries.len() as u64)))
    }

    async fn predecessor(&self, id: &DeliveryId) -> StoreResult<Predecessor> {
        self.count("look up");
        let (operation, object) = ("look at", id.to_string());
        match *self.failing_look.lock().unwrap() {
            Some(false) => return Err(unavailable(operation, object)),
            Some(true) => {
                let source = "not a delivery".into();
                return Err(StoreError::Corrupt { operation, object, source });
            }
            None => {}
        }
        Ok(self.find(id).map_or(Predecessor::Forgotten, |one| one.end()))
    }

    async fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        left: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        self.count("claim");
        let left_to_succeed = self.claims_fail_after.lock().unwrap().take();
        if left_to_succeed == Some(0) {
            return Err(unavailable("claim", delivery.id.to_string()));
        }
        *self.claims_fail_after.lock().unwrap() = left_to_succeed.map(|n| n - 1);
        let stored = self.find(&delivery.id);
        let has_changed =
            |one: &Delivery| one.next_try_at().is_none() || one.n_tries != delivery.n_tries;
        if stored.as_ref().is_none_or(has_changed) {
            return Ok(Claimed::Changed(stored.map(Box::new)));
        }
        let mut claims = self.claims.lock().unwrap();
        match claims.get(&delivery.id) {
            Some((n_tries, other))
                if *n_tries == delivery.n_tries
                    && other.owner != claim.owner
                    && Some(other) != left =>
            {
                Ok(Claimed::Held(other.clone()))
            }
            _ => {
                claims.insert(delivery.id.clone(), (delivery.n_tries, claim.clone()));
                Ok(Claimed::Granted)
            }
        }
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        self.count("record");
        let left = self.fails_after.lock().unwrap().take();
        if left == Some(0) {
            return Err(unavailable("record delivery", delivery.id.to_string()));
        }
        *self.fails_after.lock().unwrap() = left.map(|n| n - 1);
        let mut failing = self.failing_records.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(unavailable("record delivery", delivery.id.to_string()));
        }
        let place = self.places.lock().unwrap().get(&delivery.id).copied();
        let mut deliveries = self.deliveries.lock().unwrap();
        let known = place.map(|place| &mut deliveries[place]);
        if let Some(known) = known.filter(|known| known.next_try_at().is_some()) {
            known.clone_from(delivery);
        }
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct Keeper(pub(crate) BTreeMap<&'static str, String>);

impl ReadSecrets for &Keeper {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: Freshness,
    ) -> Result<Secrets, SecretError> {
        Keeper::secrets(self, names, freshness).await
    }
}

impl ReadSecrets for Keeper {
    async fn secrets(&self, names: &[SecretName], _: Freshness) -> Result<Secrets, SecretError> {
        let value = |name: &SecretName| {
            let missing =
                || SecretError::Missing { name: name.clone(), hint: "set `HOOK`".to_owned() };
            let value = self.0.get(name.as_str()).ok_or_else(missing)?;
            Ok((name.clone(), value.as_str().into()))
        };
        names.iter().map(value).collect()
    }
}
