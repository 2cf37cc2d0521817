//! Evaluation of a compiled condition: values by reference, each step paid for.

mod functions;
mod macros;

use std::rc::Rc;

use smallvec::SmallVec;

use super::Binding;
use super::budget::EvaluationBudget;
use super::compiled::Compiled;
use super::failure::{NoValue, TypeMismatch};
use super::number::{Arithmetic, Number};
use super::pattern::Scratch;
use super::syntax::{ComparisonOperator, Literal, Node, NodeKind};
use super::value::{ListValue, Map, TextValue, Type, Value};

/// A value, or the reason for which there is none.
type EvaluationResult<'a> = Result<Value<'a>, NoValue>;

/// A variable of the condition.
enum VariableSlot<'a> {
    /// It was not looked up.
    Unknown,
    Missing,
    Found(Value<'a>),
}

/// One evaluation under way.
pub(super) struct Evaluation<'a, 'b, 's, F> {
    compiled: &'a Compiled,
    lookup: F,
    variables: SmallVec<[VariableSlot<'a>; 4]>,
    /// The values of the names that enclosing macros bind.
    locals: Vec<Value<'a>>,
    /// The memory of each pattern that was searched for.
    scratches: Vec<Option<Scratch>>,
    budget: &'b mut EvaluationBudget<'s>,
}

/// The value that decides a conjunction or a disjunction, whatever the other terms are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decisive {
    /// One false term makes a conjunction false.
    False,
    /// One true term makes a disjunction true.
    True,
}

impl Decisive {
    fn value(self) -> bool {
        match self {
            Self::False => false,
            Self::True => true,
        }
    }
}

impl<'a, 'b, 's, F: Fn(&str) -> Option<Binding<'a>>> Evaluation<'a, 'b, 's, F> {
    pub(super) fn new(
        compiled: &'a Compiled,
        lookup: F,
        budget: &'b mut EvaluationBudget<'s>,
    ) -> Self {
        Self {
            compiled,
            lookup,
            variables: compiled.variables.iter().map(|_| VariableSlot::Unknown).collect(),
            locals: Vec::new(),
            scratches: compiled.patterns.iter().map(|_| None).collect(),
            budget,
        }
    }

    /// Evaluates a node.
    pub(super) fn value(&mut self, node: &'a Node) -> EvaluationResult<'a> {
        self.budget.spend(1)?;
        match &node.form {
            NodeKind::Literal(literal) => Ok(literal_value(literal)),
            NodeKind::Variable(index) => self.variable(*index),
            NodeKind::Local(index) => {
                self.locals.get(*index).cloned().ok_or_else(|| NoValue::missing("a bound name"))
            }
            NodeKind::Select(operand, field) => self.select(operand, field),
            NodeKind::Index(operand, key) => self.index(operand, key),
            NodeKind::Has(operand, key) => self.has(operand, key),
            NodeKind::List(elements) => self.list(elements),
            NodeKind::Map(entries) => self.map(entries),
            NodeKind::Not(operand) => Ok(Value::Bool(!self.boolean(operand)?)),
            NodeKind::Negate(operand) => {
                let operand = self.value(operand)?;
                let Value::Number(number) = operand else {
                    return Err(unsuitable("`-`", &operand));
                };
                number.negated().map(Value::Number)
            }
            NodeKind::And(terms) => self.all_of(terms),
            NodeKind::Or(terms) => self.any_of(terms),
            NodeKind::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.compare(*comparison, &left, &right).map(Value::Bool)
            }
            NodeKind::Calculate(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.calculate(*operator, &left, &right)
            }
            NodeKind::Conditional(parts) => {
                let [condition, yes, no] = parts.as_ref();
                if self.boolean(condition)? { self.value(yes) } else { self.value(no) }
            }
            NodeKind::Call(function, arguments) => self.call(*function, arguments),
            NodeKind::Matches(text, pattern) => self.matches(text, *pattern),
            NodeKind::Macro(call) => self.macro_call(call),
        }
    }

    fn variable(&mut self, index: usize) -> EvaluationResult<'a> {
        let name = self.compiled.variables.get(index).copied().unwrap_or_default();
        let missing = || NoValue::missing_variable(name);
        let slot = self.variables.get_mut(index).ok_or_else(missing)?;
        if matches!(slot, VariableSlot::Unknown) {
            *slot = (self.lookup)(name)
                .map_or(VariableSlot::Missing, |found| VariableSlot::Found(found.into()));
        }
        match slot {
            VariableSlot::Found(value) => Ok(value.clone()),
            VariableSlot::Unknown | VariableSlot::Missing => Err(missing()),
        }
    }

    /// Evaluates a node whose value must be true or false.
    fn boolean(&mut self, node: &'a Node) -> Result<bool, NoValue> {
        let value = self.value(node)?;
        let Value::Bool(value) = value else {
            let what = format!("{} is neither true nor false", value.type_of().described());
            return Err(NoValue::Mismatch(TypeMismatch::NotBoolean, what));
        };
        Ok(value)
    }

    /// `&&`: false if one term is, whatever fails beside it.
    fn all_of(&mut self, terms: &'a [Node]) -> EvaluationResult<'a> {
        self.until(terms, Decisive::False)
    }

    /// `||`: true if one term is, whatever fails beside it.
    fn any_of(&mut self, terms: &'a [Node]) -> EvaluationResult<'a> {
        self.until(terms, Decisive::True)
    }

    fn until(&mut self, terms: &'a [Node], decisive: Decisive) -> EvaluationResult<'a> {
        let mut failure = None;
        for term in terms {
            match self.boolean(term) {
                Ok(value) if value == decisive.value() => return Ok(Value::Bool(value)),
                Ok(_) => {}
                Err(failed) if failed.is_final() => return Err(failed),
                Err(failed) => failure = failure.or(Some(failed)),
            }
        }
        failure.map_or(Ok(Value::Bool(!decisive.value())), Err)
    }

    fn select(&mut self, operand: &'a Node, field: &'a str) -> EvaluationResult<'a> {
        let operand = self.value(operand)?;
        let Value::Map(map) = operand else {
            let what = format!("{} has no field `{field}`", operand.type_of().described());
            return Err(NoValue::Mismatch(TypeMismatch::WrongKind, what));
        };
        let found = map.get_named(field, self.budget)?;
        found.ok_or_else(|| NoValue::missing(field))
    }

    fn index(&mut self, operand: &'a Node, key: &'a Node) -> EvaluationResult<'a> {
        let (operand, key) = (self.value(operand)?, self.value(key)?);
        match (&operand, &key) {
            (Value::Map(map), _) => map.get(&key, self.budget)?.ok_or_else(|| missing_key(&key)),
            (Value::List(list), Value::Number(number)) => {
                let index = number.as_whole().and_then(|index| usize::try_from(index).ok());
                let found = index.and_then(|index| list.get(index));
                found.ok_or_else(|| missing_key(&key))
            }
            _ => Err(unsuitable(&format!("`[{}]`", key.type_of().described()), &operand)),
        }
    }

    fn has(&mut self, operand: &'a Node, key: &'a Node) -> EvaluationResult<'a> {
        let operand = self.value(operand)?;
        let Value::Map(map) = operand else { return Err(unsuitable("`has`", &operand)) };
        let key = self.value(key)?;
        Ok(Value::Bool(map.get(&key, self.budget)?.is_some()))
    }

    fn list(&mut self, elements: &'a [Node]) -> EvaluationResult<'a> {
        self.budget.build(size_of_val(elements))?;
        let elements: Result<Rc<[_]>, _> =
            elements.iter().map(|element| self.value(element)).collect();
        Ok(Value::List(ListValue::Built(elements?)))
    }

    fn map(&mut self, entries: &'a [(Node, Node)]) -> EvaluationResult<'a> {
        self.budget.build(size_of_val(entries))?;
        let mut built: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.value(key)?;
            for (known, _) in &built {
                if known.equals(&key, self.budget)? {
                    return Err(NoValue::no_result("an object has one key twice"));
                }
            }
            built.push((key, self.value(value)?));
        }
        Ok(Value::Map(Map::Built(built.into())))
    }

    fn compare(
        &mut self,
        comparison: ComparisonOperator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<bool, NoValue> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let mut ordered = |wanted: &[std::cmp::Ordering]| {
            let order = left.order(right, self.budget)?;
            Ok(order.is_some_and(|order| wanted.contains(&order)))
        };
        match comparison {
            ComparisonOperator::Equal => left.equals(right, self.budget),
            ComparisonOperator::NotEqual => left.equals(right, self.budget).map(|equal| !equal),
            ComparisonOperator::Less => ordered(&[Less]),
            ComparisonOperator::LessOrEqual => ordered(&[Less, Equal]),
            ComparisonOperator::Greater => ordered(&[Greater]),
            ComparisonOperator::GreaterOrEqual => ordered(&[Greater, Equal]),
            ComparisonOperator::In => self.contains(right, left),
        }
    }

    /// Checks whether `container`, a list or an object, holds `value` or has it as a key.
    fn contains(&mut self, container: &Value<'a>, value: &Value<'a>) -> Result<bool, NoValue> {
        if let Value::Map(map) = container {
            return Ok(map.get(value, self.budget)?.is_some());
        }
        let Value::List(list) = container else { return Err(unsuitable("`in`", container)) };
        for index in 0..list.len() {
            if let Some(element) = list.get(index)
                && element.equals(value, self.budget)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn calculate(
        &mut self,
        operator: Arithmetic,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> EvaluationResult<'a> {
        match (left, operator, right) {
            (Value::Number(left), _, Value::Number(right)) => {
                left.calculate(operator, *right).map(Value::Number)
            }
            (Value::Text(left), Arithmetic::Add, Value::Text(right)) => {
                let (left, right) = (left.as_str(), right.as_str());
                self.budget.build(left.len() + right.len())?;
                Ok(Value::Text(TextValue::Built([left, right].concat().into())))
            }
            (Value::List(left), Arithmetic::Add, Value::List(right)) => {
                let len = left.len() + right.len();
                self.budget.build(len.saturating_mul(size_of::<Value<'_>>()))?;
                let all = |list: &ListValue<'a>| {
                    let list = list.clone();
                    (0..list.len()).filter_map(move |index| list.get(index))
                };
                Ok(Value::List(ListValue::Built(all(left).chain(all(right)).collect())))
            }
            _ => {
                let (left, right) = (left.type_of().described(), right.type_of().described());
                let what = format!("cannot calculate with {left} and {right}");
                Err(NoValue::Mismatch(TypeMismatch::TwoKinds, what))
            }
        }
    }

    fn matches(&mut self, text: &'a Node, index: usize) -> EvaluationResult<'a> {
        let value = self.value(text)?;
        let Value::Text(text) = &value else { return Err(unsuitable("`matches`", &value)) };
        let compiled = self.compiled;
        let (Some(pattern), Some(scratch)) =
            (compiled.patterns.get(index), self.scratches.get_mut(index))
        else {
            return Err(NoValue::missing("a pattern"));
        };
        let scratch = scratch.get_or_insert_with(|| pattern.scratch());
        pattern.is_match(text.as_str(), scratch, self.budget).map(Value::Bool)
    }
}

fn literal_value(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(number) => Value::Number(*number),
        Literal::Text(text) => Value::borrowed(text),
        Literal::Type(named) => Value::Type(*named),
    }
}

/// Returns the failure of something that does not apply to the value.
fn unsuitable(what: &str, value: &Value<'_>) -> NoValue {
    let what = format!("{what} does not apply to {}", value.type_of().described());
    NoValue::Mismatch(TypeMismatch::WrongKind, what)
}

/// Returns the failure of asking for a key that does not exist.
fn missing_key(key: &Value<'_>) -> NoValue {
    match key {
        Value::Text(name) => NoValue::missing(name.as_str()),
        Value::Number(number) => NoValue::missing(&format!("[{number}]")),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Type(_) => {
            NoValue::missing(&format!("[{}]", key.type_of().described()))
        }
    }
}

/// Returns the type that `type(value)` gives.
fn type_value<'a>(value: &Value<'a>) -> Value<'a> {
    let named: Type = value.type_of();
    Value::Type(named)
}

/// Returns a number that counts something.
fn count<'a>(n: usize) -> Value<'a> {
    Value::Number(Number::Whole(n as i128))
}
