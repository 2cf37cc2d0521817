//! Faults that are planned ahead: the n-th call of an operation gets a planned outcome.

use std::collections::BTreeMap;

use super::call::{Call, CallOutcome, Operation};

/// A planned fault.
#[derive(Debug, Clone)]
pub struct PlannedFault {
    operations: Vec<Operation>,
    object: Option<String>,
    n_before: usize,
    n_times: usize,
    outcome: CallOutcome,
}

impl PlannedFault {
    /// Plans `outcome` for the next call of `operation`.
    #[must_use]
    pub fn on(operation: Operation, outcome: CallOutcome) -> Self {
        Self { operations: vec![operation], object: None, n_before: 0, n_times: 1, outcome }
    }

    /// Counts and fails the calls of `operation` too.
    #[must_use]
    pub fn or(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Lets `n` calls work before.
    #[must_use]
    pub fn after(self, n: usize) -> Self {
        Self { n_before: n, ..self }
    }

    /// Repeats the fault for `n` calls.
    #[must_use]
    pub fn times(self, n: usize) -> Self {
        Self { n_times: n, ..self }
    }

    /// Repeats the fault until the faults are cleared.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Limits the fault to calls about one object.
    #[must_use]
    pub fn of(self, object: &impl ToString) -> Self {
        Self { object: Some(object.to_string()), ..self }
    }

    fn is_about(&self, call: &Call) -> bool {
        self.operations.contains(&call.operation)
            && self.object.as_ref().is_none_or(|object| *object == call.object)
    }
}

/// The planned faults, and the calls so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    faults: Vec<PlannedFault>,
    n_calls: BTreeMap<Operation, usize>,
}

impl Plan {
    pub(super) fn add(&mut self, fault: PlannedFault) {
        self.faults.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.faults.clear();
    }

    pub(super) fn n_calls(&self, operation: Operation) -> usize {
        self.n_calls.get(&operation).copied().unwrap_or_default()
    }

    /// Counts `call`, and returns its outcome: that of the first fault that is due.
    pub(super) fn outcome_of(&mut self, call: &Call) -> CallOutcome {
        *self.n_calls.entry(call.operation).or_default() += 1;
        let mut outcome = None;
        for fault in self.faults.iter_mut().filter(|fault| fault.is_about(call)) {
            if fault.n_before > 0 {
                fault.n_before -= 1;
            } else if outcome.is_none() {
                fault.n_times = fault.n_times.saturating_sub(1);
                outcome = Some(fault.outcome);
            }
        }
        self.faults.retain(|fault| fault.n_times > 0);
        outcome.unwrap_or(CallOutcome::Works)
    }
}
