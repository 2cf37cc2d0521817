//! Usage: what is left and what was spent, as far as a provider tells, and where that leads.

mod anomaly;
mod slope;

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use jiff::civil::Date;

pub use self::anomaly::{Anomaly, anomaly};
pub use self::slope::days_left;
use crate::provider::Usage;

/// What a source of usage told.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Money that was paid ahead.
    Balance(Balance),
    /// A limit, and what is left of it.
    Limit(Limit),
    /// What was spent, by day.
    Spend(Spend),
}

/// Money that was paid ahead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Balance {
    /// In US dollars.
    pub usd: Option<f64>,
    /// In other currencies, by their code: `CNY`.
    pub others: BTreeMap<String, f64>,
    /// Whether the provider says that it suffices.
    pub is_sufficient: Option<bool>,
}

/// A limit, in US dollars.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limit {
    /// The limit; `None` where there is none.
    pub limit_usd: Option<f64>,
    /// What is used of it.
    pub used_usd: Option<f64>,
    /// What is left of it.
    pub left_usd: Option<f64>,
    /// What was spent today, in UTC.
    pub today_usd: Option<f64>,
    /// What was spent this month.
    pub month_usd: Option<f64>,
    /// When it begins anew.
    pub resets: Option<Timestamp>,
}

/// What was spent, by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spend {
    /// In US dollars, by the day in UTC. A day on which nothing was spent is there with 0.
    pub days: BTreeMap<Date, f64>,
    /// In other currencies, by their code, in all.
    pub others: BTreeMap<String, f64>,
    /// The cursor of the page after this one.
    pub next: Option<String>,
}

/// What `body` tells, in the form of `source`. An error says what is wrong with it.
pub fn read(source: Usage, body: &[u8], now: Timestamp) -> Result<Reading, String> {
    let _ = (source, body, now);
    Err("not a report of usage".to_owned())
}
