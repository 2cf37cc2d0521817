//! The verdict on an answer: whether it is as expected, the cause if it is not, and whether it is degraded.
//!
//! A small answer is judged where it arrived. A larger one, and one that turns out to be costly, is
//! judged on a thread for such work, so that no target can hold up other checks, and ends with the
//! attempt.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_expression::{EvaluationBudget, Expression, Truth};

use super::capture::{Capture, CapturedValue};
use super::document::JsonBody;
use super::exchange::HttpResponse;
use super::outgoing::Credentials;
use super::values::{ConditionValues, asked_for};
use super::{HttpRequest, refusal};
use crate::api::named_status;
use crate::attempt::{Attempt, AttemptPhase};
use crate::explanation;
use crate::metrics::CERTIFICATE_DAYS;
use crate::offload;

/// The largest body that is judged where it arrived, in bytes, and the operations for it.
const SMALL_BODY: usize = 16 * 1024;
const SMALL_OPERATIONS: u64 = 50_000;

/// The operations for any other body: about a second of work. They are shared by the conditions of
/// a check, as is the memory.
const OPERATIONS: u64 = 20_000_000;

/// Memory for the values that the conditions of a check build, in bytes.
const MEMORY: usize = 16 * 1024 * 1024;

/// The result of an answer.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Result<Verdict, Cause>,
    /// The values that were taken from the answer; those of an unwanted one are only for redaction.
    pub(super) captured: Vec<CapturedValue>,
}

/// Judges `answer` and takes values from it.
pub(super) async fn judge(
    request: &HttpRequest,
    answer: HttpResponse,
    credentials: Credentials,
    attempt: &mut Attempt,
) -> Judged {
    let judge = Judge {
        expect: request.expect.clone(),
        degraded: request.degraded.clone(),
        captures: Arc::clone(&request.captures),
        certificate_days: attempt.measured(CERTIFICATE_DAYS),
        credentials,
        answer,
    };
    if judge.answer.body.len() <= SMALL_BODY {
        let never = AtomicBool::new(false);
        let mut budget = EvaluationBudget::new(SMALL_OPERATIONS, MEMORY);
        if let Ok(judged) = judge.judged(&mut budget, &never) {
            return judged;
        }
    }
    attempt.enter(AttemptPhase::Evaluate);
    let judged = offload::run(move |stop| {
        let mut budget = EvaluationBudget::new(OPERATIONS, MEMORY).stopped_by(stop);
        judge
            .judged(&mut budget, stop)
            .unwrap_or_else(|over| Judged { verdict: over.verdict(), captured: Vec::new() })
    });
    judged.await.unwrap_or_else(|| {
        let what = "the evaluation of the conditions failed inside the monitor";
        Judged { verdict: Err(Cause::of(Reason::CheckFailed, what)), captured: Vec::new() }
    })
}

/// An answer and the expectations of it.
struct Judge {
    expect: Option<Expression>,
    degraded: Option<Expression>,
    captures: Arc<[Capture]>,
    certificate_days: Option<f64>,
    credentials: Credentials,
    answer: HttpResponse,
}

/// A condition that could not be evaluated within its limits.
enum OverLimit {
    /// It decides between healthy and not.
    Expect(String),
    /// It decides between healthy and degraded, and the answer is as expected.
    Degraded(String),
}

impl OverLimit {
    fn verdict(self) -> Result<Verdict, Cause> {
        match self {
            Self::Expect(what) => Err(explanation::beyond_limits(what)),
            Self::Degraded(what) => Ok(Verdict::Degraded(explanation::beyond_limits(what))),
        }
    }
}

impl Judge {
    /// Judges within a budget. The document and the headers are read once for both conditions and the
    /// captured values.
    fn judged(
        &self,
        budget: &mut EvaluationBudget<'_>,
        stop: &AtomicBool,
    ) -> Result<Judged, OverLimit> {
        let conditions = [self.expect.as_ref(), self.degraded.as_ref()];
        let is_json_captured = self.captures.iter().any(Capture::needs_json);
        let document = if is_json_captured || asked_for("json", conditions) {
            JsonBody::read(&self.answer.headers, &self.answer.body, stop)
        } else {
            JsonBody::Unread
        };
        let values =
            ConditionValues::new(&self.answer, document, self.certificate_days, conditions);
        let mut verdict = self.verdict(&values, budget)?;
        let mut captured = Vec::new();
        for capture in self.captures.iter() {
            match capture.take(&self.answer, values.document()) {
                Ok(value) => captured.push(value),
                Err(what) if verdict.is_ok() => verdict = Err(self.incomplete(capture, &what)),
                Err(_) => {}
            }
        }
        Ok(Judged { verdict, captured })
    }

    /// Returns the cause of an answer that lacks a value.
    fn incomplete(&self, capture: &Capture, what: &str) -> Cause {
        let status = named_status(self.answer.status);
        let what = format!("the answer, {status}, {what}; `{}` is captured there", capture.name);
        Cause::of(Reason::AssertionFailed, what)
    }

    fn verdict(
        &self,
        values: &ConditionValues<'_>,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<Result<Verdict, Cause>, OverLimit> {
        if let Some(expect) = &self.expect {
            let truth = evaluate(expect, values, budget).map_err(OverLimit::Expect)?;
            if !truth.holds() {
                let what = values.explain(expect, &truth);
                return Ok(Err(self.unwanted(Reason::AssertionFailed, what)));
            }
        } else {
            let status = self.answer.status;
            if !status.is_success() && !status.is_redirection() {
                let what = format!("the answer is {}", named_status(status));
                return Ok(Err(self.unwanted(Reason::HttpStatus, what)));
            }
        }
        let Some(degraded) = &self.degraded else { return Ok(Ok(Verdict::Healthy)) };
        let truth = evaluate(degraded, values, budget).map_err(OverLimit::Degraded)?;
        if !truth.holds() {
            return Ok(Ok(Verdict::Healthy));
        }
        let what = values.explain(degraded, &truth);
        Ok(Ok(Verdict::Degraded(Cause::of(Reason::Degraded, what))))
    }

    /// Returns the cause of an answer that is not the expected one.
    fn unwanted(&self, reason: Reason, what: String) -> Cause {
        refusal::cause(&self.answer, &self.credentials, &what)
            .unwrap_or_else(|| Cause::of(reason, what))
    }
}

/// Evaluates a condition. The error names the exceeded limit.
fn evaluate(
    condition: &Expression,
    values: &ConditionValues<'_>,
    budget: &mut EvaluationBudget<'_>,
) -> Result<Truth, String> {
    let truth = condition.evaluate_within(budget, |name| values.get(name));
    match truth {
        Truth::OverBudget => Err(format!(
            "{}, a body of {} bytes; write it more simply, or check an address with a smaller \
             answer",
            explanation::result(condition, &truth),
            values.body_len()
        )),
        Truth::Stopped => Err(explanation::result(condition, &truth)),
        Truth::Missing(_) if condition.asks_for("json") => match values.document() {
            JsonBody::Stopped => Err(explanation::result(condition, &Truth::Stopped)),
            JsonBody::BeyondLimits(what) => {
                Err(format!("`{condition}` was not evaluated: the body {what}"))
            }
            JsonBody::Unread | JsonBody::Json(_) | JsonBody::NotJson(_) => Ok(truth),
        },
        Truth::True | Truth::False | Truth::Missing(_) | Truth::TypeMismatch(_) => Ok(truth),
    }
}
