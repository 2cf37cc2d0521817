//! Records as bytes: the first names the format, the others are as short as the record allows,
//! because a kilobyte written is what costs.
//!
//! Nothing here knows of tables or items. Nothing is rounded. Whatever bytes are read, the answer is
//! a value or a [`DecodeError`], in memory bounded by [`MAX_SECTION_BYTES`].

mod bits;
mod extras;
mod metrics;
mod names;
mod run;
mod sections;
mod sketches;

use allclear_core::rollup::RollupRecord;
use allclear_core::state::ShardState;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::run::{RunBody, decode_run, encode_run};
use self::sections::Sections;

/// The format that is written, and the only one there is. What is stored has another layout as soon
/// as a stored type changes, so that change takes a new number here and a reader of the old layout.
pub const FORMAT: u8 = 2;

/// The most bytes that a part of a record may have when it is unpacked.
pub const MAX_SECTION_BYTES: u64 = 64 << 20;

/// Why bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There is not even a format.
    #[error("there are no bytes")]
    Empty,
    /// Another version of this program wrote them.
    #[error(
        "it has the format {0}, and this program knows only {FORMAT}: deploy a version of \
         Allclear that knows the format {0}"
    )]
    Format(u8),
    /// They are not what the format says.
    #[error("the bytes do not fit the format {FORMAT}: {0}")]
    Content(String),
}

impl DecodeError {
    /// Whether another version of this program could read them.
    #[must_use]
    pub fn is_unknown_format(&self) -> bool {
        matches!(self, Self::Format(_))
    }

    fn content(what: impl std::fmt::Display) -> Self {
        Self::Content(what.to_string())
    }
}

type Decoded<T> = Result<T, DecodeError>;

/// Why a value has no bytes.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be written as bytes: {0}")]
pub struct EncodeError(String);

/// A state, with the latency sketches of its open hours and days apart from the rest.
pub fn encode_state(state: &ShardState) -> Result<Vec<u8>, EncodeError> {
    let mut rest = state.clone();
    let mut hours = Vec::new();
    let mut days = Vec::new();
    for known in rest.monitors.values_mut() {
        hours.extend(known.open.hours.values_mut().map(|open| std::mem::take(&mut open.latency)));
        days.extend(known.open.days.values_mut().map(|open| std::mem::take(&mut open.latency)));
    }
    let mut out = vec![FORMAT];
    sections::push(&mut out, &postcard_bytes(&rest)?);
    sketches::push(&mut out, &hours);
    sketches::push(&mut out, &days);
    Ok(out)
}

/// The state that [`encode_state`] has written.
pub fn decode_state(bytes: &[u8]) -> Decoded<ShardState> {
    let mut sections = Sections::open(bytes)?;
    let mut state: ShardState = postcard_value(&sections.next()?)?;
    let n_hours = state.monitors.values().map(|known| known.open.hours.len()).sum();
    let n_days = state.monitors.values().map(|known| known.open.days.len()).sum();
    let mut hours = sketches::read(&mut sections, n_hours)?.into_iter();
    let mut days = sketches::read(&mut sections, n_days)?.into_iter();
    sections.end()?;
    for known in state.monitors.values_mut() {
        for open in known.open.hours.values_mut() {
            open.latency = hours.next().unwrap_or_default();
        }
        for open in known.open.days.values_mut() {
            open.latency = days.next().unwrap_or_default();
        }
    }
    Ok(state)
}

/// Rollups, packed together.
pub fn encode_rollups(records: &[RollupRecord]) -> Result<Vec<u8>, EncodeError> {
    let mut rest = records.to_vec();
    let taken: Vec<_> =
        rest.iter_mut().map(|record| std::mem::take(&mut record.rollup.latency)).collect();
    let mut out = vec![FORMAT];
    sections::push(&mut out, &postcard_bytes(&rest)?);
    sketches::push(&mut out, &taken);
    Ok(out)
}

/// The rollups that [`encode_rollups`] has written.
pub fn decode_rollups(bytes: &[u8]) -> Decoded<Vec<RollupRecord>> {
    let mut sections = Sections::open(bytes)?;
    let mut records: Vec<RollupRecord> = postcard_value(&sections.next()?)?;
    let taken = sketches::read(&mut sections, records.len())?;
    sections.end()?;
    for (record, latency) in records.iter_mut().zip(taken) {
        record.rollup.latency = latency;
    }
    Ok(records)
}

/// Anything that is rarely written, as deflated JSON.
pub fn encode_value(value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    let json = serde_json::to_vec(value).map_err(|error| EncodeError(error.to_string()))?;
    let mut out = vec![FORMAT];
    sections::push(&mut out, &json);
    Ok(out)
}

/// What [`encode_value`] has written.
pub fn decode_value<T: DeserializeOwned>(bytes: &[u8]) -> Decoded<T> {
    let mut sections = Sections::open(bytes)?;
    let json = sections.next()?;
    sections.end()?;
    serde_json::from_slice(&json).map_err(DecodeError::content)
}

fn postcard_bytes(value: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    postcard::to_extend(value, Vec::new()).map_err(|error| EncodeError(error.to_string()))
}

fn postcard_value<T: DeserializeOwned>(bytes: &[u8]) -> Decoded<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(DecodeError::content)?;
    if rest.is_empty() { Ok(value) } else { Err(DecodeError::content("bytes are left over")) }
}
