//! Shipped facts: prices, limits and shutdown dates that providers do not tell over their API.
//!
//! They are as old as [`as_of`] says. What a provider tells itself always goes first.

use allclear_core::catalog::{Model, Price};
use jiff::civil::Date;

/// Fills in what `model` lacks and is known here of the provider's model `id`, and puts the names
/// of the fields that it filled into `derived`.
pub fn complete(provider: &str, id: &str, model: &mut Model) {
    let _ = (provider, id, model);
}

/// What the provider's model `id` costs.
#[must_use]
pub fn price(provider: &str, id: &str) -> Option<Price> {
    let _ = (provider, id);
    None
}

/// The highest prices here, for a model whose price nobody knows.
#[must_use]
pub fn dearest() -> Price {
    Price { input: 0.0, output: 0.0 }
}

/// The day of the facts.
#[must_use]
pub fn as_of() -> Date {
    jiff::civil::date(2026, 11, 1)
}

/// Where the facts are from.
#[must_use]
pub fn source() -> &'static str {
    ""
}
