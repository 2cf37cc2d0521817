//! The amount that each monitor has spent in a month.

use allclear_core::budget::{BudgetKey, Reservation, ReserveResult};
use allclear_core::cost::Cost;
use allclear_core::ports::{ReserveBudget, StoreResult};
use rusqlite::{OptionalExtension, TransactionBehavior};

use super::{SqliteStore, column};

/// Adds an amount if the sum stays within the cap, and returns the sum. Returns no row otherwise.
const RESERVE: &str = "
    INSERT INTO budgets (monitor, month, spent) SELECT ?1, ?2, ?3 WHERE ?3 <= ?4
    ON CONFLICT (monitor, month) DO UPDATE SET spent = spent + excluded.spent
        WHERE spent + excluded.spent <= ?4
    RETURNING spent";

const SPENT: &str = "SELECT spent FROM budgets WHERE monitor = ?1 AND month = ?2";

/// Without a row, the counter was removed, so there is no amount to replace.
const SETTLE: &str = "
    UPDATE budgets SET spent = MAX(0, spent - ?3 + ?4) WHERE monitor = ?1 AND month = ?2
    RETURNING spent";

impl ReserveBudget for SqliteStore {
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        let (object, key) = (key.to_string(), key.clone());
        let (added, limit) = (column::from_cost(amount), column::from_cost(cap));
        self.write("reserve budget", &object, move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let month = key.month.to_string();
            let (monitor, month) = (key.monitor.as_str(), month.as_str());
            let spent = transaction
                .prepare_cached(RESERVE)?
                .query_row((monitor, month, added, limit), |row| row.get(0))
                .optional()?;
            let reserved = if let Some(spent) = spent {
                let spent = Cost::from_nanodollars(spent);
                ReserveResult::Granted(Reservation { key: key.clone(), amount, spent })
            } else {
                let row = (monitor, month);
                let spent = transaction
                    .prepare_cached(SPENT)?
                    .query_row(row, |row| row.get(0))
                    .optional()?;
                ReserveResult::Exhausted {
                    spent: Cost::from_nanodollars(spent.unwrap_or_default()),
                }
            };
            transaction.commit()?;
            Ok(reserved)
        })
        .await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        let Reservation { key, amount, .. } = reservation;
        let (object, key) = (key.to_string(), key.clone());
        let (reserved, actual) = (column::from_cost(*amount), column::from_cost(actual));
        self.write("settle budget", &object, move |connection| {
            let row = (key.monitor.as_str(), key.month.to_string(), reserved, actual);
            let mut statement = connection.prepare_cached(SETTLE)?;
            let spent = statement.query_row(row, |row| row.get(0)).optional()?;
            Ok(Cost::from_nanodollars(spent.unwrap_or_default()))
        })
        .await
    }
}
