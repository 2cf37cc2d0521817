//! The budgets of checks. Requests of checks under way are answered over the store.
//!
//! Checks run as separate tasks, which cannot borrow the store. They send their requests to their batch,
//! which can.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::failure::store_code;
use allclear_core::Timestamp;
use allclear_core::budget::{
    Budget, BudgetKey, BudgetUnavailable, MemoryBudgets, Month, Reservation, ReserveResult,
    Reserving, Settling,
};
use allclear_core::cost::Cost;
use allclear_core::error_chain::chain;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReserveBudget, StoreError, StoreResult};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::probe::store_call::with_timeout;

/// The budget of one check.
#[derive(Debug, Clone)]
pub(crate) struct CheckBudget {
    key: BudgetKey,
    requests: mpsc::UnboundedSender<BudgetRequest>,
}

#[derive(Debug)]
enum BudgetRequest {
    Reserve {
        key: BudgetKey,
        amount: Cost,
        cap: Cost,
        answer: oneshot::Sender<Result<ReserveResult, BudgetUnavailable>>,
    },
    Settle {
        reservation: Reservation,
        actual: Cost,
        answer: oneshot::Sender<Cost>,
    },
}

impl Budget for CheckBudget {
    fn reserve(&self, amount: Cost, cap: Cost) -> Reserving<'_> {
        let (answer, answered) = oneshot::channel();
        let request = BudgetRequest::Reserve { key: self.key.clone(), amount, cap, answer };
        let is_sent = self.requests.send(request).is_ok();
        Box::pin(async move {
            if !is_sent {
                return Err(BudgetUnavailable);
            }
            answered.await.unwrap_or(Err(BudgetUnavailable))
        })
    }

    fn settle(&self, reservation: Reservation, actual: Cost) -> Settling<'_> {
        let (answer, answered) = oneshot::channel();
        let counted = reservation.spent;
        let is_sent =
            self.requests.send(BudgetRequest::Settle { reservation, actual, answer }).is_ok();
        Box::pin(async move { if is_sent { answered.await.unwrap_or(counted) } else { counted } })
    }
}

/// The counter behind the budgets of a batch.
pub(crate) enum BudgetCounter<'a, S> {
    /// The counter of the store, which all processes share.
    Stored(&'a S),
    /// A counter of this process, for monitors that are not in the config.
    InMemory(&'a MemoryBudgets),
}

impl<S> Clone for BudgetCounter<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for BudgetCounter<'_, S> {}

impl<S: ReserveBudget> ReserveBudget for BudgetCounter<'_, S> {
    async fn reserve(
        &self,
        key: &BudgetKey,
        amount: Cost,
        cap: Cost,
    ) -> StoreResult<ReserveResult> {
        match self {
            Self::Stored(store) => store.reserve(key, amount, cap).await,
            Self::InMemory(budgets) => budgets.reserve(key, amount, cap).await,
        }
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        match self {
            Self::Stored(store) => store.settle(reservation, actual).await,
            Self::InMemory(budgets) => budgets.settle(reservation, actual).await,
        }
    }
}

type PendingAnswer<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The side of the budgets that answers the requests of a batch.
pub(crate) struct BudgetServer<'a, S> {
    counter: BudgetCounter<'a, S>,
    sender: mpsc::UnboundedSender<BudgetRequest>,
    requests: mpsc::UnboundedReceiver<BudgetRequest>,
    under_way: FuturesUnordered<PendingAnswer<'a>>,
}

impl<'a, S: ReserveBudget> BudgetServer<'a, S> {
    pub(crate) fn new(counter: BudgetCounter<'a, S>) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        Self { counter, sender, requests, under_way: FuturesUnordered::new() }
    }

    /// Returns the budget of `monitor` in the month of `now`.
    pub(crate) fn budget_of(&self, monitor: &MonitorId, now: Timestamp) -> CheckBudget {
        let key = BudgetKey { monitor: monitor.clone(), month: Month::of(now) };
        CheckBudget { key, requests: self.sender.clone() }
    }

    /// Answers requests until `work` is done. A request that is unfinished when the future is dropped
    /// continues with the next call.
    pub(crate) async fn serve_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let served = poll_fn(|context| self.poll_serve(context));
        match select(pin!(work), served).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    fn poll_serve(&mut self, context: &mut Context<'_>) -> Poll<Infallible> {
        while let Poll::Ready(Some(request)) = self.requests.poll_recv(context) {
            self.under_way.push(Box::pin(answer(self.counter, request)));
        }
        while let Poll::Ready(Some(())) = self.under_way.poll_next_unpin(context) {}
        Poll::Pending
    }
}

async fn answer<S: ReserveBudget>(counter: BudgetCounter<'_, S>, request: BudgetRequest) {
    match request {
        BudgetRequest::Reserve { key, amount, cap, answer } => {
            let reserved =
                with_timeout("reserve", "budgets", counter.reserve(&key, amount, cap)).await;
            let reserved = reserved.map_err(|error| {
                report(&error, &key, "failed to reserve budget; the check spends nothing");
                BudgetUnavailable
            });
            // The check has ended meanwhile, and spends nothing.
            if let Err(Ok(ReserveResult::Granted(unused))) = answer.send(reserved) {
                settle(&counter, &unused, Cost::ZERO).await;
            }
        }
        BudgetRequest::Settle { reservation, actual, answer } => {
            // The check has ended meanwhile, and needs no answer.
            let _ = answer.send(settle(&counter, &reservation, actual).await);
        }
    }
}

/// Settles a reservation, and returns the spent sum. If the store does not answer, the sum includes the whole
/// reserved amount, which stays counted.
async fn settle<S: ReserveBudget>(counter: &S, reservation: &Reservation, actual: Cost) -> Cost {
    let settled = with_timeout("settle", "budgets", counter.settle(reservation, actual)).await;
    settled.unwrap_or_else(|error| {
        let what = "failed to settle a budget reservation; the whole amount counts as spent";
        report(&error, &reservation.key, what);
        reservation.spent
    })
}

fn report(error: &StoreError, key: &BudgetKey, what: &str) {
    let (code, error, budget) = (store_code(error), chain(error), key);
    tracing::error!(%code, error, %budget, "{what}");
}
