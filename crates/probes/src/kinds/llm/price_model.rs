//! The price model of an `llm` check.

use std::time::Duration;

use allclear_core::cost::Cost;
use allclear_core::duration;
use allclear_core::price_model::{HealthySequence, PriceModel, Spending, monthly};
use allclear_llm::account::CallRoute;
use allclear_llm::price;
use allclear_llm::task::Task;

use super::completion::PING;
use super::steps::Step;
use super::upkeep::HealthyRuns;
use super::{LlmCheck, cost_cap};

impl PriceModel for LlmCheck {
    fn spending(&self) -> Option<Spending> {
        let account = &self.account;
        let every = self.cadence.pace(Step::Completion)?.every;
        let model = account.model.as_deref()?;
        if account.provider.is_self_hosted {
            return None;
        }
        let (is_assumed, worst_case) = match account.route {
            CallRoute::Chat(_) => {
                let effective =
                    cost_cap::effective_price(self.price, None, account.provider, model);
                (effective.is_assumed, price::worst_case(effective.price, PING, account.max_tokens))
            }
            CallRoute::Task(endpoint) => {
                let effective = cost_cap::effective_task_price(self, None, endpoint.task());
                (effective.is_assumed, effective.price.worst_case())
            }
        };
        let item = account.route.task().map_or("completion", Task::noun);
        let cap = self.max_cost_per_month;
        Some(Spending { item, every, has_price: !is_assumed, worst_case, cap })
    }

    fn warnings(&self, interval: Duration) -> Vec<String> {
        let of_money = self.spending().and_then(|spending| {
            if spending.has_price {
                cap_warning(&spending, interval)
            } else {
                Some(self.unknown_price_warning())
            }
        });
        of_money.into_iter().chain(self.image_warning(interval)).collect()
    }

    fn upkeep(&self, interval: Duration) -> Box<dyn HealthySequence> {
        Box::new(HealthyRuns::new(self, interval))
    }
}

impl LlmCheck {
    fn unknown_price_warning(&self) -> String {
        let model = self.account.model.as_deref().unwrap_or_default();
        format!(
            "the price of `{model}` is unknown; unless the provider reports it, the highest \
             known price is assumed: set `price`"
        )
    }

    /// Returns a sentence on the cost of the images that the check makes or could make, which are
    /// expensive; `None` for a check of anything else, and on a server of the operator's own.
    fn image_warning(&self, interval: Duration) -> Option<String> {
        let account = &self.account;
        let task = account.route.task().filter(|task| task.is_expensive())?;
        if account.provider.is_self_hosted {
            return None;
        }
        let effective = cost_cap::effective_task_price(self, None, task);
        let (one, about) =
            (effective.price.worst_case(), if effective.is_assumed { "perhaps" } else { "about" });
        Some(match self.cadence.pace(Step::Completion) {
            None => format!(
                "no image is made: set the interval `steps.completion`, such as `1d`; an image \
                 costs {about} {one}"
            ),
            Some(pace) => {
                let every = pace.every.max(interval);
                format!(
                    "an image every {} costs {about} {one} each, {} a month",
                    duration::format(every),
                    monthly(one, every)
                )
            }
        })
    }
}

/// Returns a sentence on requests that reach their cap within a month.
fn cap_warning(spending: &Spending, interval: Duration) -> Option<String> {
    let every = spending.every.max(interval);
    let month: Cost = monthly(spending.worst_case, every);
    (month > spending.cap).then(|| {
        format!(
            "a completion every {} may cost {month} a month, and pauses at {}: raise \
             `steps.completion` or `max_cost_per_month`",
            duration::format(every),
            spending.cap
        )
    })
}
