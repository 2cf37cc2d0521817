//! Deliveries: owed ones, tries and results.

use allclear_core::action::AttemptResult;
use allclear_core::alert_group::MessageRef;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, NoticeKind, Predecessor};
use allclear_core::ports::{CommitState, Outbox, OwedMark, ReadDeliveries, ReadHistory};
use allclear_core::state::{Decision, ShardState};

use crate::samples::{self, at, delivery, shard};

/// Checks the order across commits and within one commit.
pub async fn deliveries_are_owed_in_order_of_decision(store: &(impl CommitState + Outbox)) {
    let first = [firing("web", 0), firing("api", 0), firing("dns", 0)];
    let second = [firing("zoo", 1), firing("aaa", 1)];
    commit(store, 0, &first).await;
    commit(store, 1, &second).await;
    assert_eq!(store.owed().await.unwrap(), [&first[..], &second[..]].concat());
}

/// Checks that a reader with a long backlog can find new deliveries without reading all of it.
pub async fn reading_from_a_mark_returns_only_later_deliveries(
    store: &(impl CommitState + Outbox),
) {
    let first = [firing("web", 0), firing("api", 0)];
    let second = [firing("zoo", 1), firing("aaa", 1)];
    commit(store, 0, &first).await;
    let (all, mark) = store.owed_since(OwedMark::START).await.unwrap();
    assert_eq!(all, first);
    let (none, mark) = store.owed_since(mark).await.unwrap();
    assert_eq!(none, []);
    commit(store, 1, &second).await;
    let (new, mark) = store.owed_since(mark).await.unwrap();
    assert_eq!(new, second);
    assert_eq!(store.owed_since(mark).await.unwrap().0, []);
    assert_eq!(store.owed().await.unwrap(), [first, second].concat());
}

/// Checks every state of a delivery.
pub async fn a_delivery_round_trips(store: &(impl CommitState + Outbox + ReadHistory)) {
    let mut bare = firing("bare", 0);
    bare.notification.group = None;
    bare.notification.fault = None;
    bare.notification.reason = None;
    bare.notification.page_url = None;
    bare.notification.still_firing.clear();
    let mut resolved = delivery(NoticeKind::Resolved, "api", 1);
    resolved.after = vec![bare.id.clone(), firing("gone", 0).id];
    let retried = owed_after(&firing("retried", 2), 3, "slack said 500");
    let sent = sent(&firing("sent", 3), 4);
    let given_up = firing("given-up", 4).given_up("the webhook is gone".to_owned(), at(5));
    let all = [bare, resolved, retried, sent, given_up];
    commit(store, 0, &all).await;
    assert_eq!(store.owed().await.unwrap(), all[..3]);
    assert_eq!(store.deliveries(at(0)).await.unwrap(), all);
}

/// Checks the flag that is stored with the result of a try that got no response.
pub async fn may_have_arrived_round_trips(store: &(impl CommitState + Outbox + ReadHistory)) {
    let (one, two) = (firing("one", 0), firing("two", 1));
    commit(store, 0, &[one.clone(), two.clone()]).await;
    let retried = owed_after(&one, 1, "no answer").perhaps_arrived();
    store.record_delivery(&retried).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [retried.clone(), two.clone()]);
    let superseded = retried.superseded(at(2));
    let given_up = two.perhaps_arrived().given_up("404".to_owned(), at(2));
    for settled in [&superseded, &given_up] {
        store.record_delivery(settled).await.unwrap();
        let end = store.predecessor(&settled.id).await.unwrap();
        assert_eq!(end, Predecessor::MayHaveArrived);
    }
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [superseded, given_up]);
}

/// Checks the reference that is stored with the confirmation of a message.
pub async fn a_message_ref_round_trips(store: &(impl CommitState + Outbox + ReadHistory)) {
    let (with, without, owed) = (firing("with", 0), firing("without", 1), firing("owed", 2));
    commit(store, 0, &[with.clone(), without.clone(), owed.clone()]).await;
    let reference = MessageRef("C1:1760000130.000100:\u{e9} \"'".to_owned());
    let with = Delivery { message_ref: Some(reference.clone()), ..sent(&with, 3) };
    let without = sent(&without, 3);
    for result in [&with, &without] {
        store.record_delivery(result).await.unwrap();
    }
    assert_eq!(store.message_ref(&with.id).await.unwrap(), Some(reference));
    for id in [&without.id, &owed.id, &firing("unheard-of", 0).id] {
        assert_eq!(store.message_ref(id).await.unwrap(), None, "{id}");
    }
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [with, without, owed]);
}

/// Checks that an attempt of an action is read with its latest result, by its id alone.
pub async fn the_result_of_an_attempt_is_read(
    store: &(impl CommitState + Outbox + ReadDeliveries),
) {
    let (one, two) = (samples::attempts::ordered("one", 0), samples::attempts::ordered("two", 1));
    commit(store, 0, &[one.clone(), two.clone()]).await;
    let unknown = firing("unheard-of", 0).id;
    assert_eq!(store.read_deliveries(std::slice::from_ref(&unknown)).await.unwrap(), []);
    assert_eq!(store.read_deliveries(&[]).await.unwrap(), []);
    // A notifier reads what is owed before it works on it.
    assert_eq!(store.owed().await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(read(store, &[&two.id]).await, std::slice::from_ref(&two));
    let lost = one.perhaps_arrived().given_up("no result".to_owned(), at(3));
    store.record_delivery(&lost).await.unwrap();
    let both = read(store, &[&lost.id, &unknown, &two.id]).await;
    assert_eq!(both, [lost, two]);
    let result = AttemptResult::Unknown("no result".to_owned());
    assert_eq!(both[0].attempt_result(), Some(result));
}

/// Checks that an attempt that could not be executed is read as such, and not as one that failed.
pub async fn an_attempt_that_could_not_be_executed_round_trips(
    store: &(impl CommitState + Outbox + ReadDeliveries + ReadHistory),
) {
    let owed = samples::attempts::ordered("one", 0);
    commit(store, 0, std::slice::from_ref(&owed)).await;
    assert_eq!(store.owed().await.unwrap(), std::slice::from_ref(&owed));
    let why = "no secret `token`: store it";
    let settled = owed.not_executable(why.to_owned(), at(1));
    store.record_delivery(&settled).await.unwrap();
    let result = Some(AttemptResult::NotExecutable(why.to_owned()));
    assert_eq!(read(store, &[&settled.id]).await[0].attempt_result(), result);
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [settled]);
}

/// Checks that more deliveries are read than fit into one request of DynamoDB.
pub async fn many_attempts_are_read_together(store: &(impl CommitState + Outbox + ReadDeliveries)) {
    let all: Vec<Delivery> =
        (0..130).map(|n| samples::attempts::ordered(&format!("m{n:03}"), 0)).collect();
    commit(store, 0, &all).await;
    assert_eq!(store.owed().await.unwrap().len(), all.len());
    let ids: Vec<&DeliveryId> = all.iter().map(|one| &one.id).collect();
    assert_eq!(read(store, &ids).await.len(), all.len());
}

/// Reads deliveries, and returns them in the order of `ids`.
async fn read(store: &impl ReadDeliveries, ids: &[&DeliveryId]) -> Vec<Delivery> {
    let asked: Vec<DeliveryId> = ids.iter().map(|id| (*id).clone()).collect();
    let mut read = store.read_deliveries(&asked).await.unwrap();
    read.sort_by_key(|one| ids.iter().position(|id| **id == one.id));
    read
}

/// Checks that such a delivery stays readable as history.
pub async fn a_sent_or_given_up_delivery_is_no_longer_owed(
    store: &(impl CommitState + Outbox + ReadHistory),
) {
    let (one, two, three) = (firing("one", 0), firing("two", 1), firing("three", 2));
    commit(store, 0, &[one.clone(), two.clone(), three.clone()]).await;
    let sent = sent(&one, 3);
    let given_up = three.given_up("404".to_owned(), at(3));
    store.record_delivery(&sent).await.unwrap();
    store.record_delivery(&given_up).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), std::slice::from_ref(&two));
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [sent, two, given_up]);
}

/// Checks that a failed try is recorded, and that the position of the delivery stays the same.
pub async fn a_failed_try_is_recorded(store: &(impl CommitState + Outbox)) {
    let (one, two) = (firing("one", 0), firing("two", 1));
    commit(store, 0, &[one.clone(), two.clone()]).await;
    let retried = owed_after(&one, 1, "timeout");
    store.record_delivery(&retried).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [retried, two]);
}

/// Checks that a second result of a delivery that is no longer owed is ignored.
pub async fn a_settled_delivery_is_not_changed(store: &(impl CommitState + Outbox + ReadHistory)) {
    let one = firing("one", 0);
    commit(store, 0, std::slice::from_ref(&one)).await;
    let first = sent(&one, 1);
    store.record_delivery(&first).await.unwrap();
    for late in [
        owed_after(&one, 9, "timeout"),
        one.clone().given_up("too late".to_owned(), at(2)),
        sent(&one, 3),
    ] {
        store.record_delivery(&late).await.unwrap();
    }
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [first]);
    let unknown = firing("unheard-of", 0);
    store.record_delivery(&sent(&unknown, 1)).await.unwrap();
    assert_eq!(store.predecessor(&unknown.id).await.unwrap(), Predecessor::Forgotten);
}

/// Checks that the slower of two notifiers that try the same delivery does not reduce the number of
/// tries. Its report that the delivery arrived always counts.
pub async fn a_late_result_of_an_earlier_try_changes_nothing(store: &(impl CommitState + Outbox)) {
    let one = firing("one", 0);
    commit(store, 0, std::slice::from_ref(&one)).await;
    let third = owed_after(&one, 3, "third");
    store.record_delivery(&third).await.unwrap();
    store.record_delivery(&owed_after(&one, 2, "second")).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [third]);
    store.record_delivery(&sent(&one, 4)).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), []);
    assert_eq!(store.predecessor(&one.id).await.unwrap(), Predecessor::Sent);
}

/// Checks that a delivery can be looked up by its id, as an all-clear does for the notice that it
/// resolves.
pub async fn a_predecessor_is_read_by_its_state(store: &(impl CommitState + Outbox)) {
    let (owed, tried, given_up) = (firing("owed", 0), firing("tried", 0), firing("given-up", 0));
    commit(store, 0, &[owed.clone(), tried.clone(), given_up.clone()]).await;
    store.record_delivery(&sent(&tried, 1)).await.unwrap();
    let refused = given_up.clone().given_up("404".to_owned(), at(1));
    store.record_delivery(&refused).await.unwrap();
    let unknown = DeliveryId::from_stored("0".repeat(24));
    for (id, known) in [
        (owed.id, Predecessor::Owed),
        (tried.id, Predecessor::Sent),
        (given_up.id, Predecessor::GivenUp),
        (unknown, Predecessor::Forgotten),
    ] {
        assert_eq!(store.predecessor(&id).await.unwrap(), known);
    }
}

fn firing(name: &str, minutes: i64) -> Delivery {
    delivery(NoticeKind::Firing, name, minutes)
}

fn sent(delivery: &Delivery, minutes: i64) -> Delivery {
    let state = DeliveryState::Sent { at: at(minutes) };
    Delivery { n_tries: delivery.n_tries + 1, state, ..delivery.clone() }
}

fn owed_after(delivery: &Delivery, n_tries: u32, error: &str) -> Delivery {
    let state = DeliveryState::Owed { next_try_at: at(10), last_error: Some(error.to_owned()) };
    Delivery { n_tries, state, ..delivery.clone() }
}

async fn commit(store: &impl CommitState, expected: u64, deliveries: &[Delivery]) {
    let decision = Decision { deliveries: deliveries.to_vec(), ..Decision::default() };
    store.commit(&shard(), expected, &ShardState::default(), &decision).await.unwrap();
}
