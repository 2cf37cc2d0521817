//! The binary format of states and rollups: the first byte names the format, `postcard` encodes the
//! rest.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format that is written; no other format exists. Any change of a stored type changes the
/// layout of stored data. Such a change needs a new number here and a reader for the old layout.
const FORMAT: u8 = 6;

/// The reason that bytes cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(super) enum ColumnError {
    #[error("the value is empty")]
    Empty,
    #[error(
        "unknown format {0}, expected {FORMAT}: install the version of \
         Allclear that wrote it"
    )]
    Format(u8),
    #[error("invalid bytes for format {FORMAT}")]
    Content(#[source] postcard::Error),
    #[error("{0} trailing bytes")]
    Trailing(usize),
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(value, vec![FORMAT])
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ColumnError> {
    match bytes.split_first() {
        None => Err(ColumnError::Empty),
        Some((&FORMAT, content)) => {
            let (value, rest) = postcard::take_from_bytes(content).map_err(ColumnError::Content)?;
            if rest.is_empty() { Ok(value) } else { Err(ColumnError::Trailing(rest.len())) }
        }
        Some((format, _)) => Err(ColumnError::Format(*format)),
    }
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
        let bytes = encode(&state()).unwrap();
        insta::assert_snapshot!("state_format_6", bytes.escape_ascii());
        assert_eq!(decode::<ShardState>(&bytes).unwrap(), state());
    }
}
