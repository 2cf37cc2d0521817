//! The budget of one evaluation: operations, memory and a way to stop it from outside.

use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::NoValue;

/// Bytes that are compared, searched or copied for one operation.
const BYTES_PER_OPERATION: usize = 64;

/// Operations between two looks at the stop flag.
const OPERATIONS_PER_LOOK: u64 = 1_024;

/// The budget of one evaluation.
///
/// Each node of the condition that is evaluated, each element that a macro visits and every 64
/// bytes that are compared, searched, matched or copied cost one operation. Memory counts what the
/// evaluation builds (texts and lists); the values that it is given are borrowed and cost nothing.
#[derive(Debug)]
pub struct EvaluationBudget<'s> {
    operations: u64,
    bytes: usize,
    spent: u64,
    next_look: u64,
    stop: Option<&'s AtomicBool>,
}

impl<'s> EvaluationBudget<'s> {
    /// The operations of a condition over the monitor's own values.
    pub(super) const OWN_OPERATIONS: u64 = 100_000;

    /// Returns a budget of so many operations and so many bytes of built values.
    #[must_use]
    pub fn new(operations: u64, bytes: usize) -> Self {
        Self { operations, bytes, spent: 0, next_look: OPERATIONS_PER_LOOK, stop: None }
    }

    /// Returns the budget of a condition over the monitor's own values, which are few and small.
    #[must_use]
    pub fn for_own_values() -> Self {
        Self::new(Self::OWN_OPERATIONS, 1024 * 1024)
    }

    /// Ends the evaluation soon after another thread has set `stop`.
    #[must_use]
    pub fn stopped_by(mut self, stop: &'s AtomicBool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Returns the operations that were spent so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// Spends `operations`.
    pub(super) fn spend(&mut self, operations: u64) -> Result<(), NoValue> {
        self.spent = self.spent.saturating_add(operations);
        if self.spent > self.operations {
            return Err(NoValue::OverBudget);
        }
        if self.spent >= self.next_look {
            self.next_look = self.spent + OPERATIONS_PER_LOOK;
            if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(NoValue::Stopped);
            }
        }
        Ok(())
    }

    /// Spends what it costs to go through `n_bytes` once.
    pub(super) fn spend_bytes(&mut self, n_bytes: usize) -> Result<(), NoValue> {
        self.spend(1 + (n_bytes / BYTES_PER_OPERATION) as u64)
    }

    /// Takes memory for a value that the evaluation builds, and spends what it costs to fill it.
    pub(super) fn build(&mut self, n_bytes: usize) -> Result<(), NoValue> {
        self.bytes = self.bytes.checked_sub(n_bytes).ok_or(NoValue::OverBudget)?;
        self.spend_bytes(n_bytes)
    }
}
