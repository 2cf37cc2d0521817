//! Usage: remaining credit and spending, as far as a provider reports them, and their trend.

mod anomaly;
mod readers;
mod slope;

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

pub use self::anomaly::{Anomaly, anomaly};
pub(crate) use self::readers::deep_seek as balance_of;
pub use self::slope::days_left;
use crate::provider::Usage;

/// Report of a source of usage.
#[derive(Debug, Clone, PartialEq)]
pub enum UsageReading {
    /// Money that was paid ahead.
    Balance(Balance),
    /// A limit, and its rest.
    Limit(Limit),
    /// Spending by day.
    Spend(Spend),
}

impl UsageReading {
    /// Returns the remaining credit in US dollars; `None` if it is unknown or unlimited.
    #[must_use]
    pub fn left_usd(&self) -> Option<f64> {
        match self {
            Self::Balance(balance) => balance.usd,
            Self::Limit(limit) => limit.left_usd,
            Self::Spend(_) => None,
        }
    }

    /// Returns the spending in the month of `today`, in US dollars.
    #[must_use]
    pub fn month_usd(&self, today: Date) -> Option<f64> {
        match self {
            Self::Balance(_) => None,
            Self::Limit(limit) => limit.month_usd,
            Self::Spend(spend) => Some(spend.month_usd(today)),
        }
    }
}

/// Money that was paid ahead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Balance {
    /// In US dollars; negative if more was spent than paid.
    pub usd: Option<f64>,
    /// In other currencies, by their code: `CNY`.
    pub others: BTreeMap<String, f64>,
    /// The provider's own statement that the balance suffices.
    pub is_sufficient: Option<bool>,
}

/// A limit, in US dollars.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limit {
    /// The limit in US dollars; `None` if there is none.
    pub limit_usd: Option<f64>,
    /// Used part of it, in US dollars.
    pub used_usd: Option<f64>,
    /// Rest of it, in US dollars.
    pub left_usd: Option<f64>,
    /// Spending of today, in UTC, in US dollars.
    pub today_usd: Option<f64>,
    /// Spending of this month, in US dollars.
    pub month_usd: Option<f64>,
    /// Start of the next period.
    pub resets: Option<Timestamp>,
}

/// Spending by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spend {
    /// In US dollars, by the day in UTC. A day on which nothing was spent is there with 0.
    pub days: BTreeMap<Date, f64>,
    /// In other currencies, by their code, in all.
    pub others: BTreeMap<String, f64>,
    /// The cursor of the page after this one.
    pub next: Option<String>,
}

impl Spend {
    /// Returns the spending in the month of `today`, in US dollars.
    #[must_use]
    pub fn month_usd(&self, today: Date) -> f64 {
        self.days.range(today.first_of_month()..=today.last_of_month()).map(|(_, usd)| usd).sum()
    }

    /// Returns each day with its spending in US dollars, as [`anomaly`] takes them.
    #[must_use]
    pub fn daily(&self) -> Vec<(Date, f64)> {
        self.days.iter().map(|(day, usd)| (*day, *usd)).collect()
    }
}

/// Parses `body` in the format of `source`.
///
/// # Errors
///
/// Fails if the body is not JSON, or if it lacks the amounts that this format requires. The error
/// names the problem.
pub fn read(source: Usage, body: &[u8], now: Timestamp) -> Result<UsageReading, String> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("the report is not JSON: {error}"))?;
    let read = match source {
        Usage::OpenAiCosts => readers::open_ai_costs(&value).map(UsageReading::Spend),
        Usage::AnthropicCosts => readers::anthropic_costs(&value).map(UsageReading::Spend),
        Usage::OpenRouterCredits => readers::open_router_credits(&value).map(UsageReading::Balance),
        Usage::OpenRouterKey => readers::open_router_key(&value, now).map(UsageReading::Limit),
        Usage::DeepSeekBalance => {
            let balance = readers::deep_seek(&value);
            (balance != Balance::default()).then_some(UsageReading::Balance(balance))
        }
        Usage::XaiBalance => readers::xai_balance(&value).map(UsageReading::Balance),
        Usage::HuggingFaceBilling => readers::hugging_face(&value).map(UsageReading::Limit),
        Usage::LiteLlmKey => readers::lite_llm_key(&value).map(UsageReading::Limit),
    };
    read.ok_or_else(|| format!("the report has no {}", readers::needed(source)))
}
