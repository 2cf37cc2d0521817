//! Reasons for which a part of a condition has no value.

use std::borrow::Cow;

use super::Truth;

/// The longest name that a message quotes, in characters: a target may choose it.
const MAX_QUOTED: usize = 100;

/// A reason for which a part of a condition has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoValue {
    /// A value does not exist.
    Missing(Cow<'static, str>),
    /// An operation has no result for its values.
    Mismatch(TypeMismatch, String),
    /// The budget is used up.
    OverBudget,
    /// The evaluation was stopped from outside.
    Stopped,
}

/// The reason for which an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeMismatch {
    /// True or false is needed, and the value is neither.
    NotBoolean,
    /// The values of an operator are of two kinds.
    TwoKinds,
    /// The operation does not apply to values of this kind.
    WrongKind,
    /// The operation applies to values of these kinds, and has no result for these very values: a
    /// division by zero, a result out of range.
    NoResult,
}

impl TypeMismatch {
    /// Returns the advice for a condition that makes no sense for this reason, if there is any.
    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::NotBoolean => Some("compare the value, for example with `==` or `<`"),
            Self::TwoKinds => {
                Some("use values of one kind; `string`, `int` and `double` convert a value")
            }
            Self::WrongKind | Self::NoResult => None,
        }
    }
}

impl NoValue {
    /// Returns the failure of an operation that has no result for these very values.
    pub(super) fn no_result(what: &str) -> Self {
        Self::Mismatch(TypeMismatch::NoResult, what.to_owned())
    }

    /// Returns the failure of asking for `name`, which does not exist.
    pub(super) fn missing(name: &str) -> Self {
        Self::Missing(Cow::Owned(name.chars().take(MAX_QUOTED).collect()))
    }

    /// Returns the failure of asking for a variable without a value, which is usual for some.
    pub(super) fn missing_variable(name: &'static str) -> Self {
        Self::Missing(Cow::Borrowed(name))
    }

    /// Checks whether the failure ends the whole evaluation. `&&`, `||`, `all` and `exists` absorb
    /// every other one where their remaining parts decide.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::OverBudget | Self::Stopped => true,
            Self::Missing(_) | Self::Mismatch(..) => false,
        }
    }
}

impl From<NoValue> for Truth {
    fn from(failure: NoValue) -> Self {
        match failure {
            NoValue::Missing(name) => Self::Missing(name.into_owned()),
            NoValue::Mismatch(_, what) => Self::TypeMismatch(what),
            NoValue::OverBudget => Self::OverBudget,
            NoValue::Stopped => Self::Stopped,
        }
    }
}
