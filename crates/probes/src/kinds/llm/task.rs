//! The step `completion` of an account that asks for a task: one answer, read whole.

use allclear_core::cost::Cost;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_llm::call::{Head, ProviderCall};
use allclear_llm::classify::{self, ProviderFailure};
use allclear_llm::task::{self, TaskAnswer, TaskEnd, TaskEndpoint, TaskPrice};
use tokio::time::timeout;

use super::calls::PendingResponse;
use super::cost_cap;
use super::labels;
use super::step_run::StepRun;
use crate::offload;

/// The most bytes of an answer: an image as base64 has a few million.
const MAX_ANSWER: usize = 12 * 1024 * 1024;

/// The largest answer that is read where it arrived, in bytes.
const SMALL_ANSWER: usize = 64 * 1024;

impl StepRun<'_> {
    /// Makes a request for the task. `None` if it was not made: at the cap, or with an unreachable target.
    pub(super) async fn perform(
        &mut self,
        endpoint: &'static TaskEndpoint,
    ) -> Option<Result<(), ProviderFailure>> {
        let call = self.check.account.completion("")?;
        let listed = self.state.list_summary.as_ref().and_then(|listed| listed.price);
        let effective = cost_cap::effective_task_price(self.check, listed, endpoint.task());
        if self.caller.is_unreachable(&call) {
            return None;
        }
        let reservation = self.reserve(effective.price.worst_case()).await?;
        if effective.is_assumed {
            self.label(labels::PRICE, "assumed");
        }
        let result = self.ask_for(endpoint, &call, effective.price).await;
        self.settle(reservation).await;
        Some(result)
    }

    /// Makes one request, and books its cost.
    async fn ask_for(
        &mut self,
        endpoint: &'static TaskEndpoint,
        call: &ProviderCall,
        price: TaskPrice,
    ) -> Result<(), ProviderFailure> {
        let worst = price.worst_case();
        let mut answering = self.begin_charged(call, self.caller.left(), worst).await?;
        if !answering.head.is_success() {
            return self.classify_refusal(answering, worst).await;
        }
        let read = self.read_whole(&mut answering).await;
        let head = answering.head.clone();
        let trace = match &read {
            Ok(_) => self.caller.finish(answering),
            Err(_) => answering.end(),
        };
        let took = trace.latency();
        self.collected.trace = Some(trace);
        let body = read.inspect_err(|_| self.spend(worst))?;
        let (answer, body) =
            self.parse_answer(endpoint, head.clone(), body).await.inspect_err(|_| {
                self.collected.cost += worst;
            })?;
        self.spend(charged(&answer, price));
        self.collected.metrics.extend(answer.metrics());
        if let Some(model) = &answer.model {
            self.label(labels::MODEL, model);
        }
        if let Some(id) = classify::request_id(self.provider(), &head, &body) {
            self.label(labels::REQUEST_ID, &id);
        }
        match answer.failure(self.provider(), &head, &body, self.now()) {
            Some(failure) => Err(failure),
            None => self.check.judge(&self.collected.metrics, took),
        }
    }

    /// Reads a body to its end.
    async fn read_whole(
        &self,
        answering: &mut PendingResponse,
    ) -> Result<Vec<u8>, ProviderFailure> {
        let mut body = Vec::new();
        loop {
            match answering.next(self.caller.left()).await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => return Ok(body),
                Err(cause) => return Err(broken(cause, body.len())),
            }
            if body.len() > MAX_ANSWER {
                let what = format!("the answer is longer than {MAX_ANSWER} bytes");
                let failure = ProviderFailure::new(Reason::ResponseTooLarge, what);
                return Err(failure.classified_by("answer/too-long"));
            }
        }
    }

    /// Reads an answer, a large one off the threads that serve other checks.
    async fn parse_answer(
        &self,
        endpoint: &'static TaskEndpoint,
        head: Head,
        body: Vec<u8>,
    ) -> Result<(TaskAnswer, Vec<u8>), ProviderFailure> {
        let wire = endpoint.wire;
        if body.len() <= SMALL_ANSWER {
            return Ok((task::read(wire, &head, &body), body));
        }
        let work = offload::run(move |_| (task::read(wire, &head, &body), body));
        timeout(self.caller.left(), work).await.ok().flatten().ok_or_else(|| {
            let what = "cannot read a large answer in time";
            ProviderFailure::new(Reason::CheckFailed, what)
        })
    }
}

/// Returns the failure of a body that broke off after so many bytes.
fn broken(cause: Cause, n_bytes: usize) -> ProviderFailure {
    if cause.reason != Reason::ResponseTruncated {
        return cause.into();
    }
    let what = format!("the connection broke within the answer, after {n_bytes} bytes");
    ProviderFailure::new(Reason::ResponseTruncated, what).classified_by("answer/broken-off")
}

/// Returns the cost of an answer: the one that the provider reports, or that of its tokens, or the
/// upper bound; nothing for an error.
fn charged(answer: &TaskAnswer, price: TaskPrice) -> Cost {
    match (&answer.end, answer.cost_usd, answer.usage) {
        (TaskEnd::Error(_) | TaskEnd::Foreign, _, _) => Cost::ZERO,
        (_, Some(dollars), _) => Cost::from_dollars(dollars),
        (_, None, Some(tokens)) => price.cost(tokens.input),
        (_, None, None) => price.worst_case(),
    }
}
