//! A problem as it is published, with its updates.

use jiff::{SignedDuration, Timestamp};

/// A problem with a start, updates and, once it is over, an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// A stable id, unique among incidents; it becomes the anchor `incident-<id>`.
    pub id: String,
    /// The title; one line.
    pub title: String,
    /// The ids of the affected services; ids that are not on the page are not shown.
    pub affected: Vec<String>,
    /// The severity for users of the services.
    pub impact: IncidentImpact,
    /// The start of the incident.
    pub started_at: Timestamp,
    /// The end of the incident; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// The published updates, in any order; the page sorts them by time.
    pub updates: Vec<IncidentUpdate>,
}

/// One published statement about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentUpdate {
    /// The time of publication.
    pub at: Timestamp,
    /// The phase that the update announced.
    pub phase: IncidentPhase,
    /// Plain text; line breaks are kept.
    pub text: String,
}

/// The progress of the work on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentPhase {
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

/// The severity of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentImpact {
    /// No user is affected.
    None,
    /// A few users are affected.
    Minor,
    /// Many users are affected.
    Major,
    /// All users are affected.
    Critical,
}

impl Incident {
    /// Returns whether the incident has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Returns the phase that the newest update announced. A resolved incident is never in a phase
    /// before `Resolved`, and an open one never in a phase after `Monitoring`. An open incident
    /// without updates is `Investigating`.
    #[must_use]
    pub fn phase(&self) -> IncidentPhase {
        let said = self
            .newest_updates()
            .first()
            .map_or(IncidentPhase::Investigating, |update| update.phase);
        match (self.is_open(), said) {
            (false, IncidentPhase::Postmortem) => IncidentPhase::Postmortem,
            (false, _) => IncidentPhase::Resolved,
            (true, IncidentPhase::Resolved | IncidentPhase::Postmortem) => {
                IncidentPhase::Monitoring
            }
            (true, said) => said,
        }
    }

    /// Returns the updates, newest first. Of two at the same time, the one later in the list comes
    /// first.
    #[must_use]
    pub fn newest_updates(&self) -> Vec<&IncidentUpdate> {
        let mut updates: Vec<&IncidentUpdate> = self.updates.iter().collect();
        updates.sort_by_key(|update| update.at);
        updates.reverse();
        updates
    }

    /// Returns the length of the incident, up to `now` if it is open.
    #[must_use]
    pub fn duration(&self, now: Timestamp) -> SignedDuration {
        self.resolved_at.unwrap_or(now).duration_since(self.started_at)
    }
}

impl IncidentPhase {
    /// Returns the word on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Investigating => "Investigating",
            Self::Identified => "Identified",
            Self::Monitoring => "Monitoring",
            Self::Resolved => "Resolved",
            Self::Postmortem => "Postmortem",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(second: i64, phase: IncidentPhase) -> IncidentUpdate {
        let at = Timestamp::from_second(second).unwrap();
        IncidentUpdate { at, phase, text: String::new() }
    }

    #[test]
    fn the_newest_update_determines_the_phase_in_any_order() {
        let mut incident = Incident {
            id: "1".into(),
            title: "t".into(),
            affected: vec![],
            impact: IncidentImpact::Minor,
            started_at: Timestamp::UNIX_EPOCH,
            resolved_at: None,
            updates: vec![
                update(20, IncidentPhase::Monitoring),
                update(10, IncidentPhase::Identified),
            ],
        };
        assert_eq!(incident.phase(), IncidentPhase::Monitoring);
        incident.resolved_at = Timestamp::from_second(30).ok();
        assert_eq!(incident.phase(), IncidentPhase::Resolved);
        assert_eq!(incident.duration(Timestamp::MAX), SignedDuration::from_secs(30));
    }
}
