//! The macros `all`, `exists`, `exists_one`, `map` and `filter`.

use super::{Decisive, Evaluation, EvaluationResult, NoValue, unsuitable};
use crate::Binding;
use crate::syntax::{MacroCall, MacroKind, Node};
use crate::value::{ListValue, MapKeys, Value};

impl<'a, F: Fn(&str) -> Option<Binding<'a>>> Evaluation<'a, '_, '_, F> {
    /// Evaluates a macro over the elements of a list or the keys of an object.
    pub(super) fn macro_call(&mut self, call: &'a MacroCall) -> EvaluationResult<'a> {
        let over = self.value(&call.over)?;
        let items = if let Value::List(list) = over {
            Items::List(list, 0)
        } else if let Value::Map(map) = over {
            Items::Keys(map.keys())
        } else {
            return Err(unsuitable("a macro", &over));
        };
        match call.kind {
            MacroKind::All => self.until_one(items, &call.body, Decisive::False),
            MacroKind::Exists => self.until_one(items, &call.body, Decisive::True),
            MacroKind::ExistsOne => self.exactly_one(items, &call.body),
            MacroKind::Map => self.collect(items, call.filter.as_ref(), Some(&call.body)),
            MacroKind::Filter => self.collect(items, Some(&call.body), None),
        }
    }

    /// Goes through the items until the condition is `decisive` for one, whatever fails before.
    fn until_one(
        &mut self,
        items: Items<'a>,
        body: &'a Node,
        decisive: Decisive,
    ) -> EvaluationResult<'a> {
        let mut failure = None;
        for item in items {
            match self.with(item, |this| this.boolean(body)) {
                Ok(value) if value == decisive.value() => return Ok(Value::Bool(value)),
                Ok(_) => {}
                Err(failed) if failed.is_final() => return Err(failed),
                Err(failed) => failure = failure.or(Some(failed)),
            }
        }
        failure.map_or(Ok(Value::Bool(!decisive.value())), Err)
    }

    fn exactly_one(&mut self, items: Items<'a>, body: &'a Node) -> EvaluationResult<'a> {
        let mut n_found = 0_usize;
        for item in items {
            n_found += usize::from(self.with(item, |this| this.boolean(body))?);
        }
        Ok(Value::Bool(n_found == 1))
    }

    /// Collects the items for which `filter` is true, each as `body` makes it.
    fn collect(
        &mut self,
        items: Items<'a>,
        filter: Option<&'a Node>,
        body: Option<&'a Node>,
    ) -> EvaluationResult<'a> {
        let mut collected = Vec::new();
        for item in items {
            let item_value = self.with(item.clone(), |this| {
                if let Some(filter) = filter
                    && !this.boolean(filter)?
                {
                    return Ok(None);
                }
                body.map_or(Ok(item), |body| this.value(body)).map(Some)
            })?;
            if let Some(item_value) = item_value {
                self.budget.build(size_of_val(&item_value))?;
                collected.push(item_value);
            }
        }
        Ok(Value::List(ListValue::Built(collected.into())))
    }

    /// Evaluates with one more name bound.
    fn with<T>(
        &mut self,
        item: Value<'a>,
        evaluate: impl FnOnce(&mut Self) -> Result<T, NoValue>,
    ) -> Result<T, NoValue> {
        self.budget.spend(1)?;
        self.locals.push(item);
        let result = evaluate(self);
        self.locals.pop();
        result
    }
}

/// The items that a macro goes through.
enum Items<'a> {
    List(ListValue<'a>, usize),
    Keys(MapKeys<'a>),
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::List(list, next) => {
                let item = list.get(*next)?;
                *next += 1;
                Some(item)
            }
            Self::Keys(keys) => keys.next(),
        }
    }
}
