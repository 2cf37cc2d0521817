//! The phases of an incident.

/// The progress of the work on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicIncidentPhase {
    /// The cause is not known.
    Investigating,
    /// The cause is known.
    Identified,
    /// The problem seems to be over and is observed.
    Monitoring,
    /// The incident is over.
    Resolved,
    /// The incident is over and was analyzed.
    Postmortem,
}

impl PublicIncidentPhase {
    /// Checks whether an incident in this phase is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Investigating | Self::Identified | Self::Monitoring => false,
            Self::Resolved | Self::Postmortem => true,
        }
    }
}
