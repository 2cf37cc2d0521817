//! Counting the costs of checks.

use allclear_core::budget::{BudgetKey, Month, Reservation, ReserveResult};
use allclear_core::cost::Cost;
use allclear_core::ports::ReserveBudget;
use tokio::task::yield_now;

use crate::samples::{at, monitor};

const CAP: Cost = Cost::from_nanodollars(1_000);

/// Checks that reservations are granted up to the cap and no further, and that each answer has the
/// spent sum.
pub async fn reservations_are_granted_up_to_the_cap(store: &impl ReserveBudget) {
    let key = key("api");
    assert_eq!(reserve(store, &key, 1_001).await, Err(0), "more than the cap");
    assert_eq!(granted(store, &key, 400).await.spent, cost(400));
    assert_eq!(reserve(store, &key, 601).await, Err(400));
    assert_eq!(granted(store, &key, 600).await.spent, cost(1_000), "the cap itself");
    assert_eq!(reserve(store, &key, 1).await, Err(1_000));
    assert_eq!(reserve(store, &key, 1_001).await, Err(1_000));
    assert_eq!(reserve(store, &key, 0).await, Ok(1_000), "what is free is never refused");
}

/// Checks that the actual cost replaces the reserved amount, whether it is less or more.
pub async fn a_settled_reservation_counts_its_actual_cost(store: &impl ReserveBudget) {
    let key = key("api");
    let reservation = granted(store, &key, 900).await;
    assert_eq!(store.settle(&reservation, cost(100)).await.unwrap(), cost(100));
    let reservation = granted(store, &key, 900).await;
    assert_eq!(store.settle(&reservation, cost(0)).await.unwrap(), cost(100));
    let reservation = granted(store, &key, 300).await;
    assert_eq!(store.settle(&reservation, cost(300)).await.unwrap(), cost(400));
    let reservation = granted(store, &key, 600).await;
    assert_eq!(store.settle(&reservation, cost(700)).await.unwrap(), cost(1_100));
    assert_eq!(reserve(store, &key, 0).await, Err(1_100), "more than the cap");
}

/// Checks that a process that is killed before it settles leaves its reservation.
pub async fn a_reservation_that_is_never_settled_counts(store: &impl ReserveBudget) {
    let key = key("api");
    let lost = granted(store, &key, 700).await;
    drop(lost);
    assert_eq!(reserve(store, &key, 301).await, Err(700));
    let reservation = granted(store, &key, 300).await;
    assert_eq!(store.settle(&reservation, cost(10)).await.unwrap(), cost(710));
}

/// Checks that monitors and months do not share a budget.
pub async fn each_monitor_and_month_has_its_own_budget(store: &impl ReserveBudget) {
    let november = key("api");
    let december = BudgetKey { month: Month::of(at(31 * 24 * 60)), ..november.clone() };
    let similar = key("api-2");
    assert!(december.month > november.month);
    let _counted = granted(store, &november, 1_000).await;
    for other in [&december, &similar] {
        assert_eq!(granted(store, other, 600).await.spent, cost(600), "{other}");
    }
    assert_eq!(reserve(store, &november, 1).await, Err(1_000));
}

/// Checks that of concurrent requests, as many are granted as fit, and that none is lost.
pub async fn concurrent_reservations_never_exceed_the_cap(store: &impl ReserveBudget) {
    let key = key("api");
    let one = async || u32::from(reserve(store, &key, 150).await.is_ok());
    let four = async || {
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        a + b + c + d
    };
    let (a, b, c) = tokio::join!(four(), four(), four());
    assert_eq!(a + b + c, 6, "six of twelve fit");
    assert_eq!(reserve(store, &key, 101).await, Err(900));
}

/// Checks that no settlement is lost while other processes reserve.
pub async fn concurrent_settlements_are_all_counted(store: &impl ReserveBudget) {
    let key = key("api");
    let spend = async |actual| {
        let reservation = granted(store, &key, 200).await;
        yield_now().await;
        store.settle(&reservation, cost(actual)).await.unwrap();
    };
    tokio::join!(spend(1), spend(20), spend(130), spend(4), spend(0));
    assert_eq!(reserve(store, &key, 1_000).await, Err(155));
}

fn key(name: &str) -> BudgetKey {
    BudgetKey { monitor: monitor(name), month: Month::of(at(0)) }
}

fn cost(nanodollars: u64) -> Cost {
    Cost::from_nanodollars(nanodollars)
}

/// Returns the spent sum: `Ok` with the amount if it is granted, `Err` if it is not.
async fn reserve(store: &impl ReserveBudget, key: &BudgetKey, amount: u64) -> Result<u64, u64> {
    match store.reserve(key, cost(amount), CAP).await.unwrap() {
        ReserveResult::Granted(reservation) => {
            assert_eq!((&reservation.key, reservation.amount), (key, cost(amount)));
            Ok(reservation.spent.nanodollars())
        }
        ReserveResult::Exhausted { spent } => Err(spent.nanodollars()),
    }
}

async fn granted(store: &impl ReserveBudget, key: &BudgetKey, amount: u64) -> Reservation {
    match store.reserve(key, cost(amount), CAP).await.unwrap() {
        ReserveResult::Granted(reservation) => reservation,
        ReserveResult::Exhausted { spent } => panic!("{amount} of {key} on top of {spent}"),
    }
}
