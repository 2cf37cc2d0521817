//! The rare fields of outcomes: labels and cost. A run without any takes one byte for them.

use allclear_core::cost::Cost;
use allclear_core::outcome::{Labels, Outcome};

use super::bits::{BitReader, BitWriter};
use super::names::{self, NameTable};
use super::sections::push_varint;
use super::{DecodeError, Decoded};

const LABELS: u8 = 1;
const COSTS: u8 = 2;

/// Writes labels and costs of `outcomes`: a byte for the fields that are present, then each cost in
/// billionths of a dollar, then the labels in columns by their names.
pub(super) fn write(writer: &mut BitWriter, outcomes: &[Outcome]) {
    let labels = if outcomes.iter().all(|one| one.labels.is_empty()) { 0 } else { LABELS };
    let costs = if outcomes.iter().all(|one| one.cost.is_zero()) { 0 } else { COSTS };
    writer.byte(labels | costs);
    if costs != 0 {
        for outcome in outcomes {
            push_varint(&mut writer.plain, outcome.cost.nanodollars());
        }
    }
    if labels != 0 {
        for name in names::write(writer, outcomes, |one| one.labels.keys()) {
            for text in outcomes.iter().filter_map(|one| one.labels.get(name)) {
                writer.text(text);
            }
        }
    }
}

/// Reads labels and costs of `n_outcomes` outcomes.
pub(super) fn read(
    reader: &mut BitReader<'_>,
    n_outcomes: usize,
) -> Decoded<(Vec<Labels>, Vec<Cost>)> {
    let flags = reader.plain.byte()?;
    if flags & !(LABELS | COSTS) != 0 {
        return Err(DecodeError::content("unknown flags of labels and costs"));
    }
    let mut costs = vec![Cost::ZERO; n_outcomes];
    if flags & COSTS != 0 {
        for cost in &mut costs {
            *cost = Cost::from_nanodollars(reader.plain.varint()?);
        }
    }
    let mut labels = vec![Labels::new(); n_outcomes];
    if flags & LABELS != 0 {
        let names = NameTable::read(reader, n_outcomes)?;
        for (name, has) in names.columns() {
            for (labels, _) in labels.iter_mut().zip(&has).filter(|(_, has)| **has) {
                labels.insert(name.to_owned(), reader.plain.text()?);
            }
        }
    }
    Ok((labels, costs))
}
