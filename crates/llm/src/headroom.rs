//! Headroom: how much of its rate limits a provider says is left, from the headers of an answer.
//!
//! The limits are the whole account's: a reading is a sample of everybody's use of it. Whether it is
//! too little is not decided here.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

use crate::provider::Rates;

/// One limit and what is left of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// What is limited, as a metric may be named after it: `requests`, `input_tokens`.
    pub name: String,
    /// How much there is in a window.
    pub limit: Option<f64>,
    /// How much of it is left.
    pub remaining: Option<f64>,
    /// When it is whole again.
    pub resets_in: Option<Duration>,
    /// How long a window is.
    pub window: Option<Duration>,
}

impl Dimension {
    /// How many percent are left, from 0 to 100; `None` where the limit is zero or not told.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        let limit = self.limit.filter(|limit| *limit > 0.0)?;
        Some((self.remaining? / limit * 100.0).clamp(0.0, 100.0))
    }
}

/// What `headers` tell, in the form `rates`; empty where they tell nothing.
#[must_use]
pub fn read(rates: Rates, headers: &HeaderMap, now: Timestamp) -> Vec<Dimension> {
    let _ = (rates, headers, now);
    Vec::new()
}

/// The dimension of which the smallest part is left, and how many percent that is.
#[must_use]
pub fn tightest(dimensions: &[Dimension]) -> Option<(&Dimension, f64)> {
    dimensions
        .iter()
        .filter_map(|dimension| Some((dimension, dimension.percent()?)))
        .min_by(|one, other| one.1.total_cmp(&other.1))
}
