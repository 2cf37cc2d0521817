//! Metrics in columns by their names. A column with few different values stores each of them once.

use std::collections::BTreeSet;

use allclear_core::outcome::{Metrics, Outcome};

use super::bits::{BitReader, BitWriter, unzigzag, zigzag};
use super::names::{self, NameTable};
use super::{DecodeError, Decoded};

/// Added to the size of a whole number of tenths.
const TENTHS: u8 = 0x40;
/// In place of a size: the 64 bits of the number follow unchanged.
const RAW: u8 = 0xff;
/// The limit up to which whole numbers are exact in an `f64`.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
/// The largest number of different values that a column stores once each.
const MAX_NAMED: usize = 8;

/// Writes the metrics of `outcomes`.
pub(super) fn write(writer: &mut BitWriter, outcomes: &[Outcome]) {
    let names = names::write(writer, outcomes, |one| one.metrics.keys());
    for name in names {
        let column: Vec<f64> =
            outcomes.iter().filter_map(|one| one.metrics.get(name).copied()).collect();
        write_column(writer, &column);
    }
}

/// Reads the metrics of `n_outcomes` outcomes.
pub(super) fn read(reader: &mut BitReader<'_>, n_outcomes: usize) -> Decoded<Vec<Metrics>> {
    let names = NameTable::read(reader, n_outcomes)?;
    let mut all = vec![Metrics::new(); n_outcomes];
    for (name, has) in names.columns() {
        let n_values = has.iter().filter(|has| **has).count();
        let mut values = read_column(reader, n_values)?.into_iter();
        for (metrics, _) in all.iter_mut().zip(&has).filter(|(_, has)| **has) {
            metrics.extend(values.next().map(|value| (name.to_owned(), value)));
        }
    }
    Ok(all)
}

/// Writes the number of different values and the values, or 0 if every value is written.
fn write_column(writer: &mut BitWriter, column: &[f64]) {
    let distinct: BTreeSet<u64> = column.iter().map(|value| value.to_bits()).collect();
    if distinct.len() > MAX_NAMED || distinct.len() * 2 > column.len() {
        writer.varint(0);
        for value in column {
            write_value(writer, *value);
        }
        return;
    }
    let distinct: Vec<u64> = distinct.into_iter().collect();
    writer.varint(distinct.len());
    for bits in &distinct {
        write_value(writer, f64::from_bits(*bits));
    }
    for value in column {
        writer.varint(distinct.binary_search(&value.to_bits()).unwrap_or_default());
    }
}

fn read_column(reader: &mut BitReader<'_>, n_values: usize) -> Decoded<Vec<f64>> {
    let n_named = reader.count()?;
    let mut values = Vec::new();
    if n_named == 0 {
        for _ in 0..n_values {
            values.push(read_value(reader)?);
        }
        return Ok(values);
    }
    let mut named = Vec::new();
    for _ in 0..n_named {
        named.push(read_value(reader)?);
    }
    for _ in 0..n_values {
        let value = named.get(reader.count()?).copied();
        values.push(value.ok_or_else(|| DecodeError::content("index of a value out of range"))?);
    }
    Ok(values)
}

fn write_value(writer: &mut BitWriter, value: f64) {
    if let Some(whole) = whole(value) {
        writer.number(zigzag(whole), 0);
    } else if let Some(tenths) = whole((value * 10.0).round())
        .filter(|tenths| tenths_of(*tenths).to_bits() == value.to_bits())
    {
        writer.number(zigzag(tenths), TENTHS);
    } else {
        writer.byte(RAW);
        writer.push_bits(u128::from(value.to_bits()), u64::BITS);
    }
}

fn read_value(reader: &mut BitReader<'_>) -> Decoded<f64> {
    let class = reader.plain.byte()?;
    if class == RAW {
        let bits = u64::try_from(reader.take_bits(u64::BITS)?).map_err(DecodeError::content)?;
        return Ok(f64::from_bits(bits));
    }
    let number = unzigzag(reader.number(class & !TENTHS)?);
    if class & TENTHS == 0 { Ok(number as f64) } else { Ok(tenths_of(number)) }
}

/// Returns the value as a whole number, if it is exactly one.
fn whole(value: f64) -> Option<i128> {
    if value.is_nan() || value.abs() >= MAX_WHOLE {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "what is cut off is compared below")]
    let whole = value as i64;
    ((whole as f64).to_bits() == value.to_bits()).then_some(i128::from(whole))
}

fn tenths_of(tenths: i128) -> f64 {
    tenths as f64 / 10.0
}
