//! Calls of the store, and their possible fates.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use allclear_core::ports::StoreError;

/// An operation of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `RecordRun::record_run`.
    RecordRun,
    /// `ReadRuns::unfolded_runs`.
    UnfoldedRuns,
    /// `LoadState::state_version`.
    StateVersion,
    /// `LoadState::load_state`.
    LoadState,
    /// `CommitState::commit`.
    Commit,
    /// `Outbox::owed_since` from the start.
    ReadAllOwed,
    /// `Outbox::owed_since` from a later mark.
    ReadNewOwed,
    /// `Outbox::predecessor`.
    Predecessor,
    /// `ReadDeliveries::read_deliveries`.
    ReadDeliveries,
    /// `Outbox::claim_delivery`.
    Claim,
    /// `Outbox::record_delivery`.
    RecordDelivery,
    /// `ReadHistory::shards`.
    Shards,
    /// `ReadHistory::rollups`.
    Rollups,
    /// `ReadHistory::transitions`.
    Transitions,
    /// `ReadHistory::alerts`.
    Alerts,
    /// `ReadHistory::suppressions`.
    Suppressions,
    /// `ReadHistory::deliveries`.
    Deliveries,
    /// `ReadHistory::runs`.
    Runs,
    /// `ReadBeats::beats`.
    ReadBeats,
    /// `RecordBeat::record_beat`.
    RecordBeat,
    /// `ReadNotes::notes`.
    ReadNotes,
    /// `RecordNotes::record_notes`.
    RecordNotes,
    /// `ReserveBudget::reserve`.
    Reserve,
    /// `ReserveBudget::settle`.
    Settle,
    /// `ReadCatalogs::catalogs`.
    ReadCatalogs,
    /// `RecordCatalog::record_catalog`.
    RecordCatalog,
    /// `ReadOperatorEntries::operator_entries`.
    ReadOperatorEntries,
    /// `RecordOperatorEntries::add_operator_entry`.
    AddOperatorEntry,
    /// `RecordOperatorEntries::end_operator_entry`.
    EndOperatorEntry,
    /// `ReadIncidents::incidents`.
    Incidents,
    /// `ReadIncidents::incident_entries`.
    IncidentEntries,
    /// `RecordIncidentEntries::add_incident_entry`.
    AddIncidentEntry,
    /// `ReadConfig::config_version`.
    ConfigVersion,
    /// `ReadConfig::applied_config`.
    AppliedConfig,
    /// `ApplyConfig::apply_config`.
    ApplyConfig,
    /// `DeadLetters::send_to_dead_letters`.
    DeadLetters,
    /// `WakeGenerator::wake_generator`.
    WakeGenerator,
    /// `WakeEvaluator::wake_evaluator`.
    WakeEvaluator,
    /// `RecordNextNotice::record_next_notice`.
    RecordNextNotice,
    /// `ReadNextNotices::next_notices`.
    ReadNextNotices,
    /// `Prune::prune`.
    Prune,
}

impl Operation {
    /// Returns the name of the operation in errors.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecordRun => "record run",
            Self::UnfoldedRuns => "read unfolded runs",
            Self::StateVersion => "read state version",
            Self::LoadState => "load state",
            Self::Commit => "commit state",
            Self::ReadAllOwed => "read all owed",
            Self::ReadNewOwed => "read new owed",
            Self::Predecessor => "read predecessor",
            Self::ReadDeliveries => "read deliveries by id",
            Self::Claim => "claim delivery",
            Self::RecordDelivery => "record delivery",
            Self::Shards => "read shards",
            Self::Rollups => "read rollups",
            Self::Transitions => "read transitions",
            Self::Alerts => "read alerts",
            Self::Suppressions => "read suppressions",
            Self::Deliveries => "read deliveries",
            Self::Runs => "read runs",
            Self::ReadBeats => "read beats",
            Self::RecordBeat => "record beat",
            Self::ReadNotes => "read notes",
            Self::RecordNotes => "record notes",
            Self::Reserve => "reserve budget",
            Self::Settle => "settle budget",
            Self::ReadCatalogs => "read catalogs",
            Self::RecordCatalog => "record catalog",
            Self::ReadOperatorEntries => "read operator entries",
            Self::AddOperatorEntry => "add operator entry",
            Self::EndOperatorEntry => "end operator entry",
            Self::Incidents => "read incidents",
            Self::IncidentEntries => "read incident entries",
            Self::AddIncidentEntry => "add incident entry",
            Self::ConfigVersion => "read config version",
            Self::AppliedConfig => "read config",
            Self::ApplyConfig => "apply config",
            Self::DeadLetters => "dead letters",
            Self::WakeGenerator => "wake generator",
            Self::WakeEvaluator => "wake evaluator",
            Self::RecordNextNotice => "record next notice",
            Self::ReadNextNotices => "read next notices",
            Self::Prune => "prune",
        }
    }

    /// Returns true if the operation writes.
    #[must_use]
    pub fn is_write(self) -> bool {
        match self {
            Self::RecordRun
            | Self::Commit
            | Self::Claim
            | Self::RecordDelivery
            | Self::RecordBeat
            | Self::RecordNotes
            | Self::Reserve
            | Self::Settle
            | Self::RecordCatalog
            | Self::AddOperatorEntry
            | Self::EndOperatorEntry
            | Self::AddIncidentEntry
            | Self::ApplyConfig
            | Self::DeadLetters
            | Self::WakeGenerator
            | Self::WakeEvaluator
            | Self::RecordNextNotice
            | Self::Prune => true,
            Self::UnfoldedRuns
            | Self::StateVersion
            | Self::LoadState
            | Self::ReadAllOwed
            | Self::ReadNewOwed
            | Self::Predecessor
            | Self::ReadDeliveries
            | Self::Shards
            | Self::Rollups
            | Self::Transitions
            | Self::Alerts
            | Self::Suppressions
            | Self::Deliveries
            | Self::Runs
            | Self::ReadBeats
            | Self::ReadNotes
            | Self::ReadCatalogs
            | Self::ReadOperatorEntries
            | Self::ReadNextNotices
            | Self::Incidents
            | Self::IncidentEntries
            | Self::ConfigVersion
            | Self::AppliedConfig => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One call of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// The object: the id of a shard, delivery or monitor, the version of a config, or the time from which
    /// history is read.
    pub object: String,
}

impl Call {
    pub(super) fn new(operation: Operation, object: impl fmt::Display) -> Self {
        Self { operation, object: object.to_string() }
    }

    /// Returns the error of a store that does not answer.
    #[must_use]
    pub fn unavailable(&self, why: &str) -> StoreError {
        let (operation, object) = (self.operation.as_str(), self.object.clone());
        StoreError::Unavailable { operation, object, source: why.into() }
    }

    /// Returns the error of a write that another one has overtaken.
    #[must_use]
    pub fn conflict(&self) -> StoreError {
        let (operation, object) = (self.operation.as_str(), self.object.clone());
        StoreError::Conflict { operation, object }
    }

    /// Returns the error of a record that cannot be read.
    #[must_use]
    pub fn corrupt(&self) -> StoreError {
        let (operation, object) = (self.operation.as_str(), self.object.clone());
        StoreError::Corrupt { operation, object, source: "unreadable".into() }
    }
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It has its effect and is answered.
    Works,
    /// It has no effect, and the store is not available.
    Unavailable,
    /// It has no effect, because of another write.
    Conflict,
    /// It has no effect, because the record cannot be read.
    Corrupt,
    /// It has its effect, and the store seems not to be available.
    AnswerLost,
    /// It reads less than there is, as far as the contract allows: the version of a state before the
    /// last commit, or what is newly owed without what another reader has read. All other calls work.
    Stale,
    /// It has no effect and is never answered.
    Hangs,
    /// It waits so long, then it works.
    TakesLong(Duration),
}

/// A future of a [`Hook`].
pub type Hooked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Decides the outcome of each call of one handle of the store.
pub trait Hook: Send + Sync {
    /// Waits before the effect of `call`, and returns its outcome.
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome>;

    /// Waits after the effect of `call`, before the answer.
    fn after<'a>(&'a self, call: &'a Call) -> Hooked<'a, ()>;
}
