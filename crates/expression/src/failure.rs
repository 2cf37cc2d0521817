//! Reasons for which a part of a condition has no value.

use super::Truth;

/// The longest name that a message quotes, in characters: a target may choose it.
const MAX_QUOTED: usize = 100;

/// A reason for which a part of a condition has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A value does not exist.
    Missing(String),
    /// An operation does not apply to its values.
    Nonsense(String),
    /// The budget is used up.
    OverBudget,
    /// The evaluation was stopped from outside.
    Stopped,
}

impl Failure {
    /// Returns the failure of asking for `name`, which does not exist.
    pub(super) fn missing(name: &str) -> Self {
        Self::Missing(name.chars().take(MAX_QUOTED).collect())
    }

    /// Checks whether the failure ends the whole evaluation. `&&`, `||`, `all` and `exists` absorb
    /// every other one where their remaining parts decide.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::OverBudget | Self::Stopped => true,
            Self::Missing(_) | Self::Nonsense(_) => false,
        }
    }
}

impl From<Failure> for Truth {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Missing(name) => Self::Missing(name),
            Failure::Nonsense(what) => Self::Nonsense(what),
            Failure::OverBudget => Self::OverBudget,
            Failure::Stopped => Self::Stopped,
        }
    }
}
