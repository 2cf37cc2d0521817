//! The attempts that count towards the maximum of an action.
//!
//! The count holds over a change of the config: attempts that were made for an alert count for as long as it fires, also
//! if `attempts_per` has changed since. Attempts of a dry run do not count for the real action, because nothing was
//! executed.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::action::{Action, Execution};
use allclear_core::state::{ActionKey, ActionState, DecidedAttempt};

use super::super::firing_alert::FiringAlert;

/// The selection of the attempts that count.
pub(super) struct Counting<'a> {
    key: &'a ActionKey,
    execution: Execution,
    /// The start of the first alert that the attempts are for; `None` if none fires.
    firing_since: Option<Timestamp>,
}

impl<'a> Counting<'a> {
    /// Creates the selection for the firing alerts of an action.
    pub(super) fn new(key: &'a ActionKey, action: &Action, alerts: &[FiringAlert<'_>]) -> Self {
        let is_same =
            |one: &&FiringAlert<'_>| key.monitor().is_none_or(|id| one.monitor.as_str() == id);
        let firing_since = alerts.iter().filter(is_same).map(|one| one.firing.at).min();
        Self { key, execution: action.policy.execution, firing_since }
    }

    /// Returns the attempts that count, oldest first.
    pub(super) fn attempts<'s>(
        &self,
        states: &'s BTreeMap<ActionKey, ActionState>,
    ) -> Vec<&'s DecidedAttempt> {
        self.keyed_attempts(states).into_iter().map(|(_, one)| one).collect()
    }

    /// Returns the attempts that count, oldest first, each with the key under which it was decided.
    pub(super) fn keyed_attempts<'s>(
        &self,
        states: &'s BTreeMap<ActionKey, ActionState>,
    ) -> Vec<(&'s ActionKey, &'s DecidedAttempt)> {
        let related = states.iter().filter(|(other, _)| is_related(self.key, other));
        let attempts =
            related.flat_map(|(key, state)| state.attempts.iter().map(move |one| (key, one)));
        let mut counted: Vec<_> = attempts.filter(|(key, one)| self.counts(key, one)).collect();
        counted.sort_by_key(|(_, one)| one.at);
        counted
    }

    /// Returns true if an attempt was made while one of the alerts fired, and not before.
    pub(super) fn was_firing(&self, attempt: &DecidedAttempt) -> bool {
        self.firing_since.is_some_and(|since| since <= attempt.at)
    }

    /// Returns true if an attempt under a related key counts. An earlier attempt for all monitors together counts for
    /// each monitor whose alert it was made for, or whose alert fired at that time.
    fn counts(&self, key: &ActionKey, attempt: &DecidedAttempt) -> bool {
        let is_for_the_monitor = match self.key.monitor() {
            None => true,
            Some(monitor) => key == self.key || attempt.monitor.as_str() == monitor,
        };
        attempt.execution == self.execution && (is_for_the_monitor || self.was_firing(attempt))
    }
}

/// Returns true if attempts under the key `other` may count under `key`: it is the same one, or one of the same action
/// whose attempts were counted in another way.
pub(super) fn is_related(key: &ActionKey, other: &ActionKey) -> bool {
    let is_of_all = |key: &ActionKey| key.monitor().is_none();
    key == other || key.action() == other.action() && (is_of_all(key) || is_of_all(other))
}
