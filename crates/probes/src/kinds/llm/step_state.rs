//! State that a check stores for the next one: the last result of each step, and the facts that show
//! a change.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::checker::PriorState;
use allclear_core::checker_state::Note;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Impact};
use allclear_llm::classify::ProviderFailure;
use allclear_llm::model::TokenPrice;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::steps::Step;

/// The most balances that are kept, and the least time between two in seconds: two weeks of them.
const MAX_BALANCES: usize = 84;
const BALANCE_EVERY_SECONDS: i64 = 4 * 60 * 60;

/// The longest wait that a provider can ask for.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The most characters of a message that are kept.
const MAX_MESSAGE: usize = 200;

/// The most characters of a provider's code that are kept.
const MAX_CODE: usize = 60;

/// State that a check hands to the next one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StepState {
    /// Fingerprint of the account of the results. They are void for another provider, model or
    /// address.
    pub(super) account_fingerprint: String,
    /// The last result of each step.
    pub(super) steps: BTreeMap<Step, LastResult>,
    /// True for a trial key.
    #[serde(default)]
    pub(super) is_trial: bool,
    /// True if the key has fewer permissions than the account.
    #[serde(default)]
    pub(super) is_restricted: bool,
    /// The team that the key belongs to, as far as requests need it.
    #[serde(default)]
    pub(super) team: Option<String>,
    /// Summary of the last list of models.
    #[serde(default)]
    pub(super) list_summary: Option<ListSummary>,
    /// The latest balances in US dollars, oldest first.
    #[serde(default)]
    pub(super) balances: Vec<(Timestamp, f64)>,
}

/// The last result of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LastResult {
    /// Time of the result.
    pub(super) at: Timestamp,
    /// The failure; `None` if the step succeeded.
    pub(super) failure: Option<StepFailure>,
    /// End of the wait that the provider asked for.
    pub(super) wait_until: Option<Timestamp>,
    /// True if the server does not have the resource that the step requests: it answered 404, 405
    /// or 501. The failure is kept for its message, and counts only if nothing else is measured.
    #[serde(default)]
    pub(super) is_absent: bool,
}

/// A failure of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StepFailure {
    /// Since when it fails.
    pub(super) since: Timestamp,
    pub(super) fault: Fault,
    pub(super) reason: Reason,
    pub(super) impact: Impact,
    pub(super) message: String,
    /// The provider's own code.
    pub(super) code: Option<String>,
    /// The id of the rule that classified it.
    #[serde(default)]
    pub(super) rule: Option<String>,
}

/// Summary of a list of models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ListSummary {
    /// Digest of the list, which shows a change.
    pub(super) digest: u64,
    /// Time at which the list was last handed on for storage.
    pub(super) stored_at: Timestamp,
    /// Presence of the model in use; `None` if the list does not show it.
    pub(super) has_model: Option<bool>,
    /// True if the model in use was ever in the list.
    #[serde(default)]
    pub(super) was_listed: bool,
    /// True if the model in use was seen to complete without being in the list, as an alias does.
    #[serde(default)]
    pub(super) works_unlisted: bool,
    /// Announced shutdown of the model in use.
    pub(super) shutdown: Option<Date>,
    /// The provider's price of the model in use.
    pub(super) price: Option<TokenPrice>,
}

impl StepState {
    /// Returns the state of the account with this fingerprint; `None` if it cannot be read.
    pub(super) fn recall(prior: PriorState<'_>, fingerprint: &str) -> Option<Self> {
        let blank = || Self { account_fingerprint: fingerprint.to_owned(), ..Self::default() };
        match prior {
            PriorState::Unreadable => None,
            PriorState::Blank => Some(blank()),
            // The note of another account or version counts for nothing.
            PriorState::Noted(note) => {
                let stored =
                    note.read::<Self>().filter(|state| state.account_fingerprint == fingerprint);
                Some(stored.unwrap_or_else(blank))
            }
        }
    }

    /// Returns the note that stores the state.
    pub(super) fn note(&self) -> Option<Note> {
        Note::of(self)
    }

    /// Records the result of a step made at `at`. The caller must have redacted the messages.
    pub(super) fn record(
        &mut self,
        step: Step,
        at: Timestamp,
        result: Result<(), ProviderFailure>,
    ) {
        let wait = result.as_ref().err().and_then(|failure| failure.retry_after);
        let wait_until = wait.and_then(|wait| at.checked_add(wait.min(LONGEST_WAIT)).ok());
        let failure = result.err().map(|failure| {
            let since = self.failure(step).map_or(at, |failure| failure.since);
            let ProviderFailure { fault, reason, impact, message, code, rule, retry_after: _ } =
                failure;
            let message = message.chars().take(MAX_MESSAGE).collect();
            let code = code.map(|code| code.chars().take(MAX_CODE).collect());
            let rule = rule.map(|rule| rule.chars().take(MAX_CODE).collect());
            StepFailure { since, fault, reason, impact, message, code, rule }
        });
        if let Some(listed) = self.list_summary.as_mut().filter(|_| step == Step::Completion) {
            listed.works_unlisted |= listed.has_model == Some(false) && failure.is_none();
        }
        self.steps.insert(step, LastResult { at, failure, wait_until, is_absent: false });
    }

    /// Records that the server does not have the resource of a step, as it answered at `at`.
    pub(super) fn record_absent(&mut self, step: Step, at: Timestamp, failure: ProviderFailure) {
        self.record(step, at, Err(failure));
        if let Some(last) = self.steps.get_mut(&step) {
            last.is_absent = true;
        }
    }

    /// Checks whether the server was found not to have the resource of a step.
    pub(super) fn is_absent(&self, step: Step) -> bool {
        self.last(step).is_some_and(|last| last.is_absent)
    }

    /// Returns the last result of a step.
    pub(super) fn last(&self, step: Step) -> Option<&LastResult> {
        self.steps.get(&step)
    }

    /// Returns the last failure of a step; `None` if its last result was good.
    pub(super) fn failure(&self, step: Step) -> Option<&StepFailure> {
        self.last(step)?.failure.as_ref()
    }

    /// Keeps a balance, unless the last one is recent.
    pub(super) fn keep_balance(&mut self, now: Timestamp, usd: f64) {
        let is_recent = self.balances.last().is_some_and(|(at, _)| {
            (0..BALANCE_EVERY_SECONDS).contains(&(now.as_second() - at.as_second()))
        });
        if is_recent || !usd.is_finite() {
            return;
        }
        self.balances.push((now, usd));
        let surplus = self.balances.len().saturating_sub(MAX_BALANCES);
        self.balances.drain(..surplus);
    }
}

impl StepFailure {
    /// Returns the cause, with `message` in place of its own.
    pub(super) fn cause(&self, message: String) -> Cause {
        Cause::new(self.fault, self.reason, message)
    }
}

#[cfg(test)]
mod tests;
