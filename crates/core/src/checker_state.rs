//! Notes: state that a checker hands to its own next check.
//!
//! The checks of a monitor may run in processes that share no memory. A checker that needs its last findings
//! or its past spending writes them into a note. The prober keeps the latest note of each monitor and region.
//! A note only helps: a checker must reach a true verdict even if the note is missing, old or written by
//! another version.

use serde::{Deserialize, Serialize};

/// The note of one checker. Only the kind of check that wrote it can interpret it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Note(serde_json::Value);

impl Note {
    /// The most bytes that a note may have, as JSON.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Creates the note that holds `content`; `None` if it cannot be written as JSON or is too large.
    pub fn of(content: &impl Serialize) -> Option<Self> {
        let value = serde_json::to_value(content).ok()?;
        (value.to_string().len() <= Self::MAX_BYTES).then_some(Self(value))
    }

    /// Returns the content; `None` if another version wrote it in another shape.
    #[must_use]
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_round_trips_and_another_shape_is_refused() {
        let note = Note::of(&[1, 2]).unwrap();
        assert_eq!(note.read::<Vec<u8>>(), Some(vec![1, 2]));
        assert_eq!(note.read::<String>(), None);
        assert_eq!(Note::of(&"x".repeat(Note::MAX_BYTES)), None);
    }
}
