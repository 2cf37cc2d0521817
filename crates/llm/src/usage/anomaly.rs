//! Whether yesterday's spending was unusual.

use jiff::civil::Date;

/// How a day's spending compares with what is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// What was spent on that day, in US dollars.
    pub spent_usd: f64,
    /// What is usual: the median of the two weeks before.
    pub usual_usd: f64,
    /// How many times the usual it is; the usual counts as a cent at least.
    pub ratio: f64,
    /// Whether it is unusually much.
    pub is_unusual: bool,
}

/// How what was spent `yesterday` compares with the 14 days before; `None` where fewer than seven of
/// those are known, or yesterday is not. `daily` is in US dollars, in any order.
#[must_use]
pub fn anomaly(daily: &[(Date, f64)], yesterday: Date) -> Option<Anomaly> {
    let _ = (daily, yesterday);
    None
}
