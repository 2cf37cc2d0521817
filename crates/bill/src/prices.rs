//! The prices: read from `prices.toml`, which is the only place that has any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{BillError, Result};
use crate::number::number;

const PRICES: &str = include_str!("prices.toml");

/// An item that AWS charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricedItem {
    /// Memory of functions over time.
    LambdaCompute,
    /// Invocations of functions.
    LambdaRequests,
    /// Invocations by a schedule.
    Schedules,
    /// Write units of the table.
    TableWrites,
    /// Read units of the table.
    TableReads,
    /// Bytes in the table.
    TableStorage,
    /// Bytes in the backup of the table.
    TableBackup,
    /// Reads of the table's stream.
    StreamReads,
    /// Requests to the API of heartbeats.
    ApiRequests,
    /// Files written to the bucket.
    SiteWrites,
    /// Files read from the bucket.
    SiteReads,
    /// Requests of readers.
    SiteRequests,
    /// Bytes sent to readers.
    SiteTransfer,
    /// Messages to topics.
    TopicMessages,
    /// Mails of topics.
    TopicMails,
    /// Bytes of logs.
    Logs,
    /// Metrics of alarms.
    Alarms,
    /// Custom metrics.
    Metrics,
    /// Secrets.
    Secrets,
    /// Reads of secrets.
    SecretReads,
    /// Bytes sent by checks.
    Transfer,
}

/// The price of one item.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemPrice {
    /// Name, for people.
    pub name: String,
    /// Name of the unit.
    pub unit: String,
    /// US dollars for `per` units.
    usd: f64,
    #[serde(default = "one")]
    per: f64,
    /// Units that are free in each month, without an end.
    #[serde(default)]
    pub free_per_month: f64,
    /// Day on which the source was written or read.
    #[serde(serialize_with = "as_text")]
    pub date: toml::value::Datetime,
    /// Source of the price.
    pub source: String,
}

/// All prices of a region.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Prices {
    /// The region they hold for.
    pub region: String,
    #[serde(flatten)]
    prices: BTreeMap<PricedItem, ItemPrice>,
}

impl Prices {
    /// Reads the prices that are built in.
    pub(crate) fn built_in() -> Result<Self> {
        toml::from_str(PRICES).map_err(|error| BillError::Prices(Box::new(error)))
    }

    /// Returns the price of `item`.
    pub(crate) fn of(&self, item: PricedItem) -> Result<&ItemPrice> {
        self.prices.get(&item).ok_or_else(|| BillError::NoPrice(format!("{item:?}")))
    }

    /// Returns the items that have a price, with their prices.
    pub fn iter(&self) -> impl Iterator<Item = (&PricedItem, &ItemPrice)> {
        self.prices.iter()
    }
}

impl ItemPrice {
    /// Returns the price of `amount` units, none of them free.
    pub(crate) fn of(&self, amount: f64) -> f64 {
        amount * self.usd / self.per
    }

    /// Returns the price of one unit as AWS writes it: `$0.625 per 1,000,000`.
    #[must_use]
    pub fn quoted(&self) -> String {
        let Self { unit, usd, per, .. } = self;
        if *per > 1.0 {
            format!("${usd} per {} {unit}s", number(*per))
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
) -> std::result::Result<S::Ok, S::Error> {
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
    fn a_price_is_quoted_for_its_number_of_units() {
        let prices = Prices::built_in().unwrap();
        let writes = prices.of(PricedItem::TableWrites).unwrap();
        assert!((writes.of(2_000_000.0) - 1.25).abs() < 1e-9);
        assert_eq!(writes.quoted(), "$0.625 per 1,000,000 write units");
        assert_eq!(prices.of(PricedItem::Secrets).unwrap().quoted(), "$0.4 per secret-month");
    }
}
