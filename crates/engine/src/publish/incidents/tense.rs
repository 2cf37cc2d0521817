//! The tense of the sentences about an incident.

/// The tense of the sentences about an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tense {
    /// The tense of an open incident.
    Present,
    /// The tense of a resolved incident.
    Past,
}

impl Tense {
    /// Returns the words for the present or for the past.
    pub(super) fn choose<T>(self, present: T, past: T) -> T {
        match self {
            Self::Present => present,
            Self::Past => past,
        }
    }
}
