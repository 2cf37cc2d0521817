//! Shorthands for the store in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allclear_core::budget::{BudgetKey, Month};
use allclear_core::catalog::KnownCatalog;
use allclear_core::cost::Cost;
use allclear_core::id::RegionId;
use allclear_core::run::Run;
pub(crate) use allclear_support::MemoryStore as Log;
use allclear_support::samples::monitor_id;
use allclear_support::{CallOutcome, Operation, PlannedFault, Write};

use crate::world::{CountState, start};

/// The records of a store, and its faults.
pub(crate) trait ProbeLog {
    fn runs(&self) -> Vec<Run>;
    /// Returns the state that the check of this monitor stored.
    fn stored_states(&self, monitor: &str) -> Option<CountState>;
    /// Returns the models of the provider of this monitor.
    fn known(&self, monitor: &str) -> Option<KnownCatalog>;
    /// Returns the sum that the checks of this monitor have spent in the month of [`start`].
    fn spent_by(&self, monitor: &str) -> Cost;
    /// Counts the writes of checker state from now on.
    fn count_notes(&self) -> Arc<AtomicUsize>;
    /// Makes the calls of `operations` meet `outcome` instead of all earlier faults.
    fn meet(&self, operations: &[Operation], outcome: CallOutcome);
    /// Fails one write of a run, a beat or notes after `n`.
    fn fail_write_after(&self, n: usize);
    /// Makes the calls of `operation` take this long.
    fn slow_down(&self, operation: Operation, time: Duration);
}

/// Reading beats, notes and catalogs.
pub(crate) const READS: &[Operation] =
    &[Operation::ReadBeats, Operation::ReadNotes, Operation::ReadCatalogs];

/// Writing notes and catalogs.
pub(crate) const WRITES: &[Operation] = &[Operation::RecordNotes, Operation::RecordCatalog];

/// Calls for budgets.
pub(crate) const BUDGETS: &[Operation] = &[Operation::Reserve, Operation::Settle];

impl ProbeLog for Log {
    fn runs(&self) -> Vec<Run> {
        self.all_runs()
    }

    fn stored_states(&self, monitor: &str) -> Option<CountState> {
        self.note(&RegionId::local(), &monitor_id(monitor))?.read()
    }

    fn known(&self, monitor: &str) -> Option<KnownCatalog> {
        self.catalog(&monitor_id(monitor))
    }

    fn spent_by(&self, monitor: &str) -> Cost {
        self.spent(&BudgetKey { monitor: monitor_id(monitor), month: Month::of(start()) })
    }

    fn count_notes(&self) -> Arc<AtomicUsize> {
        let n = Arc::<AtomicUsize>::default();
        let seen = Arc::clone(&n);
        self.observe(move |write| {
            if let Write::Notes(_, notes) = write {
                seen.fetch_add(notes.len(), Ordering::Relaxed);
            }
        });
        n
    }

    fn meet(&self, operations: &[Operation], outcome: CallOutcome) {
        self.clear_faults();
        for operation in operations {
            self.inject(PlannedFault::on(*operation, outcome).always());
        }
    }

    fn fail_write_after(&self, n: usize) {
        let fault = PlannedFault::on(Operation::RecordRun, CallOutcome::Unavailable);
        self.inject(fault.or(Operation::RecordBeat).or(Operation::RecordNotes).after(n));
    }

    fn slow_down(&self, operation: Operation, time: Duration) {
        self.meet(&[operation], CallOutcome::TakesLong(time));
    }
}
