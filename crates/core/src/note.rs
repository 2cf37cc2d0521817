//! Notes: what a checker hands to its own next check.
//!
//! The checks of a monitor may run in processes that know nothing of each other. A checker that has
//! to know what it found last, or what it has spent, notes it; the prober keeps the latest note of
//! each monitor and region. A note is a help, not a fact: whoever reads one that is missing, old or
//! another version's must still come to a true verdict.

use serde::{Deserialize, Serialize};

/// What one checker noted. Only the kind of check that wrote it knows what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Note(serde_json::Value);

impl Note {
    /// The most bytes that a note may have, as JSON.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// The note that holds `content`; `None` where that is no JSON or too large.
    pub fn of(content: &impl Serialize) -> Option<Self> {
        let value = serde_json::to_value(content).ok()?;
        (value.to_string().len() <= Self::MAX_BYTES).then_some(Self(value))
    }

    /// What it holds; `None` where it is another version's.
    #[must_use]
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back_and_one_of_another_shape_does_not() {
        let note = Note::of(&[1, 2]).unwrap();
        assert_eq!(note.read::<Vec<u8>>(), Some(vec![1, 2]));
        assert_eq!(note.read::<String>(), None);
        assert_eq!(Note::of(&"x".repeat(Note::MAX_BYTES)), None);
    }
}
