//! The prices: read from `prices.toml`, which is the only place that has any.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

const PRICES: &str = include_str!("prices.toml");

/// An item that AWS charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    LambdaCompute,
    LambdaRequests,
    Schedules,
    TableWrites,
    TableReads,
    TableStorage,
    TableBackup,
    StreamReads,
    ApiRequests,
    SiteWrites,
    SiteReads,
    SiteRequests,
    SiteTransfer,
    TopicMessages,
    TopicMails,
    Logs,
    Alarms,
    Metrics,
    Secrets,
    SecretReads,
    Transfer,
}

/// The price of one item.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    /// Name, for people.
    pub(super) name: String,
    /// Name of the unit.
    pub(super) unit: String,
    /// US dollars for `per` units.
    usd: f64,
    #[serde(default = "one")]
    per: f64,
    /// Units that are free in each month, without an end.
    #[serde(default)]
    pub(super) free_per_month: f64,
    /// Day on which the source was written or read.
    #[serde(serialize_with = "as_text")]
    pub(super) date: toml::value::Datetime,
    /// Source of the price.
    pub(super) source: String,
}

/// All prices of a region.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Prices {
    /// The region they hold for.
    pub(super) region: String,
    #[serde(flatten)]
    prices: BTreeMap<Item, Price>,
}

impl Prices {
    /// The prices that are built in.
    pub(super) fn built_in() -> anyhow::Result<Self> {
        toml::from_str(PRICES).context("the built-in list of prices cannot be read")
    }

    /// The price of `item`.
    pub(super) fn of(&self, item: Item) -> anyhow::Result<&Price> {
        self.prices.get(&item).with_context(|| format!("there is no price of `{item:?}`"))
    }

    /// The items that have a price.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Item, &Price)> {
        self.prices.iter()
    }
}

impl Price {
    /// Returns the price of `amount` units, none of them free.
    pub(super) fn of(&self, amount: f64) -> f64 {
        amount * self.usd / self.per
    }

    /// The price of one unit as AWS writes it: `$0.625 per 1,000,000`.
    pub(super) fn quoted(&self) -> String {
        let Self { unit, usd, per, .. } = self;
        if *per > 1.0 {
            format!("${usd} per {} {unit}s", super::number(*per))
        } else {
            format!("${usd} per {unit}")
        }
    }
}

fn one() -> f64 {
    1.0
}

fn as_text<S: serde::Serializer>(
    date: &toml::value::Datetime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_price_has_a_date_a_source_and_a_unit() {
        let prices = Prices::built_in().unwrap();
        for (item, price) in prices.iter() {
            assert!(price.date.date.is_some_and(|date| date.year >= 2024), "{item:?}");
            assert!(price.source.contains('.') && price.source.len() > 10, "{item:?}");
            assert!(!price.unit.is_empty() && !price.name.is_empty(), "{item:?}");
            assert!(price.usd >= 0.0 && price.per >= 1.0 && price.free_per_month >= 0.0);
        }
        assert_eq!(prices.region, "us-east-1");
    }

    #[test]
    fn a_price_is_for_as_many_units_as_it_says() {
        let prices = Prices::built_in().unwrap();
        let writes = prices.of(Item::TableWrites).unwrap();
        assert!((writes.of(2_000_000.0) - 1.25).abs() < 1e-9);
        assert_eq!(writes.quoted(), "$0.625 per 1,000,000 write units");
        assert_eq!(prices.of(Item::Secrets).unwrap().quoted(), "$0.4 per secret-month");
    }
}
