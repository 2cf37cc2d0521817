//! One alert as it is in the records and in a replay.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::status::{Fault, Severity};

use crate::config_changes::AlertProperties;
use crate::decided::AlertSubject;
use crate::evidence_index::{AlertSpan, EvidenceIndex, is_within};

/// A side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The stored decisions.
    Records,
    /// The decisions of the replay.
    Replay,
}

impl Side {
    /// Returns the side as a part of a sentence.
    pub(crate) fn place(self) -> &'static str {
        match self {
            Self::Records => "in the records",
            Self::Replay => "in the replay",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Records => Self::Replay,
            Self::Replay => Self::Records,
        }
    }
}

/// An alert behind a difference, on both sides.
#[derive(Debug, Clone)]
pub(crate) struct ComparedAlert<'a> {
    pub(crate) about: &'a AlertSubject,
    /// The time of the decision that differs.
    pub(crate) at: Timestamp,
    pub(crate) fault: Option<Fault>,
    pub(crate) severity: Severity,
    /// The alert in the records; `None` if it did not fire there.
    pub(crate) recorded: Option<AlertSpan>,
    /// The alert in the replay; `None` if it does not fire there.
    pub(crate) simulated: Option<AlertSpan>,
    /// The side whose decision does not name the alert; `None` if those of both sides do.
    pub(crate) absent: Option<Side>,
}

impl ComparedAlert<'_> {
    /// Adds the alert of the side that was found by its decision as the other side has it.
    pub(crate) fn completed(
        mut self,
        recorded: &EvidenceIndex<'_>,
        simulated: &EvidenceIndex<'_>,
    ) -> Self {
        match (&self.recorded, &self.simulated) {
            (Some(span), None) => self.simulated = simulated.counterpart(self.about, span),
            (None, Some(span)) => self.recorded = recorded.counterpart(self.about, span),
            (Some(_), Some(_)) | (None, None) => {}
        }
        self
    }

    pub(crate) fn span(&self, side: Side) -> Option<&AlertSpan> {
        match side {
            Side::Records => self.recorded.as_ref(),
            Side::Replay => self.simulated.as_ref(),
        }
    }

    pub(crate) fn properties(&self) -> AlertProperties<'_> {
        let Self { about, severity, fault, at, .. } = self;
        AlertProperties { about, severity: *severity, fault: *fault, at: *at }
    }

    /// Returns the differences in the life of the alert up to the decision, as sentences. Times that differ by at most
    /// `tolerance` are the same.
    pub(crate) fn lifecycle_difference(&self, tolerance: Duration) -> Vec<String> {
        let (monitor, rule) = self.about;
        let missing = |side: Side| {
            let place = side.place();
            vec![format!("the condition of `{rule}` was not confirmed for `{monitor}` {place}")]
        };
        let (old, new) = match (&self.recorded, &self.simulated) {
            (Some(_), None) => return missing(Side::Replay),
            (None, Some(_)) => return missing(Side::Records),
            (None, None) => return Vec::new(),
            (Some(old), Some(new)) => (old, new),
        };
        let mut differences = Vec::new();
        if !is_within(tolerance, old.fired_at, new.fired_at) {
            let (old, new) = (old.fired_at, new.fired_at);
            differences.push(format!(
                "the alert fired at {old:.0} in the records and at {new:.0} in the replay"
            ));
        }
        if let (Some(old), Some(new)) = (old.severity, new.severity)
            && old != new
        {
            differences
                .push(format!("its severity was {old} in the records and {new} in the replay"));
        }
        differences.extend(self.end_difference(old, new, tolerance));
        differences
    }

    /// Returns the difference between the ends of the alert, if one of them is not later than the decision.
    fn end_difference(
        &self,
        old: &AlertSpan,
        new: &AlertSpan,
        tolerance: Duration,
    ) -> Option<String> {
        let is_close = |a: Timestamp, b: Timestamp| is_within(tolerance, a, b);
        let has_ended =
            |end: Option<Timestamp>| end.filter(|end| *end <= self.at || is_close(*end, self.at));
        let end = |end: Option<Timestamp>| {
            end.map_or_else(|| "later".to_owned(), |at| format!("at {at:.0}"))
        };
        let differs = match (has_ended(old.resolved_at), has_ended(new.resolved_at)) {
            (None, None) => false,
            (Some(old), Some(new)) => !is_close(old, new),
            (Some(old), None) => new.resolved_at.is_none_or(|new| !is_close(old, new)),
            (None, Some(new)) => old.resolved_at.is_none_or(|old| !is_close(old, new)),
        };
        differs.then(|| {
            let (old, new) = (end(old.resolved_at), end(new.resolved_at));
            format!("it ended {old} in the records and {new} in the replay")
        })
    }
}
