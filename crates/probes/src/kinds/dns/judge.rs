//! The verdict on the answer of a name server. Pure.

use std::time::Duration;

use allclear_expression::{Binding, Expression, Truth};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::variables::VARIABLES;
use crate::excerpt::excerpt;
use crate::explanation;
use crate::net::{DnsAnswer, ExpectedValue, RecordValue, code_name};

/// The expectations of a check.
#[derive(Debug)]
pub(super) struct Expected {
    /// `None` for `NOERROR`, or for any code if there is a condition.
    pub(super) code: Option<ResponseCode>,
    pub(super) answers: Vec<ExpectedValue>,
    /// If `true`, there must be no records but `answers`.
    pub(super) exactly: bool,
    pub(super) not_answers: Vec<ExpectedValue>,
    pub(super) contains: Vec<ExpectedValue>,
    pub(super) condition: Option<Expression>,
}

/// The reason for which an answer is not taken as the expected one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// It is another answer.
    Unexpected(String),
    /// The condition could not be evaluated within its limits.
    BeyondLimits(String),
}

/// An answer as conditions see it.
#[derive(Debug)]
pub(super) struct Observed {
    code: ResponseCode,
    is_authenticated: bool,
    records: Vec<RecordValue>,
    /// The texts of the records, as conditions see them.
    texts: Vec<String>,
    /// The shortest time to live among the records, in seconds.
    pub(super) ttl: Option<u32>,
    response_time_ms: f64,
}

impl Observed {
    /// Returns the answer that came after `latency`.
    pub(super) fn of(answer: &DnsAnswer, latency: Duration) -> Self {
        let records: Vec<RecordValue> =
            answer.records.iter().map(|record| RecordValue::of(&record.data)).collect();
        Self {
            code: answer.code,
            is_authenticated: answer.is_authenticated,
            texts: records.iter().map(|record| record.text.clone()).collect(),
            records,
            ttl: answer.records.iter().map(|record| record.ttl).min(),
            response_time_ms: latency.as_secs_f64() * 1000.0,
        }
    }

    /// Returns the number of records.
    pub(super) fn count(&self) -> f64 {
        f64::from(u32::try_from(self.records.len()).unwrap_or(u32::MAX))
    }

    /// Evaluates a condition over the answer. Fails if it exceeds its cost limit.
    pub(super) fn evaluate(&self, condition: &Expression) -> Result<Truth, String> {
        match condition.evaluate(|name| self.value(name)) {
            truth @ (Truth::OverBudget | Truth::Stopped) => {
                let result = explanation::result(condition, &truth);
                Err(format!("{result} of {} records; write it more simply", self.records.len()))
            }
            truth @ (Truth::True | Truth::False | Truth::Missing(_) | Truth::TypeMismatch(_)) => {
                Ok(truth)
            }
        }
    }

    /// Describes the result of the condition, with the values that it uses.
    pub(super) fn explain(&self, condition: &Expression, truth: &Truth) -> String {
        let asked = VARIABLES.iter().filter(|variable| condition.asks_for(variable.name));
        let values = asked.map(|variable| {
            let shown = match variable.name {
                "records" => Some(self.listed()),
                "rcode" => Some(code_name(self.code)),
                name => self.value(name).map(|value| value.to_string()),
            };
            (variable.name, shown)
        });
        let result = explanation::result(condition, truth);
        explanation::with_values(result, truth, values.collect())
    }

    fn value(&self, name: &str) -> Option<Binding<'_>> {
        match name {
            "records" => Some(Binding::Texts(&self.texts)),
            "count" => Some(Binding::Number(self.count())),
            "rcode" => Some(Binding::Text(code_name(self.code).into())),
            "ttl" => self.ttl.map(|ttl| Binding::Number(f64::from(ttl))),
            "authenticated" => Some(Binding::Bool(self.is_authenticated)),
            "response_time_ms" => Some(Binding::Number(self.response_time_ms)),
            _ => None,
        }
    }

    fn listed(&self) -> String {
        let texts: Vec<&str> = self.records.iter().map(|record| record.text.as_str()).collect();
        if texts.is_empty() { "none".to_owned() } else { excerpt(&texts.join(", ")) }
    }
}

impl Expected {
    /// Checks the answer for the name that messages show as `name`.
    pub(super) fn judge(
        &self,
        observed: &Observed,
        name: &str,
        record: RecordType,
    ) -> Result<(), Rejection> {
        self.judge_code(observed, name, record).map_err(Rejection::Unexpected)?;
        self.judge_records(observed, name, record).map_err(Rejection::Unexpected)?;
        let Some(condition) = &self.condition else { return Ok(()) };
        let truth = observed.evaluate(condition).map_err(Rejection::BeyondLimits)?;
        if truth.holds() {
            return Ok(());
        }
        Err(Rejection::Unexpected(observed.explain(condition, &truth)))
    }

    fn judge_code(
        &self,
        observed: &Observed,
        name: &str,
        record: RecordType,
    ) -> Result<(), String> {
        let wanted = match (self.code, &self.condition) {
            (Some(code), _) => Some(code),
            (None, None) => Some(ResponseCode::NoError),
            (None, Some(_)) => None,
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != observed.code) {
            let (came, wanted) = (code_name(observed.code), code_name(wanted));
            return Err(format!("the answer for `{name}` is {came}, not {wanted}"));
        }
        let needs_a_record = self.condition.is_none() && wanted == Some(ResponseCode::NoError);
        if needs_a_record && observed.records.is_empty() {
            return Err(format!("`{name}` has no {record} record"));
        }
        Ok(())
    }

    fn judge_records(
        &self,
        observed: &Observed,
        name: &str,
        record: RecordType,
    ) -> Result<(), String> {
        let records = &observed.records;
        let of_name = format!("the {record} records of `{name}`");
        let is_there = |wanted: &&ExpectedValue| records.iter().any(|value| wanted.is(value));
        if let Some(missing) = self.answers.iter().find(|wanted| !is_there(wanted)) {
            let (missing, listed) = (&missing.written, observed.listed());
            return Err(format!("`{missing}` is not among {of_name}: {listed}"));
        }
        if let Some(unwanted) = self.not_answers.iter().find(is_there) {
            let unwanted = &unwanted.written;
            return Err(format!("`{unwanted}` is among {of_name}, and must not be"));
        }
        let is_expected = |value: &&RecordValue| self.answers.iter().any(|wanted| wanted.is(value));
        if self.exactly
            && let Some(extra) = records.iter().find(|value| !is_expected(value))
        {
            return Err(format!("`{}` is among {of_name} and not expected", excerpt(&extra.text)));
        }
        let is_in = |part: &&ExpectedValue| records.iter().any(|value| value.contains(part));
        if let Some(missing) = self.contains.iter().find(|part| !is_in(part)) {
            let (missing, listed) = (&missing.written, observed.listed());
            return Err(format!("`{missing}` is in none of {of_name}: {listed}"));
        }
        Ok(())
    }
}
