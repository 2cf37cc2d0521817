//! Budgets on counters: on the counters of a store, and on counters in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{
    Budget, BudgetKey, BudgetUnavailable, Month, Reservation, ReserveResult, Reserving, Settling,
};
use crate::cost::Cost;
use crate::id::MonitorId;
use crate::ports::{ReserveBudget, StoreResult};

/// A budget on a counter.
pub struct CountedBudget<'a, S> {
    counter: &'a S,
    key: BudgetKey,
}

impl<'a, S: ReserveBudget> CountedBudget<'a, S> {
    /// Creates the budget of `monitor` in the month of `now`.
    #[must_use]
    pub fn new(counter: &'a S, monitor: MonitorId, now: Timestamp) -> Self {
        Self { counter, key: BudgetKey { monitor, month: Month::of(now) } }
    }
}

impl<S> fmt::Debug for CountedBudget<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountedBudget").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<S: ReserveBudget> Budget for CountedBudget<'_, S> {
    fn reserve(&self, amount: Cost, cap: Cost) -> Reserving<'_> {
        Box::pin(async move {
            self.counter.reserve(&self.key, amount, cap).await.map_err(|_| BudgetUnavailable)
        })
    }

    fn settle(&self, reservation: Reservation, actual: Cost) -> Settling<'_> {
        Box::pin(async move {
            let settled = self.counter.settle(&reservation, actual).await;
            settled.unwrap_or(reservation.spent)
        })
    }
}

/// Counters in memory, for checks that store nothing.
#[derive(Debug, Default)]
pub struct MemoryBudgets(Mutex<HashMap<BudgetKey, Cost>>);

impl MemoryBudgets {
    fn spent(&self) -> MutexGuard<'_, HashMap<BudgetKey, Cost>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReserveBudget for MemoryBudgets {
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        let mut all = self.spent();
        let spent = all.entry(key.clone()).or_default();
        if *spent + amount > cap {
            return Ok(ReserveResult::Exhausted { spent: *spent });
        }
        *spent += amount;
        Ok(ReserveResult::Granted(Reservation { key: key.clone(), amount, spent: *spent }))
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let mut all = self.spent();
        let spent = all.entry(reservation.key.clone()).or_default();
        *spent = spent.saturating_sub(reservation.amount) + actual;
        Ok(*spent)
    }
}
