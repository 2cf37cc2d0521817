//! Values during an evaluation. What comes from outside is borrowed and never copied.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::Binding;
use super::budget::EvaluationBudget;
use super::failure::{NoValue, TypeMismatch};
use super::number::Number;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(TextValue<'a>),
    List(ListValue<'a>),
    Map(Map<'a>),
    Type(Type),
}

/// A text, of the document or built by the evaluation.
#[derive(Debug, Clone)]
pub(super) enum TextValue<'a> {
    Borrowed(&'a str),
    Built(Rc<str>),
}

/// A list, of the document or built by the evaluation.
#[derive(Debug, Clone)]
pub(super) enum ListValue<'a> {
    Json(&'a [Json]),
    Texts(&'a [String]),
    Built(Rc<[Value<'a>]>),
}

/// Values by name.
#[derive(Debug, Clone)]
pub(super) enum Map<'a> {
    Json(&'a serde_json::Map<String, Json>),
    Numbers(&'a BTreeMap<String, f64>),
    /// By lower-case name, found in any case.
    Headers(&'a BTreeMap<String, String>),
    Built(Rc<[(Value<'a>, Value<'a>)]>),
}

/// The type of a value, as `type` returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Double,
    Text,
    List,
    Map,
    OfTypes,
}

impl Type {
    /// Returns the type with this name in a condition.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "null_type" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "double" => Self::Double,
            "string" => Self::Text,
            "list" => Self::List,
            "map" => Self::Map,
            "type" => Self::OfTypes,
            _ => return None,
        })
    }

    /// Returns the type as a message names it.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int | Self::Double => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "an object",
            Self::OfTypes => "a type",
        }
    }
}

impl TextValue<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Built(text) => text,
        }
    }
}

impl<'a> ListValue<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Built(values) => values.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Json(values) => values.get(index).map(Value::from),
            Self::Texts(values) => values.get(index).map(|text| Value::borrowed(text)),
            Self::Built(values) => values.get(index).cloned(),
        }
    }
}

impl<'a> Map<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(entries) => entries.len(),
            Self::Numbers(entries) => entries.len(),
            Self::Headers(entries) => entries.len(),
            Self::Built(entries) => entries.len(),
        }
    }

    /// Returns the value at `key`, after spending what the search costs.
    pub(super) fn get(
        &self,
        key: &Value<'a>,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<Option<Value<'a>>, NoValue> {
        if let Self::Built(entries) = self {
            for (known, value) in entries.iter() {
                if known.equals(key, budget)? {
                    return Ok(Some(value.clone()));
                }
            }
            return Ok(None);
        }
        let Value::Text(name) = key else { return Ok(None) };
        self.get_named(name.as_str(), budget)
    }

    /// Returns the value at the name, after spending what the search costs.
    pub(super) fn get_named(
        &self,
        name: &str,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<Option<Value<'a>>, NoValue> {
        budget.spend_bytes(name.len())?;
        Ok(match self {
            Self::Json(entries) => entries.get(name).map(Value::from),
            Self::Numbers(entries) => {
                entries.get(name).map(|number| Value::Number(Number::Double(*number)))
            }
            Self::Headers(entries) => {
                let found = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    budget.build(name.len())?;
                    entries.get(&name.to_ascii_lowercase())
                } else {
                    entries.get(name)
                };
                found.map(|value| Value::borrowed(value))
            }
            Self::Built(entries) => {
                for (known, value) in entries.iter() {
                    budget.spend_bytes(name.len())?;
                    if matches!(known, Value::Text(known) if known.as_str() == name) {
                        return Ok(Some(value.clone()));
                    }
                }
                None
            }
        })
    }

    /// Returns the keys in their order.
    pub(super) fn keys(&self) -> MapKeys<'a> {
        match self {
            Self::Json(entries) => MapKeys::Names(Box::new(entries.keys().map(String::as_str))),
            Self::Numbers(entries) => MapKeys::Names(Box::new(entries.keys().map(String::as_str))),
            Self::Headers(entries) => MapKeys::Names(Box::new(entries.keys().map(String::as_str))),
            Self::Built(entries) => MapKeys::Built(Rc::clone(entries), 0),
        }
    }

    fn equals(&self, other: &Self, budget: &mut EvaluationBudget<'_>) -> Result<bool, NoValue> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for key in self.keys() {
            let (Some(left), Some(right)) = (self.get(&key, budget)?, other.get(&key, budget)?)
            else {
                return Ok(false);
            };
            if !left.equals(&right, budget)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The keys of a map.
pub(super) enum MapKeys<'a> {
    Names(Box<dyn Iterator<Item = &'a str> + 'a>),
    Built(Rc<[(Value<'a>, Value<'a>)]>, usize),
}

impl<'a> Iterator for MapKeys<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::Names(names) => names.next().map(Value::borrowed),
            Self::Built(entries, next) => {
                let (key, _) = entries.get(*next)?;
                *next += 1;
                Some(key.clone())
            }
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn borrowed(text: &'a str) -> Self {
        Self::Text(TextValue::Borrowed(text))
    }

    /// Returns the type of the value.
    pub(super) fn type_of(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Number(Number::Whole(_)) => Type::Int,
            Self::Number(Number::Double(_)) => Type::Double,
            Self::Text(_) => Type::Text,
            Self::List(_) => Type::List,
            Self::Map(_) => Type::Map,
            Self::Type(_) => Type::OfTypes,
        }
    }

    /// Compares two values; values of different kinds are not equal.
    pub(super) fn equals(
        &self,
        other: &Self,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<bool, NoValue> {
        budget.spend(1)?;
        Ok(match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Number(left), Self::Number(right)) => {
                left.compare(*right) == Some(Ordering::Equal)
            }
            (Self::Text(left), Self::Text(right)) => {
                let (left, right) = (left.as_str(), right.as_str());
                if left.len() == right.len() {
                    budget.spend_bytes(left.len())?;
                }
                left == right
            }
            (Self::List(left), Self::List(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for index in 0..left.len() {
                    let (Some(left), Some(right)) = (left.get(index), right.get(index)) else {
                        return Ok(false);
                    };
                    if !left.equals(&right, budget)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Self::Map(left), Self::Map(right)) => left.equals(right, budget)?,
            (Self::Type(left), Self::Type(right)) => left == right,
            _ => false,
        })
    }

    /// Orders two values of one kind; `None` if one of them is not a number (NaN).
    pub(super) fn order(
        &self,
        other: &Self,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<Option<Ordering>, NoValue> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Ok(left.compare(*right)),
            (Self::Bool(left), Self::Bool(right)) => Ok(Some(left.cmp(right))),
            (Self::Text(left), Self::Text(right)) => {
                let (left, right) = (left.as_str(), right.as_str());
                budget.spend_bytes(left.len().min(right.len()))?;
                Ok(Some(left.cmp(right)))
            }
            _ => {
                let (left, right) = (self.type_of().described(), other.type_of().described());
                let what = format!("cannot compare {left} with {right}");
                Err(NoValue::Mismatch(TypeMismatch::TwoKinds, what))
            }
        }
    }
}

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(Number::from_json(number)),
            Json::String(text) => Self::borrowed(text),
            Json::Array(values) => Self::List(ListValue::Json(values)),
            Json::Object(entries) => Self::Map(Map::Json(entries)),
        }
    }
}

impl<'a> From<Binding<'a>> for Value<'a> {
    fn from(binding: Binding<'a>) -> Self {
        match binding {
            Binding::Bool(value) => Self::Bool(value),
            Binding::Number(value) => Self::Number(Number::Double(value)),
            Binding::Text(Cow::Borrowed(text)) => Self::borrowed(text),
            Binding::Text(Cow::Owned(text)) => Self::Text(TextValue::Built(text.into())),
            Binding::Texts(texts) => Self::List(ListValue::Texts(texts)),
            Binding::Numbers(numbers) => Self::Map(Map::Numbers(numbers)),
            Binding::Headers(headers) => Self::Map(Map::Headers(headers)),
            Binding::Json(json) => Self::from(json),
        }
    }
}
