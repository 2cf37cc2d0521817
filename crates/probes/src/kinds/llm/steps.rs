//! The steps of a check, and how often each is executed.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_llm::classify;
use serde::{Deserialize, Serialize};

/// A step of a check, the lowest first. Each of the first four needs the ones below it; the last two are
/// independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Reachability without a key.
    Reach,
    /// Validity of the key.
    Key,
    /// List of models.
    Models,
    /// A streamed completion.
    Completion,
    /// Remaining credit or spending.
    Usage,
    /// The provider's own status page.
    StatusPage,
}

impl Step {
    /// The steps that build on each other, the lowest first.
    pub(super) const SEQUENCE: [Self; 4] = [Self::Reach, Self::Key, Self::Models, Self::Completion];

    /// Returns its name in the config and in labels.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Key => "key",
            Self::Models => "models",
            Self::Completion => "completion",
            Self::Usage => "usage",
            Self::StatusPage => "status_page",
        }
    }

    /// Returns the step under which its errors are classified.
    pub(super) fn call_kind(self) -> classify::CallKind {
        match self {
            Self::Reach | Self::StatusPage => classify::CallKind::Reach,
            Self::Key => classify::CallKind::Key,
            Self::Models => classify::CallKind::Models,
            Self::Completion => classify::CallKind::Completion,
            Self::Usage => classify::CallKind::Usage,
        }
    }
}

/// Interval of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StepInterval {
    /// Lifetime of a good result.
    pub(super) every: Duration,
    /// The least time between two results, in all cases.
    pub(super) at_least: Duration,
}

/// The steps that are made at all, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BeatCadence(BTreeMap<Step, StepInterval>);

impl BeatCadence {
    /// Adds the step at this pace.
    pub(super) fn set(&mut self, step: Step, pace: StepInterval) {
        self.0.insert(step, pace);
    }

    /// Returns the pace of a step; `None` if it is not made.
    pub(super) fn pace(&self, step: Step) -> Option<StepInterval> {
        self.0.get(&step).copied()
    }

    /// Returns whether the step is made at all.
    pub(super) fn has(&self, step: Step) -> bool {
        self.0.contains_key(&step)
    }

    /// Returns the steps, the lowest first.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.0.keys().copied()
    }
}
