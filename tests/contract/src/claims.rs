//! Claims on deliveries.

use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind};
use allclear_core::ports::{CommitState, Outbox};
use allclear_core::state::{Decision, ShardState};

use crate::samples::{at, delivery, shard};

/// Checks that no other notifier can claim a delivery until the claimed try has its result.
pub async fn a_claimed_delivery_is_refused_to_others(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    let first_claim = claim("ours", 1);
    assert_eq!(store.claim_delivery(&owed, &first_claim, None).await.unwrap(), Claimed::Granted);
    let refused = store.claim_delivery(&owed, &claim("other", 1), None).await.unwrap();
    assert_eq!(refused, Claimed::Held(first_claim));
    assert_eq!(store.owed().await.unwrap(), [owed], "a claim is no result");
}

/// Checks that an owner that lost the response to its claim can claim again.
pub async fn an_owner_recognizes_its_claim(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    for until in [1, 2] {
        let claimed = store.claim_delivery(&owed, &claim("ours", until), None).await.unwrap();
        assert_eq!(claimed, Claimed::Granted);
    }
    let refused = store.claim_delivery(&owed, &claim("other", 2), None).await.unwrap();
    assert_eq!(refused, Claimed::Held(claim("ours", 2)));
}

/// Checks that one notifier can replace an abandoned claim, and that the next one must name the new
/// claim.
pub async fn an_abandoned_claim_is_replaced_once(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    let abandoned = claim("ended", 1);
    assert_eq!(store.claim_delivery(&owed, &abandoned, None).await.unwrap(), Claimed::Granted);
    let (second, third) = (claim("second", 2), claim("third", 2));
    let wrong = claim("ended", 5);
    let refused = store.claim_delivery(&owed, &second, Some(&wrong)).await.unwrap();
    assert_eq!(refused, Claimed::Held(abandoned.clone()));
    assert_eq!(
        store.claim_delivery(&owed, &second, Some(&abandoned)).await.unwrap(),
        Claimed::Granted
    );
    let refused = store.claim_delivery(&owed, &third, Some(&abandoned)).await.unwrap();
    assert_eq!(refused, Claimed::Held(second));
}

/// Checks that the next try can be claimed at once by every notifier that knows the result.
pub async fn the_result_of_a_try_ends_its_claim(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    store.claim_delivery(&owed, &claim("ours", 1), None).await.unwrap();
    let failed = after_failure(&owed);
    store.record_delivery(&failed).await.unwrap();
    let late = store.claim_delivery(&owed, &claim("late", 1), None).await.unwrap();
    assert_eq!(late, Claimed::Changed(Some(Box::new(failed.clone()))));
    let next = store.claim_delivery(&failed, &claim("next", 1), None).await.unwrap();
    assert_eq!(next, Claimed::Granted);
}

/// Checks that a notifier that read a delivery before another one sent it does not send it again,
/// even if it considers the other claim abandoned.
pub async fn a_settled_delivery_cannot_be_claimed(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    let first_claim = claim("ours", 1);
    store.claim_delivery(&owed, &first_claim, None).await.unwrap();
    let sent = owed.clone().after_try(Ok(None), at(1));
    store.record_delivery(&sent).await.unwrap();
    for abandoned in [None, Some(&first_claim)] {
        let late = store.claim_delivery(&owed, &claim("late", 2), abandoned).await.unwrap();
        assert_eq!(late, Claimed::Changed(Some(Box::new(sent.clone()))), "{abandoned:?}");
    }
}

/// Checks that a delivery whose record was removed after another notifier claimed it cannot be
/// taken over.
pub async fn a_delivery_that_is_not_stored_cannot_be_taken_over(
    store: &(impl CommitState + Outbox),
) {
    let unknown = delivery(NoticeKind::Firing, "unheard-of", 0);
    let abandoned = claim("ended", 1);
    let claimed =
        store.claim_delivery(&unknown, &claim("ours", 2), Some(&abandoned)).await.unwrap();
    assert_eq!(claimed, Claimed::Changed(None));
}

/// Checks that of many concurrent claims for the same try, one is granted.
pub async fn one_of_many_racing_claims_is_granted(store: &(impl CommitState + Outbox)) {
    let owed = owed(store).await;
    let abandoned = claim("ended", 1);
    for abandoned in [None, Some(&abandoned)] {
        if let Some(abandoned) = abandoned {
            store.record_delivery(&after_failure(&owed)).await.unwrap();
            let failed = after_failure(&owed);
            store.claim_delivery(&failed, abandoned, None).await.unwrap();
        }
        let known = store.owed().await.unwrap().remove(0);
        let racing =
            async |owner| store.claim_delivery(&known, &claim(owner, 2), abandoned).await.unwrap();
        let (a, b, c, d) = tokio::join!(racing("a"), racing("b"), racing("c"), racing("d"));
        let claimed = [a, b, c, d];
        let n_granted = claimed.iter().filter(|one| **one == Claimed::Granted).count();
        assert_eq!(n_granted, 1, "{claimed:?}");
    }
}

fn claim(owner: &str, until: i64) -> Claim {
    Claim { owner: ClaimOwner::new(owner.to_owned()), until: at(until) }
}

fn after_failure(delivery: &Delivery) -> Delivery {
    let state = DeliveryState::Owed { next_try_at: at(10), last_error: Some("500".to_owned()) };
    Delivery { n_tries: delivery.n_tries + 1, state, ..delivery.clone() }
}

/// Commits a decision with one delivery and returns it.
async fn owed(store: &(impl CommitState + Outbox)) -> Delivery {
    let deliveries = vec![delivery(NoticeKind::Firing, "one", 0)];
    let decision = Decision { deliveries, ..Decision::default() };
    store.commit(&shard(), 0, &ShardState::default(), &decision).await.unwrap();
    store.owed().await.unwrap().remove(0)
}
