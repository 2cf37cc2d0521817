//! The verdict from the last results of all steps. Pure.
//!
//! A good result stands until its step is due again; one that is older than the failure of a lower
//! step no longer counts.

use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Impact};
use allclear_llm::task::Task;

use super::step_state::{LastResult, StepFailure, StepState};
use super::steps::{BeatCadence, Step};

/// Input of the verdict.
#[derive(Debug, Clone, Copy)]
pub(super) struct VerdictInput<'a> {
    pub(super) cadence: &'a BeatCadence,
    pub(super) state: &'a StepState,
    /// The model in use.
    pub(super) model: Option<&'a str>,
    /// The task that the model is asked for; `None` for a chat.
    pub(super) task: Option<Task>,
    /// Reason why a due completion is not made.
    pub(super) pause: Option<&'a str>,
    /// True if the stored state could not be read.
    pub(super) is_blind: bool,
}

/// A verdict, and the facts that come with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VerdictReport {
    pub(super) verdict: Verdict,
    /// The highest step that works below one that fails.
    pub(super) works_up_to: Option<Step>,
    /// True if the key has only the permissions that it needs.
    pub(super) is_restricted: bool,
    /// The provider's code of the failure.
    pub(super) code: Option<String>,
    /// The id of the rule that classified the failure.
    pub(super) rule: Option<String>,
    /// Failure of the request without a key, if it does not count.
    pub(super) keyless: Option<String>,
}

/// Decides the verdict.
pub(super) fn judge(facts: VerdictInput<'_>) -> VerdictReport {
    VerdictReport { keyless: facts.keyless(), ..judge_steps(facts) }
}

fn judge_steps(facts: VerdictInput<'_>) -> VerdictReport {
    let state = facts.state;
    let good = |verdict| VerdictReport {
        verdict,
        works_up_to: None,
        is_restricted: state.is_restricted || has_restricted_step(facts),
        code: None,
        rule: None,
        keyless: None,
    };
    let fails = |step: Step, failure: &StepFailure, make: fn(Cause) -> Verdict| VerdictReport {
        verdict: make(failure.cause(facts.explain(step, failure))),
        works_up_to: facts.passing_below(step).last().copied(),
        is_restricted: state.is_restricted,
        code: failure.code.clone(),
        rule: failure.rule.clone(),
        keyless: None,
    };
    match facts.completion() {
        Some(LastResult { failure: None, .. }) => match facts.degraded_by() {
            Some((step, failure)) => fails(step, failure, Verdict::Degraded),
            None => facts.with_usage(good(Verdict::Healthy), fails),
        },
        Some(LastResult { failure: Some(failure), .. }) => {
            if let Some((step, lower)) = facts.root_cause(failure) {
                return fails(step, lower, by_impact(lower.impact));
            }
            if facts.is_model_unlisted() && facts.is_explained_by_list(failure) {
                return facts.model_not_listed(Some(&failure.message));
            }
            fails(Step::Completion, failure, by_impact(failure.impact))
        }
        None => facts.without_completion(good, fails),
    }
}

/// Returns the verdict for a failure of this impact.
fn by_impact(impact: Impact) -> fn(Cause) -> Verdict {
    match impact {
        Impact::Degraded => Verdict::Degraded,
        Impact::Down => Verdict::failure,
        Impact::Inconclusive => Verdict::unknown,
    }
}

/// Returns whether a step fails only because the key lacks a permission for it.
fn has_restricted_step(facts: VerdictInput<'_>) -> bool {
    facts.lower_results().any(|(step, last)| {
        last.failure.as_ref().is_some_and(|failure| is_optional_permission(step, failure))
    })
}

/// Returns whether a step fails because the key lacks a permission that it does not need.
fn is_optional_permission(step: Step, failure: &StepFailure) -> bool {
    matches!(step, Step::Key | Step::Models) && failure.reason == Reason::Permission
}

/// Returns whether a failure shows the provider's state, including that it sleeps.
fn is_conclusive(failure: &StepFailure) -> bool {
    failure.impact != Impact::Inconclusive || failure.reason == Reason::Asleep
}

impl<'a> VerdictInput<'a> {
    /// Returns the results of the steps below a completion, the lowest first. A step that the
    /// server does not have counts only if no completion is made.
    fn lower_results(self) -> impl Iterator<Item = (Step, &'a LastResult)> {
        let completes = self.cadence.has(Step::Completion);
        Step::SEQUENCE
            .into_iter()
            .filter(move |step| *step != Step::Completion && self.cadence.has(*step))
            .filter_map(move |step| Some((step, self.state.last(step)?)))
            .filter(move |(_, last)| !(completes && last.is_absent))
    }

    /// Returns the failures below a completion that count, the lowest first.
    fn failures(self) -> impl Iterator<Item = (Step, &'a StepFailure)> {
        let failures =
            self.lower_results().filter_map(|(step, last)| Some((step, last.failure.as_ref()?)));
        failures.filter(move |(step, failure)| *step != Step::Reach || !self.is_disproved(failure))
    }

    /// Checks whether a failure of the request without a key does not count: since then, a call
    /// with a key was answered well, or the key or the credit was refused. Some servers cannot
    /// refuse a call without a key, and fail instead.
    fn is_disproved(self, reach: &StepFailure) -> bool {
        use Reason::{EndpointNotFound, Overloaded, ServerError};
        let is_answer = matches!(reach.reason, EndpointNotFound | Overloaded | ServerError);
        let knows =
            |failure: &StepFailure| matches!(failure.fault, Fault::Credentials | Fault::Quota);
        let works = |step: &Step| {
            let last = self.state.last(*step).filter(|_| self.cadence.has(*step));
            last.is_some_and(|last| {
                last.at >= reach.since && last.failure.as_ref().is_none_or(knows)
            })
        };
        is_answer && [Step::Key, Step::Models, Step::Completion].iter().any(works)
    }

    /// Returns the failure of the request without a key, if it does not count.
    fn keyless(self) -> Option<String> {
        let failure = self.state.failure(Step::Reach).filter(|_| self.cadence.has(Step::Reach))?;
        self.is_disproved(failure).then(|| format!("fails: {}", failure.message))
    }

    /// Returns the last result of a completion, if it still counts.
    fn completion(self) -> Option<&'a LastResult> {
        if !self.cadence.has(Step::Completion) || self.is_blind {
            return None;
        }
        let last = self.state.last(Step::Completion)?;
        let is_outdated = || {
            self.pause.is_some()
                || self.failures().any(|(step, failure)| {
                    failure.since > last.at
                        && is_conclusive(failure)
                        && !is_optional_permission(step, failure)
                })
        };
        (last.failure.is_some() || !is_outdated()).then_some(last)
    }

    /// Returns the lowest failure beside a completion that works.
    fn degraded_by(self) -> Option<(Step, &'a StepFailure)> {
        self.failures().find(|(step, failure)| {
            is_conclusive(failure) && !is_optional_permission(*step, failure)
        })
    }

    /// Returns the lowest failure that explains why a completion fails. A missing address explains
    /// nothing: a completion that is missing as well has that as its own reason.
    fn root_cause(self, completion: &StepFailure) -> Option<(Step, &'a StepFailure)> {
        if completion.impact == Impact::Degraded {
            return None;
        }
        self.failures().find(|(step, failure)| {
            is_conclusive(failure)
                && failure.impact != Impact::Degraded
                && failure.reason != Reason::EndpointNotFound
                && !is_optional_permission(*step, failure)
        })
    }

    fn is_model_unlisted(self) -> bool {
        self.state.list_summary.as_ref().is_some_and(|listed| listed.has_model == Some(false))
            && self.state.last(Step::Models).is_some_and(|last| last.failure.is_none())
            && self.cadence.has(Step::Models)
    }

    /// Returns whether the absence of the model from the list explains the failure of a completion.
    /// A name that was never listed may be an alias, and the failure the provider's own.
    fn is_explained_by_list(self, completion: &StepFailure) -> bool {
        let vanished = self
            .state
            .list_summary
            .as_ref()
            .is_some_and(|listed| listed.was_listed && !listed.works_unlisted);
        completion.fault == Fault::Request || (completion.fault == Fault::Target && vanished)
    }

    /// Decides the verdict for a model that is not listed, if nothing shows that it works.
    fn model_not_listed(self, words: Option<&str>) -> VerdictReport {
        let model = self.model.unwrap_or_default();
        let mut message = format!("the model `{model}` is not listed");
        if let Some(words) = words {
            let noun = self.task.map_or("completion", Task::noun);
            message = format!("{message}, and {noun} fails: {words}");
        }
        let cause = Cause::of(Reason::ModelNotFound, message);
        VerdictReport {
            verdict: Verdict::failure(cause),
            works_up_to: Some(Step::Models),
            is_restricted: self.state.is_restricted,
            code: None,
            rule: Some("models/not-listed".to_owned()),
            keyless: None,
        }
    }

    fn without_completion(
        self,
        good: impl Fn(Verdict) -> VerdictReport,
        fails: impl Fn(Step, &StepFailure, fn(Cause) -> Verdict) -> VerdictReport,
    ) -> VerdictReport {
        if let Some((step, failure)) =
            self.failures().find(|(_, failure)| failure.impact == Impact::Down)
        {
            return fails(step, failure, Verdict::failure);
        }
        if let Some((step, failure)) =
            self.failures().find(|(_, failure)| failure.impact == Impact::Degraded)
        {
            return fails(step, failure, Verdict::Degraded);
        }
        if let Some((step, failure)) =
            self.failures().find(|(_, failure)| failure.reason == Reason::Asleep)
        {
            return fails(step, failure, Verdict::unknown);
        }
        let unmeasured = |what: &str| {
            let cause = Cause::of(Reason::NotSent, what);
            VerdictReport { code: None, ..good(Verdict::unknown(cause)) }
        };
        match self.lower_results().last() {
            None if self.state.steps.values().any(|last| last.is_absent) => {
                unmeasured("no completion was made, and the server has no other resource to check")
            }
            None => unmeasured("no step of the check was made"),
            Some((Step::Reach, LastResult { failure: Some(failure), .. }))
                if self.is_disproved(failure) =>
            {
                unmeasured("no completion was made, and the answer without a key is inconclusive")
            }
            Some((step, LastResult { failure: Some(failure), .. })) => {
                fails(step, failure, Verdict::unknown)
            }
            Some(_) if self.is_model_unlisted() && !self.cadence.has(Step::Completion) => {
                self.model_not_listed(None)
            }
            Some(_) if self.is_blind && self.cadence.has(Step::Completion) => unmeasured(
                "no completion was made: cannot read the stored state or the spending, so the \
                 cost of the month is unknown",
            ),
            Some(_) if self.pause.is_none() && self.cadence.has(Step::Completion) => {
                unmeasured("no completion was made: no time was left")
            }
            Some(_) => self.with_usage(good(Verdict::Healthy), fails),
        }
    }

    /// Degrades the verdict by the result of the usage step, if everything else works.
    fn with_usage(
        self,
        well: VerdictReport,
        fails: impl Fn(Step, &StepFailure, fn(Cause) -> Verdict) -> VerdictReport,
    ) -> VerdictReport {
        let failure = self.state.failure(Step::Usage).filter(|_| self.cadence.has(Step::Usage));
        match failure.filter(|failure| matches!(failure.fault, Fault::Credentials | Fault::Quota)) {
            Some(failure) => fails(Step::Usage, failure, Verdict::Degraded),
            None => well,
        }
    }

    /// Returns the good steps below `step`.
    fn passing_below(self, step: Step) -> Vec<Step> {
        let completes = self.completion().filter(|last| last.failure.is_none());
        self.lower_results()
            .filter(|(lower, last)| *lower < step && last.failure.is_none())
            .map(|(lower, _)| lower)
            .chain(completes.filter(|_| step == Step::Usage).map(|_| Step::Completion))
            .collect()
    }

    /// Explains a failure and names the lower steps that still work.
    fn explain(self, step: Step, failure: &StepFailure) -> String {
        let mut good = self.passing_below(step);
        if good.len() > 1 {
            good.retain(|step| *step != Step::Reach);
        }
        let mut words: Vec<&str> = good.into_iter().map(|step| self.success_phrase(step)).collect();
        let completes = self.completion().is_some_and(|last| last.failure.is_none());
        if completes && step < Step::Completion {
            words.push(self.completion_phrase());
        }
        let noun = self.task.map_or("completion", Task::noun);
        let of_completion = match failure {
            StepFailure { reason: Reason::Degraded, .. } => format!("{noun} is degraded"),
            StepFailure { impact: Impact::Degraded, .. } => format!("{noun} is impaired"),
            StepFailure { .. } => format!("{noun} fails"),
        };
        words.push(match step {
            Step::Reach => "unreachable",
            Step::Key => "the key check fails",
            Step::Models => "listing the models fails",
            Step::Completion => &of_completion,
            Step::Usage => "usage",
            Step::StatusPage => "the status page cannot be read",
        });
        format!("{}: {}", words.join(", "), failure.message)
    }

    fn success_phrase(self, step: Step) -> &'static str {
        let has_model = self.state.list_summary.as_ref().and_then(|listed| listed.has_model);
        match step {
            Step::Reach => "reached",
            Step::Key => "key valid",
            Step::Models if has_model == Some(true) => "model listed",
            Step::Models => "models listed",
            Step::Completion => self.completion_phrase(),
            Step::Usage | Step::StatusPage => "",
        }
    }

    /// Returns the words for a completion or a task that is answered.
    fn completion_phrase(self) -> &'static str {
        match self.task {
            None => "completions work",
            Some(Task::Embeddings) => "embeddings work",
            Some(Task::Rerank) => "reranking works",
            Some(Task::Speech) => "speech works",
            Some(Task::Transcription) => "transcription works",
            Some(Task::Image) => "images work",
        }
    }
}

#[cfg(test)]
mod tests;
