//! The vocabulary of a condition: the variables that its caller declares.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Binding;

/// A variable that a condition can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: ValueKind,
    /// Its meaning, with its unit.
    pub meaning: &'static str,
}

/// The kind of a variable's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// Values by name, of which nothing is known beforehand.
    Object,
    /// Texts by name, in which upper and lower case are the same.
    Headers,
    /// A value whose kind is not known beforehand, such as the result of a query.
    Any,
}

/// No entries, as an example.
static NO_NUMBERS: BTreeMap<String, f64> = BTreeMap::new();
static NO_HEADERS: BTreeMap<String, String> = BTreeMap::new();

impl Variable {
    /// Declares a variable.
    #[must_use]
    pub const fn new(name: &'static str, kind: ValueKind, meaning: &'static str) -> Self {
        Self { name, kind, meaning }
    }

    /// Returns a value of its kind, to try a condition on; `None` if the kind is not known.
    pub(super) fn example(self) -> Option<Binding<'static>> {
        Some(match self.kind {
            ValueKind::Bool => Binding::Bool(false),
            ValueKind::Number => Binding::Number(1.0),
            ValueKind::Text => Binding::Text(Cow::Borrowed("")),
            ValueKind::Texts => Binding::Texts(&[]),
            ValueKind::Object => Binding::Numbers(&NO_NUMBERS),
            ValueKind::Headers => Binding::Headers(&NO_HEADERS),
            ValueKind::Any => return None,
        })
    }
}
