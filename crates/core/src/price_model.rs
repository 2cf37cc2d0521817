//! The price model of a check: its charges by others, its requests, and its writes to the store, for estimates.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::checker_state::Note;
use crate::cost::Cost;

/// The price model of one check with its parameters.
pub trait PriceModel {
    /// Returns the paid requests of the check; `None` if it makes none.
    fn spending(&self) -> Option<Spending>;

    /// Returns a sentence for each cost that the operator may not have intended, for a monitor that is
    /// checked every `interval`.
    fn warnings(&self, interval: Duration) -> Vec<String>;

    /// Returns the requests and the writes of a monitor's checks at this interval.
    fn upkeep(&self, interval: Duration) -> Box<dyn HealthySequence>;
}

/// The paid requests of a check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spending {
    /// The name of one request, such as `completion`.
    pub item: &'static str,
    /// The interval between two requests.
    pub every: Duration,
    /// True if the price is known. Otherwise the highest price is assumed.
    pub has_price: bool,
    /// The highest cost of one request.
    pub worst_case: Cost,
    /// The highest cost of a month, at which the requests pause.
    pub cap: Cost,
}

/// A sequence of healthy checks of a monitor.
pub trait HealthySequence: fmt::Debug + Send {
    /// Returns the requests and the writes of the check at `now`.
    fn check(&mut self, now: Timestamp) -> CheckUpkeep;
}

/// The requests of one check, and its writes in addition to its outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckUpkeep {
    /// The number of requests that are sent.
    pub n_requests: u32,
    /// The note, if it is written.
    pub note: Option<Note>,
    /// The number of amounts that are reserved and settled.
    pub n_reservations: u32,
}

/// A month for estimates: 30 days.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Returns the cost of a month with one request of cost `one` at each interval.
#[must_use]
pub fn monthly(one: Cost, every: Duration) -> Cost {
    Cost::from_dollars(one.dollars() * MONTH.as_secs_f64() / every.as_secs_f64())
}
