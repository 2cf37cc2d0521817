//! The first value of a query of the config, in the binary form of the protocol. Pure.

use std::error::Error;

use tokio_postgres::types::{FromSql, Kind, Type};

use crate::kinds::database::FirstValue;

/// The seconds of a day and of a month in an interval, as `extract(epoch)` counts them.
const DAY_SECONDS: f64 = 86_400.0;
const MONTH_SECONDS: f64 = 30.0 * DAY_SECONDS;

/// A value of any type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Value(FirstValue),
    /// A value of a type that conditions cannot use.
    Unusable {
        /// The name of the type.
        type_name: String,
    },
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let number = match *ty {
            Type::BOOL => return Ok(Self::Value(FirstValue::Bool(bool::from_sql(ty, raw)?))),
            Type::INT2 => f64::from(i16::from_sql(ty, raw)?),
            Type::INT4 => f64::from(i32::from_sql(ty, raw)?),
            #[expect(clippy::cast_precision_loss, reason = "conditions calculate with doubles")]
            Type::INT8 => i64::from_sql(ty, raw)? as f64,
            Type::OID => f64::from(u32::from_sql(ty, raw)?),
            Type::FLOAT4 => f64::from(f32::from_sql(ty, raw)?),
            Type::FLOAT8 => f64::from_sql(ty, raw)?,
            Type::NUMERIC => numeric(raw).ok_or("invalid number")?,
            Type::INTERVAL => interval_seconds(raw).ok_or("invalid interval")?,
            _ if is_text(ty) => {
                let text = std::str::from_utf8(raw)?.to_owned();
                return Ok(Self::Value(FirstValue::Text(text)));
            }
            _ => return Ok(Self::Unusable { type_name: ty.name().to_owned() }),
        };
        Ok(Self::Value(FirstValue::Number(number)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Value(FirstValue::Absent))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn is_text(ty: &Type) -> bool {
    <&str as FromSql>::accepts(ty) || matches!(ty.kind(), Kind::Enum(_)) || *ty == Type::JSON
}

/// Returns the value of a `numeric`: its digits in base 10,000, the weight of the first and the sign.
fn numeric(raw: &[u8]) -> Option<f64> {
    let mut words = raw.chunks_exact(2).map(|pair| match pair {
        [high, low] => i16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let n_digits = usize::try_from(words.next()?).ok()?;
    let weight = i32::from(words.next()?);
    let sign = match words.next()?.cast_unsigned() {
        0x0000 => 1.0,
        0x4000 => -1.0,
        0xd000 => return Some(f64::INFINITY),
        0xf000 => return Some(f64::NEG_INFINITY),
        _ => return Some(f64::NAN),
    };
    let _scale = words.next()?;
    let digits: Vec<i16> = words.collect();
    if digits.len() != n_digits {
        return None;
    }
    // As text, so that the result is the double that is nearest to the decimal number.
    let text = digits.iter().fold(String::from("0"), |text, digit| format!("{text}{digit:04}"));
    let exponent = 4 * (weight + 1 - i32::try_from(n_digits).ok()?);
    let magnitude: f64 = format!("{text}e{exponent}").parse().ok()?;
    Some(sign * magnitude)
}

/// Returns the seconds of an interval: its microseconds, days and months.
fn interval_seconds(raw: &[u8]) -> Option<f64> {
    let (microseconds, rest) = raw.split_first_chunk::<8>()?;
    let (days, rest) = rest.split_first_chunk::<4>()?;
    let (months, _) = rest.split_first_chunk::<4>()?;
    #[expect(clippy::cast_precision_loss, reason = "conditions calculate with doubles")]
    let seconds = i64::from_be_bytes(*microseconds) as f64 / 1_000_000.0;
    let days = f64::from(i32::from_be_bytes(*days)) * DAY_SECONDS;
    let months = f64::from(i32::from_be_bytes(*months)) * MONTH_SECONDS;
    Some(seconds + days + months)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a `numeric` as the server sends them.
    fn numeric_of(words: &[u16]) -> Option<f64> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        numeric(&bytes)
    }

    #[test]
    fn a_numeric_is_the_nearest_double() {
        assert_eq!(numeric_of(&[0, 0, 0, 0]), Some(0.0));
        assert_eq!(numeric_of(&[2, 0, 0, 2, 12, 3400]), Some(12.34));
        assert_eq!(numeric_of(&[1, u16::MAX, 0x4000, 1, 1000]), Some(-0.1));
        assert_eq!(numeric_of(&[1, 2, 0, 0, 5]), Some(500_000_000.0));
        assert!(numeric_of(&[0, 0, 0xc000, 0]).unwrap().is_nan());
        assert_eq!(numeric_of(&[0, 0, 0xd000, 0]), Some(f64::INFINITY));
    }

    #[test]
    fn a_numeric_with_too_few_digits_is_refused() {
        assert_eq!(numeric_of(&[3, 0, 0, 0, 1]), None);
        assert_eq!(numeric_of(&[u16::MAX, 0, 0, 0]), None);
        assert_eq!(numeric_of(&[1]), None);
    }

    #[test]
    fn an_interval_is_seconds() {
        let mut raw = 1_500_000_i64.to_be_bytes().to_vec();
        raw.extend(2_i32.to_be_bytes());
        raw.extend(1_i32.to_be_bytes());
        assert_eq!(interval_seconds(&raw), Some(1.5 + 32.0 * 86_400.0));
        assert_eq!(interval_seconds(&raw[..12]), None);
    }

    #[test]
    fn a_value_of_another_type_names_it() {
        let cell = Cell::from_sql(&Type::BYTEA, b"x").unwrap();
        assert_eq!(cell, Cell::Unusable { type_name: "bytea".to_owned() });
    }
}
