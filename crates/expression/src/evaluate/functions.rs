//! The functions of conditions.

use std::cmp::Ordering;

use super::{Evaluation, EvaluationResult, NoValue, count, type_value, unsuitable};
use crate::Binding;
use crate::number::Number;
use crate::syntax::{Function, Node};
use crate::value::{TextValue, Value};

impl<'a, F: Fn(&str) -> Option<Binding<'a>>> Evaluation<'a, '_, '_, F> {
    /// Calls a function. How many arguments it has was checked when it was compiled.
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &'a [Node],
    ) -> EvaluationResult<'a> {
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
            Function::Bool => parsed_boolean(&first),
            Function::Int => self.parsed_int(&first),
            Function::Double => self.parsed_double(&first),
            Function::String => self.written(first),
            Function::Type => Ok(type_value(&first)),
            Function::Dyn => Ok(first),
            Function::Matches | Function::Max | Function::Min => Err(unsuitable("a call", &first)),
        }
    }

    fn second(&mut self, arguments: &'a [Node]) -> EvaluationResult<'a> {
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
        holds: fn(&str, &str) -> bool,
    ) -> EvaluationResult<'a> {
        let Value::Text(text) = text else { return Err(unsuitable(name, text)) };
        let Value::Text(part) = part else { return Err(unsuitable(name, part)) };
        let (text, part) = (text.as_str(), part.as_str());
        self.budget.spend_bytes(text.len().saturating_add(part.len()))?;
        Ok(Value::Bool(holds(text, part)))
    }

    fn size(&mut self, value: &Value<'a>) -> EvaluationResult<'a> {
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

    fn parsed_int(&mut self, value: &Value<'a>) -> EvaluationResult<'a> {
        let number = if let Value::Text(text) = value {
            self.budget.spend_bytes(text.as_str().len())?;
            text.as_str().parse::<i128>().ok()
        } else if let Value::Number(number) = value {
            match number {
                Number::Whole(whole) => Some(*whole),
                Number::Double(double) => Number::Double(double.trunc()).as_whole(),
            }
        } else {
            return Err(unsuitable("`int`", value));
        };
        let number = number.and_then(Number::whole).map(Value::Number);
        number.ok_or_else(|| NoValue::no_result("the value is not a whole number in range"))
    }

    fn parsed_double(&mut self, value: &Value<'a>) -> EvaluationResult<'a> {
        let number = if let Value::Text(text) = value {
            self.budget.spend_bytes(text.as_str().len())?;
            text.as_str().parse::<f64>().ok()
        } else if let Value::Number(number) = value {
            Some(number.to_double())
        } else {
            return Err(unsuitable("`double`", value));
        };
        let number = number.map(|number| Value::Number(Number::Double(number)));
        number.ok_or_else(|| NoValue::no_result("the text is not a number"))
    }

    fn written(&mut self, value: Value<'a>) -> EvaluationResult<'a> {
        let text = if let Value::Bool(value) = value {
            value.to_string()
        } else if let Value::Number(number) = value {
            number.to_string()
        } else if let Value::Text(_) = value {
            return Ok(value);
        } else {
            return Err(unsuitable("`string`", &value));
        };
        self.budget.build(text.len())?;
        Ok(Value::Text(TextValue::Built(text.into())))
    }

    /// Returns the smallest or largest of several values, or of the elements of one list.
    fn extreme(&mut self, arguments: &'a [Node], wanted: Ordering) -> EvaluationResult<'a> {
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
    ) -> EvaluationResult<'a> {
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

fn parsed_boolean<'a>(value: &Value<'a>) -> EvaluationResult<'a> {
    if let Value::Bool(value) = value {
        return Ok(Value::Bool(*value));
    }
    let Value::Text(text) = value else { return Err(unsuitable("`bool`", value)) };
    match text.as_str() {
        "true" | "True" | "TRUE" | "t" | "1" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" | "f" | "0" => Ok(Value::Bool(false)),
        _ => Err(NoValue::no_result("the text is neither true nor false")),
    }
}
