//! From amounts to a bill: with AWS's perpetual free tiers, and without.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Result;
use crate::prices::{PricedItem, Prices};
use crate::usage::Line;

/// A line of the bill, for a month.
#[derive(Debug, Clone, Serialize)]
pub struct Charge {
    /// Purpose, for people.
    pub what: String,
    /// Charged item.
    pub item: PricedItem,
    /// Number of units.
    pub amount: f64,
    /// Name of the unit.
    pub unit: String,
    /// US dollars without the free tier.
    pub usd: f64,
    /// US dollars beyond the free tier of the item, of which each line has its share.
    pub usd_beyond_free_tier: f64,
}

/// The bill of a month.
#[derive(Debug, Clone, Serialize)]
pub struct Bill {
    /// Its lines, in the order of the data's way.
    pub charges: Vec<Charge>,
    /// US dollars without the free tier.
    pub usd: f64,
    /// US dollars beyond the free tiers.
    pub usd_beyond_free_tiers: f64,
}

impl Bill {
    /// Computes the bill for `lines`.
    pub(crate) fn of(lines: Vec<Line>, prices: &Prices) -> Result<Self> {
        let mut totals: BTreeMap<PricedItem, f64> = BTreeMap::new();
        for line in &lines {
            *totals.entry(line.item).or_default() += line.amount;
        }
        let mut charges = Vec::with_capacity(lines.len());
        for Line { what, item, amount } in lines {
            let price = prices.of(item)?;
            let total = totals.get(&item).copied().unwrap_or_default();
            let beyond = (total - price.free_per_month).max(0.0);
            let share = if total > 0.0 { beyond / total } else { 0.0 };
            let usd = price.of(amount);
            let unit = price.unit.clone();
            let usd_beyond_free_tier = usd * share;
            charges.push(Charge { what, item, amount, unit, usd, usd_beyond_free_tier });
        }
        let usd = charges.iter().map(|charge| charge.usd).sum();
        let usd_beyond_free_tiers = charges.iter().map(|charge| charge.usd_beyond_free_tier).sum();
        Ok(Self { charges, usd, usd_beyond_free_tiers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_tier_is_applied_once_to_all_lines_that_share_it() {
        let line =
            |what: &str, amount| Line { what: what.to_owned(), item: PricedItem::Alarms, amount };
        let prices = Prices::built_in().unwrap();
        let bill = Bill::of(vec![line("one", 15.0), line("two", 5.0)], &prices).unwrap();
        assert!((bill.usd - 2.0).abs() < 1e-9, "{bill:?}");
        assert!((bill.usd_beyond_free_tiers - 1.0).abs() < 1e-9, "{bill:?}");
        assert!((bill.charges[0].usd_beyond_free_tier - 0.75).abs() < 1e-9, "{bill:?}");

        let bill = Bill::of(vec![line("few", 3.0)], &prices).unwrap();
        assert!(bill.usd_beyond_free_tiers.abs() < 1e-9, "{bill:?}");
    }
}
