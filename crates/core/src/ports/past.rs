//! Reading the past, for a replay of the decisions.

use std::future::Future;

use jiff::Timestamp;

use crate::operator_entry::OperatorEntry;
use crate::ports::StoreResult;
use crate::run::Run;

/// Reading the past in slices: a month of runs does not fit into memory.
pub trait ReadPast: Send + Sync {
    /// Returns the runs scheduled from `from` up to before `to`, in the order of their keys.
    fn runs_between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<Run>>> + Send;

    /// Returns the scheduled time of the oldest stored run; `None` if no run is stored.
    fn oldest_run(&self) -> impl Future<Output = StoreResult<Option<Timestamp>>> + Send;

    /// Returns the entries of operators that were in force at `from` or later, in the order in which they were made, as
    /// they ended. Entries are kept as long as runs are.
    fn past_entries(
        &self,
        from: Timestamp,
    ) -> impl Future<Output = StoreResult<Vec<OperatorEntry>>> + Send;
}
