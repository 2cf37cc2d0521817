#![doc = include_str!("../README.md")]

mod budget;
mod comparison;
mod compile;
mod compiled;
mod evaluate;
mod failure;
mod lexer;
mod literal;
mod measured;
mod number;
mod parser;
mod pattern;
#[cfg(test)]
mod sample;
mod syntax;
mod value;
mod vocabulary;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use budget::EvaluationBudget;
pub use vocabulary::{ValueKind, Variable};

use evaluate::Evaluation;
use failure::{NoValue, TypeMismatch};
use value::Value;

/// The deepest nesting of a condition, in levels of the text and of its tree.
pub const MAX_DEPTH: usize = 50;

/// The most values and operators of a condition.
pub const MAX_NODES: usize = 1_000;

/// A compiled condition.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    compiled: Arc<compiled::Compiled>,
}

/// A mistake in the text of a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// The mistake, as a sentence without its end.
    pub message: String,
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// A better way to write it.
    pub hint: Option<String>,
}

/// A value that a condition can ask for. Its parts are borrowed for as long as the evaluation takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Binding<'a> {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list of texts.
    Texts(&'a [String]),
    /// Numbers by name.
    Numbers(&'a BTreeMap<String, f64>),
    /// The headers of an answer by lower-case name, which a condition may write in any case.
    Headers(&'a BTreeMap<String, String>),
    /// The document that a target answered.
    Json(&'a serde_json::Value),
}

impl fmt::Display for Binding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            // Two decimals are enough for a person.
            Self::Number(value) => write!(f, "{}", (value * 100.0).round() / 100.0),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Texts(values) => write!(f, "{values:?}"),
            Self::Numbers(values) => write!(f, "{values:?}"),
            Self::Headers(values) => write!(f, "{values:?}"),
            Self::Json(value) => write!(f, "{value}"),
        }
    }
}

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It does not hold, because a value that it asks for does not exist.
    Missing(String),
    /// It does not hold, because it makes no sense for these values.
    TypeMismatch(String),
    /// It is open, because it costs more than its budget for these values.
    OverBudget,
    /// It is open, because the evaluation was stopped from outside.
    Stopped,
}

impl Truth {
    /// Checks whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::True)
    }
}

impl Expression {
    /// The longest condition, in bytes.
    pub const MAX_BYTES: usize = 4_000;

    /// Compiles a condition over `variables`, the vocabulary of its place in a config.
    ///
    /// # Errors
    ///
    /// Fails if the text is empty, too long or not a condition over `variables`, if a part of it is
    /// invalid for any values, or if it costs too much.
    pub fn compile(text: &str, variables: &[Variable]) -> Result<Self, ExpressionError> {
        let compiled = Arc::new(compile::compile(text, variables)?);
        let expression = Self { text: Arc::from(text), compiled };
        expression.try_on_examples(variables)?;
        Ok(expression)
    }

    /// The condition as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks whether the condition asks for the variable `name`.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        self.compiled.variables.contains(&name)
    }

    /// Returns the variables that the condition asks for, sorted by name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let mut names = self.compiled.variables.clone();
        names.sort_unstable();
        names.into_iter()
    }

    /// Returns the named measurements that the condition asks for: the `queue` of `metrics.queue`.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.compiled.metrics.iter().map(String::as_str)
    }

    /// Returns those of them without which it cannot hold, as far as its form shows it.
    pub fn needed_metrics(&self) -> impl Iterator<Item = &str> {
        self.compiled.needed_metrics.iter().map(String::as_str)
    }

    /// Evaluates the condition over the monitor's own values. `value` gives the values it asks for, the same each time;
    /// `None` is one that does not exist.
    ///
    /// A comparison of numbers, the most frequent condition, has a short way with the same result.
    pub fn evaluate<'v>(&'v self, value: impl Fn(&str) -> Option<Binding<'v>>) -> Truth {
        match comparison::holds(&self.compiled, &value) {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => self.evaluate_within(&mut EvaluationBudget::for_own_values(), value),
        }
    }

    /// Evaluates the condition within a budget, as [`evaluate`](Self::evaluate) does: for values
    /// that a target chose. `value` is asked for each value once.
    pub fn evaluate_within<'v>(
        &'v self,
        budget: &mut EvaluationBudget<'_>,
        value: impl Fn(&str) -> Option<Binding<'v>>,
    ) -> Truth {
        match self.result_within(budget, value) {
            Ok(true) => Truth::True,
            Ok(false) => Truth::False,
            Err(failure) => failure.into(),
        }
    }

    /// Evaluates the condition; the error explains why it is neither true nor false.
    fn result_within<'v>(
        &'v self,
        budget: &mut EvaluationBudget<'_>,
        value: impl Fn(&str) -> Option<Binding<'v>>,
    ) -> Result<bool, NoValue> {
        let mut evaluation = Evaluation::new(&self.compiled, value, budget);
        let value = evaluation.value(&self.compiled.root)?;
        let Value::Bool(value) = value else {
            let what = format!("it is {}, not true or false", value.type_of().described());
            return Err(NoValue::Mismatch(TypeMismatch::NotBoolean, what));
        };
        Ok(value)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
