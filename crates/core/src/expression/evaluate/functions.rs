//! The functions of conditions.

use std::cmp::Ordering;

use super::{Evaluation, Failure, Outcome, count, type_value, unsuitable};
use crate::expression::Binding;
use crate::expression::number::Number;
use crate::expression::syntax::{Function, Node};
use crate::expression::value::{Text, Value};

impl<'a, F: Fn(&str) -> Option<Binding<'a>>> Evaluation<'a, '_, '_, F> {
    /// Calls a function. How many arguments it has was checked when it was compiled.
    pub(super) fn call(&mut self, function: Function, arguments: &'a [Node]) -> Outcome<'a> {
        match function {
            Function::Min => return self.extreme(arguments, Ordering::Less),
            Function::Max => return self.extreme(arguments, Ordering::Greater),
            Function::Bool
            | Function::Contains
            | Function::Double
            | Function::Dyn
            | Function::EndsWith
            | Function::Int
            | Function::Matches
            | Function::Size
            | Function::StartsWith
            | Function::String
            | Function::Type => {}
        }
        let first = match arguments.first() {
            Some(node) => self.value(node)?,
            None => Value::Null,
        };
        match function {
            Function::Contains => {
                let second = self.second(arguments)?;
                if let Value::Text(_) = first {
                    self.text_test("`contains`", &first, &second, |text, part| text.contains(part))
                } else {
                    self.contains(&first, &second).map(Value::Bool)
                }
            }
            Function::StartsWith => {
                let second = self.second(arguments)?;
                self.text_test("`startsWith`", &first, &second, |text, part| text.starts_with(part))
            }
            Function::EndsWith => {
                let second = self.second(arguments)?;
                self.text_test("`endsWith`", &first, &second, |text, part| text.ends_with(part))
            }
            Function::Size => self.size(&first),
            Function::Bool => self.to_boolean(&first),
            Function::Int => self.to_int(&first),
            Function::Double => self.to_double(&first),
            Function::String => self.to_text(first),
            Function::Type => Ok(type_value(&first)),
            Function::Dyn => Ok(first),
            Function::Matches | Function::Max | Function::Min => Err(unsuitable("a call", &first)),
        }
    }

    fn second(&mut self, arguments: &'a [Node]) -> Outcome<'a> {
        match arguments.get(1) {
            Some(node) => self.value(node),
            None => Ok(Value::Null),
        }
    }

    fn text_test(
        &mut self,
        name: &str,
        text: &Value<'a>,
        part: &Value<'a>,
        test: fn(&str, &str) -> bool,
    ) -> Outcome<'a> {
        let Value::Text(text) = text else { return Err(unsuitable(name, text)) };
        let Value::Text(part) = part else { return Err(unsuitable(name, part)) };
        let (text, part) = (text.as_str(), part.as_str());
        self.budget.spend_bytes(text.len().saturating_add(part.len()))?;
        Ok(Value::Bool(test(text, part)))
    }

    fn size(&mut self, value: &Value<'a>) -> Outcome<'a> {
        match value {
            Value::Text(text) => {
                self.budget.spend_bytes(text.as_str().len())?;
                Ok(count(text.as_str().chars().count()))
            }
            Value::List(list) => Ok(count(list.len())),
            Value::Map(map) => Ok(count(map.len())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Type(_) => {
                Err(unsuitable("`size`", value))
            }
        }
    }

    fn to_boolean(&mut self, value: &Value<'a>) -> Outcome<'a> {
        match value {
            Value::Bool(value) => Ok(Value::Bool(*value)),
            Value::Text(text) => match text.as_str() {
                "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
                "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
                _ => Err(Failure::Nonsense("the text is neither true nor false".to_owned())),
            },
            other => Err(unsuitable("`bool`", other)),
        }
    }

    fn to_int(&mut self, value: &Value<'a>) -> Outcome<'a> {
        let number = match value {
            Value::Number(Number::Double(double)) => Number::Double(double.trunc()).as_whole(),
            Value::Number(number) => number.as_whole(),
            Value::Text(text) => {
                self.budget.spend_bytes(text.as_str().len())?;
                text.as_str().parse::<i128>().ok()
            }
            other => return Err(unsuitable("`int`", other)),
        };
        let number = number.and_then(Number::whole).map(Value::Number);
        number.ok_or_else(|| Failure::Nonsense("it is not a whole number in range".to_owned()))
    }

    fn to_double(&mut self, value: &Value<'a>) -> Outcome<'a> {
        match value {
            Value::Number(number) => Ok(Value::Number(Number::Double(number.to_double()))),
            Value::Text(text) => {
                self.budget.spend_bytes(text.as_str().len())?;
                let number = text.as_str().parse::<f64>().ok();
                let number = number.map(|number| Value::Number(Number::Double(number)));
                number.ok_or_else(|| Failure::Nonsense("the text is not a number".to_owned()))
            }
            other => Err(unsuitable("`double`", other)),
        }
    }

    fn to_text(&mut self, value: Value<'a>) -> Outcome<'a> {
        let text = match &value {
            Value::Text(_) => return Ok(value),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            other => return Err(unsuitable("`string`", other)),
        };
        self.budget.build(text.len())?;
        Ok(Value::Text(Text::Built(text.into())))
    }

    /// The smallest or largest of several values, or of the elements of one list.
    fn extreme(&mut self, arguments: &'a [Node], wanted: Ordering) -> Outcome<'a> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument)?);
        }
        if let [Value::List(list)] = values.as_slice() {
            let list = list.clone();
            let elements = (0..list.len()).filter_map(|index| list.get(index));
            return self.extreme_of(elements, wanted);
        }
        self.extreme_of(values.into_iter(), wanted)
    }

    fn extreme_of(
        &mut self,
        values: impl Iterator<Item = Value<'a>>,
        wanted: Ordering,
    ) -> Outcome<'a> {
        let mut best: Option<Value<'a>> = None;
        for value in values {
            self.budget.spend(1)?;
            let is_better = match &best {
                Some(best) => value.order(best, self.budget)? == Some(wanted),
                None => true,
            };
            if is_better {
                best = Some(value);
            }
        }
        Ok(best.unwrap_or(Value::Null))
    }
}
