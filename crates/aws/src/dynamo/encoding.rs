//! The binary format of records. The first byte names the format; the rest is as short as possible,
//! because the cost depends on the number of kilobytes written.
//!
//! This module does not depend on tables or items. Values are not rounded. For any input bytes,
//! decoding returns a value or a [`DecodeError`], with memory use bounded by [`MAX_SECTION_BYTES`].

mod bits;
mod extras;
mod metrics;
mod names;
mod run;
mod sections;
mod sketches;

use allclear_core::rollup::{Rollup, RollupRecord};
use allclear_core::sketch::Sketch;
use allclear_core::state::ShardState;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::run::{RunBody, decode_run, encode_run};
use self::sections::Sections;

/// The format of runs and other values. A change of their layout needs a new number here and a reader for the old layout.
pub const FORMAT: u8 = 2;

/// The format of rollups. A change of their layout needs a new number here and a reader for the old layout.
pub const ROLLUP_FORMAT: u8 = 3;

/// The format of states. A change of a type of the state changes its layout and needs a new number here. A state of
/// another format is an error; without its item, the state is derived again from the runs.
pub const STATE_FORMAT: u8 = 16;

/// The largest size of an unpacked section of a record, in bytes.
pub const MAX_SECTION_BYTES: u64 = 64 << 20;

/// The reason that bytes cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There is no byte, not even the format.
    #[error("the value is empty")]
    Empty,
    /// The bytes were written by another version of this program.
    #[error(
        "unknown format {found}, expected {expected}: deploy a version of \
         Allclear that knows the format {found}"
    )]
    Format {
        /// The format of the bytes.
        found: u8,
        /// The format that this program writes.
        expected: u8,
    },
    /// The bytes do not have the format that they name.
    #[error("invalid bytes for their format: {0}")]
    Content(String),
}

impl DecodeError {
    /// Returns whether another version of this program could decode them.
    #[must_use]
    pub fn is_unknown_format(&self) -> bool {
        matches!(self, Self::Format { .. })
    }

    fn content(what: impl std::fmt::Display) -> Self {
        Self::Content(what.to_string())
    }
}

type Decoded<T> = Result<T, DecodeError>;

/// The reason that a value cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("cannot encode the record: {0}")]
pub struct EncodeError(String);

/// Encodes a state, with the latency sketches of its open hours and days in separate sections.
///
/// # Errors
///
/// Fails if the state cannot be serialized.
pub fn encode_state(state: &ShardState) -> Result<Vec<u8>, EncodeError> {
    let mut rest = state.clone();
    let (mut hours, mut days) = (TakenSketches::default(), TakenSketches::default());
    for known in rest.monitors.values_mut() {
        hours.take(known.open.hours.values_mut());
        days.take(known.open.days.values_mut());
    }
    let mut out = vec![STATE_FORMAT];
    sections::push(&mut out, &postcard_bytes(&rest)?);
    hours.push(&mut out);
    days.push(&mut out);
    Ok(out)
}

/// Decodes a state that [`encode_state`] encoded.
///
/// # Errors
///
/// Fails if the bytes are empty, have another format than [`STATE_FORMAT`], or are invalid for it.
pub fn decode_state(bytes: &[u8]) -> Decoded<ShardState> {
    let mut sections = Sections::open(bytes, STATE_FORMAT)?;
    let mut state: ShardState = postcard_value(&sections.next()?)?;
    let monitors = state.monitors.values_mut();
    TakenSketches::put_back(&mut sections, monitors.flat_map(|one| one.open.hours.values_mut()))?;
    let monitors = state.monitors.values_mut();
    TakenSketches::put_back(&mut sections, monitors.flat_map(|one| one.open.days.values_mut()))?;
    sections.end()?;
    Ok(state)
}

/// Encodes several rollups together.
///
/// # Errors
///
/// Fails if a rollup cannot be serialized.
pub fn encode_rollups(records: &[RollupRecord]) -> Result<Vec<u8>, EncodeError> {
    let mut rest = records.to_vec();
    let mut taken = TakenSketches::default();
    taken.take(rest.iter_mut().map(|record| &mut record.rollup));
    let mut out = vec![ROLLUP_FORMAT];
    sections::push(&mut out, &postcard_bytes(&rest)?);
    taken.push(&mut out);
    Ok(out)
}

/// Decodes rollups that [`encode_rollups`] encoded.
///
/// # Errors
///
/// Fails if the bytes are empty, have another format than [`ROLLUP_FORMAT`], or are invalid for it.
pub fn decode_rollups(bytes: &[u8]) -> Decoded<Vec<RollupRecord>> {
    let mut sections = Sections::open(bytes, ROLLUP_FORMAT)?;
    let mut records: Vec<RollupRecord> = postcard_value(&sections.next()?)?;
    TakenSketches::put_back(&mut sections, records.iter_mut().map(|record| &mut record.rollup))?;
    sections.end()?;
    Ok(records)
}

/// The sketches of rollups, which take less space in columns of their own.
#[derive(Default)]
struct TakenSketches {
    latencies: Vec<Sketch>,
    /// The time to the first token and the tokens per second of each rollup, in turn.
    speeds: Vec<Sketch>,
}

impl TakenSketches {
    /// Takes the sketches out of `rollups`.
    fn take<'a>(&mut self, rollups: impl Iterator<Item = &'a mut Rollup>) {
        for rollup in rollups {
            self.latencies.push(std::mem::take(&mut rollup.latency));
            let speed = std::mem::take(&mut rollup.speed);
            self.speeds.extend([speed.first_token, speed.tokens_per_second]);
        }
    }

    fn push(&self, out: &mut Vec<u8>) {
        sketches::push(out, &self.latencies);
        sketches::push(out, &self.speeds);
    }

    /// Reads the sketches of `rollups` from the next sections.
    fn put_back<'a>(
        sections: &mut Sections<'_>,
        rollups: impl Iterator<Item = &'a mut Rollup>,
    ) -> Decoded<()> {
        let rollups: Vec<&mut Rollup> = rollups.collect();
        let latencies = sketches::read(sections, rollups.len())?;
        let mut speeds = sketches::read(sections, rollups.len() * 2)?.into_iter();
        for (rollup, latency) in rollups.into_iter().zip(latencies) {
            rollup.latency = latency;
            rollup.speed.first_token = speeds.next().unwrap_or_default();
            rollup.speed.tokens_per_second = speeds.next().unwrap_or_default();
        }
        Ok(())
    }
}

/// Encodes a rarely written value as deflated JSON.
///
/// # Errors
///
/// Fails if the value cannot be serialized to JSON.
pub fn encode_value(value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    let json = serde_json::to_vec(value).map_err(|error| EncodeError(error.to_string()))?;
    let mut out = vec![FORMAT];
    sections::push(&mut out, &json);
    Ok(out)
}

/// Decodes a value that [`encode_value`] encoded.
///
/// # Errors
///
/// Fails if the bytes are empty, have another format than [`FORMAT`], are invalid for it, or hold
/// JSON that is not a `T`.
pub fn decode_value<T: DeserializeOwned>(bytes: &[u8]) -> Decoded<T> {
    let mut sections = Sections::open(bytes, FORMAT)?;
    let json = sections.next()?;
    sections.end()?;
    serde_json::from_slice(&json).map_err(DecodeError::content)
}

fn postcard_bytes(value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    postcard::to_extend(value, Vec::new()).map_err(|error| EncodeError(error.to_string()))
}

fn postcard_value<T: DeserializeOwned>(bytes: &[u8]) -> Decoded<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(DecodeError::content)?;
    if rest.is_empty() { Ok(value) } else { Err(DecodeError::content("trailing bytes")) }
}
