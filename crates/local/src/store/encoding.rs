//! The binary formats of states and rollups: the first byte names the format, `postcard` encodes the
//! rest.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format of states. A change of a type of the state changes its layout and needs a new number here. A state of
/// another format is an error; without its row, the state is derived again from the runs.
pub(super) const STATE_FORMAT: u8 = 15;

/// The format of rollups. A change of their layout needs a new number here and a reader for the old layout, because
/// they cannot be derived again.
pub(super) const ROLLUP_FORMAT: u8 = 3;

/// The reason that bytes cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnError {
    #[error("the value is empty")]
    Empty,
    #[error(
        "unknown format {found}, expected {expected}: install the version of \
         Allclear that wrote it"
    )]
    Format { found: u8, expected: u8 },
    #[error("invalid bytes for format {format}")]
    Content {
        format: u8,
        #[source]
        source: postcard::Error,
    },
    #[error("{0} trailing bytes")]
    Trailing(usize),
}

pub(super) fn encode(format: u8, value: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(value, vec![format])
}

pub(super) fn decode<T: DeserializeOwned>(format: u8, bytes: &[u8]) -> Result<T, ColumnError> {
    let (found, content) = bytes.split_first().ok_or(ColumnError::Empty)?;
    if *found != format {
        return Err(ColumnError::Format { found: *found, expected: format });
    }
    let taken = postcard::take_from_bytes(content);
    let (value, rest) = taken.map_err(|source| ColumnError::Content { format, source })?;
    if rest.is_empty() { Ok(value) } else { Err(ColumnError::Trailing(rest.len())) }
}

#[cfg(test)]
mod tests {
    use allclear_contract::samples::state;
    use allclear_core::state::ShardState;

    use super::*;

    /// Fails when a stored type changes its layout, because states that were written before would
    /// be misread.
    #[test]
    fn a_state_has_the_layout_of_its_format() {
        let bytes = encode(STATE_FORMAT, &state()).unwrap();
        insta::assert_snapshot!("state_format_15", bytes.escape_ascii());
        assert_eq!(decode::<ShardState>(STATE_FORMAT, &bytes).unwrap(), state());
    }
}
