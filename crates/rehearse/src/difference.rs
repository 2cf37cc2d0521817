//! The differences between the records and a replay, as they are reported.

use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use serde::Serialize;

use crate::story::StoryStage;

/// The result of a comparison.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// The number of notifications within the period that are in the records.
    pub n_recorded: usize,
    /// The number of notifications within the period that the replay decides.
    pub n_simulated: usize,
    /// The number of summaries within the period that are in the records.
    pub n_recorded_summaries: usize,
    /// The number of summaries within the period that are due in the replay.
    pub n_simulated_summaries: usize,
    /// The number of attempts of actions within the period that are in the records.
    pub n_recorded_attempts: usize,
    /// The number of attempts of actions within the period that the replay decides.
    pub n_simulated_attempts: usize,
    /// The number of suppressions within the period that are in the records.
    pub n_recorded_suppressions: usize,
    /// The number of suppressions within the period that the replay decides.
    pub n_simulated_suppressions: usize,
    /// The number of incidents within the period that are in the records.
    pub n_recorded_incidents: usize,
    /// The number of incidents within the period that the replay decides.
    pub n_simulated_incidents: usize,
    /// The differences, by time.
    pub differences: Vec<Difference>,
    /// The decisions that both sides have under different ids.
    #[serde(skip)]
    pub renamed: Vec<PairedIds>,
}

/// The ids of one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedIds {
    /// The id in the records.
    pub recorded: String,
    /// The id in the replay.
    pub simulated: String,
}

impl Comparison {
    /// Returns the ids of the decision that one of the two sides has under `id`.
    #[must_use]
    pub fn ids(&self, id: &str) -> PairedIds {
        let of_records = self.renamed.iter().find(|pair| pair.recorded == id);
        let found = of_records.or_else(|| self.renamed.iter().find(|pair| pair.simulated == id));
        let same = || PairedIds { recorded: id.to_owned(), simulated: id.to_owned() };
        found.cloned().unwrap_or_else(same)
    }
}

/// The kinds of difference between two decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DifferenceKinds {
    /// Only the records have the decision.
    pub(crate) lost: DifferenceKind,
    /// Only the replay has it.
    pub(crate) added: DifferenceKind,
    /// Both have it, with another content or at another time.
    pub(crate) changed: DifferenceKind,
}

/// The difference between two decisions.
#[derive(Debug)]
pub(crate) struct Differing {
    /// The kind of difference.
    pub(crate) kind: DifferenceKind,
    /// The parts that differ; empty if one side does not have the decision.
    pub(crate) changes: Vec<String>,
}

/// A decision that is not the same in the records and in the replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The time of the decision in the records, or in the replay if the records do not have it.
    pub at: Timestamp,
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// The id in the records, by which `allclear explain` finds it; `None` if the records do not have the decision.
    pub recorded_id: Option<String>,
    /// The id in the replay, by which `allclear simulate --explain` finds it; `None` if the replay does not decide it.
    pub simulated_id: Option<String>,
    /// The monitor.
    pub monitor: MonitorId,
    /// The decision as a text.
    pub decision: String,
    /// The parts of the decision that differ; empty if one side does not have the decision.
    pub changes: Vec<String>,
    /// The causes, in the order of the stages. Not empty.
    pub causes: Vec<DifferenceCause>,
}

/// A cause of a difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DifferenceCause {
    /// The stage at which the two sides differ.
    pub stage: StoryStage,
    /// The evidence, and the changes of the config behind it.
    pub text: String,
}

/// The kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It was sent, and would not have been.
    NotSent,
    /// It would have been sent, and was not.
    Sent,
    /// The action was attempted, and would not have been.
    NotAttempted,
    /// The action would have been attempted, and was not.
    Attempted,
    /// It was sent or attempted, and would have been with another content or at another time.
    Changed,
    /// The alert was suppressed for a reason for which it would not have been.
    NotSuppressed,
    /// The alert would have been suppressed for a reason for which it was not.
    Suppressed,
    /// The alert would have been suppressed for the same reason at another time.
    SuppressionChanged,
    /// The incident was opened, and would not have been.
    NotOpened,
    /// The incident would have been opened, and was not.
    Opened,
    /// The incident would have had other monitors, another visibility, or another start or end.
    IncidentChanged,
}

impl DifferenceKind {
    /// Returns the sign of the difference, which needs no color.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::NotSent | Self::NotAttempted | Self::NotSuppressed | Self::NotOpened => "-",
            Self::Sent | Self::Attempted | Self::Suppressed | Self::Opened => "+",
            Self::Changed | Self::SuppressionChanged | Self::IncidentChanged => "~",
        }
    }
}
