//! The verdict on an answer: whether it is as expected, whose fault it is where it is not, and
//! whether it is degraded. Pure but for the measurements it reads.

use std::collections::BTreeMap;

use allclear_core::expression::{Binding, CHECK_VARIABLES, Expression, Truth};
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use http::StatusCode;

use super::exchange::Answer;
use super::outgoing::Credentials;
use super::{HttpCheck, refusal};
use crate::attempt::Attempt;
use crate::body::why_not_json;
use crate::excerpt::{excerpt, excerpt_of_bytes};
use crate::tls::CERTIFICATE_DAYS;

/// The verdict on `answer`.
pub(super) fn verdict(
    check: &HttpCheck,
    answer: &Answer,
    credentials: &Credentials,
    attempt: &Attempt,
) -> Result<Verdict, Cause> {
    let asks_for_json = [&check.expect, &check.degraded]
        .into_iter()
        .flatten()
        .any(|expression| expression.asks_for("json"));
    let json = if asks_for_json { serde_json::from_slice(&answer.body).ok() } else { None };
    let values = Values { answer, json, certificate_days: attempt.measured(CERTIFICATE_DAYS) };
    let status = answer.status;
    match &check.expect {
        None if status.is_success() || status.is_redirection() => {}
        None => {
            let what = format!("the answer is {}", named(status));
            return Err(refusal::cause(answer, credentials, &what)
                .unwrap_or_else(|| Cause::target(Reason::HttpStatus, what)));
        }
        Some(expect) => {
            let truth = expect.evaluate(|name| values.get(name));
            if !truth.holds() {
                let what = values.explain(expect, &truth);
                return Err(refusal::cause(answer, credentials, &what)
                    .unwrap_or_else(|| Cause::target(Reason::AssertionFailed, what)));
            }
        }
    }
    if let Some(degraded) = &check.degraded
        && degraded.evaluate(|name| values.get(name)).holds()
    {
        let what = values.explain(degraded, &Truth::True);
        return Ok(Verdict::Degraded(Cause::target(Reason::Degraded, what)));
    }
    Ok(Verdict::Healthy)
}

fn named(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The values that conditions can ask for.
struct Values<'a> {
    answer: &'a Answer,
    json: Option<serde_json::Value>,
    certificate_days: Option<f64>,
}

impl Values<'_> {
    fn get(&self, name: &str) -> Option<Binding> {
        match name {
            "status" => Some(Binding::Number(f64::from(self.answer.status.as_u16()))),
            "headers" => Some(Binding::TextMap(self.headers())),
            "body" => Some(Binding::Text(String::from_utf8_lossy(&self.answer.body).into_owned())),
            "json" => self.json.clone().map(Binding::Json),
            "response_time_ms" => Some(Binding::Number(self.answer.response_time_ms)),
            "certificate_days" => self.certificate_days.map(Binding::Number),
            _ => None,
        }
    }

    /// The headers, of which those that come several times are joined as HTTP allows.
    fn headers(&self) -> BTreeMap<String, String> {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &self.answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|joined| {
                    joined.push_str(", ");
                    joined.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        headers
    }

    /// What the condition came to, with the values it asked for.
    fn explain(&self, condition: &Expression, truth: &Truth) -> String {
        let mut text = match truth {
            Truth::True => format!("`{condition}` holds"),
            Truth::False => format!("`{condition}` does not hold"),
            Truth::Missing(name) if name == "json" => {
                let why = why_not_json(&self.answer.headers, &self.answer.body);
                format!("`{condition}` does not hold: the body is not JSON{why}")
            }
            Truth::Missing(name) => format!("`{condition}` does not hold: there is no `{name}`"),
            Truth::Nonsense(what) => {
                format!("`{condition}` does not hold: it makes no sense for this answer: {what}")
            }
        };
        // JSON is shown as the body it came in.
        let shows_body = condition.asks_for("body") || condition.asks_for("json");
        let mut values: Vec<String> = Vec::new();
        for variable in CHECK_VARIABLES.iter().filter(|variable| condition.asks_for(variable.name))
        {
            match variable.name {
                "body" | "json" => {}
                "headers" => {
                    let headers = self.headers();
                    let lines: Vec<String> =
                        headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                    values.push(format!("headers = {}", excerpt(&lines.join("; "))));
                }
                name => match self.get(name) {
                    Some(Binding::Number(number)) => {
                        values.push(format!("{name} = {}", (number * 10.0).round() / 10.0));
                    }
                    Some(_) | None => values.push(format!("there is no {name}")),
                },
            }
        }
        if shows_body {
            values.push(format!("body = {}", excerpt_of_bytes(&self.answer.body)));
        }
        if !values.is_empty() {
            text.push_str("; ");
            text.push_str(&values.join(", "));
        }
        text
    }
}
