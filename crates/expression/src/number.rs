//! Numbers: exact whole numbers from -2^63 to 2^64 - 1, and doubles.
//!
//! To the author of a condition there is one kind of number, as in JSON: `200 == 200.0`,
//! `7 / 2 == 3.5`. Whole numbers stay exact in comparisons and arithmetic, also beside doubles.

use std::cmp::Ordering;
use std::fmt;

use super::failure::NoValue;

/// The largest distance from 0 up to which a double holds every whole number.
const EXACT_IN_DOUBLE: i128 = 1 << 53;

/// 2^64: whole doubles below it may be a [`Number::Whole`].
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// A number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    /// A whole number from `i64::MIN` to `u64::MAX`.
    Whole(i128),
    /// Any other number.
    Double(f64),
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Number {
    /// Returns `value` if it is in the range of whole numbers.
    pub(super) fn whole(value: i128) -> Option<Self> {
        let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
        range.contains(&value).then_some(Self::Whole(value))
    }

    /// Returns a number of JSON, exact where it is whole.
    pub(super) fn from_json(number: &serde_json::Number) -> Self {
        number
            .as_i128()
            .and_then(Self::whole)
            .unwrap_or_else(|| Self::Double(number.as_f64().unwrap_or(f64::NAN)))
    }

    /// Returns the value as a whole number if it is one, in whichever form.
    pub(super) fn as_whole(self) -> Option<i128> {
        match self {
            Self::Whole(value) => Some(value),
            Self::Double(value) => (value.fract() == 0.0 && value.abs() < TWO_TO_64)
                .then_some(truncated(value))
                .filter(|whole| Self::whole(*whole).is_some()),
        }
    }

    /// Returns the nearest double.
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
    pub(super) fn to_double(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Double(value) => value,
        }
    }

    /// Compares two numbers by their exact values; `None` if one is not a number (NaN).
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            (Self::Double(left), Self::Double(right)) => left.partial_cmp(&right),
            (Self::Whole(left), Self::Double(right)) => compare_mixed(left, right),
            (Self::Double(left), Self::Whole(right)) => {
                compare_mixed(right, left).map(Ordering::reverse)
            }
        }
    }

    /// Calculates; exact as long as both numbers and the result are whole.
    pub(super) fn calculate(self, operator: Arithmetic, other: Self) -> Result<Self, NoValue> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => whole_arithmetic(left, operator, right),
            (Self::Double(left), Self::Double(right)) => {
                Ok(Self::Double(double_arithmetic(left, operator, right)))
            }
            (Self::Whole(_), Self::Double(_)) | (Self::Double(_), Self::Whole(_)) => {
                Ok(mixed_arithmetic(self, operator, other))
            }
        }
    }

    /// Returns the number with the other sign.
    pub(super) fn negated(self) -> Result<Self, NoValue> {
        match self {
            Self::Whole(value) => Self::whole(-value).ok_or_else(overflow),
            Self::Double(value) => Ok(Self::Double(-value)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
        }
    }
}

fn overflow() -> NoValue {
    NoValue::no_result("the result is too large for a whole number")
}

/// Compares a whole number with a double without rounding either.
fn compare_mixed(whole: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    if double.abs() >= TWO_TO_64 {
        return Some(if double > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let by_fraction = 0.0.partial_cmp(&double.fract())?;
    Some(whole.cmp(&truncated(double)).then(by_fraction))
}

#[expect(clippy::cast_possible_truncation, reason = "callers keep it far below 2^127")]
fn truncated(value: f64) -> i128 {
    value.trunc() as i128
}

fn whole_arithmetic(left: i128, operator: Arithmetic, right: i128) -> Result<Number, NoValue> {
    let result = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide | Arithmetic::Remainder if right == 0 => {
            return Err(NoValue::no_result("division by zero"));
        }
        Arithmetic::Divide if left % right != 0 => {
            let (left, right) = (Number::Whole(left), Number::Whole(right));
            return Ok(Number::Double(left.to_double() / right.to_double()));
        }
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Remainder => left.checked_rem(right),
    };
    result.and_then(Number::whole).ok_or_else(overflow)
}

fn double_arithmetic(left: f64, operator: Arithmetic, right: f64) -> f64 {
    match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    }
}

/// Calculates with doubles, unless a whole number among the two would be rounded and both are whole.
fn mixed_arithmetic(left: Number, operator: Arithmetic, right: Number) -> Number {
    let is_large = |number| match number {
        Number::Whole(value) => value.abs() > EXACT_IN_DOUBLE,
        Number::Double(_) => false,
    };
    if (is_large(left) || is_large(right))
        && let (Some(left), Some(right)) = (left.as_whole(), right.as_whole())
        && let Ok(exact) = whole_arithmetic(left, operator, right)
    {
        return exact;
    }
    Number::Double(double_arithmetic(left.to_double(), operator, right.to_double()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEYOND: i128 = 9_007_199_254_740_993;

    #[test]
    fn a_whole_number_beyond_2_to_53_compares_exactly_with_doubles() {
        let double = Number::Double(9_007_199_254_740_992.0);
        assert_eq!(Number::Whole(BEYOND).compare(double), Some(Ordering::Greater));
        assert_eq!(double.compare(Number::Whole(BEYOND)), Some(Ordering::Less));
        assert_eq!(Number::Whole(3).compare(Number::Double(3.5)), Some(Ordering::Less));
        assert_eq!(Number::Whole(-3).compare(Number::Double(-3.5)), Some(Ordering::Greater));
        assert_eq!(Number::Whole(0).compare(Number::Double(f64::INFINITY)), Some(Ordering::Less));
        assert_eq!(Number::Whole(0).compare(Number::Double(f64::NAN)), None);
    }

    #[test]
    fn arithmetic_of_whole_numbers_is_exact_or_fails() {
        let sum = Number::Whole(BEYOND).calculate(Arithmetic::Add, Number::Double(1.0)).unwrap();
        assert_eq!(sum.as_whole(), Some(BEYOND + 1));
        let largest = Number::Whole(i128::from(u64::MAX));
        assert!(largest.calculate(Arithmetic::Add, Number::Whole(1)).is_err());
        assert!(largest.calculate(Arithmetic::Multiply, largest).is_err());
        assert!(largest.negated().is_err());
        assert!(Number::Whole(1).calculate(Arithmetic::Divide, Number::Whole(0)).is_err());
        let half = Number::Whole(7).calculate(Arithmetic::Divide, Number::Whole(2)).unwrap();
        assert_eq!(half.compare(Number::Double(3.5)), Some(Ordering::Equal));
    }

    proptest! {
        #[test]
        fn comparison_of_mixed_numbers_agrees_with_that_of_whole_ones(a: i64, b in -(1_i64 << 53)..(1_i64 << 53)) {
            #[expect(clippy::cast_precision_loss, reason = "exact in this range")]
            let double = Number::Double(b as f64);
            prop_assert_eq!(Number::Whole(a.into()).compare(double), Some(a.cmp(&b)));
        }

        #[test]
        fn no_operation_panics(a: i64, b: u64, c: f64) {
            let numbers = [Number::Whole(a.into()), Number::Whole(b.into()), Number::Double(c)];
            for left in numbers {
                let _ = (left.negated(), left.as_whole(), left.to_string());
                for right in numbers {
                    let _ = left.compare(right);
                    for operator in [
                        Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply,
                        Arithmetic::Divide, Arithmetic::Remainder,
                    ] {
                        let _ = left.calculate(operator, right);
                    }
                }
            }
        }
    }
}
