//! Counters in the table: concurrent processes, lost responses, and stored items.

use allclear_aws::dynamo::units;
use allclear_aws::dynamo::{DynamoStore, items};
use allclear_contract::samples::{at, monitor};
use allclear_core::budget::{BudgetKey, Month, Reservation, ReserveResult};
use allclear_core::cost::Cost;
use allclear_core::ports::{ReserveBudget, StoreError};
use serde_json::{Value, json};

use crate::scripted::{self, Answer, error};
use crate::table::{FOR_EVER, Table};

const CAP: Cost = Cost::from_nanodollars(1_000);

fn key() -> BudgetKey {
    BudgetKey { monitor: monitor("api"), month: Month::of(at(0)) }
}

fn cost(nanodollars: u64) -> Cost {
    Cost::from_nanodollars(nanodollars)
}

/// Spends 10 at a time, each with a reservation of 150, until the cap does not allow another one.
async fn spend_to_the_cap(store: DynamoStore) -> u64 {
    let mut n_granted = 0;
    while let ReserveResult::Granted(reservation) =
        store.reserve(&key(), cost(150), CAP).await.unwrap()
    {
        assert!(reservation.spent <= CAP, "{reservation:?}");
        store.settle(&reservation, cost(10)).await.unwrap();
        n_granted += 1;
    }
    n_granted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_processes_share_one_cap_in_one_item() {
    for table in Table::on_each().await {
        let stores = (0..8).map(|_| table.reopened(FOR_EVER));
        let tasks: Vec<_> = stores.map(|store| tokio::spawn(spend_to_the_cap(store))).collect();
        let mut n_granted = 0;
        for task in tasks {
            n_granted += task.await.unwrap();
        }
        // The sum stays within the cap. The last part may stay unspent while another reservation is
        // open.
        let spent = cost(n_granted * 10);
        assert!(spent <= CAP && spent > Cost::ZERO, "{spent}");
        assert_eq!(table.items().await, [items::budget(&key(), spent)]);
    }
}

#[test]
fn a_counter_takes_one_unit_to_write() {
    assert_eq!(units::budget(&key(), Cost::from_dollars(1e6)), 1);
}

fn stored(spent: u64) -> Value {
    json!({ "spent": { "N": spent.to_string() } })
}

fn reservation() -> Reservation {
    Reservation { key: key(), amount: cost(150), spent: cost(400) }
}

#[tokio::test]
async fn a_reservation_with_a_lost_response_is_repeated() {
    let done = Answer::With(200, json!({ "Attributes": stored(300) }));
    for lost in [Answer::Nothing, error(400, "ThrottlingException")] {
        let (store, requests) = scripted::store(vec![lost, done.clone()]).await;
        let reserved = store.reserve(&key(), cost(150), CAP).await.unwrap();
        assert!(matches!(reserved, ReserveResult::Granted(one) if one.spent == cost(300)));
        assert_eq!(requests.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_settlement_with_a_lost_response_is_not_repeated() {
    let done = Answer::With(200, json!({ "Attributes": stored(260) }));
    for lost in [Answer::Nothing, error(500, "InternalServerError")] {
        let (store, requests) = scripted::store(vec![lost, done.clone()]).await;
        let settled = store.settle(&reservation(), cost(10)).await;
        assert!(matches!(settled, Err(StoreError::Unavailable { .. })), "{settled:?}");
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
    let (store, requests) = scripted::store(vec![done]).await;
    assert_eq!(store.settle(&reservation(), cost(10)).await.unwrap(), cost(260));
    let (operation, input) = requests.lock().unwrap()[0].clone();
    assert_eq!(operation, "UpdateItem");
    assert_eq!(input["ExpressionAttributeValues"][":amount"]["N"], "-140");
}

#[tokio::test]
async fn a_fully_spent_reservation_needs_no_call() {
    let (store, requests) = scripted::store(Vec::new()).await;
    assert_eq!(store.settle(&reservation(), cost(150)).await.unwrap(), cost(400));
    assert!(requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_unreadable_counter_grants_nothing() {
    let strange = json!({ "Attributes": { "spent": { "S": "much" } } });
    let (store, _) = scripted::store(vec![Answer::With(200, strange)]).await;
    let reserved = store.reserve(&key(), cost(150), CAP).await;
    assert!(matches!(reserved, Err(StoreError::Corrupt { .. })), "{reserved:?}");
}
