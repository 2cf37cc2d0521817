//! The values that conditions over an answer can ask for, each read once.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use allclear_expression::{Binding, Expression, Truth};
use http::HeaderMap;

use super::document::JsonBody;
use super::exchange::HttpResponse;
use super::variables::VARIABLES;
use crate::excerpt::{excerpt, excerpt_of_bytes};
use crate::explanation::{self, ExplainedVariable};

/// The values that conditions can ask for.
pub(super) struct ConditionValues<'a> {
    answer: &'a HttpResponse,
    headers: BTreeMap<String, String>,
    document: JsonBody,
    body: OnceCell<Cow<'a, str>>,
    certificate_days: Option<f64>,
}

impl<'a> ConditionValues<'a> {
    /// Reads the values that `conditions` use. `document` is read already.
    pub(super) fn new(
        answer: &'a HttpResponse,
        document: JsonBody,
        certificate_days: Option<f64>,
        conditions: [Option<&Expression>; 2],
    ) -> Self {
        let headers = if asked_for("headers", conditions) {
            by_name(&answer.headers)
        } else {
            BTreeMap::new()
        };
        Self { answer, headers, document, body: OnceCell::new(), certificate_days }
    }

    /// Returns the value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<Binding<'_>> {
        match name {
            "status" => Some(Binding::Number(f64::from(self.answer.status.as_u16()))),
            "headers" => Some(Binding::Headers(&self.headers)),
            "body" => {
                let body = self.body.get_or_init(|| String::from_utf8_lossy(&self.answer.body));
                Some(Binding::Text(Cow::Borrowed(body.as_ref())))
            }
            "json" => self.document.json().map(Binding::Json),
            "response_time_ms" => Some(Binding::Number(self.answer.response_time_ms)),
            "certificate_days" => self.certificate_days.map(Binding::Number),
            _ => None,
        }
    }

    /// Returns the body as JSON, or why there is none.
    pub(super) fn document(&self) -> &JsonBody {
        &self.document
    }

    /// Returns how many bytes the body has.
    pub(super) fn body_len(&self) -> usize {
        self.answer.body.len()
    }

    /// Returns the result of the condition, with the values that it used.
    pub(super) fn explain(&self, condition: &Expression, truth: &Truth) -> String {
        let result = match (truth, &self.document) {
            (Truth::Missing(name), JsonBody::NotJson(what)) if name == "json" => {
                format!("`{condition}` does not hold: the body is not JSON{what}")
            }
            _ => explanation::result(condition, truth),
        };
        let mut values: Vec<ExplainedVariable<'_>> = Vec::new();
        for variable in VARIABLES.iter().filter(|variable| condition.asks_for(variable.name)) {
            let shown = match variable.name {
                "body" | "json" => continue,
                "headers" => {
                    let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
                    Some(excerpt(&lines.collect::<Vec<_>>().join("; ")))
                }
                name => {
                    self.number(name).map(|number| ((number * 10.0).round() / 10.0).to_string())
                }
            };
            values.push((variable.name, shown));
        }
        // JSON is shown as the body it came in.
        if condition.asks_for("body") || condition.asks_for("json") {
            values.push(("body", Some(excerpt_of_bytes(&self.answer.body))));
        }
        explanation::with_values(result, truth, values)
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Binding::Number(number) => Some(number),
            Binding::Bool(_)
            | Binding::Text(_)
            | Binding::Texts(_)
            | Binding::Numbers(_)
            | Binding::Headers(_)
            | Binding::Json(_) => None,
        }
    }
}

/// Returns true if one of the conditions uses the variable.
pub(super) fn asked_for(name: &str, conditions: [Option<&Expression>; 2]) -> bool {
    conditions.into_iter().flatten().any(|condition| condition.asks_for(name))
}

/// Returns the headers by lower-case name; those that come several times are joined as HTTP allows.
fn by_name(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        by_name
            .entry(name.as_str().to_owned())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    by_name
}
