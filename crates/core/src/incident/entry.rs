//! The entries of operators about incidents.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IncidentId, IncidentImpact, IncidentPhase, IncidentVisibility};
use crate::id::MonitorId;

/// An entry of an operator about an incident. Entries are added and never changed. The incident and the time identify
/// an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEntry {
    /// The incident.
    pub incident: IncidentId,
    /// The time of the entry.
    pub at: Timestamp,
    /// The person who made it, for the team.
    pub author: String,
    /// The visibility of the incident when the entry was made.
    pub visibility: IncidentVisibility,
    /// The content.
    pub change: IncidentChange,
}

impl IncidentEntry {
    /// Returns the entry without its texts, its title and its promise, which were written for the team alone; `None` if nothing is
    /// left.
    pub(super) fn without_words(self) -> Option<Self> {
        let change = match self.change {
            IncidentChange::Open(_) | IncidentChange::Postmortem { .. } => return None,
            IncidentChange::Update(revision) => IncidentChange::Update(IncidentRevision {
                text: None,
                title: None,
                next_update_at: None,
                ..revision
            }),
            IncidentChange::Publish => IncidentChange::Publish,
            IncidentChange::Resolve { text: _ } => IncidentChange::Resolve { text: None },
        };
        Some(Self { change, ..self })
    }
}

/// The content of an entry about an incident. Texts are in a subset of Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentChange {
    /// Opens an incident by hand.
    Open(IncidentOpening),
    /// Adds an update or corrects a property.
    Update(IncidentRevision),
    /// Publishes a draft.
    Publish,
    /// Ends the incident.
    Resolve {
        /// The text; `None` for a generated one.
        text: Option<String>,
    },
    /// Adds the analysis of an incident that is over.
    Postmortem {
        /// The text.
        text: String,
    },
}

/// The content of an incident that an operator opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentOpening {
    /// The title, one line.
    pub title: String,
    /// The impact.
    pub impact: IncidentImpact,
    /// The affected monitors; empty if it names none.
    pub monitors: Vec<MonitorId>,
    /// The first phase.
    pub phase: IncidentPhase,
    /// The first update; `None` if there is none.
    pub text: Option<String>,
    /// The time by which the next update is promised; `None` without a promise.
    pub next_update_at: Option<Timestamp>,
    /// The visibility.
    pub visibility: IncidentVisibility,
}

/// An update by an operator. Each field that is `None` leaves its property unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRevision {
    /// The new phase.
    pub phase: Option<IncidentPhase>,
    /// The text of the update.
    pub text: Option<String>,
    /// The new title.
    pub title: Option<String>,
    /// The new impact.
    pub impact: Option<IncidentImpact>,
    /// The affected monitors, beside those that the evaluator recorded.
    pub monitors: Option<Vec<MonitorId>>,
    /// The time by which the next update is promised. An update without it ends an earlier promise.
    pub next_update_at: Option<Timestamp>,
}
