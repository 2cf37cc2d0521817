//! The check of single values: types, words, forms, lists and numbers.

use serde_json::Value;
use toml::de::{DeString, DeValue};

use super::{SchemaCheck, ValuePlace, kind_of, wording};
use crate::document::{self, SpannedNode, integer};
use crate::formats::{self, FORMAT_KEY};
use crate::spanned_error::{Span, SpannedError};
use crate::{literal_span, suggest};

/// The key of a schema with the hint for a word that resembles none of a long vocabulary.
const HINT_KEY: &str = "x-allclear-hint";

impl SchemaCheck<'_> {
    /// Checks the value under the key `name`. Returns false if it must be removed.
    pub(super) fn value(&mut self, name: &str, node: &mut SpannedNode<'_>, schema: &Value) -> bool {
        let schema = self.target(schema);
        if let Some(branches) =
            ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key)?.as_array())
        {
            return self.one_of(name, node, branches);
        }
        let form = schema.get(FORMAT_KEY).and_then(Value::as_str);
        if form.is_some_and(formats::may_be_datetime)
            && let DeValue::Datetime(datetime) = node.get_ref()
        {
            let text = datetime.to_string();
            *node.get_mut() = DeValue::String(DeString::Owned(text));
        }
        if !fits_type(node.get_ref(), schema) {
            self.found(wording::wrong_type(name, node, schema));
            return false;
        }
        let span = node.span();
        match node.get_mut() {
            DeValue::Table(table) => {
                if kind_of(schema).is_none() {
                    self.table(name, span, table, schema);
                    return true;
                }
                let n_lost = self.n_lost;
                self.in_params = true;
                self.table(name, span.clone(), table, schema);
                self.in_params = false;
                if self.n_lost > n_lost {
                    self.lost.incomplete.insert(span.start);
                }
                true
            }
            DeValue::Array(list) => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                let min = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
                if (list.len() as u64) < min {
                    let what = format!("`{name}` is empty");
                    self.found(SpannedError::new(span, what).hint("name at least one"));
                    return false;
                }
                let stays: Vec<bool> =
                    list.iter_mut().map(|item| self.value(name, item, items)).collect();
                let n_lost = stays.iter().filter(|stays| !**stays).count();
                if n_lost > 0 {
                    self.n_lost += n_lost;
                    let kept = list.iter().zip(stays).filter(|(_, stays)| *stays);
                    *list = kept.map(|(item, _)| item.clone()).collect();
                }
                true
            }
            DeValue::String(text) => {
                self.text(ValuePlace { name, span: &span }, text, schema, form)
            }
            DeValue::Integer(number) => self.number(name, span, integer(number), schema),
            DeValue::Float(_) => self.float(name, node),
            DeValue::Boolean(_) | DeValue::Datetime(_) => true,
        }
    }

    /// Rejects infinities and NaN. JSON has neither, so the value would be lost.
    fn float(&mut self, name: &str, node: &SpannedNode<'_>) -> bool {
        let is_finite = !document::to_json(node).is_null();
        if !is_finite {
            let written = self.source.text.get(node.span()).unwrap_or_default();
            let what = format!("`{name}` cannot be {written}");
            self.found(SpannedError::new(node.span(), what).hint("write a finite number"));
        }
        is_finite
    }

    fn text(
        &mut self,
        place: ValuePlace<'_>,
        text: &str,
        schema: &Value,
        form: Option<&str>,
    ) -> bool {
        let ValuePlace { name, span } = place;
        if let Some(words) = words(schema) {
            if words.contains(&text) {
                return true;
            }
            let what = format!("`{name}` cannot be `{text}`");
            let hint = suggest::hint(text, words.iter().copied());
            let own = || schema.get(HINT_KEY)?.as_str().map(str::to_owned);
            let hint = hint.or_else(own);
            self.found(SpannedError::new(span.clone(), what).maybe_hint(hint));
            return false;
        }
        let min = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0);
        if (text.trim().chars().count() as u64) < min {
            let what = format!("`{name}` is empty");
            self.found(SpannedError::new(span.clone(), what).hint("write at least one character"));
            return false;
        }
        if !self.in_params && allclear_core::text::visible(text) != text {
            let what = format!("`{name}` has hidden characters: `{text}`");
            let hint = "remove invisible characters and those that change the direction of the \
                        text";
            self.found(SpannedError::new(span.clone(), what).hint(hint));
            return false;
        }
        let form = form.filter(|_| !self.in_params);
        let Some(misread) = form.and_then(|form| formats::format_error(form, text)) else {
            return true;
        };
        let place = match &misread.range {
            Some(range) => literal_span::inside(self.source.text, span, text, range),
            None => span.clone(),
        };
        self.found(SpannedError::new(place, misread.what).maybe_hint(misread.hint));
        false
    }

    fn number(&mut self, name: &str, span: Span, number: Option<i64>, schema: &Value) -> bool {
        let bound = |key| schema.get(key).and_then(Value::as_i64);
        let (min, max) = (bound("minimum"), bound("maximum"));
        let fits = number.is_some_and(|number| {
            min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max)
        });
        if !fits {
            let hint = match (min, max) {
                (Some(min), Some(max)) => format!("write a number from {min} to {max}"),
                (Some(min), None) => format!("write a number from {min} on"),
                (None, Some(max)) => format!("write a number up to {max}"),
                (None, None) => "write a smaller number".to_owned(),
            };
            let written = self.source.text.get(span.clone()).unwrap_or_default();
            self.found(
                SpannedError::new(span.clone(), format!("`{name}` cannot be {written}")).hint(hint),
            );
        }
        fits
    }

    /// Checks a value that may have one of several shapes against the one of its type. Of several
    /// candidates it chooses the one with the fewest findings.
    fn one_of(&mut self, name: &str, node: &mut SpannedNode<'_>, branches: &[Value]) -> bool {
        let words: Option<Vec<&str>> =
            branches.iter().map(words).collect::<Option<Vec<_>>>().map(|all| all.concat());
        if let Some(words) = words {
            return self.value(name, node, &serde_json::json!({ "type": "string", "enum": words }));
        }
        let fitting: Vec<&Value> =
            branches.iter().filter(|branch| fits_type(node.get_ref(), branch)).collect();
        match fitting.as_slice() {
            [] => {
                self.found(wording::wrong_type(
                    name,
                    node,
                    &serde_json::json!({ "anyOf": branches }),
                ));
                false
            }
            [only] => self.value(name, node, only),
            several => {
                let tries = several.iter().map(|branch| {
                    let mut attempt = SchemaCheck::new(self.source, self.schema);
                    attempt.in_params = self.in_params;
                    let mut node = node.clone();
                    let stays = attempt.value(name, &mut node, branch);
                    (attempt, node, stays)
                });
                let Some((best, kept, stays)) =
                    tries.min_by_key(|(attempt, ..)| attempt.findings.len())
                else {
                    return true;
                };
                self.findings.extend(best.findings);
                self.n_lost += best.n_lost;
                *node = kept;
                stays
            }
        }
    }
}

/// Returns the words that a schema allows; `None` if it is not a vocabulary.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const") {
        return word.as_str().map(|word| vec![word]);
    }
    schema.get("enum")?.as_array()?.iter().map(Value::as_str).collect()
}

/// Checks whether the schema allows the type of a value.
fn fits_type(value: &DeValue<'_>, schema: &Value) -> bool {
    let types = wording::types(schema);
    types.is_empty()
        || types.iter().any(|one| match value {
            DeValue::String(_) => *one == "string",
            DeValue::Integer(_) => matches!(*one, "integer" | "number"),
            DeValue::Float(_) => *one == "number",
            DeValue::Boolean(_) => *one == "boolean",
            DeValue::Array(_) => *one == "array",
            DeValue::Table(_) => *one == "object",
            DeValue::Datetime(_) => false,
        })
}
