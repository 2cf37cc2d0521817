//! The charges of others for the checks of a config, by the price models of its kinds of check.

use allclear_core::checker::{CheckKinds, Checker};
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::monitor::Monitor;
use allclear_core::price_model::monthly;
use serde::Serialize;

/// Returns the checks of a config that can be built, with their monitors.
pub(crate) fn checkers<'a>(
    config: &'a Config,
    kinds: &dyn CheckKinds,
) -> Vec<(&'a Monitor, Box<dyn Checker>)> {
    let monitors = config.monitors.iter();
    monitors.filter_map(|monitor| Some((monitor, kinds.build(&monitor.check).ok()?))).collect()
}

/// Returns the costs of a valid config that may not be intended, a sentence each.
pub fn warnings(config: &Config, kinds: &dyn CheckKinds) -> Vec<String> {
    let mut doubts = Vec::new();
    for (monitor, checker) in checkers(config, kinds) {
        let of_check = checker.price_model().map(|model| model.warnings(monitor.interval));
        let of_check = of_check.unwrap_or_default();
        doubts.extend(of_check.iter().map(|doubt| format!("`{}`: {doubt}", monitor.id)));
    }
    doubts
}

/// The most that others charge for the checks of a monitor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Charged {
    /// The monitor.
    pub monitor: String,
    /// A completion, or the task.
    pub asks_for: String,
    /// The interval between two.
    pub every: String,
    /// The most that one can cost, in US dollars.
    pub usd: f64,
    /// True if the price is not known and the highest is assumed.
    pub is_assumed: bool,
    /// The most that a month can cost in US dollars, by the interval and the cap.
    pub usd_per_month: f64,
}

/// Returns the most that others charge for the monitors of a config, in its order.
pub fn charged(config: &Config, kinds: &dyn CheckKinds) -> Vec<Charged> {
    let checkers = checkers(config, kinds);
    let of = |(monitor, checker): &(&Monitor, Box<dyn Checker>)| {
        let spending = checker.price_model()?.spending()?;
        let every = spending.every.max(monitor.interval);
        Some(Charged {
            monitor: monitor.id.to_string(),
            asks_for: spending.item.to_owned(),
            every: duration::format(every),
            usd: spending.worst_case.dollars(),
            is_assumed: !spending.has_price,
            usd_per_month: monthly(spending.worst_case, every).min(spending.cap).dollars(),
        })
    };
    checkers.iter().filter_map(of).collect()
}
