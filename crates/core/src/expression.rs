//! Conditions: CEL expressions that rules, assertions and degradations are written in.
//!
//! This is the only place that knows the CEL crate. A condition is compiled once, with every error
//! at its place in the text; evaluating it never fails: a value that does not exist yet makes it
//! false, and says so.
//!
//! Two departures from plain CEL, both so that a condition reads as its author means it: numbers
//! are all floating point, so `response_time_ms * 2` needs no `2.0`; and an unknown name is an
//! error when the condition is compiled, not when it is evaluated.

mod compile;
mod measured;
mod vocabulary;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError};
use serde::{Deserialize, Serialize};

pub use vocabulary::{
    CHECK_VARIABLES, DNS_VARIABLES, Kind, LLM_VARIABLES, RULE_VARIABLES, Variable,
};

/// A compiled condition.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    text: Arc<str>,
    compiled: Arc<compile::Compiled>,
}

/// What is wrong with the text of a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong.
    pub message: String,
    /// Which bytes of the text.
    pub range: Range<usize>,
    /// What to write instead.
    pub hint: Option<String>,
}

/// A value that a condition can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Binding {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Texts by name.
    TextMap(BTreeMap<String, String>),
    /// Numbers by name.
    Numbers(BTreeMap<String, f64>),
    /// Whatever a target answered.
    Json(serde_json::Value),
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            // Two decimals are enough for a person.
            Self::Number(value) => write!(f, "{}", (value * 100.0).round() / 100.0),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Texts(values) => write!(f, "{values:?}"),
            Self::TextMap(values) => write!(f, "{values:?}"),
            Self::Numbers(values) => write!(f, "{values:?}"),
            Self::Json(value) => write!(f, "{value}"),
        }
    }
}

/// What a condition came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It does not hold, because a value that it asks for does not exist.
    Missing(String),
    /// It does not hold, because it makes no sense for these values.
    Nonsense(String),
}

impl Truth {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::True)
    }

    /// Whether it is open because of a value that a check may measure at one time and not at the
    /// next, rather than one that does not exist.
    #[must_use]
    pub fn awaits_a_measurement(&self) -> bool {
        match self {
            // What is no variable is the name of a measurement.
            Self::Missing(name) => {
                name == "response_time_ms" || RULE_VARIABLES.iter().all(|one| one.name != name)
            }
            Self::True | Self::False | Self::Nonsense(_) => false,
        }
    }
}

impl Expression {
    /// The longest condition, in bytes.
    pub const MAX_BYTES: usize = 4_000;

    /// Compiles the condition of a rule.
    pub fn for_rule(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text, RULE_VARIABLES)
    }

    /// Compiles an assertion or a degradation condition of a check.
    pub fn for_check(text: &str) -> Result<Self, ExpressionError> {
        Self::compile(text, CHECK_VARIABLES)
    }

    /// Compiles a condition over `variables`.
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

    /// Whether the condition asks for the variable `name`.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        self.compiled.variables.contains(name)
    }

    /// The variables that the condition asks for.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.compiled.variables.iter().map(String::as_str)
    }

    /// The named measurements that the condition asks for: the `queue` of `metrics.queue`.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.compiled.metrics.iter().map(String::as_str)
    }

    /// Those of them without which it cannot hold, as far as its form shows it.
    pub fn needed_metrics(&self) -> impl Iterator<Item = &str> {
        self.compiled.needed_metrics.iter().map(String::as_str)
    }

    /// Evaluates the condition. `value` gives the values it asks for; `None` is one that does not
    /// exist.
    pub fn evaluate(&self, value: impl Fn(&str) -> Option<Binding> + Send + Sync) -> Truth {
        let values = Values(value);
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.set_variable_resolver(&values);
        let resolved = catch_unwind(AssertUnwindSafe(|| context.resolve(&self.compiled.root)));
        let Ok(result) = resolved else {
            return Truth::Nonsense("it cannot be evaluated".to_owned());
        };
        match result {
            Ok(cel::Value::Bool(true)) => Truth::True,
            Ok(cel::Value::Bool(false)) => Truth::False,
            Ok(other) => Truth::Nonsense(format!("it is {}, not true or false", kind_of(&other))),
            Err(ExecutionError::UndeclaredReference(name) | ExecutionError::NoSuchKey(name)) => {
                Truth::Missing(name.to_string())
            }
            Err(ExecutionError::IndexOutOfBounds(index)) => Truth::Missing(format!("[{index:?}]")),
            Err(error) => Truth::Nonsense(error.to_string()),
        }
    }

    /// Catches at compile time what would make no sense for any value, such as a number compared
    /// with a text.
    fn try_on_examples(&self, variables: &[Variable]) -> Result<(), ExpressionError> {
        let example = |name: &str| {
            variables
                .iter()
                .find(|variable| variable.name == name)
                .map(|variable| variable.example())
        };
        match self.evaluate(example) {
            Truth::True | Truth::False | Truth::Missing(_) => Ok(()),
            Truth::Nonsense(what) => Err(ExpressionError {
                message: format!("the condition makes no sense: {what}"),
                range: 0..self.text.len(),
                hint: Some(
                    "a condition compares values of one kind and is true or false".to_owned(),
                ),
            }),
        }
    }
}

/// The functions and operators of CEL; built once, as it is the dearest part of a context.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Values that are looked up when a condition comes to them: most conditions end at their first.
struct Values<F>(F);

impl<F: Fn(&str) -> Option<Binding> + Send + Sync> VariableResolver for Values<F> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value: Box<dyn Val> = cel::Value::from((self.0)(variable)?).try_into().ok()?;
        Some(CowVal::Owned(value))
    }
}

impl From<Binding> for cel::Value {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::Bool(value) => Self::Bool(value),
            Binding::Number(value) => Self::Float(value),
            Binding::Text(value) => Self::String(Arc::new(value)),
            Binding::Texts(values) => Self::List(Arc::new(
                values.into_iter().map(|text| Self::String(Arc::new(text))).collect(),
            )),
            Binding::TextMap(values) => map(values, Binding::Text),
            Binding::Numbers(values) => map(values, Binding::Number),
            Binding::Json(value) => from_json(value),
        }
    }
}

fn map<T>(values: BTreeMap<String, T>, binding: impl Fn(T) -> Binding) -> cel::Value {
    let entries: std::collections::HashMap<String, cel::Value> =
        values.into_iter().map(|(name, value)| (name, binding(value).into())).collect();
    cel::Value::Map(entries.into())
}

fn from_json(value: serde_json::Value) -> cel::Value {
    match value {
        serde_json::Value::Null => cel::Value::Null,
        serde_json::Value::Bool(value) => cel::Value::Bool(value),
        serde_json::Value::Number(value) => cel::Value::Float(value.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(value) => cel::Value::String(Arc::new(value)),
        serde_json::Value::Array(values) => {
            cel::Value::List(Arc::new(values.into_iter().map(from_json).collect()))
        }
        serde_json::Value::Object(values) => {
            let entries: std::collections::HashMap<String, cel::Value> =
                values.into_iter().map(|(name, value)| (name, from_json(value))).collect();
            cel::Value::Map(entries.into())
        }
    }
}

fn kind_of(value: &cel::Value) -> String {
    format!("a {}", value.type_of())
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

/// A stored condition is a rule's: those of checks are stored with the parameters of their kind.
impl TryFrom<String> for Expression {
    type Error = ExpressionError;

    fn try_from(text: String) -> Result<Self, ExpressionError> {
        Self::for_rule(&text)
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.text.as_ref().to_owned()
    }
}
