//! The step `completion`: a tiny completion, read as it comes.

use std::time::Duration;

use allclear_core::cost::Cost;
use allclear_core::duration;
use allclear_core::outcome::{Cause, Metrics};
use allclear_core::reason::Reason;
use allclear_llm::account::CallRoute;
use allclear_llm::call::{Head, ProviderCall};
use allclear_llm::classify::ProviderFailure;
use allclear_llm::model::TokenPrice;
use allclear_llm::provider::Api;
use allclear_llm::question::{AnswerAssessment, SumQuestion};
use allclear_llm::stream::{Completion, CompletionEnd, StreamReader};
use allclear_llm::{classify, headroom, price};
use tokio::task::yield_now;

use super::calls::PendingResponse;
use super::cost_cap;
use super::step_run::StepRun;
use super::steps::Step;
use super::{labels, metrics};

/// Prompt of a completion whose answer does not matter.
pub(super) const PING: &str = "ping";

/// The most bytes of a refusal, and of a stream.
const MAX_REFUSAL: usize = 64 * 1024;
const MAX_STREAM: usize = 4 * 1024 * 1024;

/// The most bytes of a stream that are read at a time: thousands of events may be in them, and other
/// checks wait for the thread.
const SLICE: usize = 8 * 1024;

/// Reason why reading a stream stopped before its end.
enum ReadStop {
    /// No data arrived for too long.
    Silence(Duration),
    /// The connection or the encoding of the body broke.
    Broken(Cause),
    /// It does not end.
    TooLong,
}

impl StepRun<'_> {
    /// Makes a completion, or a request for the task of the account. `None` if it was not made: at
    /// the cap, or with an unreachable target.
    pub(super) async fn complete(&mut self) -> Option<Result<(), ProviderFailure>> {
        match self.check.account.route {
            CallRoute::Chat(endpoint) => self.chat(endpoint.api).await,
            CallRoute::Task(endpoint) => self.perform(endpoint).await,
        }
    }

    /// Makes a completion of a chat.
    async fn chat(&mut self, api: Api) -> Option<Result<(), ProviderFailure>> {
        let question = self.check.question.then(|| SumQuestion::at(self.now()));
        let text = question.as_ref().map_or(PING, |question| &question.text);
        let account = &self.check.account;
        let call = account.completion(text)?;
        let listed = self.state.list_summary.as_ref().and_then(|listed| listed.price);
        let model = account.model.as_deref().unwrap_or_default();
        let effective = cost_cap::effective_price(self.check.price, listed, self.provider(), model);
        let worst = price::worst_case(effective.price, text, account.max_tokens);
        if self.caller.is_unreachable(&call) {
            return None;
        }
        let reservation = self.reserve(worst).await?;
        if effective.is_assumed {
            self.label(labels::PRICE, "assumed");
        }
        let result = self.ask(&call, (api, question.as_ref()), effective.price, worst).await;
        self.settle(reservation).await;
        Some(result)
    }

    /// Requests a completion and books its cost: at most `worst`, unless the provider reports another amount.
    async fn ask(
        &mut self,
        call: &ProviderCall,
        (api, question): (Api, Option<&SumQuestion>),
        price: TokenPrice,
        worst: Cost,
    ) -> Result<(), ProviderFailure> {
        let mut answering = self.begin_charged(call, self.check.first_token_timeout, worst).await?;
        if !answering.head.is_success() {
            return self.classify_refusal(answering, worst).await;
        }
        let (completion, stop) = self.read(api, &mut answering).await;
        let n_bytes = answering.n_bytes();
        let head = answering.head.clone();
        let trace = answering.end();
        let took = trace.latency();
        self.collected.trace = Some(trace);
        self.spend(charged(&completion, price, worst));
        self.collected.metrics.extend(completion.metrics());
        self.label_completion(&completion, &head);
        let result = match stop {
            // Trouble after the end of an answer does not count.
            Some(stop) if completion.end != CompletionEnd::Complete => {
                Err(stopped(&stop, &completion, n_bytes))
            }
            Some(_) | None => {
                let failure =
                    classify::completion_failure(self.provider(), &head, &completion, self.now());
                failure.map_or(Ok(()), Err)
            }
        };
        let result = result.and_then(|()| match question {
            Some(question) => judge_answer(question, &completion),
            None => Ok(()),
        });
        result.and_then(|()| self.check.judge(&self.collected.metrics, took))
    }

    /// Reads the stream until it is over, or nothing comes for too long.
    async fn read(
        &mut self,
        api: Api,
        answering: &mut PendingResponse,
    ) -> (Completion, Option<ReadStop>) {
        let content_type = answering.head.header("content-type");
        let mut reader = StreamReader::new(api, content_type);
        let sent = answering.sent;
        let stop = loop {
            let left = self.caller.left();
            let patience = if reader.has_content() {
                left
            } else {
                self.check.first_token_timeout.saturating_sub(sent.elapsed()).min(left)
            };
            if patience.is_zero() {
                break Some(ReadStop::Silence(sent.elapsed()));
            }
            match answering.next_within(patience).await {
                None => break Some(ReadStop::Silence(sent.elapsed())),
                Some(Ok(None)) => break None,
                Some(Err(cause)) => break Some(ReadStop::Broken(cause)),
                Some(Ok(Some(piece))) => {
                    let at = sent.elapsed();
                    for slice in piece.chunks(SLICE) {
                        reader.feed(slice, at);
                        if piece.len() > SLICE {
                            yield_now().await;
                        }
                    }
                }
            }
            if reader.is_over() {
                break None;
            }
            if answering.n_bytes() > MAX_STREAM {
                break Some(ReadStop::TooLong);
            }
        };
        let ended = sent.elapsed();
        let completion =
            if stop.is_some() { reader.finish_early(ended) } else { reader.finish(ended) };
        (completion, stop)
    }

    /// Sends a request that may be charged, and reads the head of its answer. Without an answer the
    /// highest cost is booked, unless the request was not sent.
    pub(super) async fn begin_charged(
        &mut self,
        call: &ProviderCall,
        within: Duration,
        worst: Cost,
    ) -> Result<PendingResponse, ProviderFailure> {
        let answering = match self.caller.begin(call, within).await {
            Ok(answering) => answering,
            Err(cause) => {
                // The request may have been answered, and charged.
                if was_sent(cause.reason) {
                    self.spend(worst);
                }
                return Err(cause.into());
            }
        };
        self.measure(metrics::HEADERS_MS, answering.headers_in.as_secs_f64() * 1e3);
        self.read_head(&answering.head);
        Ok(answering)
    }

    /// Handles an answer that is no success.
    pub(super) async fn classify_refusal(
        &mut self,
        mut answering: PendingResponse,
        worst: Cost,
    ) -> Result<(), ProviderFailure> {
        let mut body = Vec::new();
        while let Ok(Some(piece)) = answering.next(self.caller.left()).await {
            body.extend_from_slice(&piece);
            if body.len() > MAX_REFUSAL {
                body.truncate(MAX_REFUSAL);
                break;
            }
        }
        let head = answering.head.clone();
        self.collected.trace = Some(answering.end());
        if let Some(id) = classify::request_id(self.provider(), &head, &body) {
            self.label(labels::REQUEST_ID, &id);
        }
        if (300..400).contains(&head.status) {
            let to = head.header("location").unwrap_or("nowhere");
            let what = format!("the completion is redirected to `{to}`; a key is not sent there");
            return Err(ProviderFailure::new(Reason::EndpointNotFound, what));
        }
        let class = Step::Completion.call_kind();
        if let Some(failure) = classify::failure(self.provider(), class, &head, &body, self.now()) {
            return Err(failure);
        }
        // All works, and the answer was reasoned away.
        self.spend(worst);
        Ok(())
    }

    /// Reads the rate limits from the head, and the sign of a trial key.
    pub(super) fn read_head(&mut self, head: &Head) {
        let dimensions = headroom::read(self.provider().rates, &head.headers, self.now());
        for dimension in &dimensions {
            if let Some(remaining) = dimension.remaining {
                self.measure_part(metrics::REMAINING, &dimension.name, remaining);
            }
        }
        if let Some((tightest, percent)) = headroom::tightest(&dimensions) {
            self.measure(metrics::HEADROOM_PERCENT, percent);
            self.label(labels::TIGHTEST, &tightest.name.clone());
        }
        self.detect_trial_key(head);
    }

    fn label_completion(&mut self, completion: &Completion, head: &Head) {
        let id = classify::request_id(self.provider(), head, b"").or_else(|| completion.id.clone());
        for (name, text) in [
            (labels::FINISH_REASON, &completion.finish_reason),
            (labels::MODEL, &completion.model),
            (labels::SERVED_BY, &completion.served_by),
            (labels::REQUEST_ID, &id),
        ] {
            if let Some(text) = text {
                self.label(name, text);
            }
        }
    }

    /// Books the cost of a completion.
    pub(super) fn spend(&mut self, cost: Cost) {
        self.collected.cost += cost;
    }
}

impl super::LlmCheck {
    /// Returns a failure if the condition `degraded` of the check holds for a working step.
    pub(super) fn judge(&self, metrics: &Metrics, took: Duration) -> Result<(), ProviderFailure> {
        use allclear_expression::Binding;
        let Some(condition) = &self.degraded else { return Ok(()) };
        let time_ms = took.as_secs_f64() * 1e3;
        let value = |name: &str| match name {
            "response_time_ms" => Some(time_ms),
            name => metrics.get(name).copied(),
        };
        if !condition.evaluate(|name| value(name).map(Binding::Number)).holds() {
            return Ok(());
        }
        let values: Vec<String> = condition
            .variables()
            .filter_map(|name| Some(format!("{name} = {:.1}", value(name)?)))
            .collect();
        let what = format!("`{condition}` holds; {}", values.join(", "));
        Err(ProviderFailure::new(Reason::Degraded, what))
    }
}

/// Returns whether the provider may have made a completion although no answer arrived.
pub(super) fn was_sent(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Timeout
            | Reason::ConnectionClosed
            | Reason::ResponseInvalid
            | Reason::ResponseTooLarge
    )
}

/// Returns the failure for a read that stopped early.
fn stopped(stop: &ReadStop, completion: &Completion, n_bytes: usize) -> ProviderFailure {
    let has_content = completion.first_token.is_some() || completion.first_reasoning.is_some();
    match stop {
        ReadStop::Silence(after) if has_content => {
            let after = duration::format(whole(*after));
            let what = format!("the answer did not end within {after}");
            found(Reason::Timeout, what, "stream/unfinished")
        }
        ReadStop::Silence(after) => {
            let after = duration::format(whole(*after));
            let what = format!("no token within {after}; {n_bytes} bytes of other data");
            found(Reason::Timeout, what, "stream/no-token")
        }
        ReadStop::Broken(cause) if cause.reason == Reason::ResponseTruncated => {
            let what = format!("the connection broke within the stream, after {n_bytes} bytes");
            found(Reason::StreamTruncated, what, "stream/broken-off")
        }
        ReadStop::Broken(cause) => cause.clone().into(),
        ReadStop::TooLong => {
            let what = format!("the answer is longer than {MAX_STREAM} bytes");
            found(Reason::ResponseTooLarge, what, "stream/too-long")
        }
    }
}

/// Returns a failure that was found in the answer of a completion, under the id of its rule.
fn found(reason: Reason, what: impl Into<String>, rule: &str) -> ProviderFailure {
    ProviderFailure::new(reason, what).classified_by(rule)
}

fn judge_answer(question: &SumQuestion, completion: &Completion) -> Result<(), ProviderFailure> {
    match question.judge(&completion.text, completion.finish_reason.as_deref()) {
        AnswerAssessment::Right | AnswerAssessment::None => Ok(()),
        AnswerAssessment::Wrong(answer) => {
            let answer: String = answer.chars().take(500).collect();
            let what = format!(
                "wrong answer to `{}`: `{answer}` instead of `{}`",
                question.text, question.answer
            );
            Err(ProviderFailure::new(Reason::WrongAnswer, what))
        }
    }
}

/// Returns the cost of a stream: nothing if it was an error from the beginning.
fn charged(completion: &Completion, price: TokenPrice, worst: Cost) -> Cost {
    let has_content = completion.first_token.is_some() || completion.first_reasoning.is_some();
    let is_error = matches!(completion.end, CompletionEnd::Error(_) | CompletionEnd::NotAStream(_));
    if is_error && !has_content && completion.usage.is_none() {
        return Cost::ZERO;
    }
    cost_cap::cost(completion, price, worst)
}

/// Rounds a time down to a tenth of a second.
fn whole(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis() / 100 * 100).unwrap_or(u64::MAX))
}
