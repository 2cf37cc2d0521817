#![doc = include_str!("../README.md")]

mod bill;
mod charges;
mod counts;
mod day;
mod deployment;
mod error;
mod estimate;
mod log_line;
mod number;
mod prices;
mod publication;
mod sample;
mod table;
#[cfg(test)]
mod tests;
mod upkeep;
mod usage;
mod weight;

pub use bill::{Bill, Charge};
pub use charges::{Charged, charged, warnings};
pub use error::BillError;
pub use estimate::Estimate;
pub use number::number;
pub use prices::{ItemPrice, PricedItem, Prices};
pub use usage::Assumptions;
