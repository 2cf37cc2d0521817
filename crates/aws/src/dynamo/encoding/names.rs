//! The names of the values of outcomes, written once for all outcomes with the same set of names.

use std::collections::BTreeSet;

use allclear_core::outcome::Outcome;

use super::bits::{BitReader, BitWriter};
use super::{DecodeError, Decoded};

/// Writes the names that `names_of` finds in each of `outcomes`. Returns all names, in the order in
/// which their columns must be written.
pub(super) fn write<'a, N: Iterator<Item = &'a String>>(
    writer: &mut BitWriter,
    outcomes: &'a [Outcome],
    names_of: impl Fn(&'a Outcome) -> N,
) -> Vec<&'a str> {
    let names: BTreeSet<&str> = outcomes.iter().flat_map(&names_of).map(String::as_str).collect();
    let names: Vec<&str> = names.into_iter().collect();
    writer.varint(names.len());
    for name in &names {
        writer.text(name);
    }
    let set = |one: &'a Outcome| -> Vec<bool> {
        let has: BTreeSet<&str> = names_of(one).map(String::as_str).collect();
        names.iter().map(|name| has.contains(name)).collect()
    };
    let chosen: Vec<Vec<bool>> = outcomes.iter().map(set).collect();
    let sets: BTreeSet<&Vec<bool>> = chosen.iter().collect();
    let sets: Vec<&Vec<bool>> = sets.into_iter().collect();
    writer.varint(sets.len());
    for is_in in sets.iter().copied().flatten() {
        writer.byte(u8::from(*is_in));
    }
    for set in &chosen {
        writer.varint(sets.binary_search(&set).unwrap_or_default());
    }
    names
}

/// The decoded names.
pub(super) struct NameTable<'a> {
    names: Vec<String>,
    /// For each outcome, one byte per name: 0 if the outcome does not have it.
    chosen: Vec<&'a [u8]>,
}

impl<'a> NameTable<'a> {
    /// Reads the names of the values of `n_outcomes` outcomes.
    pub(super) fn read(reader: &mut BitReader<'a>, n_outcomes: usize) -> Decoded<Self> {
        let n_names = reader.count()?;
        let mut names = Vec::new();
        for _ in 0..n_names {
            names.push(reader.plain.text()?);
        }
        let n_sets = reader.count()?;
        let mut sets = Vec::new();
        for _ in 0..n_sets {
            sets.push(reader.plain.take(n_names as u64)?);
            if n_names == 0 && sets.len() > 1 {
                return Err(DecodeError::content("more than one empty set of names"));
            }
        }
        let mut chosen = Vec::new();
        for _ in 0..n_outcomes {
            let set = sets.get(reader.count()?).copied();
            chosen.push(
                set.ok_or_else(|| DecodeError::content("index of a set of names out of range"))?,
            );
        }
        Ok(Self { names, chosen })
    }

    /// Returns each name, and for each outcome whether it has the name.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, Vec<bool>)> {
        self.names.iter().enumerate().map(|(n, name)| {
            let is_in = |set: &&[u8]| set.get(n).is_some_and(|flag| *flag != 0);
            (name.as_str(), self.chosen.iter().map(is_in).collect())
        })
    }
}
