//! One check under way: makes the steps that are due, and gathers their results.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::catalog::Catalog;
use allclear_core::checker::{CheckContext, PriorState};
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::kind::{Label, Metric};
use allclear_core::outcome::{DurationParts, Finding, Labels, Metrics};
use allclear_core::reason::Reason;
use allclear_core::redact::Redactor;
use allclear_core::status::Impact;
use allclear_llm::call::{Head, ProviderCall};
use allclear_llm::classify::{self, ProviderFailure};
use allclear_llm::provider::Provider;
use tokio::time::timeout;

use super::LlmCheck;
use super::calls::{Caller, ProviderResponse, Trace};
use super::due::{self, Mode};
use super::labels;
use super::note;
use super::step_state::StepState;
use super::steps::Step;
use super::verdict::{self, VerdictInput};
use crate::offload;

/// The longest that a step takes that is not a completion.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// The largest answer that is read where it arrived, in bytes.
const SMALL_ANSWER: usize = 64 * 1024;

/// The most characters of a label.
const MAX_LABEL: usize = 200;

/// The statuses of a server that does not have the requested resource.
const MISSING: [u16; 3] = [404, 405, 501];

/// A header of Cohere's that only keys for trials have.
const TRIAL_HEADER: &str = "x-trial-endpoint-call-limit";

/// One check under way.
pub(super) struct StepRun<'a> {
    pub(super) check: &'a LlmCheck,
    pub(super) context: CheckContext<'a>,
    pub(super) caller: Caller<'a>,
    pub(super) state: StepState,
    /// The same as it was noted.
    stored_state: StepState,
    pub(super) collected: StepData,
    mode: Mode,
    redactor: Redactor,
    /// The steps that were made.
    executed: BTreeSet<Step>,
}

/// Data that the steps gained beside their results.
#[derive(Debug, Default)]
pub(super) struct StepData {
    pub(super) metrics: Metrics,
    pub(super) labels: Labels,
    pub(super) cost: Cost,
    pub(super) catalog: Option<Catalog>,
    /// Trace of the current step's call.
    pub(super) trace: Option<Trace>,
    /// True if the last answer shows that the server does not have the requested resource.
    is_missing: bool,
    /// Reason why a due completion is not made.
    pub(super) pause: Option<String>,
    /// Set if no completion is made because its cost cannot be counted.
    pub(super) is_unfunded: bool,
    /// The cost of all completions of the month; `None` if it is not known.
    pub(super) spent: Option<Cost>,
    latency: Option<Duration>,
    parts: DurationParts,
}

/// Makes the check.
pub(super) async fn run_steps(check: &LlmCheck, context: CheckContext<'_>) -> Finding {
    let mut run = StepRun::new(check, context);
    run.execute_all().await;
    run.finish()
}

impl<'a> StepRun<'a> {
    /// Creates a check that has made no step yet.
    pub(super) fn new(check: &'a LlmCheck, context: CheckContext<'a>) -> Self {
        let state =
            StepState::recall(context.prior_state, &check.account_fingerprint).unwrap_or_default();
        let mode = match (context.prior_state, context.force_all) {
            (PriorState::Unreadable, _) => Mode::WithoutState,
            (_, true) => Mode::ForceAll,
            (_, false) => Mode::ByInterval,
        };
        Self {
            check,
            context,
            caller: Caller::new(check, context),
            stored_state: state.clone(),
            state,
            collected: StepData::default(),
            mode,
            redactor: Redactor::new(context.secrets),
            executed: BTreeSet::new(),
        }
    }
}

impl StepRun<'_> {
    async fn execute_all(&mut self) {
        let was_well: BTreeSet<Step> =
            Step::SEQUENCE.into_iter().filter(|step| self.state.failure(*step).is_none()).collect();
        for step in [Step::Reach, Step::Key, Step::Models] {
            if self.is_due(step) {
                self.execute(step).await;
            }
        }
        // A step that has just begun to fail is met with a completion: perhaps all works anyway.
        let has_news = self.executed.iter().any(|step| {
            was_well.contains(step)
                && !self.state.is_absent(*step)
                && self.state.failure(*step).is_some_and(|failure| failure.impact == Impact::Down)
        });
        if self.completes() && (self.is_due(Step::Completion) || has_news) {
            self.execute(Step::Completion).await;
            if self.state.failure(Step::Completion).is_some_and(due::has_open_cause) {
                self.execute_lower_steps().await;
            }
        }
        for step in [Step::Usage, Step::StatusPage] {
            if self.is_due(step) {
                self.execute(step).await;
            }
        }
    }

    /// Makes the free steps that were not due, to tell whose fault it is that a completion failed.
    async fn execute_lower_steps(&mut self) {
        let is_of_use = |run: &Self, step| {
            !run.executed.contains(&step)
                && due::is_useful(step, &run.check.cadence, &run.state, run.now())
        };
        for step in [Step::Reach, Step::Key, Step::Models] {
            let comes_with_the_list =
                step == Step::Key && self.is_validated_by_list() && is_of_use(self, Step::Models);
            if is_of_use(self, step) && !comes_with_the_list {
                self.execute(step).await;
            }
        }
    }

    pub(super) fn is_due(&self, step: Step) -> bool {
        !self.executed.contains(&step)
            && self.check.is_due(step, &self.state, self.now(), self.mode)
    }

    /// Returns whether a completion may be made now.
    fn completes(&self) -> bool {
        self.check.cadence.has(Step::Completion)
            && self.mode != Mode::WithoutState
            && !due::is_asleep(&self.state)
    }

    /// Makes a step, unless there is no time for it or no way to it.
    async fn execute(&mut self, step: Step) {
        if self.caller.left().is_zero() {
            return;
        }
        self.collected.trace = None;
        self.collected.is_missing = false;
        let result = match step {
            Step::Reach => self.reach().await,
            Step::Key => self.key().await,
            Step::Models => self.models().await,
            Step::Completion => self.complete().await,
            Step::Usage => self.usage().await,
            Step::StatusPage => self.status_page().await,
        };
        if let Some(result) = result {
            self.record(step, result);
        }
    }

    /// Checks that the provider answers without a key. `None` if it was not tried.
    async fn reach(&mut self) -> Option<Result<(), ProviderFailure>> {
        /// Enough to tell whose answer it is.
        const MAX_BYTES: usize = 8 * 1024;
        let call = self.check.account.reach()?;
        let answer = match self.answer(&call, MAX_BYTES).await? {
            Ok(answer) => answer,
            Err(failure) => return Some(Err(failure)),
        };
        let ProviderResponse { head, body, is_cut, trace } = answer;
        self.collected.trace = Some(trace);
        // The beginning of a long document cannot be read as one.
        let begins_well = is_cut
            && head.is_success()
            && matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if begins_well {
            return Some(Ok(()));
        }
        Some(classify::reached(self.provider(), &head, &body, self.now()))
    }

    /// Makes a call of a step that is not a completion. `None` if an earlier call has found the
    /// target unreachable.
    pub(super) async fn answer(
        &mut self,
        call: &ProviderCall,
        max_bytes: usize,
    ) -> Option<Result<ProviderResponse, ProviderFailure>> {
        if self.caller.is_unreachable(call) {
            return None;
        }
        let left = self.caller.left();
        let completes_later = self.completes() && !self.executed.contains(&Step::Completion);
        let limit = if completes_later { left / 2 } else { left }.min(STEP_LIMIT);
        let answer = match self.caller.fetch(call, limit, max_bytes).await {
            Ok(answer) => answer,
            Err(cause) => return Some(Err(cause.into())),
        };
        self.detect_trial_key(&answer.head);
        self.collected.is_missing = MISSING.contains(&answer.head.status);
        if let Some(failure) = redirected(call, &answer) {
            return Some(Err(failure));
        }
        Some(Ok(answer))
    }

    /// Reads an answer, a large one off the threads that serve other checks. Fails if it could not
    /// be read in the time that is left.
    pub(super) async fn read_answer<T: Send + 'static>(
        &self,
        answer: ProviderResponse,
        read: impl FnOnce(&ProviderResponse) -> T + Send + 'static,
    ) -> Result<(T, ProviderResponse), ProviderFailure> {
        if answer.body.len() <= SMALL_ANSWER {
            return Ok((read(&answer), answer));
        }
        let work = offload::run(move |_| (read(&answer), answer));
        let done = timeout(self.caller.left(), work).await.ok().flatten();
        done.ok_or_else(|| {
            let what = "cannot read a large answer in time";
            ProviderFailure::new(Reason::CheckFailed, what)
        })
    }

    /// Notes that the key is a trial's, if an answer shows it.
    pub(super) fn detect_trial_key(&mut self, head: &Head) {
        self.state.is_trial |= head.header(TRIAL_HEADER).is_some();
    }

    /// Keeps the result of a step, without secrets.
    pub(super) fn record(&mut self, step: Step, result: Result<(), ProviderFailure>) {
        let trace = self.collected.trace.take();
        let result = match (result, &trace) {
            (Ok(()), Some(trace)) if self.check.top() == Some(step) => self.judge_time(step, trace),
            (result, _) => result,
        };
        if let Some(trace) = trace {
            if self.check.top() == Some(step) {
                self.collected.latency = Some(trace.latency());
                self.collected.parts = trace.parts;
            }
            if Step::SEQUENCE.contains(&step) {
                self.collected.metrics.extend(trace.metrics);
            }
        }
        let result = result.map_err(|failure| ProviderFailure {
            message: self.redactor.redact(&failure.message).into_owned(),
            code: failure.code.as_deref().map(|code| self.clean(code)),
            ..failure
        });
        self.executed.insert(step);
        let now = self.now();
        match result {
            Err(failure) if self.collected.is_missing && self.may_lack(step) => {
                self.state.record_absent(step, now, failure);
            }
            result => self.state.record(step, now, result),
        }
    }

    /// Checks whether a server may lack the resource of a free step: a self-hosted one, a gateway
    /// in front of a provider, or a provider at which each account has its own address.
    fn may_lack(&self, step: Step) -> bool {
        matches!(step, Step::Reach | Step::Key | Step::Models)
            && (self.provider().is_self_hosted || !self.check.account.is_at_public_address())
    }

    /// Returns the verdict of the condition `degraded`, if nothing is completed.
    fn judge_time(&self, step: Step, trace: &Trace) -> Result<(), ProviderFailure> {
        if step == Step::Completion {
            return Ok(());
        }
        self.check.judge(&Metrics::new(), trace.latency())
    }

    /// Keeps a label without secrets, of at most [`MAX_LABEL`] characters.
    pub(super) fn label(&mut self, label: Label, text: &str) {
        let text = self.clean(text);
        if !text.is_empty() {
            self.collected.labels.insert(label.name().to_owned(), text);
        }
    }

    /// Shortens a text to one line without secrets.
    fn clean(&self, text: &str) -> String {
        let redacted = self.redactor.redact(text);
        let one_line = redacted.chars().map(|c| if c.is_control() { ' ' } else { c });
        one_line.take(MAX_LABEL).collect::<String>().trim().to_owned()
    }

    /// Keeps a measurement.
    pub(super) fn measure(&mut self, metric: Metric, value: f64) {
        self.keep(metric.name.to_owned(), value);
    }

    /// Keeps a measurement of a metric whose name is completed by `part`.
    pub(super) fn measure_part(&mut self, metric: Metric, part: &str, value: f64) {
        if let Some(name) = metric.with_part(part) {
            self.keep(name, value);
        }
    }

    fn keep(&mut self, name: String, value: f64) {
        if value.is_finite() {
            self.collected.metrics.insert(name, value);
        }
    }

    pub(super) fn provider(&self) -> &'static Provider {
        self.check.account.provider
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.now
    }

    pub(super) fn has_executed(&self, step: Step) -> bool {
        self.executed.contains(&step)
    }

    /// Returns the note, if the next check needs another one than there is.
    fn changed_note(&self) -> Option<Note> {
        let next = self.now().checked_add(self.context.interval).unwrap_or(Timestamp::MAX);
        let cadence = &self.check.cadence;
        note::has_changed(&self.stored_state, &self.state, cadence, next)
            .then(|| self.state.note())
            .flatten()
    }

    fn finish(mut self) -> Finding {
        let is_blind = self.mode == Mode::WithoutState;
        let pause = self.collected.pause.take();
        let judgement = verdict::judge(VerdictInput {
            cadence: &self.check.cadence,
            state: &self.state,
            model: self.check.account.model.as_deref(),
            task: self.check.account.route.task(),
            pause: pause.as_deref(),
            is_blind: is_blind || self.collected.is_unfunded,
        });
        let asked_with_key = [Step::Key, Step::Models, Step::Completion];
        if asked_with_key.iter().any(|step| self.executed.contains(step)) {
            if judgement.is_restricted {
                self.label(labels::KEY, "restricted");
            } else if self.state.is_trial {
                self.label(labels::KEY, "trial");
            }
            self.label_key_warnings();
        }
        if let Some(pause) = &pause {
            self.label(labels::COMPLETION, pause);
        }
        if let Some(step) = judgement.works_up_to {
            self.label(labels::WORKS_UP_TO, step.name());
        }
        if let Some(why) = &judgement.keyless {
            self.label(labels::REACH, why);
        }
        if let Some(code) = &judgement.code {
            self.label(labels::PROVIDER_CODE, code);
        }
        if let Some(rule) = &judgement.rule {
            self.label(labels::CLASSIFIED_BY, rule);
        }
        let absent: Vec<&str> = Step::SEQUENCE
            .into_iter()
            .filter(|step| self.check.cadence.has(*step) && self.state.is_absent(*step))
            .map(Step::name)
            .collect();
        self.label(labels::ABSENT, &absent.join(", "));
        self.measure_spending();
        let note = if is_blind { None } else { self.changed_note() };
        let StepData { metrics, labels, cost, catalog, latency, parts, .. } = self.collected;
        Finding { verdict: judgement.verdict, latency, parts, metrics, labels, cost, note, catalog }
    }
}

/// Returns the failure for a redirect, which is not followed: a key is sent to no other server.
fn redirected(call: &ProviderCall, answer: &ProviderResponse) -> Option<ProviderFailure> {
    if !(300..400).contains(&answer.head.status) {
        return None;
    }
    let to = answer.head.header("location").unwrap_or("nowhere");
    let what = format!(
        "`{}` redirects to `{to}`, and a key is sent only to the configured address; if the \
         redirect is correct, set its target as the address",
        call.url
    );
    Some(ProviderFailure::new(Reason::EndpointNotFound, what))
}
