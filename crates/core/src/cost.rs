//! The cost of a check: money in whole nanodollars, so that a sum of a million small costs is exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// An amount of money, in billionths of a US dollar; at most 18 billion dollars.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cost(u64);

const NANO: f64 = 1e9;

impl Cost {
    /// The amount zero.
    pub const ZERO: Self = Self(0);

    /// Creates an amount from billionths of a US dollar.
    #[must_use]
    pub const fn from_nanodollars(amount: u64) -> Self {
        Self(amount)
    }

    /// Creates an amount from US dollars, rounded up to the next billionth. A negative amount or NaN becomes
    /// zero.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    pub fn from_dollars(amount: f64) -> Self {
        // The product may lie slightly above a whole number. Without the correction, rounding up would then
        // add a billionth.
        Self((amount * NANO - 1e-6).ceil() as u64)
    }

    /// Returns the amount in billionths of a US dollar.
    #[must_use]
    pub fn nanodollars(self) -> u64 {
        self.0
    }

    /// Returns the amount in US dollars.
    #[must_use]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / NANO
    }

    /// Returns the difference, or zero if `other` is greater.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns true if the cost is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

/// In dollars, with all significant digits: `$1.25`, `$0.0031`, `$0`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        let text = match dollars {
            _ if self.is_zero() => "$0".to_owned(),
            dollars if dollars >= 0.095 => format!("${dollars:.2}"),
            dollars if dollars >= 0.000_095 => format!("${dollars:.4}"),
            dollars => format!("${dollars:.9}"),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_small_costs_add_up_exactly() {
        let one = Cost::from_dollars(0.000_009);
        assert_eq!(one.nanodollars(), 9_000);
        let all: Cost = std::iter::repeat_n(one, 1_000_000).sum();
        assert_eq!(all, Cost::from_dollars(9.0));
    }

    #[test]
    fn invalid_amounts_are_zero_and_large_amounts_saturate() {
        for nothing in [-1.0, f64::NAN, f64::NEG_INFINITY, 0.0] {
            assert_eq!(Cost::from_dollars(nothing), Cost::ZERO);
        }
        let most = Cost::from_dollars(f64::INFINITY);
        assert_eq!(most + Cost::from_nanodollars(1), most);
    }

    #[test]
    fn amounts_are_formatted_in_dollars() {
        for (dollars, text) in [
            (0.0, "$0"),
            (0.000_009, "$0.000009000"),
            (0.0031, "$0.0031"),
            (0.1, "$0.10"),
            (12.345, "$12.35"),
        ] {
            assert_eq!(Cost::from_dollars(dollars).to_string(), text);
        }
    }
}
