//! The verdict from the last results of all steps. Pure.
//!
//! A good result stands until its step is due again; one that is older than the failure of a lower
//! step no longer counts.

use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Impact};
use allclear_llm::task::Task;

use super::step_state::{Last, StepFailure, StepState};
use super::steps::{Cadence, Step};

/// Input of the verdict.
#[derive(Debug, Clone, Copy)]
pub(super) struct VerdictInput<'a> {
    pub(super) cadence: &'a Cadence,
    pub(super) memory: &'a StepState,
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
    VerdictReport { keyless: facts.keyless(), ..of(facts) }
}

fn of(facts: VerdictInput<'_>) -> VerdictReport {
    let memory = facts.memory;
    let good = |verdict| VerdictReport {
        verdict,
        works_up_to: None,
        is_restricted: memory.is_restricted || has_restricted_rung(facts),
        code: None,
        rule: None,
        keyless: None,
    };
    let fails = |step: Step, fall: &StepFailure, make: fn(Cause) -> Verdict| VerdictReport {
        verdict: make(fall.cause(facts.explain(step, fall))),
        works_up_to: facts.good_below(step).last().copied(),
        is_restricted: memory.is_restricted,
        code: fall.code.clone(),
        rule: fall.rule.clone(),
        keyless: None,
    };
    match facts.completion() {
        Some(Last { fall: None, .. }) => match facts.degraded_by() {
            Some((step, fall)) => fails(step, fall, Verdict::Degraded),
            None => facts.with_usage(good(Verdict::Healthy), fails),
        },
        Some(Last { fall: Some(fall), .. }) => {
            if let Some((step, lower)) = facts.root_cause(fall) {
                return fails(step, lower, by_impact(lower.impact));
            }
            if facts.is_model_gone() && facts.is_gone_for(fall) {
                return facts.gone(Some(&fall.message));
            }
            fails(Step::Completion, fall, by_impact(fall.impact))
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

/// Returns whether a rung fails only because the key lacks a permission for it.
fn has_restricted_rung(facts: VerdictInput<'_>) -> bool {
    facts.lower().any(|(step, last)| last.fall.as_ref().is_some_and(|fall| is_refused(step, fall)))
}

/// Returns whether a rung fails because the key lacks a permission that it does not need.
fn is_refused(step: Step, fall: &StepFailure) -> bool {
    matches!(step, Step::Key | Step::Models) && fall.reason == Reason::Permission
}

/// Returns whether a failure shows the provider's state, including that it sleeps.
fn speaks(fall: &StepFailure) -> bool {
    fall.impact != Impact::Inconclusive || fall.reason == Reason::Asleep
}

impl<'a> VerdictInput<'a> {
    /// Returns the results of the steps below a completion, the lowest first. A step that the
    /// server does not have counts only if no completion is made.
    fn lower(self) -> impl Iterator<Item = (Step, &'a Last)> {
        let completes = self.cadence.has(Step::Completion);
        Step::RUNGS
            .into_iter()
            .filter(move |step| *step != Step::Completion && self.cadence.has(*step))
            .filter_map(move |step| Some((step, self.memory.last(step)?)))
            .filter(move |(_, last)| !(completes && last.is_absent))
    }

    /// Returns the failures below a completion that count, the lowest first.
    fn failures(self) -> impl Iterator<Item = (Step, &'a StepFailure)> {
        let falls = self.lower().filter_map(|(step, last)| Some((step, last.fall.as_ref()?)));
        falls.filter(move |(step, fall)| *step != Step::Reach || !self.is_disproved(fall))
    }

    /// Checks whether a failure of the request without a key does not count: since then, a call
    /// with a key was answered well, or the key or the credit was refused. Some servers cannot
    /// refuse a call without a key, and fail instead.
    fn is_disproved(self, reach: &StepFailure) -> bool {
        use Reason::{EndpointNotFound, Overloaded, ServerError};
        let is_answer = matches!(reach.reason, EndpointNotFound | Overloaded | ServerError);
        let knows = |fall: &StepFailure| matches!(fall.fault, Fault::Credentials | Fault::Quota);
        let works = |step: &Step| {
            let last = self.memory.last(*step).filter(|_| self.cadence.has(*step));
            last.is_some_and(|last| last.at >= reach.since && last.fall.as_ref().is_none_or(knows))
        };
        is_answer && [Step::Key, Step::Models, Step::Completion].iter().any(works)
    }

    /// Returns the failure of the request without a key, if it does not count.
    fn keyless(self) -> Option<String> {
        let fall = self.memory.fall(Step::Reach).filter(|_| self.cadence.has(Step::Reach))?;
        self.is_disproved(fall).then(|| format!("fails: {}", fall.message))
    }

    /// Returns the last result of a completion, if it still counts.
    fn completion(self) -> Option<&'a Last> {
        if !self.cadence.has(Step::Completion) || self.is_blind {
            return None;
        }
        let last = self.memory.last(Step::Completion)?;
        let is_outdated = || {
            self.pause.is_some()
                || self.failures().any(|(step, fall)| {
                    fall.since > last.at && speaks(fall) && !is_refused(step, fall)
                })
        };
        (last.fall.is_some() || !is_outdated()).then_some(last)
    }

    /// Returns the lowest failure beside a completion that works.
    fn degraded_by(self) -> Option<(Step, &'a StepFailure)> {
        self.failures().find(|(step, fall)| speaks(fall) && !is_refused(*step, fall))
    }

    /// Returns the lowest failure that explains why a completion fails. A missing address explains
    /// nothing: a completion that is missing as well has that as its own reason.
    fn root_cause(self, completion: &StepFailure) -> Option<(Step, &'a StepFailure)> {
        if completion.impact == Impact::Degraded {
            return None;
        }
        self.failures().find(|(step, fall)| {
            speaks(fall)
                && fall.impact != Impact::Degraded
                && fall.reason != Reason::EndpointNotFound
                && !is_refused(*step, fall)
        })
    }

    fn is_model_gone(self) -> bool {
        self.memory.listed.as_ref().is_some_and(|listed| listed.has_model == Some(false))
            && self.memory.last(Step::Models).is_some_and(|last| last.fall.is_none())
            && self.cadence.has(Step::Models)
    }

    /// Returns whether the absence of the model from the list explains the failure of a completion.
    /// A name that was never listed may be an alias, and the failure the provider's own.
    fn is_gone_for(self, completion: &StepFailure) -> bool {
        let vanished = self
            .memory
            .listed
            .as_ref()
            .is_some_and(|listed| listed.was_there && !listed.works_unlisted);
        completion.fault == Fault::Request || (completion.fault == Fault::Target && vanished)
    }

    /// Decides the verdict for a model that is not listed, if nothing shows that it works.
    fn gone(self, words: Option<&str>) -> VerdictReport {
        let model = self.model.unwrap_or_default();
        let mut message = format!("the model `{model}` is not among those that are listed");
        if let Some(words) = words {
            let noun = self.task.map_or("completion", Task::noun);
            message = format!("{message}, and {noun} fails: {words}");
        }
        let cause = Cause::of(Reason::ModelNotFound, message);
        VerdictReport {
            verdict: Verdict::failure(cause),
            works_up_to: Some(Step::Models),
            is_restricted: self.memory.is_restricted,
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
        if let Some((step, fall)) = self.failures().find(|(_, fall)| fall.impact == Impact::Down) {
            return fails(step, fall, Verdict::failure);
        }
        if let Some((step, fall)) =
            self.failures().find(|(_, fall)| fall.impact == Impact::Degraded)
        {
            return fails(step, fall, Verdict::Degraded);
        }
        if let Some((step, fall)) = self.failures().find(|(_, fall)| fall.reason == Reason::Asleep)
        {
            return fails(step, fall, Verdict::unknown);
        }
        let unmeasured = |what: &str| {
            let cause = Cause::of(Reason::NotSent, what);
            VerdictReport { code: None, ..good(Verdict::unknown(cause)) }
        };
        match self.lower().last() {
            None if self.memory.steps.values().any(|last| last.is_absent) => unmeasured(
                "no completion was made, and the server has nothing else that can be asked",
            ),
            None => unmeasured("no step of the check was made"),
            Some((Step::Reach, Last { fall: Some(fall), .. })) if self.is_disproved(fall) => {
                unmeasured(
                    "no completion was made, and the answer without a key says nothing about it",
                )
            }
            Some((step, Last { fall: Some(fall), .. })) => fails(step, fall, Verdict::unknown),
            Some(_) if self.is_model_gone() && !self.cadence.has(Step::Completion) => {
                self.gone(None)
            }
            Some(_) if self.is_blind && self.cadence.has(Step::Completion) => unmeasured(
                "no completion was made: what earlier checks noted or spent cannot be read, and \
                 without it what the month has cost is unknown",
            ),
            Some(_) if self.pause.is_none() && self.cadence.has(Step::Completion) => {
                unmeasured("no completion was made: there was no time for it")
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
        let fall = self.memory.fall(Step::Usage).filter(|_| self.cadence.has(Step::Usage));
        match fall.filter(|fall| matches!(fall.fault, Fault::Credentials | Fault::Quota)) {
            Some(fall) => fails(Step::Usage, fall, Verdict::Degraded),
            None => well,
        }
    }

    /// Returns the good rungs below `step`.
    fn good_below(self, step: Step) -> Vec<Step> {
        let completes = self.completion().filter(|last| last.fall.is_none());
        self.lower()
            .filter(|(lower, last)| *lower < step && last.fall.is_none())
            .map(|(lower, _)| lower)
            .chain(completes.filter(|_| step == Step::Usage).map(|_| Step::Completion))
            .collect()
    }

    /// Explains a failure and names the lower steps that still work.
    fn explain(self, step: Step, fall: &StepFailure) -> String {
        let mut good = self.good_below(step);
        if good.len() > 1 {
            good.retain(|step| *step != Step::Reach);
        }
        let mut words: Vec<&str> = good.into_iter().map(|step| self.good_word(step)).collect();
        let completes = self.completion().is_some_and(|last| last.fall.is_none());
        if completes && step < Step::Completion {
            words.push(self.works());
        }
        let noun = self.task.map_or("completion", Task::noun);
        let of_completion = match fall {
            StepFailure { reason: Reason::Degraded, .. } => format!("{noun} is degraded"),
            StepFailure { impact: Impact::Degraded, .. } => format!("{noun} limps"),
            StepFailure { .. } => format!("{noun} fails"),
        };
        words.push(match step {
            Step::Reach => "it cannot be reached",
            Step::Key => "the key check fails",
            Step::Models => "listing the models fails",
            Step::Completion => &of_completion,
            Step::Usage => "usage",
            Step::StatusPage => "the status page cannot be read",
        });
        format!("{}: {}", words.join(", "), fall.message)
    }

    fn good_word(self, step: Step) -> &'static str {
        let has_model = self.memory.listed.as_ref().and_then(|listed| listed.has_model);
        match step {
            Step::Reach => "reached",
            Step::Key => "key valid",
            Step::Models if has_model == Some(true) => "model listed",
            Step::Models => "models listed",
            Step::Completion => self.works(),
            Step::Usage | Step::StatusPage => "",
        }
    }

    /// Returns the words for a completion or a task that is answered.
    fn works(self) -> &'static str {
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
