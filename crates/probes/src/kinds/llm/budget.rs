//! The budget of a completion: reserved before the request, and settled with the actual cost.

use allclear_core::budget::{BudgetUnavailable, Reservation, ReserveResult};
use allclear_core::cost::Cost;

use super::cost_cap;
use super::step_run::StepRun;
use super::{labels, metrics};

impl StepRun<'_> {
    /// Reserves the highest cost of a completion. `None` if no completion may be made: at the cap,
    /// or if the spending so far is unknown.
    pub(super) async fn reserve(&mut self, worst: Cost) -> Option<Reservation> {
        let cap = self.check.max_cost_per_month;
        match self.context.budget.reserve(worst, cap).await {
            Ok(ReserveResult::Granted(reservation)) => Some(reservation),
            Ok(ReserveResult::Exhausted { spent }) => {
                self.collected.spent = Some(spent);
                self.collected.pause = Some(cost_cap::pause_label(spent, worst, cap));
                None
            }
            Err(BudgetUnavailable) => {
                self.collected.is_unfunded = true;
                None
            }
        }
    }

    /// Settles the reservation of the completion of this check with its cost.
    pub(super) async fn settle(&mut self, reservation: Reservation) {
        let actual = self.collected.cost;
        self.collected.spent = Some(self.context.budget.settle(reservation, actual).await);
    }

    /// Measures the spending of the month, if completions are made or would be.
    pub(super) fn measure_spending(&mut self) {
        let Some(spent) = self.collected.spent else { return };
        let percent = cost_cap::percent(spent, self.check.max_cost_per_month);
        self.measure(metrics::COST_MONTH_USD, spent.dollars());
        // A rest that pays for no further completion counts as spent.
        let is_paused = self.collected.labels.contains_key(labels::COMPLETION.name());
        self.measure(metrics::COST_MONTH_PERCENT, if is_paused { 100.0 } else { percent });
    }
}
